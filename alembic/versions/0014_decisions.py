"""Keep what was decided of items and hits, for whoever asks later why somebody was told of them, or nobody.

Of items from before it is not known which watchlists they were matched with; those whose hits alert nobody keep the
reason that was given then.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OLD = "published before polling.first_poll_alerts on the feed's first poll"


def upgrade() -> None:
    op.add_column("item", sa.Column("watchlist_version", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("item", sa.Column("old_news", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("hit", sa.Column("decisions", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    old = sa.text(
        "UPDATE item SET old_news = :old WHERE id IN (SELECT item_id FROM article WHERE NOT alerting) "
        "OR id IN (SELECT item_id FROM hit WHERE verdict = 'old news')"
    )
    op.execute(old.bindparams(old=OLD))


def downgrade() -> None:
    op.drop_column("hit", "decisions")
    op.drop_column("item", "old_news")
    op.drop_column("item", "watchlist_version")
