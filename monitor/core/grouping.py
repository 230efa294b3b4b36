"""What is told together and when: groups of hits, their due times, the ids and the notice that leave the house."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.core.addresses import without_user
from monitor.core.occasion import Occasion
from monitor.core.quiet import release_at
from monitor.core.types import Alert, Change, Hit, Item, Mention, Notice, NoticeAlert, NoticeHit, NoticeItem, Route

OPEN_FOR = timedelta(hours=72)
"""An alert takes further hits of its group until it had none for so long; the same span keeps a story open."""

SUMMARY_CHARS = 1_000
"""Characters of an item's text in a notice, and of a title gone wild: two paragraphs, enough to judge a report by."""

TITLE_CHARS = 200
"""Longest title of an alert, in characters: what mail clients and chats show of a subject, with room to spare."""

ID_LETTERS = 26
"""Letters of an id after its prefix: 130 bits in base32, so two never meet."""

_CALM: Mapping[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " "),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
}
"""Blanks control characters (Unicode's Cc, which is complete: Unicode Standard 15, 23.1) and deletes those that embed,
override or isolate a direction of writing: a stray one turns what follows it."""


@dataclass(frozen=True, slots=True)
class Group:
    """What hits have in common that one receiver is told together.

    key     the same for the same receiver and values; stored and compared, never shown
    label   for a person: "story 12", "rule isk-attack-in-bajaur, feed Dawn"
    """

    key: str
    label: str


def group_of(route: Route, hit: Hit) -> Group:
    """Return the group of `hit` at the route's receiver.

    The key holds the receiver and the `group_by` values, not the place in the tree: when two routes lead a story's hits
    to one receiver, they join one alert. A hit without a story is told with its own item's hits.
    """
    values = [_GROUP_VALUES[name](hit) for name in sorted(set(route.group_by))]
    key = json.dumps([route.receiver, *(key for key, _ in values)], ensure_ascii=False, separators=(",", ":"))
    return Group(key, ", ".join(label for _, label in values) or "everything")


HELD = "held back"
"""Label of the alert that tells together what was too much for a route to tell one by one."""


def held_key(alert: Alert) -> str:
    """Return the key of the group in which a route's alerts are told together that were too many."""
    return json.dumps([alert.receiver, f"held={alert.route}"])


def _story(hit: Hit) -> tuple[str, str]:
    if hit.item.story_id is None:
        return f"item={hit.item.id}", f"item {hit.item.id}"
    return f"story={hit.item.story_id}", f"story {hit.item.story_id}"


def _entity(hit: Hit) -> tuple[str, str]:
    if not hit.entities:
        return "entity=", "no entity"
    return f"entity={hit.entities[0].id}", hit.entities[0].name


_GROUP_VALUES: Mapping[str, Callable[[Hit], tuple[str, str]]] = {
    "story": _story,
    "rule": lambda hit: (f"rule={hit.rule}", f"rule {hit.rule}"),
    "watchlist": lambda hit: (f"watchlist={hit.watchlist}", f"watchlist {hit.watchlist}"),
    "entity": _entity,
    "feed": lambda hit: (f"feed={hit.item.feed_id}", f"feed {hit.item.feed_name or without_user(hit.item.feed_url)}"),
    "severity": lambda hit: (f"severity={hit.severity}", f"severity {hit.severity}"),
}
"""For each of GROUP_KEYS: a hit's part of the key and of the label."""


def notify_at(
    route: Route, *, hit_at: datetime, notified_at: datetime | None, pending_at: datetime | None, now: datetime
) -> datetime:
    """Return when an alert is due that a further hit joined.

    The first notification waits `group_wait` after the hit, for the reports that follow on its heels. Later ones come
    no sooner than `group_interval` after the last. None comes in the route's quiet hours. A time already set is kept
    when it is earlier: further hits never put a notification off. Source: Alertmanager, "Configuration", `group_wait`
    and `group_interval`.

    notified_at   last notification of the alert, or None
    pending_at    due time of the alert before this hit, or None
    """
    begun_at = min(hit_at, now)  # a hit stamped by a clock that is ahead of ours must not wait for it
    due_at = begun_at + route.group_wait if notified_at is None else max(begun_at, notified_at + route.group_interval)
    due_at = release_at(route.mute, due_at)
    return due_at if pending_at is None else min(due_at, pending_at)


def alert_id(group_key: str, first_hit_id: int, created_at: datetime) -> str:
    """Return the id of the alert that the hit opened in the group: "alr_" and 26 letters."""
    return make_id("alr_", [group_key, str(first_hit_id), created_at.astimezone(UTC).isoformat()])


def delivery_id(thread_id: str, channel: str, parts: Sequence[str], created_at: datetime) -> str:
    """Return the id of one delivery of an alert or digest through one channel: "dlv_" and 26 letters.

    parts   what tells it from the thread's other deliveries through that channel, such as the ids of its hits
    """
    return make_id("dlv_", [thread_id, channel, *parts, created_at.astimezone(UTC).isoformat()])


def make_id(prefix: str, parts: Sequence[str]) -> str:
    """Return an id that follows from `parts`: lower-case base32 letters and digits of their SHA-256."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return prefix + base64.b32encode(digest).decode().lower()[:ID_LETTERS]


def alert_notice(
    alert: Alert,
    hits: Sequence[Hit],
    *,
    occasion: Occasion,
    public_url: str | None,
    now: datetime,
    ack_url: str | None = None,
) -> Notice:
    """Return what the alert's receiver is told of `hits`, highest severity first, in the shape a webhook gets.

    hits         those not told before, or to be told again for their `change`; at least one
    public_url   address of the dashboard as its readers reach it, or None when there is no link to give
    ack_url      page where the alert's story is acknowledged, likewise
    """
    ordered = sorted(hits, key=lambda hit: -hit.severity.rank)
    return {
        "type": "alert.created" if alert.notified_at is None else "alert.updated",
        "timestamp": timestamp(now),
        "data": {
            "alert": _notice_alert(alert, ordered, occasion=occasion, public_url=public_url, ack_url=ack_url),
            "hits": [_notice_hit(hit) for hit in ordered],
        },
    }


def timestamp(instant: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, to the second: 2023-07-30T11:15:00Z."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _notice_alert(
    alert: Alert, ordered: Sequence[Hit], *, occasion: Occasion, public_url: str | None, ack_url: str | None
) -> NoticeAlert:
    titles = [hit.item.title for hit in ordered] if alert.silence_id is None else []
    headline = next(filter(None, map(one_line, [*titles, alert.title])), "")
    return {
        "id": alert.id,
        "title": headline or alert.group,
        "severity": alert.severity.value,
        "receiver": alert.receiver,
        "story": None if alert.story_id is None else str(alert.story_id),
        "created_at": timestamp(alert.created_at),
        "url": f"{public_url.rstrip('/')}/alerts/{alert.id}" if public_url else None,
        "reports": occasion.reports,
        "publishers": occasion.publishers,
        "quiet": occasion.quiet,
        "reason": occasion.reason,
        "ack_url": ack_url,
        "repeated": occasion.repeated,
        "story_title": None if alert.story_id is None else one_line(alert.title) or None,
    }


def one_line(title: str) -> str:
    """Return a title without line breaks and control characters or tricks of direction, cut at TITLE_CHARS."""
    flat = " ".join(title.translate(_CALM).split())
    return flat if len(flat) <= TITLE_CHARS else flat[: TITLE_CHARS - 1].rstrip() + "…"


def _notice_hit(hit: Hit) -> NoticeHit:
    return {
        "id": str(hit.id),
        "rule": hit.rule,
        "watchlist": hit.watchlist,
        "severity": hit.severity.value,
        "why": hit.why,
        "entities": [{"id": entity.id, "name": entity.name, "kind": entity.kind.value} for entity in hit.entities],
        "mentions": [
            {
                "entity": mention.entity,
                "field": mention.field,
                "start": mention.start,
                "end": mention.end,
                "surface": mention.surface,
            }
            for mention in hit.mentions
            if _is_shown(mention)
        ],
        "item": _notice_item(hit.item, hit.change),
    }


def _is_shown(mention: Mention) -> bool:
    """Return whether the words of a mention are in the notice; those further down the text are in `why` only."""
    return mention.end <= SUMMARY_CHARS


def _notice_item(item: Item, change: Change | None) -> NoticeItem:
    """Return an item with the beginnings of title and text as stored, so that the mentions' offsets hold."""
    return {
        "id": str(item.id),
        "title": item.title[:SUMMARY_CHARS],
        "url": item.url,
        "published_at": None if item.published_at is None else timestamp(item.published_at),
        "lang": item.lang,
        "summary": item.text[:SUMMARY_CHARS],
        "feed": {"name": item.feed_name, "url": without_user(item.feed_url)},
        "version": item.version,
        "headline": None if item.headline is None else item.headline[:SUMMARY_CHARS],
        "edited_at": None if item.edited_at is None else timestamp(item.edited_at),
        "withdrawn_at": None if item.withdrawn_at is None else timestamp(item.withdrawn_at),
        "change": None if change is None else change.value,
    }
