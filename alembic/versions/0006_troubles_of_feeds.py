"""Keep which troubles of feeds were told, and find the feeds in trouble without looking at the others.

What polling finds from here on is told; a feed that fails since before this release is told of once.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FEEDS = {
    "failing": ("failing_since_at", "failing_since_at IS NOT NULL"),
    "retired": ("retired_at", "retired_at IS NOT NULL"),
    "rolled_over": ("rolled_over_at", "rolled_over_at IS NOT NULL"),
    "quiet": ("quiet_at", "quiet_at > first_polled_at"),
}


def upgrade() -> None:
    op.add_column("feed", sa.Column("quiet_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_feed_polled_at", "feed", ["polled_at"])
    for name, (column, where) in FEEDS.items():
        condition = sa.text(where)
        op.create_index(f"ix_feed_{name}", "feed", [column], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "feed_trouble",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("outage", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_trouble_feed_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_trouble")),
        sqlite_autoincrement=True,
    )
    lasting, untold = sa.text("ended_at IS NULL"), sa.text("told_at IS NULL")
    op.create_index(
        "ix_feed_trouble_open",
        "feed_trouble",
        ["feed_id", "kind"],
        unique=True,
        sqlite_where=lasting,
        postgresql_where=lasting,
    )
    op.create_index("ix_feed_trouble_untold", "feed_trouble", ["id"], sqlite_where=untold, postgresql_where=untold)
    for column in ("feed_id", "thread", "told_at"):
        op.create_index(f"ix_feed_trouble_{column}", "feed_trouble", [column])


def downgrade() -> None:
    # not in batch mode, as in 0002
    op.drop_table("feed_trouble")
    for name in ("polled_at", *FEEDS):
        op.drop_index(f"ix_feed_{name}", table_name="feed")
    op.drop_column("feed", "quiet_at")
