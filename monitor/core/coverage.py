"""How much of what we promised to watch is seen: the answer to "is it quiet, or are we blind?".

A feed is *heard* when its last poll that went well lies within its own pace, see `is_heard`. The share covered is the
part of all watched feeds that are heard; one that was given up (retired), or that somebody paused, is watched and not
heard until somebody takes it out or up again.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core import rhythm
from monitor.core.addresses import without_user
from monitor.core.polling import next_poll_at, pause_of, reason_of, rolled_over, spell, state_of
from monitor.core.types import Feed, FeedState, Pulse

MISSED_POLLS = 3
"""Waits of its own that may pass without a good poll before a feed counts as unheard: two polls may be lost."""

LEAST_HEARD = timedelta(hours=1)
"""How long a good poll holds at least: a restart, or one lost poll of a busy feed, is no hole in what was seen."""

LONGEST_WAIT = timedelta(days=1)
"""Longest wait that is read from the time between the last good poll and the first failure: the daemon may have been
off in between. As long as `polling.max_interval` where nobody set it."""

LATE = timedelta(minutes=10)
"""How long a due feed may wait before it is told: polls come in bursts, and one host's feeds queue."""

NAMED = 3
"""Feeds of one state that are named at a glance; the others are counted."""

GRAVITY = (
    FeedState.FAILING,
    FeedState.NOT_A_FEED,
    FeedState.RETIRED,
    FeedState.PAUSED,
    FeedState.ROLLED_OVER,
    FeedState.QUIET,
    FeedState.RESTING,
    FeedState.HEALTHY,
)
"""States in the order in which a person should look at them."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Feeds that are healthy beyond doubt, counted by the database and not looked at one by one; as in `Coverage`."""

    count: int = 0
    heard: int = 0
    unasked: int = 0
    due_at: datetime | None = None
    oldest_ok_at: datetime | None = None
    newest_ok_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the feeds are doing, all together.

    watched        feeds of the configuration and those added by command
    states         how many are in each state, every state named; they sum to `watched`
    heard          how many were seen well within their own pace
    unasked        how many were never asked yet, and will be
    never          how many were asked and never answered well
    missed         items that have probably gone by unseen, at least; see `missed`
    reasons        why feeds fail now, and how many for each reason ("timeout", "http 404", ...)
    examples       names of the first feeds in each state but healthy, by name
    due_at         when the longest due feed was due, or the next is; None when none will be asked
    oldest_ok_at   the longest ago that the last good poll of a feed lies that is still asked
    newest_ok_at   the latest good poll of all
    """

    watched: int
    states: Mapping[FeedState, int]
    heard: int
    unasked: int = 0
    never: int = 0
    missed: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[FeedState, Sequence[str]] = field(default_factory=dict)
    due_at: datetime | None = None
    oldest_ok_at: datetime | None = None
    newest_ok_at: datetime | None = None

    @property
    def share(self) -> float:
        """Return the part of the watched feeds that are heard, 0 to 1; 1 when none is watched: nothing is missed."""
        return self.heard / self.watched if self.watched else 1.0

    @property
    def blind(self) -> bool:
        """Return whether no feed at all is heard, and every one that is asked fails.

        One that only waits for its turn may be heard in a moment; one whose host rests, or that is paused, will not.
        """
        lost = sum(self.states[state] for state in (FeedState.FAILING, FeedState.NOT_A_FEED, FeedState.RETIRED))
        unasked = self.states[FeedState.RESTING] + self.states[FeedState.PAUSED]
        return not self.heard and lost > 0 and lost + unasked == self.watched

    def lag(self, now: datetime) -> timedelta:
        """Return how long the longest due feed waits."""
        return timedelta(0) if self.due_at is None else max(now - self.due_at, timedelta(0))


def coverage_of(feeds: Iterable[Feed | Pulse], *, now: datetime, plain: Plain = Plain()) -> Coverage:
    """Return how feeds are doing: those looked at one by one, none of which is kept, and those counted as `plain`."""
    states = Counter({FeedState.HEALTHY: plain.count})
    reasons: Counter[str] = Counter()
    names: dict[FeedState, list[str]] = {state: [] for state in GRAVITY if state is not FeedState.HEALTHY}
    heard, unasked, never, lost = plain.heard, plain.unasked, 0, 0
    due_at, oldest_ok_at, newest_ok_at = plain.due_at, plain.oldest_ok_at, plain.newest_ok_at
    for feed in feeds:
        state = state_of(feed, now=now)
        states[state] += 1
        if state in names:
            insort(names[state], feed.name or without_user(feed.url), key=str.casefold)
            del names[state][NAMED:]
        never += feed.polled_at is not None and feed.ok_at is None
        newest_ok_at = max(_known(newest_ok_at, feed.ok_at), default=None)
        if state in (FeedState.RETIRED, FeedState.PAUSED):
            continue
        heard += is_heard(feed, now=now)
        unasked += feed.polled_at is None
        lost += missed(feed, now=now)
        if feed.failures and feed.error:
            reasons[reason_of(feed.error)] += 1
        due_at = min(_known(due_at, next_poll_at(feed, now=now)), default=None)
        oldest_ok_at = min(_known(oldest_ok_at, feed.ok_at), default=None)
    return Coverage(
        watched=states.total(),
        states={state: states[state] for state in GRAVITY},
        heard=heard,
        unasked=unasked,
        never=never,
        missed=lost,
        reasons=reasons,
        examples={state: some for state, some in names.items() if some},
        due_at=due_at,
        oldest_ok_at=oldest_ok_at,
        newest_ok_at=newest_ok_at,
    )


def is_heard(feed: Feed | Pulse, *, now: datetime) -> bool:
    """Return whether a feed was seen well within its own pace.

    Its last good poll is not older than MISSED_POLLS times the wait that was planned after it, or than LEAST_HEARD. So
    a feed that is asked every 15 minutes is unheard after an hour, one that is asked once a day after three days.
    """
    if feed.ok_at is None or feed.course.retired_at is not None or pause_of(feed) is not None:
        return False
    if feed.failing_since_at is None:
        wait = feed.next_poll_at - feed.ok_at
    else:
        wait = min(feed.failing_since_at - feed.ok_at, LONGEST_WAIT)
    return now - feed.ok_at <= max(MISSED_POLLS * wait, LEAST_HEARD)


def missed(feed: Feed | Pulse, *, now: datetime) -> int:
    """Return how many items of a feed have probably gone by unseen, at the least.

    Of a feed that fails, what its rhythm makes expect since the last good poll, less what it will still show when it
    comes back; of one that rolled over, one. Nothing is said of a feed without a rhythm, or of one that never drops an
    entry. Beats count a burst as one, so that it may be more.
    """
    course, at_least = feed.course, int(rolled_over(feed.course, now=now))
    if not feed.failures or feed.ok_at is None or course.window is None or len(course.beats) < rhythm.QUIET_BEATS:
        return at_least
    pace = rhythm.pace(course, now=feed.ok_at, first_polled_at=None)
    gone = now - feed.ok_at - course.window
    return max(int(gone / pace), at_least) if pace and gone > timedelta(0) else at_least


def since(feed: Feed | Pulse, state: FeedState) -> datetime | None:
    """Return since when a feed is in its state; None for a healthy one, and where the host rests."""
    match state:
        case FeedState.FAILING | FeedState.NOT_A_FEED:
            return feed.failing_since_at
        case FeedState.RETIRED:
            return feed.course.retired_at
        case FeedState.PAUSED:
            return pause_of(feed)
        case FeedState.ROLLED_OVER:
            return feed.course.rolled_over_at
        case FeedState.QUIET:
            return feed.course.beats[0]
        case FeedState.RESTING | FeedState.HEALTHY:
            return None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is told at a glance: "5 failing", names of some of them, and how many more there are."""

    words: str
    names: Sequence[str] = ()
    more: int = 0


def parts_of(coverage: Coverage) -> list[Part]:
    """Return what is told at a glance, in parts: where names may run from right to left each must stand by itself."""
    if not coverage.watched:
        return [Part("no feed is watched")]
    parts = [Part(f"{coverage.heard} of {counted(coverage.watched, 'feed')} heard")]
    if coverage.unasked:
        parts.append(Part(f"{coverage.unasked} not asked yet"))
    for state, names in coverage.examples.items():
        count = coverage.states[state]
        parts.append(Part(f"{count} {state}", names, count - len(names)))
    return parts


def glance(coverage: Coverage) -> str:
    """Return one sentence for people: "38 of 40 feeds heard; 2 failing: Dawn, Radio Mashaal"."""
    return "; ".join(
        part.words
        + (f": {', '.join(part.names)}" if part.names else "")
        + (f" and {part.more} more" if part.more else "")
        for part in parts_of(coverage)
    )


def warnings(coverage: Coverage, *, now: datetime) -> list[str]:
    """Return what an operator should look into, gravest first; no names, for anybody may read them at /readyz."""
    found = []
    if trouble := blindness(coverage, now=now):
        found.append(trouble)
    elif (unheard := coverage.watched - coverage.heard - coverage.unasked) > 0:
        found.append(f"{unheard} of {counted(coverage.watched, 'feed')} unheard, {coverage.share:.0%} covered")
    if troubled := [f"{count} {state}" for state, count in coverage.states.items() if count and state in GRAVITY[:-1]]:
        found.append(f"feeds: {', '.join(troubled)}")
    if coverage.missed:
        found.append(f"at least {counted(coverage.missed, 'item')} may have gone by unseen")
    if (lag := coverage.lag(now)) > LATE:
        found.append(
            f"polls are late by {spell(lag, parts=2)}: the daemon is off, or it has more feeds than it manages"
        )
    return found


def blindness(coverage: Coverage, *, now: datetime) -> str | None:
    """Return what to tell when every feed fails and none is heard, else None."""
    if not coverage.blind:
        return None
    [(reason, count)] = Counter(coverage.reasons).most_common(1) or [("", 0)]
    why = f" ({counted(count, 'time')}: {reason})" if reason else ""
    if coverage.newest_ok_at is not None:
        return (
            f"none of the {counted(coverage.watched, 'feed')} is heard, the last good poll was "
            f"{spell(now - coverage.newest_ok_at, parts=2)} ago{why}. Check the network or http.proxy."
        )
    return (
        f"none of the {counted(coverage.watched, 'feed')} could be reached{why}. Check the network or http.proxy; "
        "`monitor demo` (make demo) shows everything without the internet."
    )


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 feed", "2 feeds", "2 entities"."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else many}"


def _known(*instants: datetime | None) -> list[datetime]:
    """Return those instants that are known."""
    return [at for at in instants if at is not None]
