"""Stories on their way into the database: each report joins an open one that its keys lead to, or opens one.

No report is compared with all others. Each is kept under some forty keys (core/stories.py): its page, its names, its
rare words, its watched entities, what happened in which country, and the bands of its signature. A new one looks up
the NEWEST under each of its own, and is compared with the reports of the few stories that most of these lead to. So its
cost does not grow with what is stored.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, union_all, update

from monitor.core.publishers import publisher_of
from monitor.core.sketches import Sketch, sketch
from monitor.core.stories import KEPT, KEYS, OPEN, Choice, choose, is_copy, keys
from monitor.store.database import Database, in_turn
from monitor.store.feeds import FEED
from monitor.store.tables import ItemRow, ReportRow, SketchRow, StoryKeyRow, StoryRow

ITEM = ItemRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
STORY = StoryRow.__table__  # type: ignore[attr-defined]  # as above
REPORT = ReportRow.__table__  # type: ignore[attr-defined]  # as above
SKETCH = SketchRow.__table__  # type: ignore[attr-defined]  # as above
STORY_KEY = StoryKeyRow.__table__  # type: ignore[attr-defined]  # as above

NEWEST = 50
"""Reports looked up under one key, the newest first. A name that more reports had within three days says little, and
what they tell is found by other keys as well."""

COMPARED = 40
"""Reports compared by the keys they share, those with most first; all others of their stories come with them."""

LOOKED_AT = 4 * COMPARED
"""Reports looked at for their time to find those: some may be of another week."""

TOGETHER = 60
"""Reports of these stories that are compared, the newest, as many of each: one told a hundred times is known by the
last ones, and leaves room for those that few tell."""

OF_EACH = 3
"""Reports of each story that are compared at least: the newest may be the odd one."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What claims to be older is of that time: beyond the ends of the calendar there are no three days before or after."""

CHUNK = 500
"""Items looked up with one statement."""

LOCK_KEY = 0x65767374
"""PostgreSQL advisory lock under which one transaction at a time joins reports ("evst"): two that come at one moment
would each open a story."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a report was put: its story and why, whose it is, and the report whose text it has, or None."""

    story_id: int
    why: str
    publisher: str
    copy_of: int | None


@dataclass(frozen=True, slots=True)
class _Told:
    """A report that another is compared with."""

    item_id: int
    story_id: int
    copy_of: int | None
    sketch: Sketch


def find_placed(db: Database, item_id: int) -> Placed | None:
    """Return in which story an item was put and why, or None for one without hits and for those of older releases."""
    query = select(REPORT.c["story_id", "why", "publisher", "copy_of"]).where(REPORT.c.item_id == item_id)
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Placed(*row)


def join_stories(
    connection: Connection, entities: Mapping[int, frozenset[str]], *, untold: Set[int] = frozenset(), now: datetime
) -> None:
    """Put each item in the story that it tells, in their order.

    One that alerts nobody and is older than any report that it could be compared with gets a story of its own: the
    first poll of a feed brings dozens of these.

    entities   watched entities that each item mentions, by the item's id
    untold     the items that alert nobody
    """
    ids = list(entities)
    if ids:
        in_turn(connection, LOCK_KEY)
    for start in range(0, len(ids), CHUNK):
        past = []
        for row in _items(connection, ids[start : start + CHUNK]):
            if row.id in untold and row.published_at is not None and row.published_at < now - KEPT:
                past.append(row)
            else:
                _join(connection, row, entities[row.id], now=now)
        if past:
            _leave_apart(connection, past, now=now)


def _leave_apart(connection: Connection, rows: Sequence[Any], *, now: datetime) -> None:
    """Give each of these items a story of its own, which no other will join."""
    opened = [{"title": row.title, "first_at": now, "last_at": now} for row in rows]
    inserted = insert(STORY).returning(STORY.c.id, sort_by_parameter_order=True)
    ids = connection.execute(inserted, opened).scalars().all()
    put = [{"item": row.id, "story": story_id} for row, story_id in zip(rows, ids, strict=True)]
    connection.execute(_PUT, put)
    connection.execute(
        insert(REPORT),
        [
            {
                "item_id": row.id,
                "story_id": story_id,
                "publisher": publisher_of(row.url, row.title, text=row.text, feed_url=row.feed_url),
                "copy_of": None,
                "why": "new: old news that alerts nobody is compared with nothing",
            }
            for row, story_id in zip(rows, ids, strict=True)
        ],
    )


_PUT = update(ITEM).where(ITEM.c.id == bindparam("item")).values(story_id=bindparam("story"))


def _items(connection: Connection, ids: Sequence[int]) -> Iterator[Any]:
    """Yield the words of items, in the order of their ids."""
    columns = ITEM.c["id", "title", "text", "url", "lang", "published_at"]
    query = select(*columns, FEED.c.url.label("feed_url")).join(FEED, FEED.c.id == ITEM.c.feed_id)
    yield from connection.execute(query.where(ITEM.c.id.in_(ids)).order_by(ITEM.c.id)).all()


def _join(connection: Connection, item: Any, entities: frozenset[str], *, now: datetime) -> None:  # noqa: ANN401 - a row
    """Put an item in its story.

    A report is of the time it gives, as far as that is not to come: those of a first poll are weeks apart.
    """
    at = max(min(item.published_at or now, now), EPOCH)
    report = sketch(item.title, item.text, lang=item.lang, entities=entities, at=at, url=item.url)
    under = keys(report)
    near = _near(connection, under, at=at)
    told: dict[int, list[Sketch]] = {}
    for one in near:
        told.setdefault(one.story_id, []).append(one.sketch)
    choice = choose(report, told)
    story_id = choice.story
    if story_id is None:
        opened = {"title": item.title, "first_at": now, "last_at": now}
        story_id = connection.execute(insert(STORY).returning(STORY.c.id), opened).scalar_one()
    else:
        connection.execute(update(STORY).where(STORY.c.id == story_id).values(last_at=now))
    connection.execute(update(ITEM).where(ITEM.c.id == item.id).values(story_id=story_id))
    original = next((one for one in near if one.story_id == story_id and is_copy(report, one.sketch)), None)
    placed = {
        "item_id": item.id,
        "story_id": story_id,
        "publisher": publisher_of(item.url, item.title, text=item.text, feed_url=item.feed_url),
        "copy_of": None if original is None else original.copy_of or original.item_id,
        "why": _why(choice, near),
    }
    connection.execute(insert(REPORT), placed)
    connection.execute(insert(SKETCH), {"item_id": item.id, "at": at, "body": _body(report)})
    connection.execute(insert(STORY_KEY), [{"key": key, "item_id": item.id} for key in sorted(under)])


def _why(choice: Choice, near: Sequence[_Told]) -> str:
    """Return in words why a report was put into its story."""
    like = next((one for one in near if one.sketch is choice.like), None)
    if like is None:
        return "new: nothing that is open shares a name, a place or words with it"
    if choice.story is None:
        unlike = ", ".join(choice.why) or "little in common"
        return f"new: nearest was item {like.item_id} of story {like.story_id}, but {unlike}"
    return f"like item {like.item_id}: {', '.join(choice.why) or 'all in all'}"


_EACH = union_all(
    *(
        select(
            select(STORY_KEY.c.item_id)
            .where(STORY_KEY.c.key == bindparam(f"key{number}"))
            .order_by(STORY_KEY.c.item_id.desc())
            .limit(NEWEST)
            .subquery(f"under{number}")
        )
        for number in range(KEYS)
    )
).subquery("each")
"""The newest reports under each of KEYS keys, one time for each key that they share."""

_UNDER = (
    select(_EACH.c.item_id)
    .group_by(_EACH.c.item_id)
    .order_by(func.count().desc(), _EACH.c.item_id.desc())
    .limit(LOOKED_AT)
)
"""Those that share most of the keys; counted by the database, for ten times as many share some."""

_WITHIN = (SKETCH.c.item_id == REPORT.c.item_id) & SKETCH.c.at.between(bindparam("since"), bindparam("until"))
_STORIES_OF = (
    select(REPORT.c["item_id", "story_id"])
    .join(SKETCH, _WITHIN)
    .where(REPORT.c.item_id.in_(bindparam("likely", expanding=True)))
)
_RANKED = (
    select(
        REPORT.c["item_id", "story_id", "copy_of"],
        SKETCH.c["at", "body"],
        func.row_number().over(partition_by=REPORT.c.story_id, order_by=REPORT.c.item_id.desc()).label("place"),
    )
    .join(SKETCH, _WITHIN)
    .where(REPORT.c.story_id.in_(bindparam("stories", expanding=True)))
    .subquery()
)
_NEWEST_OF = select(_RANKED).where(_RANKED.c.place <= bindparam("share")).order_by(_RANKED.c.item_id.desc())
"""Made once: to put a query together takes longer than the database needs for its answer."""


def _near(connection: Connection, under: frozenset[int], *, at: datetime) -> list[_Told]:
    """Return the reports of the stories that keys lead to, oldest first."""
    keyed = sorted(under)
    asked = {f"key{number}": keyed[number] if number < len(keyed) else None for number in range(KEYS)}
    likely = connection.execute(_UNDER, asked).scalars().all()
    within = {"since": at - OPEN, "until": at + OPEN}
    story_of: dict[int, int] = dict(connection.execute(_STORIES_OF, {"likely": likely, **within}).all())
    stories = {story_of[item_id] for item_id in [one for one in likely if one in story_of][:COMPARED]}
    if not stories:
        return []
    share = max(TOGETHER // len(stories), OF_EACH)
    rows = connection.execute(_NEWEST_OF, {"stories": sorted(stories), "share": share, **within}).all()
    return [_Told(row.item_id, row.story_id, row.copy_of, _sketch(row.body, row.at)) for row in reversed(rows)]


_SETS = frozenset(one.name for one in fields(Sketch) if "frozenset" in str(one.type))


def _body(report: Sketch) -> dict[str, Any]:
    """Return a sketch as it is stored; its instant has a column of its own."""
    values = {one.name: getattr(report, one.name) for one in fields(Sketch) if one.name != "at"}
    return {name: sorted(value) if name in _SETS else value for name, value in values.items()}


def _sketch(body: Mapping[str, Any], at: datetime) -> Sketch:
    """Return a stored sketch."""
    values: dict[str, Any] = {name: frozenset(value) if name in _SETS else value for name, value in body.items()}
    return Sketch(**values | {"at": at, "signature": tuple(values["signature"])})
