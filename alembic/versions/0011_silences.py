"""Keep silences, and with an alert the silence that hid its hits.

Revision ID: 0011
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

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


def downgrade() -> None:
    op.drop_index("ix_alert_silence", table_name="alert")
    op.drop_column("alert", "silence_id")
    op.drop_table("silence")
