"""Prometheus metrics: what the jobs counted in this process, and what the rows say at the moment of the scrape."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.core.coverage import Coverage
from monitor.core.types import DeliveryState
from monitor.core.vitals import Vitals
from monitor.errors import StoreError
from monitor.jobs.metrics import REGISTRY
from monitor.store import channels, coverage, deliveries, hosts, items, subscriptions
from monitor.web.status import Status


def expose(status: Status) -> bytes:
    """Return all metrics in Prometheus' text format; without those of the rows while they cannot be read."""
    own = CollectorRegistry()
    own.register(_Own(status))
    said = generate_latest(REGISTRY) + generate_latest(own)
    rows = CollectorRegistry()
    rows.register(_Rows(status))
    with suppress(StoreError):  # monitor_database_up tells of it
        said += generate_latest(rows)
    return said


class _Own(Collector):
    """Gauges of this process, which need no database: what it saw when it last looked at itself."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing, as below."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
        """Yield the gauges."""
        status = self._status
        ok = 0.0 if status.config_error else 1.0
        yield GaugeMetricFamily("monitor_config_ok", "0 while a changed configuration is refused.", ok)
        started = status.started_at.timestamp()
        yield GaugeMetricFamily("monitor_start_time_seconds", "When the daemon started, Unix time.", started)
        info = {"version": __version__, "watchlists": status.watchlist_version}
        yield InfoMetricFamily("monitor_build", "Release and version of the watchlists.", info)
        version = {"version": status.watchlist_version}
        yield InfoMetricFamily(
            "monitor_watchlist_version", "Version of the watchlists that this node matches with.", version
        )
        behind = status.watchlist_in_force not in ("", status.watchlist_version)
        yield GaugeMetricFamily(
            "monitor_watchlist_behind", "1 while this node matches with other watchlists than are in force.", behind
        )
        found = status.look()
        up = found.database is None and status.db.refusal() is None
        yield GaugeMetricFamily("monitor_database_up", "0 while the database is away, or takes nothing.", up)
        yield from _vitals(found)


def _vitals(found: Vitals) -> Iterator[GaugeMetricFamily]:
    """Yield what the daemon saw when it last looked at itself, some seconds ago."""
    if (waits := found.waits) is not None:
        yield GaugeMetricFamily(
            "monitor_poll_lag_seconds",
            "How overdue the longest due feed is; those at hosts that rest, or are asked one by one, left apart.",
            waits.polls.total_seconds(),
        )
        unsent = GaugeMetricFamily(
            "monitor_outbox_age_seconds",
            "Oldest notice unsent: since due where its channel works (resting=no), since made where it rests (yes).",
            labels=["resting"],
        )
        for resting, age in waits.unsent.items():
            unsent.add_metric(["yes" if resting else "no"], age.total_seconds())
        yield unsent
        queues = GaugeMetricFamily(
            "monitor_queue_age_seconds", "How long the oldest due work waits, by kind.", labels=["kind"]
        )
        for kind, age in waits.queues.items():
            queues.add_metric([kind], age.total_seconds())
        yield queues
    if found.disk is not None:
        yield GaugeMetricFamily(
            "monitor_disk_free_bytes", "Bytes free where the database's file lies.", found.disk.value
        )
        yield GaugeMetricFamily(
            "monitor_disk_free_ratio", "Part of the disk of the database that is free, 0 to 1.", found.disk.share
        )
    for name, what, amount in (
        ("memory", "Bytes of memory in use by the control group, else by the process.", found.memory),
        ("open_files", "Files and sockets that are open.", found.files),
    ):
        unit = "_bytes" if name == "memory" else ""
        if amount is not None:
            yield GaugeMetricFamily(f"monitor_{name}{unit}", what, amount.value)
            most = float("inf") if amount.limit is None else amount.limit
            text = f"Most that monitor_{name}{unit} may be; +Inf without a limit."
            yield GaugeMetricFamily(f"monitor_{name}_limit{unit}", text, most)


class _Rows(Collector):
    """Gauges read from the database."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing: the rows are read at the scrape, not at registration."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        status, now = self._status, self._status.clock()
        counts = items.counts(status.db)
        for name, help_text in (
            ("items", "Items stored."),
            ("hits", "Hits stored."),
            ("alerts", "Alerts stored."),
            ("unrouted", "Hits that the alert job has not seen."),
        ):
            yield GaugeMetricFamily(f"monitor_{name}", help_text, counts[name])
        yield from _coverage(coverage.coverage(status.db, now=now), now)
        resting = hosts.count_resting(status.db, now=now)
        yield GaugeMetricFamily("monitor_hosts_paused", "Hosts that are left alone for a while.", resting)
        held = GaugeMetricFamily("monitor_subscriptions", "Subscriptions at hubs, by state.", labels=["state"])
        for state, count in subscriptions.count_states(status.db, now=now).items():
            held.add_metric([state.value], count)
        yield held
        yield from _channels(status, now)


def _coverage(found: Coverage, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield how the feeds are doing; no feed is a label, for there may be a hundred thousand."""
    states = GaugeMetricFamily("monitor_feeds", "Feeds, by state.", labels=["state"])
    for state, count in found.states.items():
        states.add_metric([state.value], count)
    yield states
    reasons = GaugeMetricFamily("monitor_feeds_failing", "Feeds whose last poll failed, by reason.", labels=["reason"])
    for reason, count in found.reasons.items():
        reasons.add_metric([reason], count)
    yield reasons
    newest = 0.0 if not found.watched else _age(found.newest_ok_at, now)
    oldest = 0.0 if not found.watched else _age(found.oldest_ok_at, now)
    for name, help_text, value in (
        ("coverage_ratio", "Part of the feeds that were seen well within their own pace, 0 to 1.", found.share),
        ("feeds_heard", "Feeds that were seen well within their own pace.", found.heard),
        ("feeds_unasked", "Feeds that were never asked yet.", found.unasked),
        ("feeds_never_heard", "Feeds that were asked and never answered well.", found.never),
        ("items_missed", "Items that have probably gone by unseen, at least.", found.missed),
        ("newest_ok_age_seconds", "Time since any poll went well; +Inf while none did.", newest),
        ("oldest_ok_age_seconds", "Longest time since the last good poll of a feed; +Inf while none did.", oldest),
    ):
        yield GaugeMetricFamily(f"monitor_{name}", help_text, value)


def _channels(status: Status, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield how the channels are doing through which anything was to go out."""
    boxes = deliveries.counts(status.db)
    outbox = GaugeMetricFamily("monitor_deliveries", "Deliveries by channel and state.", labels=["channel", "state"])
    for labels, count in boxes.items():
        outbox.add_metric(list(labels), count)
    yield outbox
    dead = deliveries.oldest(status.db, DeliveryState.DEAD)
    age = (now - min(dead.values())).total_seconds() if dead else 0.0
    yield GaugeMetricFamily("monitor_dead_letter_age_seconds", "Age of the oldest dead letter.", age)
    rests = channels.list_rests(status.db)
    resting = GaugeMetricFamily("monitor_channel_resting", "1 for a channel that does not work.", labels=["channel"])
    failing = GaugeMetricFamily("monitor_channel_failures", "Failures in a row of a channel.", labels=["channel"])
    for channel in sorted({channel for channel, _ in boxes} | rests.keys()):
        rest = rests.get(channel)
        resting.add_metric([channel], float(rest is not None and rest.rests(now)))
        failing.add_metric([channel], rest.failures if rest else 0)
    yield resting
    yield failing


def _age(at: datetime | None, now: datetime) -> float:
    """Return how many seconds ago something was, without end when it never was."""
    return float("inf") if at is None else max((now - at).total_seconds(), 0.0)
