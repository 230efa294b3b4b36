"""Keep what polling learnt of each feed: where it moved, what its publisher asks for, its rhythm.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("retired_at", "not_before_at", "rolled_over_at"):
        op.add_column("feed", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("patience_s", "window_s"):
        op.add_column("feed", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("feed", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column("feed", sa.Column("terms", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("feed", sa.Column("beats", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    # not in batch mode, as in 0002
    for name in (
        "beats",
        "terms",
        "moved_to",
        "window_s",
        "patience_s",
        "rolled_over_at",
        "not_before_at",
        "retired_at",
    ):
        op.drop_column("feed", name)
