"""Find the alerts of a route by when they were told, for its limit per hour and its repeats.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_alert_route", "alert", ["route", "notified_at"])


def downgrade() -> None:
    op.drop_index("ix_alert_route", table_name="alert")
