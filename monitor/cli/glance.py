"""What `monitor status` shows, gathered: from the rows, and from the daemon where one answers."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

if TYPE_CHECKING:
    from monitor.config.settings import Settings, WebSettings
    from monitor.core.channel_rest import ChannelRest
    from monitor.core.coverage import Coverage
    from monitor.core.types import Pulse, Severity
    from monitor.core.vitals import Amount
    from monitor.store.database import Database
    from monitor.store.nodes import Node

DAY = timedelta(days=1)

RARE = timedelta(days=7)
"""Age at which a copy of the database is called old: a week of hits, marks and acknowledgements would be gone."""

ANSWER_SECONDS = 2.0
"""Longest wait for the daemon's /readyz, which promises an answer within one."""

ANSWER_BYTES = 1_000_000
"""Most that is read of an answer: another program may have the port."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon as it says itself: `ready`, `not ready` with what is wrong, or `not running` at that address."""

    state: str
    address: str
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class NextDigest:
    """A digest of the configuration, and when it is due next; `at` in its own time zone."""

    name: str
    at: datetime
    timezone: str


@dataclass(frozen=True, slots=True)
class Warned:
    """What should be looked into, and the command that cures it or tells more; "" where no command does."""

    text: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Glance:
    """Everything on the screen.

    today      hits of the last 24 h by severity
    counts     of rows, see `store.items.counts`
    open       alerts that further hits may join; unknown those of them that nobody acknowledged
    boxes      deliveries by channel and state; oldest by state and channel
    shut       channels that rest, by name
    nodes      processes that share the work; none for SQLite
    backup     when the database was last copied, and where to; None when nobody knows
    disk       bytes free where a SQLite file lies, of how many
    """

    config: str
    database: str
    daemon: Daemon
    coverage: "Coverage"
    pulses: "Sequence[Pulse]"
    today: "Mapping[Severity, int]"
    counts: Mapping[str, int]
    open: int
    unknown: int
    boxes: Mapping[tuple[str, str], int]
    oldest: Mapping[str, Mapping[str, datetime]]
    shut: "Mapping[str, ChannelRest]"
    digests: Sequence[NextDigest]
    nodes: "Sequence[Node]"
    backup: tuple[datetime, str] | None
    disk: "Amount | None"
    warnings: Sequence[Warned] = ()


def gather(settings: "Settings", db: "Database", *, now: datetime) -> Glance:
    """Return everything on the screen."""
    from monitor.core.coverage import coverage_of
    from monitor.core.grouping import OPEN_FOR
    from monitor.core.types import DeliveryState
    from monitor.machine import disk_of
    from monitor.store import acks, channels, coverage, deliveries, items, meta, nodes
    from monitor.store.backup import last_backup

    pulses, plain = coverage.read_pulses(db, now=now)
    open_, unknown = acks.count_open(db, since_at=now - OPEN_FOR)
    rests = channels.list_rests(db)
    glance = Glance(
        config=str(settings.path),
        database=db.masked_url,
        daemon=ask_daemon(settings.web),
        coverage=coverage_of(pulses, now=now, plain=plain),
        pulses=pulses,
        today=items.severities(db, since_at=now - DAY),
        counts=items.counts(db),
        open=open_,
        unknown=unknown,
        boxes=deliveries.counts(db),
        oldest={state: deliveries.oldest(db, state) for state in (DeliveryState.PENDING, DeliveryState.DEAD)},
        shut={name: rest for name, rest in rests.items() if rest.rests(now)},
        digests=list(_next_digests(settings, now=now)),
        nodes=nodes.list_nodes(db),
        backup=last_backup(db),
        disk=None if db.path is None else disk_of(db.path.parent),
    )
    refused = meta.get(db, meta.CONFIG_REFUSED)
    installed = meta.get(db, meta.INSTALLED)
    old = installed is not None and now - datetime.fromisoformat(installed) > RARE and db.path is not None
    return _with_warnings(glance, refused=refused, may_miss_backup=old, now=now)


def states_of(glance: Glance) -> Counter[str]:
    """Return how many deliveries are in each state."""
    states: Counter[str] = Counter()
    for (_, state), count in glance.boxes.items():
        states[state] += count
    return states


def ask_daemon(web: "WebSettings") -> Daemon:
    """Return how the daemon of this configuration is, as it says at /readyz."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104 - to ask, not to listen
    address = f"http://{f'[{host}]' if ':' in host else host}:{web.port}"
    opener = build_opener(ProxyHandler({}))  # no proxy leads to this machine
    try:
        with opener.open(f"{address}/readyz", timeout=ANSWER_SECONDS) as answer:
            body = answer.read(ANSWER_BYTES)
    except HTTPError as error:
        body = error.read(ANSWER_BYTES)
    except (OSError, HTTPException):
        return Daemon("not running", address)
    try:
        said = json.loads(body)
        ready, checks = bool(said["ready"]), dict(said["checks"])
    except (ValueError, KeyError, TypeError):
        return Daemon("not running", address, "another program answers there")
    wrong = [f"{name}: {check}" for name, check in checks.items() if check != "ok"]
    return Daemon("ready" if ready else "not ready", address, "" if ready else "; ".join(wrong))


def _next_digests(settings: "Settings", *, now: datetime) -> Iterator[NextDigest]:
    """Yield when each digest is due next, the soonest first."""
    from monitor.core.digest import next_tick

    found = [NextDigest(spec.name, next_tick(spec, now), spec.timezone) for spec in settings.digests]
    yield from sorted(found, key=lambda one: one.at)


def _with_warnings(glance: Glance, *, refused: str | None, may_miss_backup: bool, now: datetime) -> Glance:
    """Return the same with what should be looked into, gravest first."""
    from dataclasses import replace

    return replace(glance, warnings=list(_warnings(glance, refused=refused, may_miss_backup=may_miss_backup, now=now)))


def _warnings(glance: Glance, *, refused: str | None, may_miss_backup: bool, now: datetime) -> Iterator[Warned]:
    """Yield what should be looked into, each with the command that cures it."""
    from monitor.core import vitals
    from monitor.core.coverage import warnings
    from monitor.core.vitals import Vitals
    from monitor.schedule import ROLES
    from monitor.store.nodes import idle_roles

    if refused:
        yield Warned(f"a change of the configuration was refused: {refused}", "monitor config check")
    if glance.daemon.state == "not ready":
        yield Warned(f"the daemon is not ready: {glance.daemon.wrong}", "monitor check")
    if idle := idle_roles(glance.nodes, ROLES):
        yield Warned(f"no node does: {', '.join(idle)}", f"monitor run --role {','.join(idle)}")
    for text in vitals.warnings(Vitals(disk=glance.disk)):
        yield Warned(text)
    for text in warnings(glance.coverage, now=now):
        yield Warned(text, "monitor run" if text.startswith("polls are late") else "monitor feeds list")
    for name, rest in glance.shut.items():
        yield Warned(
            f"channel {name} has not worked since {rest.since_at:%Y-%m-%d %H:%MZ}: {rest.error}",
            "monitor check --send-test",
        )
    if dead := states_of(glance)["dead"]:
        yield Warned(
            f"{dead} {'delivery was' if dead == 1 else 'deliveries were'} given up",
            "monitor alerts list --failed; when the cause is gone: monitor alerts retry",
        )
    if may_miss_backup and (glance.backup is None or now - glance.backup[0] > RARE):
        copied = "never copied" if glance.backup is None else f"last copied on {glance.backup[0]:%Y-%m-%d}"
        yield Warned(f"the database was {copied}", "monitor db backup FILE")
