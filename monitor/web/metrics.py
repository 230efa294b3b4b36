"""Prometheus metrics: what the jobs counted in this process, and what the rows say at the moment of the scrape."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.core.polling import next_poll, state_of
from monitor.core.types import FeedState
from monitor.jobs.metrics import REGISTRY
from monitor.store import deliveries, feeds, hosts, items
from monitor.web.status import Status


def expose(status: Status) -> bytes:
    """Return all metrics in Prometheus' text format. Raises StoreError when the rows cannot be read."""
    rows = CollectorRegistry()
    rows.register(_Rows(status))
    return generate_latest(REGISTRY) + generate_latest(rows)


class _Rows(Collector):
    """Gauges read from the database."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing: the rows are read at the scrape, not at registration."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
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
        known = feeds.list_feeds(status.db)
        found = Counter(state_of(feed, now=now) for feed in known)
        states = GaugeMetricFamily("monitor_feeds", "Feeds, by state.", labels=["state"])
        for state in FeedState:
            states.add_metric([state.value], found[state])
        yield states
        due = [(now - next_poll(feed, now=now)[0]).total_seconds() for feed in known if not feed.course.retired_at]
        yield GaugeMetricFamily("monitor_poll_lag_seconds", "How long the longest due feed waits.", max([0.0, *due]))
        resting = hosts.count_resting(status.db, now=now)
        yield GaugeMetricFamily("monitor_hosts_paused", "Hosts that are left alone for a while.", resting)
        boxes = GaugeMetricFamily("monitor_deliveries", "Deliveries by channel and state.", labels=["channel", "state"])
        for labels, count in deliveries.counts(status.db).items():
            boxes.add_metric(list(labels), count)
        yield boxes
        oldest = deliveries.oldest_pending_at(status.db)
        age = (now - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("monitor_outbox_age_seconds", "Age of the oldest pending delivery.", age)
        ok = 0.0 if status.config_error else 1.0
        yield GaugeMetricFamily("monitor_config_ok", "0 while a changed configuration is refused.", ok)
        started = status.started_at.timestamp()
        yield GaugeMetricFamily("monitor_start_time_seconds", "When the daemon started, Unix time.", started)
        info = {"version": __version__, "watchlists": status.watchlist_version}
        yield InfoMetricFamily("monitor_build", "Release and version of the watchlists.", info)
