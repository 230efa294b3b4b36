"""Count and list what was sent and what is dead without the notices beside it, and find feeds that were left.

An index for each state: one over all of them led the look at what waits past its own.

Revision ID: 0022
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

SENT, DEAD = sa.text("state = 'sent'"), sa.text("state = 'dead'")


def upgrade() -> None:
    op.create_index("ix_delivery_sent", "delivery", ["channel"], sqlite_where=SENT, postgresql_where=SENT)
    op.create_index(
        "ix_delivery_dead", "delivery", ["channel", "created_at", "id"], sqlite_where=DEAD, postgresql_where=DEAD
    )
    op.create_index(
        "ix_feed_left", "feed", ["id"], sqlite_where=sa.text("active = 0"), postgresql_where=sa.text("NOT active")
    )


def downgrade() -> None:
    op.drop_index("ix_feed_left", table_name="feed")
    op.drop_index("ix_delivery_dead", table_name="delivery")
    op.drop_index("ix_delivery_sent", table_name="delivery")
