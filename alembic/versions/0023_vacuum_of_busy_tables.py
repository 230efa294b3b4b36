"""Clean up after tables whose rows change all the time before much is to be cleaned; PostgreSQL only.

A poll changes its feed's row, and next_poll_at stands in an index, so each leaves a dead row and dead entries of
indexes. By default they are cleaned up when a fifth of the rows changed. Of items, which are only added, a fifth is
many millions, and until then counts of an index look at each row.

Over 40,000 polls of 10,000 feeds (PostgreSQL 15, autovacuum looking six times a round of polls) ix_feed_due grew from
592 kB to 2,104 with this and without the index of polled_at, to 2,856 with neither; the table from 4,216 to 4,624 and
5,024. A table of due times apart was tried, too, with fillfactor 70: 80 % of the updates of feed were HOT then, none
before, but it takes a second update for each poll, and wrote 709 bytes of log instead of 847. That was not thought
worth a second place for what is due.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHANGING = ("feed", "delivery", "seen_entry", "sketch", "story_key")
GROWING = ("item", "hit", "hit_entity", "report", "item_words")

SOON = {"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "500"}
OFTEN = {"autovacuum_vacuum_insert_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.02"}


def upgrade() -> None:
    for tables, settings in ((CHANGING, SOON), (GROWING, OFTEN)):
        _alter(tables, f"SET ({', '.join(f'{name} = {value}' for name, value in settings.items())})")


def downgrade() -> None:
    for tables, settings in ((CHANGING, SOON), (GROWING, OFTEN)):
        _alter(tables, f"RESET ({', '.join(settings)})")


def _alter(tables: tuple[str, ...], change: str) -> None:
    """Change how tables are cleaned up."""
    if op.get_bind().dialect.name == "postgresql":
        for table in tables:
            op.execute(f"ALTER TABLE {table} {change}")
