"""Know which entries a feed showed, so that they are not parsed again.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_entry",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_seen_entry_feed_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed_id", "hash", name="pk_seen_entry"),
        sqlite_with_rowid=False,  # the key is the row: a look-up is one step, a row some 19 bytes
    )


def downgrade() -> None:
    op.drop_table("seen_entry")
