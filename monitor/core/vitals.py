"""How the daemon itself is doing: what it sees when it looks at itself, and when that means that it cannot do its work.

Whoever sends requests or restarts nodes asks /readyz and wants yes or no; a person wants the reason and the cure. What
only feeds, receivers or the network can mend is no reason: another node would do no better. All bounds are ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.core.polling import spell

POLLS_LATE = timedelta(minutes=30)
"""How late a feed may be asked for no reason of policy: twice the usual interval, so that a whole poll is missing."""

HITS_LATE = timedelta(minutes=10)
"""How long a hit may wait for its alert, which takes a second: a person would have been told long ago."""

SENDING_LATE = timedelta(minutes=10)
"""How long a delivery may be due through a channel that works: as long as one that fails may hold up its thread."""

DISK_LEAST = 64 * 1024**2
"""Free bytes below which the database's disk counts as full: SQLite's journal of a busy minute needs some 10 MB, and a
person some minutes."""

DISK_LOW = 0.05
"""Part of the disk below which its end is told while there is still time."""

MEMORY_HIGH = 0.9
"""Part of the memory allowed beyond which its end is told."""

STALL_MOST = timedelta(seconds=5)
"""How long the event loop may stand still: as long as most who ask wait for an answer."""

LOOK_OLD = timedelta(minutes=1)
"""How old the last look may be: one is made every 5 s, and those of a hundred thousand feeds take a part of one."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of something of which there is so much in all, both in bytes or pieces; None where nothing limits it."""

    value: int
    limit: int | None

    @property
    def share(self) -> float:
        """Return the part of all, 0 where there is no limit."""
        return self.value / self.limit if self.limit else 0.0


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the oldest of what is due waits, by kind; zero where nothing does.

    polls    the longest due feed; those that rest, are paused, or whose host is being asked all the time, left apart
    queues   work by kind: hit, alert, delivery, push, article, subscription
    unsent   notices by whether their channel rests: since it was due through one that works, since it was made through
             one that rests
    """

    polls: timedelta = timedelta(0)
    queues: Mapping[str, timedelta] = field(default_factory=dict)
    unsent: Mapping[bool, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What one look found.

    database   why the database cannot be used, or None
    schema     why the tables are not those of this release, or None
    waits      what is due and waits; None while the rows cannot be read
    disk       free bytes where a SQLite file lies, of all there; None elsewhere
    memory     bytes in use
    files      files and sockets that are open
    stall      longest time that the event loop stood still since the look before
    """

    database: str | None = None
    schema: str | None = None
    waits: Waits | None = None
    disk: Amount | None = None
    memory: Amount | None = None
    files: Amount | None = None
    stall: timedelta = timedelta(0)


def checks(vitals: Vitals, *, age: timedelta, up: timedelta) -> dict[str, str | None]:
    """Return for each part of the daemon why it cannot do its work, with the cure, or None.

    age  how long ago it looked
    up   since when it runs: what was late already is not late by its fault
    """
    waits = vitals.waits or Waits()
    queues = waits.queues
    return {
        "schema": vitals.schema,
        "polls": _late(
            "a feed is due and was not asked",
            min(waits.polls, up),
            POLLS_LATE,
            "see `job failed` in the log; else there are more feeds than one process manages: http.concurrency",
        ),
        "hits": _late(
            "a hit waits for its alert", min(queues.get("hit", _NONE), up), HITS_LATE, "see `job failed` in the log"
        ),
        "deliveries": _late(
            "a notice is due through a channel that works",
            min(waits.unsent.get(False, _NONE), up),
            SENDING_LATE,
            "see `job failed` in the log, and: monitor alerts list",
        ),
        "disk": _full(vitals.disk),
        "loop": _late(
            "the event loop stood still", vitals.stall, STALL_MOST, "the machine is overwhelmed or was paused"
        ),
        "threads": _late(
            "the daemon has not come to look at itself",
            age,
            LOOK_OLD,
            "the database or a disk does not answer; it ends itself when that lasts",
        ),
    }


def warnings(vitals: Vitals) -> Iterator[str]:
    """Yield what will be in the way soon."""
    if vitals.disk is not None and vitals.disk.share < DISK_LOW:
        yield f"the disk of the database has {_mib(vitals.disk.value)} left; free some space or shorten retention"
    if vitals.memory is not None and vitals.memory.share > MEMORY_HIGH:
        yield f"{vitals.memory.share:.0%} of the memory allowed is in use; raise its limit (MemoryMax of the service)"
    if vitals.files is not None and vitals.files.share > MEMORY_HIGH:
        yield f"{vitals.files.share:.0%} of the open files allowed are in use; raise the limit (LimitNOFILE, ulimit -n)"


def _late(what: str, wait: timedelta, most: timedelta, cure: str) -> str | None:
    """Return in words that something waits for longer than it may."""
    return f"{what} for {spell(wait, parts=2)}: {cure}" if wait > most else None


def _full(disk: Amount | None) -> str | None:
    """Return in words that the disk is as good as full."""
    if disk is None or disk.value >= DISK_LEAST:
        return None
    return f"the disk of the database has {_mib(disk.value)} left: free some space; nothing was lost"


def _mib(count: int) -> str:
    """Return bytes as a person reads them."""
    return f"{count / 1024**2:,.0f} MiB"


_NONE = timedelta(0)
