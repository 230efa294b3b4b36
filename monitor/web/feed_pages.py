"""The pages of the feeds: all of them, those in trouble first, and each with all that is known of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import nsmallest
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.coverage import GRAVITY, coverage_of, since
from monitor.core.feed_facts import answer_of, facts_of
from monitor.core.polling import state_of
from monitor.core.types import Feed, FeedState, Pulse
from monitor.store import coverage, feeds, items
from monitor.store.coverage import Label
from monitor.store.database import Database
from monitor.web.frame import page
from monitor.web.status import Status

PAGE_SIZE = 50
"""Feeds on one page: a screen or three, and a page of some 40 kB."""

GLIMPSE = 12
"""Feeds on the overview."""

COUNTED = timedelta(days=7)
"""How far back the items of a feed are counted in the list."""

ITEMS_SHOWN = 20
SPANS_SHOWN = 20

TROUBLED = "troubled"
"""What `?state=` says for every state but healthy."""

RANKS = {state: rank for rank, state in enumerate(GRAVITY)}
"""Place of each state in a list, gravest first."""

DIGITS = 10
"""Digits of the largest id; Python refuses to read more than 4,300 (docs.python.org, "Integer string conversion")."""

LARGEST_ID = 2**31 - 1
"""Largest id of a row: PostgreSQL's "integer", which refuses to compare with more (postgresql.org, "Numeric Types")."""


@dataclass(frozen=True, slots=True)
class Line:
    """A feed in the list; `items` were stored within COUNTED, `since_at` begins the state."""

    feed: Feed
    state: FeedState
    answer: str
    since_at: datetime | None
    items: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which feeds to list, as the address of the page says; "" means any.

    state   a FeedState, or TROUBLED
    tag     one of the feed's tags
    text    words that stand in its name or address, in any case
    number  of the page, from 1
    """

    state: str = ""
    tag: str = ""
    text: str = ""
    number: int = 1

    def address(self) -> str:
        """Return the address of the page."""
        number = "" if self.number == 1 else str(self.number)
        asked = {"state": self.state, "tag": self.tag, "text": self.text, "page": number}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/feeds?{query}" if query else "/feeds"

    def having(self, **changes: str) -> "Wanted":
        """Return the first page of another choice."""
        return replace(self, **{"number": 1, **changes})  # type: ignore[arg-type]  # the fields' own types


def listing(request: Request) -> Response:
    """List the feeds, those in trouble first; `?state=`, `?tag=` and `?text=` choose, `?page=` turns the page."""
    status: Status = request.app.state.status
    now, wanted = status.clock(), _wanted(request)
    pulses, plain = coverage.read_pulses(status.db, now=now)
    labels = coverage.labels(status.db)
    states = {pulse.id: state_of(pulse, now=now) for pulse in pulses}
    similar = _named(labels, wanted)
    counts = Counter(states.get(label.id, FeedState.HEALTHY) for label in similar)
    chosen = [label for label in similar if _is_in(states.get(label.id, FeedState.HEALTHY), wanted.state)]
    last = max(1, -(-len(chosen) // PAGE_SIZE))
    wanted = replace(wanted, number=min(wanted.number, last))
    first = nsmallest(wanted.number * PAGE_SIZE, chosen, key=lambda label: _rank(label, states))
    ids = [label.id for label in first[(wanted.number - 1) * PAGE_SIZE :]]
    return page(
        request,
        "feeds.html.j2",
        now=now,
        coverage=coverage_of(pulses, now=now, plain=plain),
        wanted=wanted,
        counts=[(state.value, counts[state]) for state in GRAVITY if counts[state] or state == wanted.state],
        troubled=counts.total() - counts[FeedState.HEALTHY],
        total=counts.total(),
        tags=sorted({tag for label in labels for tag in label.tags} | ({wanted.tag} - {""})),
        lines=_lines(status.db, ids, now=now),
        chosen=len(chosen),
        last=last,
        before=replace(wanted, number=wanted.number - 1).address() if wanted.number > 1 else "",
        after=replace(wanted, number=wanted.number + 1).address() if wanted.number < last else "",
    )


def one(request: Request) -> Response:
    """Show one feed: all that is known of it, the spans in which it failed, and its newest items."""
    status: Status = request.app.state.status
    now, asked = status.clock(), request.path_params["feed_id"]
    feed_id = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= DIGITS else 0
    found = feeds.feeds_by_id(status.db, [feed_id]) if 0 < feed_id <= LARGEST_ID else []
    if not found:
        return page(request, "missing.html.j2", code=404, now=now, what="feed")
    [line] = _lines(status.db, [feed_id], now=now)
    return page(
        request,
        "feed.html.j2",
        now=now,
        line=line,
        facts=facts_of(line.feed, now=now),
        spans=feeds.failures_of(status.db, feed_id, limit=SPANS_SHOWN),
        items=items.newest_items(status.db, feed_id, limit=ITEMS_SHOWN),
    )


def glimpse(db: Database, pulses: Sequence[Pulse], *, now: datetime) -> list[Line]:
    """Return the feeds for the overview: those in trouble, gravest first, and those asked next."""
    states = {pulse.id: state_of(pulse, now=now) for pulse in pulses}
    troubled = [pulse for pulse in pulses if states[pulse.id] is not FeedState.HEALTHY]
    ids = [pulse.id for pulse in nsmallest(GLIMPSE, troubled, key=lambda pulse: _rank(pulse, states))]
    if len(ids) < GLIMPSE:
        ids += coverage.next_asked(db, but=ids, limit=GLIMPSE - len(ids))
    return _lines(db, ids, now=now)


def _wanted(request: Request) -> Wanted:
    """Return what the address of a page asks for; what makes no sense asks for nothing."""
    asked = request.query_params
    state, number = asked.get("state", ""), asked.get("page", "1")
    return Wanted(
        state=state if state == TROUBLED or state in list(FeedState) else "",
        tag=asked.get("tag", ""),
        text=asked.get("text", "").strip(),
        number=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else 1,
    )


def _named(labels: Sequence[Label], wanted: Wanted) -> Sequence[Label]:
    """Return the feeds whose tag and name are wanted, whatever their state."""
    words = wanted.text.casefold().split()
    if not words and not wanted.tag:
        return labels
    return [
        label
        for label in labels
        if (not wanted.tag or wanted.tag in label.tags)
        and (not words or all(word in f"{label.name} {label.url}".casefold() for word in words))
    ]


def _is_in(state: FeedState, wanted: str) -> bool:
    """Return whether a feed in `state` is wanted."""
    return not wanted or state == wanted or (wanted == TROUBLED and state is not FeedState.HEALTHY)


def _rank(feed: Label | Pulse, states: Mapping[int, FeedState]) -> tuple[int, str, str]:
    """Return the place of a feed in a list."""
    return RANKS[states.get(feed.id, FeedState.HEALTHY)], (feed.name or feed.url).casefold(), feed.url


def _lines(db: Database, ids: Sequence[int], *, now: datetime) -> list[Line]:
    """Return the lines of some feeds, in their order."""
    stored = coverage.items_since(db, ids, since_at=now - COUNTED)
    lines = []
    for feed in feeds.feeds_by_id(db, ids):
        state = state_of(feed, now=now)
        lines.append(Line(feed, state, answer_of(feed), since(feed, state), stored.get(feed.id, 0)))
    return lines
