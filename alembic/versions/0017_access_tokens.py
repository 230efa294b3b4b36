"""Keep the tokens that were given away for the pages and the API, by their fingerprints.

Revision ID: 0017
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

GOOD = {"sqlite_where": sa.text("revoked_at IS NULL"), "postgresql_where": sa.text("revoked_at IS NULL")}


def upgrade() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_access_token_fingerprint")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_token_name", "access_token", ["name"], unique=True, **GOOD)


def downgrade() -> None:
    op.drop_table("access_token")
