"""Keep by which spelling each entity was first found and when.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from monitor.core.text import fold_all
from monitor.store.tables import clean_key

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHUNK = 2_000
"""Hits read with one statement."""

HIT = sa.table("hit", sa.column("id"), sa.column("item_id"), sa.column("mentions", sa.JSON()), sa.column("created_at"))
HIT_ENTITY = sa.table("hit_entity", sa.column("entity"), sa.column("kind"))
SPELLING = sa.table(
    "spelling",
    sa.column("entity"),
    sa.column("folded"),
    sa.column("surface"),
    sa.column("item_id"),
    sa.column("first_at"),
)


def upgrade() -> None:
    op.create_table(
        "spelling",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entity", "folded", name=op.f("pk_spelling")),
    )
    op.create_index(op.f("ix_spelling_first_at"), "spelling", ["first_at"])
    _look_back()


def _look_back() -> None:
    """Take the spellings of the hits there are, so that nothing that was found before is told as new."""
    connection = op.get_bind()
    themes = set(connection.execute(sa.select(HIT_ENTITY.c.entity).where(HIT_ENTITY.c.kind == "theme")).scalars())
    known: set[tuple[str, str]] = set()
    last = 0
    while rows := connection.execute(sa.select(HIT).where(HIT.c.id > last).order_by(HIT.c.id).limit(CHUNK)).all():
        last = rows[-1].id
        found = [(one[0], one[4], row) for row in rows for one in row.mentions if one[0] not in themes]
        fresh = []
        for (entity, surface, row), folded in zip(found, fold_all([one[1] for one in found]), strict=True):
            key = clean_key(entity), clean_key(folded)
            if key not in known:
                known.add(key)
                fresh.append(
                    {
                        "entity": key[0],
                        "folded": key[1],
                        "surface": surface,
                        "item_id": row.item_id,
                        "first_at": row.created_at,
                    }
                )
        if fresh:
            connection.execute(SPELLING.insert(), fresh)


def downgrade() -> None:
    op.drop_table("spelling")
