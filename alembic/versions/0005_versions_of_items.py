"""Keep the versions of items, from which of them each hit was made, and what of their changes was told.

Items from before are in their first version, and so are their hits.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANGED = sa.text("told_at IS NULL AND change IS NOT NULL")


def upgrade() -> None:
    op.add_column("item", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("item", sa.Column("own_chars", sa.Integer(), nullable=True))
    for name in ("edited_at", "withdrawn_at"):
        op.add_column("item", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("item", sa.Column("changes_told", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "item_version",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_version_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "number", name=op.f("pk_item_version")),
    )
    op.add_column("hit", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("alert_hit", sa.Column("change", sa.Text(), nullable=True))
    op.create_index("ix_alert_hit_changed", "alert_hit", ["alert_id"], sqlite_where=CHANGED, postgresql_where=CHANGED)


def downgrade() -> None:
    # not in batch mode, as in 0002
    op.drop_index("ix_alert_hit_changed", table_name="alert_hit")
    op.drop_column("alert_hit", "change")
    op.drop_column("hit", "version")
    op.drop_table("item_version")
    for name in ("changes_told", "withdrawn_at", "edited_at", "own_chars", "version"):
        op.drop_column("item", name)
