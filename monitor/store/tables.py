"""The tables. Every row has a unique key that makes a repeat harmless; due work is a column with an index.

Instants are stored in UTC and come back aware; naive ones are refused. Text from feeds is cleaned here of what a
database cannot hold, so that no caller has to think of it.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

KEY_BYTES = 2_000
"""Longest key kept as it is; PostgreSQL refuses a row whose index entry is longer than 2,704 bytes (a third of a page,
postgresql.org, "B-Tree Indexes")."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, also on SQLite, which keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant: nobody could say which one it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value}")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - given
        """Return the instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any origin: NUL, which PostgreSQL refuses, and lone surrogates, which no encoding has, become U+FFFD.

    One character for one, so that the offsets of mentions hold.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - given
        """Return the text as it can be stored."""
        return None if value is None else clean(value)


class Key(TypeDecorator[str]):
    """Text of any origin and length under a unique index."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - given
        """Return the key as it is stored."""
        return None if value is None else clean_key(value)


class Document(TypeDecorator[Any]):
    """JSON whose texts are cleaned like Words."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - any JSON value
        """Return the value as it can be stored."""
        return _clean_json(value)


def clean(value: str) -> str:
    """Return text without what a database cannot hold, as long as before."""
    return _UNSTORABLE.sub("\ufffd", value)


def clean_key(value: str) -> str:
    """Return a key as it is stored: clean, and a hash of itself where it is too long for an index."""
    key = clean(value)
    encoded = key.encode()
    return key if len(encoded) <= KEY_BYTES else f"sha256:{hashlib.sha256(encoded).hexdigest()}"


def _clean_json(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with clean texts."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _clean_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean_json(one) for one in value]
    return value


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Constraints have names that are the same on both databases, so that migrations can speak of them."""


class Base(SQLModel):
    """What all tables share."""

    metadata = METADATA


def _id() -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a key that counts up and is never given twice, even after the newest row was deleted."""
    return Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))


def _to(target: str, *, ondelete: str, nullable: bool = False, primary_key: bool = False, index: bool = False) -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a reference to another table's id."""
    kind = Text if target.startswith("alert.") else Integer
    reference = ForeignKey(target, ondelete=ondelete)
    return Field(sa_column=Column(kind, reference, nullable=nullable, primary_key=primary_key, index=index))


def _words(*, nullable: bool = False, unique: bool = False, primary_key: bool = False) -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a text column."""
    return Field(sa_column=Column(Words, nullable=nullable, unique=unique, primary_key=primary_key))


def _words_or_empty() -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a text column that older rows have empty."""
    return Field(sa_column=Column(Words, nullable=False, server_default=text("''")))


def _at(*, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a column of instants."""
    return Field(sa_column=Column(Instant, nullable=nullable, index=index))


def _count(start: int) -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a column that counts up from `start`, which older rows have, too."""
    return Field(sa_column=Column(Integer, nullable=False, server_default=text(str(start))))


def _json() -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a column of JSON documents."""
    return Field(sa_column=Column(Document, nullable=False))


def _json_or(empty: str) -> Any:  # noqa: ANN401 - SQLModel's Field
    """Return a column of JSON documents that older rows have empty."""
    return Field(sa_column=Column(Document, nullable=False, server_default=text(f"'{empty}'")))


_POLLED = "active{} AND retired_at IS NULL AND paused_at IS NULL"
"""Which rows the index of what is due holds, in the words of the queries of each database, or it would not be used."""


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of the rows that meet a condition: the few that a job looks for among many."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class FeedRow(Base, table=True):
    """An address we poll, and the state of polling it. What is due stands in next_poll_at.

    host is that of the address asked: of moved_to, else of url. The index holds all that it takes to find what is due.
    """

    __tablename__ = "feed"
    __table_args__ = (
        Index(
            "ix_feed_due",
            "shard",
            "next_poll_at",
            "host",
            sqlite_where=text(_POLLED.format(" = 1")),
            postgresql_where=text(_POLLED.format("")),
        ),
        Index("ix_feed_polled_at", "polled_at"),
        _partial("ix_feed_failing", "failing_since_at", where="failing_since_at IS NOT NULL"),
        _partial("ix_feed_retired", "retired_at", where="retired_at IS NOT NULL"),
        _partial("ix_feed_paused", "paused_at", where="paused_at IS NOT NULL"),
        _partial("ix_feed_rolled_over", "rolled_over_at", where="rolled_over_at IS NOT NULL"),
        _partial("ix_feed_quiet", "quiet_at", where="quiet_at > first_polled_at"),
        Index("ix_feed_left", "id", sqlite_where=text("active = 0"), postgresql_where=text("NOT active")),
        {"sqlite_autoincrement": True},
    )

    id: int = _id()
    url: str = _words(unique=True)
    host: str = Field(sa_column=Column(Words, nullable=False, server_default=text("''")))
    name: str = _words()
    title: str = _words()
    tags: Any = _json()
    interval_s: int | None
    full_text: bool
    headers: Any = _json()
    origin: str = _words()
    active: bool
    shard: int
    next_poll_at: datetime = _at()
    wait_reason: str = _words()
    etag: str | None = _words(nullable=True)
    last_modified: str | None = _words(nullable=True)
    body_hash: str | None = _words(nullable=True)
    failures: int
    failing_since_at: datetime | None = _at(nullable=True)
    polled_at: datetime | None = _at(nullable=True)
    ok_at: datetime | None = _at(nullable=True)
    first_polled_at: datetime | None = _at(nullable=True)
    status: int | None
    error: str | None = _words(nullable=True)
    moved_to: str | None = _words(nullable=True)
    retired_at: datetime | None = _at(nullable=True)
    not_before_at: datetime | None = _at(nullable=True)
    rolled_over_at: datetime | None = _at(nullable=True)
    quiet_at: datetime | None = _at(nullable=True)
    patience_s: int | None
    window_s: int | None
    terms: Any = _json_or("{}")
    beats: Any = _json_or("[]")
    paused_at: datetime | None = _at(nullable=True)
    paused_by: str = Field(sa_column=Column(Words, nullable=False, server_default=text("''")))
    paused_why: str = Field(sa_column=Column(Words, nullable=False, server_default=text("''")))


class HostRow(Base, table=True):
    """A host that was left alone of late, and has not answered since."""

    __tablename__ = "host"

    name: str = _words(primary_key=True)
    paused_until_at: datetime = _at(index=True)
    reason: str = _words()
    failures: int


class FeedFailureRow(Base, table=True):
    """A span in which a feed failed; until_at is NULL while it lasts."""

    __tablename__ = "feed_failure"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = _id()
    feed_id: int = _to("feed.id", ondelete="CASCADE", index=True)
    since_at: datetime = _at()
    until_at: datetime | None = _at(nullable=True)
    error: str = _words()


class FeedTroubleRow(Base, table=True):
    """What a feed suffers from; told_at is NULL until it was told, ended_at until that it is over was.

    A feed has one of each kind at a time, so that none is told twice.
    """

    __tablename__ = "feed_trouble"
    __table_args__ = (
        _partial("ix_feed_trouble_open", "feed_id", "kind", where="ended_at IS NULL", unique=True),
        _partial("ix_feed_trouble_untold", "id", where="told_at IS NULL"),
        Index("ix_feed_trouble_thread", "thread"),
        {"sqlite_autoincrement": True},
    )

    id: int = _id()
    feed_id: int = _to("feed.id", ondelete="CASCADE", index=True)
    kind: str = _words()
    since_at: datetime = _at()
    noticed_at: datetime = _at()
    told_at: datetime | None = _at(nullable=True, index=True)
    ended_at: datetime | None = _at(nullable=True)
    thread: str | None = _words(nullable=True)
    times: int = _count(1)
    outage: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("false")))


class SubscriptionRow(Base, table=True):
    """A subscription at a hub (WebSub); a feed has one that it names, others are being given up.

    What is due stands in next_attempt_at. token, secret and callback are NULL until the hub was asked.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "ix_subscription_named",
            "feed_id",
            unique=True,
            sqlite_where=text("named"),
            postgresql_where=text("named"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int = _id()
    feed_id: int = _to("feed.id", ondelete="CASCADE", index=True)
    named: bool
    hub: str = _words()
    topic: str = _words()
    token: str | None = _words(nullable=True, unique=True)
    secret: str | None = _words(nullable=True)
    callback: str | None = _words(nullable=True)
    asking: str | None = _words(nullable=True)
    attempts: int
    next_attempt_at: datetime = _at(index=True)
    lease_until_at: datetime | None = _at(nullable=True)
    verified_at: datetime | None = _at(nullable=True)
    denied_at: datetime | None = _at(nullable=True)
    pushed_at: datetime | None = _at(nullable=True)
    missed_at: datetime | None = _at(nullable=True)
    error: str | None = _words(nullable=True)


class PushRow(Base, table=True):
    """What a hub sent and is not read yet."""

    __tablename__ = "push"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = _id()
    subscription_id: int = _to("subscription.id", ondelete="CASCADE", index=True)
    received_at: datetime = _at()
    headers: Any = _json()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class StoryRow(Base, table=True):
    """Reports of one event; severity is the highest rank of its hits."""

    __tablename__ = "story"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = _id()
    title: str = _words()
    first_at: datetime = _at()
    last_at: datetime = _at(index=True)
    severity: int = _count(0)


class ItemRow(Base, table=True):
    """A stored piece of news in its newest version. content_hash is of what the feed itself last said.

    watchlist_version is of those that its newest words were matched with, "" when that was not kept yet. old_news says
    why its hits alert nobody, and is "" when they do.
    """

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("feed_id", "guid"), {"sqlite_autoincrement": True})

    id: int = _id()
    feed_id: int = _to("feed.id", ondelete="CASCADE")
    guid: str = Field(sa_column=Column(Key, nullable=False))
    url: str = _words()
    title: str = _words()
    text: str = _words()
    author: str = _words()
    lang: str | None = _words(nullable=True)
    content_hash: str = _words()
    published_at: datetime | None = _at(nullable=True)
    fetched_at: datetime = _at(index=True)
    story_id: int | None = _to("story.id", ondelete="SET NULL", nullable=True, index=True)
    version: int = _count(1)
    own_chars: int | None
    edited_at: datetime | None = _at(nullable=True)
    withdrawn_at: datetime | None = _at(nullable=True)
    changes_told: int = _count(0)
    watchlist_version: str = _words_or_empty()
    old_news: str = _words_or_empty()


class ReportRow(Base, table=True):
    """An item with hits, as a report of its story.

    publisher   whose it is, by the name that is registered or the wire it credits
    copy_of     the first of the reports that are the same text
    why         what it was put into its story for, in words
    """

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_story_id", "story_id", "item_id"),)

    item_id: int = _to("item.id", ondelete="CASCADE", primary_key=True)
    story_id: int = _to("story.id", ondelete="CASCADE")
    publisher: str = _words()
    copy_of: int | None = _to("item.id", ondelete="SET NULL", nullable=True, index=True)
    why: str = _words()


class SketchRow(Base, table=True):
    """What of a report others are compared with, as long as its story may take more; `at` is the time it gives."""

    __tablename__ = "sketch"

    item_id: int = _to("report.item_id", ondelete="CASCADE", primary_key=True)
    at: datetime = _at(index=True)
    body: Any = _json()


class StoryKeyRow(Base, table=True):
    """A key under which a report is found by others that may tell the same."""

    __tablename__ = "story_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    item_id: int = _to("sketch.item_id", ondelete="CASCADE", primary_key=True, index=True)


class ItemWordsRow(Base, table=True):
    """The folded words of an item with hits (core/search.py), for people who look for them.

    Its index is FTS5's table item_words_fts on SQLite and a GIN index on PostgreSQL (migration 0018); neither is known
    to SQLAlchemy. Of items without hits there are too many, and nobody asks for them.
    """

    __tablename__ = "item_words"

    item_id: int = _to("item.id", ondelete="CASCADE", primary_key=True)
    words: str = _words()


class ItemVersionRow(Base, table=True):
    """What an item said before it was edited; the newest version is in the item's own row."""

    __tablename__ = "item_version"

    item_id: int = _to("item.id", ondelete="CASCADE", primary_key=True)
    number: int = Field(primary_key=True)
    title: str = _words()
    text: str = _words()
    own_chars: int | None
    seen_at: datetime = _at()


class ArticleRow(Base, table=True):
    """The article behind an item, for feeds with full_text; next_look_at is NULL when nothing is due any more.

    missing_since_at is of the answers in a row that said there is no such page; told_at is when somebody was first told
    of the item, from which the later looks count.
    """

    __tablename__ = "article"
    __table_args__ = (
        Index(
            "ix_article_due",
            "next_look_at",
            "host",
            "alerting",
            sqlite_where=text("next_look_at IS NOT NULL"),
            postgresql_where=text("next_look_at IS NOT NULL"),
        ),
    )

    item_id: int = _to("item.id", ondelete="CASCADE", primary_key=True)
    host: str = _words()
    alerting: bool
    state: str = _words()
    next_look_at: datetime | None = _at(nullable=True)
    attempts: int
    missing_since_at: datetime | None = _at(nullable=True)
    told_at: datetime | None = _at(nullable=True)
    etag: str | None = _words(nullable=True)
    last_modified: str | None = _words(nullable=True)
    headline: str = _words()
    looked_at: datetime | None = _at(nullable=True)
    error: str | None = _words(nullable=True)


class SeenEntryRow(Base, table=True):
    """An entry that a feed showed at its last poll, by the hash of its bytes; without a rowid, the key is the row."""

    __tablename__ = "seen_entry"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: int = _to("feed.id", ondelete="CASCADE", primary_key=True)
    hash: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class HitRow(Base, table=True):
    """An item and a rule it satisfies. A NULL verdict is work that is due for the alert job.

    decisions are what the alert job decided of it, in turn; none in hits from before they were kept. feed_id and lang
    are those of its item, lang its first subtag in lower case: so ix_hit_look holds all that hits are chosen by, and is
    read through in milliseconds where no other index would do.
    """

    __tablename__ = "hit"
    __table_args__ = (
        UniqueConstraint("item_id", "rule"),
        Index("ix_hit_due", "id", sqlite_where=text("verdict IS NULL"), postgresql_where=text("verdict IS NULL")),
        _partial("ix_hit_marked", "id", where="mark IS NOT NULL"),
        Index("ix_hit_created_at", "created_at", "severity"),
        Index(
            "ix_hit_look",
            "id",
            "item_id",
            "created_at",
            "severity",
            "rule",
            "watchlist",
            "feed_id",
            "lang",
            "verdict",
            "mark",
        ),
        {"sqlite_autoincrement": True},
    )

    id: int = _id()
    item_id: int = _to("item.id", ondelete="CASCADE")
    version: int = _count(1)
    rule: str = _words()
    rule_title: str = _words()
    watchlist: str = _words()
    severity: int
    tags: Any = _json()
    mentions: Any = _json()
    tier: str = Field(sa_column=Column(Words, nullable=False, server_default="exact"))
    held: Any = Field(sa_column=Column(Document, nullable=False, server_default=text("'[]'")))
    why: str = _words()
    watchlist_version: str = _words()
    created_at: datetime = _at()
    verdict: str | None = _words(nullable=True)
    verdict_note: str = _words()
    mark: str | None = _words(nullable=True)
    marked_by: str | None = _words(nullable=True)
    marked_at: datetime | None = _at(nullable=True)
    decisions: Any = _json_or("[]")
    feed_id: int = _count(0)
    lang: str | None = _words(nullable=True)


class HitEntityRow(Base, table=True):
    """An entity that made a hit, as it was called then; position keeps their order."""

    __tablename__ = "hit_entity"
    __table_args__ = (Index("ix_hit_entity_entity", "entity", "hit_id"),)

    hit_id: int = _to("hit.id", ondelete="CASCADE", primary_key=True)
    position: int = Field(primary_key=True)
    entity: str = _words()
    name: str = _words()
    kind: str = _words()


class SpellingRow(Base, table=True):
    """A spelling by which an entity was found for the first time, so that a digest can tell what is new.

    folded    the spelling as it is compared; surface as it stood
    item_id   where it stood; the item may be gone, and its number is given to no other
    """

    __tablename__ = "spelling"

    entity: str = Field(sa_column=Column(Key, primary_key=True))
    folded: str = Field(sa_column=Column(Key, primary_key=True))
    surface: str = _words()
    item_id: int
    first_at: datetime = _at(index=True)


class AlertRow(Base, table=True):
    """The hits one receiver is told together; notify_at is NULL when all are told.

    silence_id is that of the silence that hid them, if one did.
    """

    __tablename__ = "alert"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    group_key: str = _words()
    receiver: str = _words()
    route: str = _words()
    label: str = _words()
    title: str = _words()
    severity: int
    story_id: int | None = _to("story.id", ondelete="SET NULL", nullable=True, index=True)
    created_at: datetime = _at(index=True)
    updated_at: datetime = _at()
    notify_at: datetime | None = _at(nullable=True, index=True)
    notified_at: datetime | None = _at(nullable=True)
    silence_id: int | None

    __table_args__ = (
        Index("ix_alert_group", "group_key", "updated_at"),
        Index("ix_alert_route", "route", "notified_at"),
        _partial("ix_alert_silence", "silence_id", where="silence_id IS NOT NULL"),
    )


class AlertHitRow(Base, table=True):
    """A hit in an alert; told_at is NULL until deliveries were made that tell of it.

    It is NULL again when its item changed in a way that is told: `change` says how, and stays when that was told.
    """

    __tablename__ = "alert_hit"
    __table_args__ = (
        Index(
            "ix_alert_hit_changed",
            "alert_id",
            sqlite_where=text("told_at IS NULL AND change IS NOT NULL"),
            postgresql_where=text("told_at IS NULL AND change IS NOT NULL"),
        ),
    )

    alert_id: str = _to("alert.id", ondelete="CASCADE", primary_key=True)
    hit_id: int = _to("hit.id", ondelete="CASCADE", primary_key=True, index=True)
    told_at: datetime | None = _at(nullable=True)
    change: str | None = _words(nullable=True)


class SilenceRow(Base, table=True):
    """A span in which matching hits alert nobody; key is of those of the configuration, to know them again."""

    __tablename__ = "silence"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = _id()
    key: str | None = _words(nullable=True, unique=True)
    match: Any = _json()
    start_at: datetime = _at()
    end_at: datetime = _at(index=True)
    author: str = _words()
    reason: str = _words()
    origin: str = _words()
    created_at: datetime = _at()


class AcknowledgementRow(Base, table=True):
    """Somebody knows of a story, or of an alert without one; severity is the highest that they know of."""

    __tablename__ = "acknowledgement"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = _id()
    story_id: int | None = _to("story.id", ondelete="CASCADE", nullable=True, index=True)
    alert_id: str | None = Field(
        sa_column=Column(Text, ForeignKey("alert.id", ondelete="CASCADE"), nullable=True, index=True)
    )
    who: str = _words()
    note: str = _words()
    at: datetime = _at()
    via: str = _words()
    severity: int


class ChannelRow(Base, table=True):
    """A channel that failed of late, and has not worked since; nothing is sent before until_at."""

    __tablename__ = "channel"

    name: str = _words(primary_key=True)
    failures: int
    since_at: datetime = _at()
    until_at: datetime = _at()
    error: str = _words()
    refused: bool


class DeliveryRow(Base, table=True):
    """One notice on its way through one channel. What is due stands in next_attempt_at.

    severity is the rank of its alert's, 0 for what has none. ix_delivery_due holds all that it takes to put what waits
    in order: the notices beside them are large. Those of what is sent and dead are for counting and listing; each is of
    one state, so that none can be taken for the look at what waits.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_due",
            "channel",
            "next_attempt_at",
            "severity",
            "created_at",
            "type",
            "id",
            "thread",
            "state",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_delivery_thread", "thread"),
        _partial("ix_delivery_sent", "channel", where="state = 'sent'"),
        _partial("ix_delivery_dead", "channel", "created_at", "id", where="state = 'dead'"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    channel: str = _words()
    receiver: str = _words()
    type: str = _words()
    notice: Any = _json()
    thread: str = _words()
    state: str = _words()
    attempts: int
    created_at: datetime = _at(index=True)
    next_attempt_at: datetime = _at()
    sent_at: datetime | None = _at(nullable=True)
    error: str | None = _words(nullable=True)
    receipt: str | None = _words(nullable=True)
    severity: int = _count(0)


class DigestRow(Base, table=True):
    """The digest of one period, told once. One that somebody asked for in between has a name of its own."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("name", "end_at"),)

    id: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = _words()
    start_at: datetime = _at()
    end_at: datetime = _at()
    notice: Any = _json()
    created_at: datetime = _at()


class AccessTokenRow(Base, table=True):
    """A token that was given away for the pages and the API; of two with one name at most one is not revoked."""

    __tablename__ = "access_token"
    __table_args__ = (
        _partial("ix_access_token_name", "name", where="revoked_at IS NULL", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: int = _id()
    name: str = _words()
    scope: str = _words()
    fingerprint: str = _words(unique=True)
    created_at: datetime = _at()
    expires_at: datetime | None = _at(nullable=True)
    used_at: datetime | None = _at(nullable=True)
    revoked_at: datetime | None = _at(nullable=True)


class WatchlistFileRow(Base, table=True):
    """A file of the watchlists in force, where several machines share the work; `meta` says who put them there."""

    __tablename__ = "watchlist_file"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    version: str = _words()


class MetaRow(Base, table=True):
    """What this database knows of itself."""

    __tablename__ = "meta"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = _words()
