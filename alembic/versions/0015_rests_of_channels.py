"""Keep which channels failed and are left in peace, and how grave each delivery is, for the order in which they go out.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PENDING = {"sqlite_where": sa.text("state = 'pending'"), "postgresql_where": sa.text("state = 'pending'")}
RANKS = {"low": 0, "medium": 1, "high": 2, "critical": 3}


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    op.add_column("delivery", sa.Column("severity", sa.Integer(), server_default=sa.text("0"), nullable=False))
    _grade()
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["channel", "next_attempt_at", "severity", "created_at", "type", "id", "thread", "state"],
        **PENDING,
    )


def _grade() -> None:
    """Give the deliveries that wait the severity of their alert."""
    delivery = sa.table(
        "delivery", sa.column("id"), sa.column("notice", sa.JSON()), sa.column("state"), sa.column("severity")
    )
    connection = op.get_bind()
    waiting = connection.execute(sa.select(delivery.c.id, delivery.c.notice).where(delivery.c.state == "pending"))
    grades = [
        {"delivery": id_, "rank": RANKS.get(notice.get("data", {}).get("alert", {}).get("severity"), 0)}
        for id_, notice in waiting
    ]
    if grades:
        statement = delivery.update().where(delivery.c.id == sa.bindparam("delivery"))
        connection.execute(statement.values(severity=sa.bindparam("rank")), grades)


def downgrade() -> None:
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index("ix_delivery_due", "delivery", ["channel", "next_attempt_at"], **PENDING)
    op.drop_column("delivery", "severity")
    op.drop_table("channel")
