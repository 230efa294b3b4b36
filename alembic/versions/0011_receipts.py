"""Keep what a service calls the message it took, so that what follows joins its thread.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("receipt", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("delivery", "receipt")
