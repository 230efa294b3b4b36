"""Keep the files of the watchlists in force, for machines that share the work.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watchlist_file",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watchlist_file")),
    )


def downgrade() -> None:
    op.drop_table("watchlist_file")
    op.execute(sa.text("DELETE FROM meta WHERE key = 'watchlists'"))
