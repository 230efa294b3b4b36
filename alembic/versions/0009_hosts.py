"""Keep the host that each feed is asked at, and the hosts that are left alone for a while.

Revision ID: 0009
Revises: 0008
"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

POLLED = {
    "sqlite_where": sa.text("active = 1 AND retired_at IS NULL"),
    "postgresql_where": sa.text("active AND retired_at IS NULL"),
}


def upgrade() -> None:
    op.add_column("feed", sa.Column("host", sa.Text(), server_default=sa.text("''"), nullable=False))
    feed = sa.table("feed", sa.column("id"), sa.column("url"), sa.column("moved_to"), sa.column("host"))
    connection = op.get_bind()
    rows = connection.execute(sa.select(feed.c.id, feed.c.url, feed.c.moved_to)).all()
    hosts = [{"feed": row.id, "name": _host(row.moved_to or row.url)} for row in rows]
    if hosts:
        connection.execute(
            feed.update().where(feed.c.id == sa.bindparam("feed")).values(host=sa.bindparam("name")), hosts
        )
    op.drop_index("ix_feed_due", table_name="feed")
    op.create_index("ix_feed_due", "feed", ["shard", "next_poll_at", "host"], **POLLED)
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused_until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_index(op.f("ix_host_paused_until_at"), "host", ["paused_until_at"])


def downgrade() -> None:
    op.drop_table("host")
    op.drop_index("ix_feed_due", table_name="feed")
    op.drop_column("feed", "host")
    op.create_index("ix_feed_due", "feed", ["shard", "next_poll_at"])


def _host(url: str) -> str:
    """Return the host of an address, "" for a file and for what has none."""
    try:
        return "" if url[:5].lower() == "file:" else urlsplit(url).hostname or ""
    except ValueError:
        return ""
