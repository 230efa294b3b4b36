"""Let people look for hits, stories and entities among very many.

A hit knows the feed and the language of its item, a story how grave it is, and the words of items with hits can be
looked for. On SQLite that is an index of FTS5, kept by triggers; a later migration that copies item_words must make
those anew. Deliveries can be counted without their notices.

Revision ID: 0018
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from monitor.core.search import searched

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LOOK = ["id", "item_id", "created_at", "severity", "rule", "watchlist", "feed_id", "lang", "verdict", "mark"]

CHUNK = 500

SQLITE = (
    """
    CREATE VIRTUAL TABLE item_words_fts USING fts5(
        words, content='item_words', content_rowid='item_id', columnsize=0, prefix=3,
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
    )
    """,
    """
    CREATE TRIGGER item_words_made AFTER INSERT ON item_words BEGIN
        INSERT INTO item_words_fts(rowid, words) VALUES (new.item_id, new.words);
    END
    """,
    """
    CREATE TRIGGER item_words_gone AFTER DELETE ON item_words BEGIN
        INSERT INTO item_words_fts(item_words_fts, rowid, words) VALUES ('delete', old.item_id, old.words);
    END
    """,
    """
    CREATE TRIGGER item_words_changed AFTER UPDATE ON item_words BEGIN
        INSERT INTO item_words_fts(item_words_fts, rowid, words) VALUES ('delete', old.item_id, old.words);
        INSERT INTO item_words_fts(rowid, words) VALUES (new.item_id, new.words);
    END
    """,
)
"""The index and what keeps it. Source: sqlite.org, "FTS5", 4.4.3 External Content Tables."""

POSTGRESQL = ("CREATE INDEX ix_item_words_found ON item_words USING gin (to_tsvector('simple'::regconfig, words))",)


def upgrade() -> None:
    op.add_column("hit", sa.Column("feed_id", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("hit", sa.Column("lang", sa.Text(), nullable=True))
    op.add_column("story", sa.Column("severity", sa.Integer(), server_default=sa.text("0"), nullable=False))
    _fill()
    op.drop_index("ix_hit_created_at", table_name="hit")
    op.create_index("ix_hit_created_at", "hit", ["created_at", "severity"])
    op.create_index("ix_hit_look", "hit", LOOK)
    op.drop_index("ix_hit_entity_entity", table_name="hit_entity")
    op.create_index("ix_hit_entity_entity", "hit_entity", ["entity", "hit_id"])
    op.create_table(
        "item_words",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_words_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_words")),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(sa.text(statement))
    _fold()


def _fill() -> None:
    """Give the hits that are there the feed and the language of their items, and stories the gravity of their hits."""
    hit = sa.table("hit", *map(sa.column, ("item_id", "feed_id", "lang", "severity")))
    item = sa.table("item", *map(sa.column, ("id", "feed_id", "lang", "story_id")))
    story = sa.table("story", sa.column("id"), sa.column("severity"))
    if op.get_bind().dialect.name == "postgresql":
        first = sa.func.split_part(item.c.lang, "-", 1)
    else:
        first = sa.func.substr(item.c.lang, 1, sa.func.instr(item.c.lang + "-", "-") - 1)
    of_hit = item.c.id == hit.c.item_id
    feed = sa.select(item.c.feed_id).where(of_hit).scalar_subquery()
    lang = sa.select(sa.func.substr(sa.func.lower(first), 1, 8)).where(of_hit).scalar_subquery()
    op.execute(sa.update(hit).values(feed_id=feed, lang=lang))
    of_story = sa.select(sa.func.max(hit.c.severity)).where(hit.c.item_id == item.c.id, item.c.story_id == story.c.id)
    op.execute(sa.update(story).values(severity=sa.func.coalesce(of_story.scalar_subquery(), 0)))


def _fold() -> None:
    """Keep the words of the items that have hits."""
    item = sa.table("item", sa.column("id"), sa.column("title"), sa.column("text"))
    hit = sa.table("hit", sa.column("item_id"))
    words = sa.table("item_words", sa.column("item_id"), sa.column("words"))
    connection, last = op.get_bind(), 0
    has_hit = sa.select(hit.c.item_id).where(hit.c.item_id == item.c.id).exists()
    while rows := connection.execute(
        sa.select(item).where(item.c.id > last, has_hit).order_by(item.c.id).limit(CHUNK)
    ).all():
        connection.execute(
            sa.insert(words), [{"item_id": row.id, "words": searched(row.title, row.text)} for row in rows]
        )
        last = rows[-1].id


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text("DROP TABLE item_words_fts"))
    op.drop_table("item_words")
    op.drop_index("ix_hit_entity_entity", table_name="hit_entity")
    op.create_index("ix_hit_entity_entity", "hit_entity", ["entity"])
    op.drop_index("ix_hit_look", table_name="hit")
    op.drop_index("ix_hit_created_at", table_name="hit")
    op.create_index("ix_hit_created_at", "hit", ["created_at"])
    op.drop_column("story", "severity")
    op.drop_column("hit", "lang")
    op.drop_column("hit", "feed_id")
