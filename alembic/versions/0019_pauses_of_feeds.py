"""Keep which feeds somebody paused, with who did and why; what is due is found without them.

Revision ID: 0019
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None

DUE = ["shard", "next_poll_at", "host"]
PAUSED = sa.text("paused_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("feed", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("feed", sa.Column("paused_by", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("feed", sa.Column("paused_why", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_feed_paused", "feed", ["paused_at"], sqlite_where=PAUSED, postgresql_where=PAUSED)
    _index_due(" AND paused_at IS NULL")


def downgrade() -> None:
    _index_due("")
    op.drop_index("ix_feed_paused", table_name="feed")
    op.drop_column("feed", "paused_why")
    op.drop_column("feed", "paused_by")
    op.drop_column("feed", "paused_at")


def _index_due(further: str) -> None:
    """Make the index of what is due anew, with a further condition."""
    op.drop_index("ix_feed_due", table_name="feed")
    op.create_index(
        "ix_feed_due",
        "feed",
        DUE,
        sqlite_where=sa.text(f"active = 1 AND retired_at IS NULL{further}"),
        postgresql_where=sa.text(f"active AND retired_at IS NULL{further}"),
    )
