"""Keep whose report each item is and why it is in its story, and for some days what of it others are compared with.

Stories from before have no reports to be compared with and take none any more: the next report of such an event opens a
story of its own.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("story", "words")
    op.create_table(
        "report",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("copy_of", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_report_item_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_report_story_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["copy_of"], ["item.id"], name=op.f("fk_report_copy_of"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_story_id", "report", ["story_id", "item_id"])
    op.create_index("ix_report_copy_of", "report", ["copy_of"])
    op.create_table(
        "sketch",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["report.item_id"], name=op.f("fk_sketch_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_sketch")),
    )
    op.create_index("ix_sketch_at", "sketch", ["at"])
    op.create_table(
        "story_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["sketch.item_id"], name=op.f("fk_story_key_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "item_id", name=op.f("pk_story_key")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_key_item_id", "story_key", ["item_id"])


def downgrade() -> None:
    op.drop_table("story_key")
    op.drop_table("sketch")
    op.drop_table("report")
    op.add_column("story", sa.Column("words", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
