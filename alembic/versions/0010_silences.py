"""Keep silences, with an alert the silence that hid its hits, who acknowledged a story, and what people said of hits.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MARKED = sa.text("mark IS NOT NULL")
SILENCED = sa.text("silence_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("match", sa.JSON(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
        sa.UniqueConstraint("key", name=op.f("uq_silence_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_silence_end_at"), "silence", ["end_at"])
    op.add_column("alert", sa.Column("silence_id", sa.Integer(), nullable=True))
    op.create_index("ix_alert_silence", "alert", ["silence_id"], sqlite_where=SILENCED, postgresql_where=SILENCED)
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_acknowledgement_story_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_acknowledgement_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_acknowledgement_story_id"), "acknowledgement", ["story_id"])
    op.create_index(op.f("ix_acknowledgement_alert_id"), "acknowledgement", ["alert_id"])
    op.add_column("hit", sa.Column("mark", sa.Text(), nullable=True))
    op.add_column("hit", sa.Column("marked_by", sa.Text(), nullable=True))
    op.add_column("hit", sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_hit_marked", "hit", ["id"], sqlite_where=MARKED, postgresql_where=MARKED)


def downgrade() -> None:
    op.drop_index("ix_hit_marked", table_name="hit")
    for name in ("marked_at", "marked_by", "mark"):
        op.drop_column("hit", name)
    op.drop_table("acknowledgement")
    op.drop_index("ix_alert_silence", table_name="alert")
    op.drop_column("alert", "silence_id")
    op.drop_table("silence")
