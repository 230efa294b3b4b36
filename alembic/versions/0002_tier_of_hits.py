"""Say of each hit how sure it is, and which parts of its rule held.

Hits from before are exact, as all mentions were then; which parts held was not kept.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hit", sa.Column("tier", sa.Text(), server_default="exact", nullable=False))
    op.add_column("hit", sa.Column("held", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    # not in batch mode: a copy made by it would lose AUTOINCREMENT, and SQLite drops columns since 3.35, which
    # RETURNING asks for anyway
    op.drop_column("hit", "held")
    op.drop_column("hit", "tier")
