"""What the rows say of a period."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select

from monitor.core.digest import STORIES
from monitor.core.digest_material import DigestMaterial, FailureMaterial, StoryMaterial
from monitor.core.surge import surges
from monitor.core.types import DeliveryState, Period
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY
from monitor.store.digest_counts import before, counts_of, feeds_at, watched_before, within
from monitor.store.digest_parts import FEED_LABEL, articles_naming, changes, channels_in_trouble, new_names
from monitor.store.feeds import FEED, FeedFailure, failures_between
from monitor.store.items import LEVELS, hits_by_id
from monitor.store.polls import HIT, HIT_ENTITY, ITEM
from monitor.store.stories import REPORT
from monitor.store.uncovered import uncovered


def material_of(db: Database, period: Period) -> DigestMaterial:
    """Return what the rows say of a period, and of those of the same length before it."""
    with db.read() as connection:
        counts, past = counts_of(connection, period), watched_before(connection, period)
        stories, stories_total = _stories(connection, period)
        surging = surges(
            counts.publishers,
            [one.counts.publishers for one in past],
            feeds=feeds_at(connection, period.end_at),
            feeds_past=[one.feeds for one in past],
        )
        new_entities, new_spellings = new_names(connection, period)
        lacking = uncovered(connection, period)
        dead = DELIVERY.c.state == DeliveryState.DEAD.value
        has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM.c.id).exists()
        return DigestMaterial(
            items=_count(connection, within(ITEM.c.fetched_at, period)),
            now=counts,
            before=counts_of(connection, before(period)),
            past=[one.counts for one in past],
            entity_names=_names(connection, Period(before(period).start_at, period.end_at)),
            stories=stories,
            stories_total=stories_total,
            feeds_total=_count(connection, FEED.c.active),
            feeds_failed=_spans(failures_between(connection, period)),
            deliveries_failed=_count(connection, within(DELIVERY.c.created_at, period) & dead),
            channels=channels_in_trouble(connection, period),
            edited=_count(connection, within(ITEM.c.edited_at, period) & has_hit),
            withdrawn=_count(connection, within(ITEM.c.withdrawn_at, period) & has_hit),
            changes=changes(connection, period),
            feeds_quiet=_spans(lacking.quiet),
            feeds_missed=_spans(lacking.missed),
            feeds_retired=_spans(lacking.retired),
            feeds_paused=_spans(lacking.paused),
            surges=[(one, articles_naming(connection, one.entity, period)) for one in surging],
            new_entities=new_entities,
            new_spellings=new_spellings,
        )


def _spans(found: Sequence[FeedFailure]) -> list[FailureMaterial]:
    """Return spans as a digest takes them."""
    return [FailureMaterial(one.name, one.url, one.error, one.since_at, one.until_at) for one in found]


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Return how many rows meet a condition."""
    return connection.execute(select(func.count()).where(condition)).scalar_one()


def _names(connection: Connection, span: Period) -> dict[str, str]:
    """Return what the entities of a span's hits were called, the latest name of each."""
    query = (
        select(HIT_ENTITY.c.entity, HIT_ENTITY.c.name, func.max(HIT_ENTITY.c.hit_id).label("newest"))
        .join(HIT, HIT.c.id == HIT_ENTITY.c.hit_id)
        .where(within(HIT.c.created_at, span))
        .group_by(HIT_ENTITY.c.entity, HIT_ENTITY.c.name)
        .order_by("newest")
    )
    return {row.entity: row.name for row in connection.execute(query)}


def _stories(connection: Connection, period: Period) -> tuple[list[StoryMaterial], int]:
    """Return the first STORIES of a period, gravest first, then most reports, and how many there are.

    Each is told by its gravest, then first hit, in the words that hit was made from.
    """
    query = (
        select(
            HIT.c.id.label("hit_id"),
            HIT.c.severity,
            ITEM.c.id.label("item_id"),
            ITEM.c.story_id,
            func.coalesce(ITEM.c.published_at, ITEM.c.fetched_at).label("at"),
            FEED_LABEL.label("feed"),
        )
        .select_from(HIT.join(ITEM, ITEM.c.id == HIT.c.item_id).join(FEED, FEED.c.id == ITEM.c.feed_id))
        .where(within(HIT.c.created_at, period))
        .order_by(HIT.c.severity.desc(), HIT.c.id)
    )
    grouped: dict[tuple[str, int], list[RowMapping]] = {}
    for row in connection.execute(query).mappings():
        key = ("item", row["item_id"]) if row["story_id"] is None else ("story", row["story_id"])
        grouped.setdefault(key, []).append(row)
    shown = sorted(grouped.values(), key=_rank)[:STORIES]
    told_by = _publishers(connection, [rows[0]["story_id"] for rows in shown], period)
    told = {hit.id: hit for hit in hits_by_id(connection, [rows[0]["hit_id"] for rows in shown])}
    stories = []
    for rows in shown:
        hit = told[rows[0]["hit_id"]]
        feeds = tuple(dict.fromkeys(row["feed"] for row in rows))
        stories.append(
            StoryMaterial(
                title=hit.item.title,
                url=hit.item.url,
                severity=LEVELS[rows[0]["severity"]],
                why=hit.why,
                feeds=feeds,
                reports=len({row["item_id"] for row in rows}),
                first_at=min(row["at"] for row in rows),
                last_at=max(row["at"] for row in rows),
                lang=hit.item.lang,
                publishers=told_by.get(rows[0]["story_id"], 1),
                item_id=hit.item.id,
                text=hit.item.text,
                mentions=hit.mentions,
            )
        )
    return stories, len(grouped)


def _rank(rows: Sequence[RowMapping]) -> tuple[int, int, float]:
    """Return the place of a story: gravest first, then most reports, then longest known."""
    reports = len({row["item_id"] for row in rows})
    return -rows[0]["severity"], -reports, min(row["at"] for row in rows).timestamp()


def _publishers(connection: Connection, story_ids: Sequence[int | None], period: Period) -> dict[int, int]:
    """Return how many publishers tell each story on their own in the items that came within a period, at least one."""
    query = (
        select(REPORT.c.story_id, func.count(func.distinct(REPORT.c.publisher)))
        .join(ITEM, ITEM.c.id == REPORT.c.item_id)
        .where(
            and_(
                REPORT.c.story_id.in_([one for one in story_ids if one is not None]),
                REPORT.c.copy_of.is_(None),
                ITEM.c.fetched_at < period.end_at,
            )
        )
        .group_by(REPORT.c.story_id)
    )
    return {row[0]: max(1, row[1]) for row in connection.execute(query)}
