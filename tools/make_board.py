"""Make the board for Grafana: python -m tools.make_board > deploy/grafana-dashboard.json.

It is read at three in the morning by somebody who was woken: the first row answers whether the promises hold, each figure
in green, yellow or red by the bounds of deploy/prometheus-rules.yaml; below it stands why. What is read from rows is the
same on every node and shown once; what is a node's own is shown by instance. `@` in a query stands for the job chosen.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

WIDTH = 24
"""Columns of Grafana's grid."""

LOW, HIGH = 4, 8
"""Rows of the grid that a figure and a graph take."""

Json = dict[str, Any]

SCOPE = '{job=~"$job"}'
"""Which daemon: the job of the scrape, chosen at the top."""


def of(query: str) -> str:
    """Return a query about the chosen job."""
    return query.replace("@", SCOPE)


def target(query: str, legend: str = "", *, instant: bool = False) -> Json:
    """Return one query of a panel."""
    return {
        "refId": "A",
        "expr": of(query),
        "legendFormat": legend or "__auto",
        "instant": instant,
        "range": not instant,
    }


def figure(
    title: str,
    query: str,
    about: str,
    *,
    unit: str = "short",
    steps: Sequence[tuple[float | None, str]],
    words: Json | None = None,
) -> Json:
    """Return one big figure, coloured by `steps`: from which value on which colour; `words` are shown instead."""
    return {
        "type": "stat", "title": title, "description": about, "targets": [target(query, instant=True)], "width": 3, "height": LOW,
        "fieldConfig": {
            "defaults": {
                "unit": unit, "noValue": "no answer",
                "thresholds": {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]},
                "mappings": [{"type": "value", "options": words}] if words else [],
            },
            "overrides": [],
        },
        "options": {
            "colorMode": "background", "graphMode": "none", "justifyMode": "center", "textMode": "value",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
    }  # fmt: skip


def graph(
    title: str, *queries: tuple[str, str], about: str = "", unit: str = "short", width: int = 8, stacked: bool = False,
    bound: float | None = None,
) -> Json:  # fmt: skip
    """Return curves over time, each query with its legend; a red line at `bound`, beyond which an alert stands."""
    custom: Json = {"lineWidth": 1, "fillOpacity": 30 if stacked else 0, "showPoints": "never", "spanNulls": False}
    custom["stacking"] = {"mode": "normal" if stacked else "none", "group": "A"}
    defaults: Json = {"unit": unit, "min": 0, "custom": custom}
    if bound is not None:
        custom["thresholdsStyle"] = {"mode": "line"}
        steps = [{"value": None, "color": "transparent"}, {"value": bound, "color": "red"}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    return {
        "type": "timeseries", "title": title, "description": about, "width": width, "height": HIGH,
        "targets": [{**target(query, legend), "refId": chr(ord("A") + at)} for at, (query, legend) in enumerate(queries)],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }  # fmt: skip


def table(title: str, query: str, about: str, columns: Sequence[str]) -> Json:
    """Return the labels of some series as a table."""
    return {
        "type": "table", "title": title, "description": about, "width": 8, "height": HIGH,
        "targets": [{**target(query, instant=True), "format": "table"}],
        "transformations": [{"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}}],
        "fieldConfig": {"defaults": {}, "overrides": []}, "options": {"showHeader": True},
    }  # fmt: skip


GOOD, LOOK, BAD = "green", "yellow", "red"

PROMISES = [
    figure("Nodes that answer", "count(monitor_start_time_seconds@)", "None: nothing is polled and nobody is told.",
           steps=[(None, BAD), (1, GOOD)]),
    figure("Feeds heard", "max(monitor_coverage_ratio@)", "Part of the feeds seen well within their own pace.",
           unit="percentunit", steps=[(None, BAD), (0.01, LOOK), (0.9, GOOD)]),
    figure("Polls late by", "max(monitor_poll_lag_seconds@)", "How overdue the longest due feed is.",
           unit="s", steps=[(None, GOOD), (60, LOOK), (600, BAD)]),
    figure("Items missed", "max(monitor_items_missed@)", "Probably gone by unseen, at least.", steps=[(None, GOOD), (1, LOOK)]),
    figure("Hits not routed", "max(monitor_unrouted@)", "Hits that nothing was decided about yet; for seconds only.",
           steps=[(None, GOOD), (1, LOOK), (100, BAD)]),
    figure("Notice due for", 'max(monitor_outbox_age_seconds{resting="no", job=~"$job"})', "Oldest notice due through a channel that works.",
           unit="s", steps=[(None, GOOD), (60, LOOK), (600, BAD)]),
    figure("Channels down", "count(max by (channel) (monitor_channel_resting@) == 1) or vector(0)",
           "What waits for them is kept for three days. monitor status says why.", steps=[(None, GOOD), (1, BAD)]),
    figure("Oldest dead letter", "max(monitor_dead_letter_age_seconds@)", "0: none. Mend the receiver, then: monitor alerts retry",
           unit="s", steps=[(None, GOOD), (1, BAD)]),
    figure("Database", "min(monitor_database_up@)", "Whether every node can use it.", steps=[(None, BAD), (1, GOOD)],
           words={"0": {"text": "away"}, "1": {"text": "good"}}),
    figure("Configuration", "min(monitor_config_ok@)", "Whether the last change was taken.", steps=[(None, LOOK), (1, GOOD)],
           words={"0": {"text": "refused"}, "1": {"text": "taken"}}),
    figure("Nodes with other watchlists", "sum(monitor_watchlist_behind@)", "Nodes that match with other watchlists than are in force.",
           steps=[(None, GOOD), (1, LOOK)]),
    figure("Releases", "count(count by (version) (monitor_build_info@))", "More than one: an upgrade was not ended.",
           steps=[(None, GOOD), (2, LOOK)]),
    figure("Disk free", "min(monitor_disk_free_bytes@)", "Where the database's file lies; none on PostgreSQL.",
           unit="bytes", steps=[(None, BAD), (268_435_456, LOOK), (2_147_483_648, GOOD)]),
    figure("Memory", "max(monitor_memory_bytes@ / monitor_memory_limit_bytes@)", "Part of what the node nearest to its limit may have.",
           unit="percentunit", steps=[(None, GOOD), (0.8, LOOK), (0.9, BAD)]),
    figure("Last good poll", "max(monitor_newest_ok_age_seconds@)", "How long ago any poll went well.",
           unit="s", steps=[(None, GOOD), (3600, LOOK), (14400, BAD)]),
    figure("Sign of life", 'sum(increase(monitor_heartbeats_total{outcome="sent", job=~"$job"}[15m])) or vector(0)',
           "Sent to the watch from outside within 15 minutes; 0 also where none is configured.", steps=[(None, LOOK), (1, GOOD)]),
]  # fmt: skip

SEEN = [
    graph("Polls a second, by outcome", ("sum by (outcome) (rate(monitor_polls_total@[5m]))", "{{outcome}}"), stacked=True, unit="ops"),
    graph("Failed polls a second, by reason", ("sum by (reason) (rate(monitor_poll_failures_total@[5m]))", "{{reason}}"),
          about="One reason for many at once is the network's, a name server's or a proxy's.", stacked=True, unit="ops"),
    graph("Feeds by state", ("max by (state) (monitor_feeds@)", "{{state}}"), stacked=True),
    graph("Feeds heard", ("max(monitor_feeds_heard@)", "heard"), ("max(monitor_feeds_unasked@)", "never asked"),
          ("max(monitor_feeds_never_heard@)", "never heard"), ("max(monitor_hosts_paused@)", "hosts left alone")),
    graph("Feeds failing, by reason", ("max by (reason) (monitor_feeds_failing@)", "{{reason}}"), stacked=True),
    graph("Polls late", ("max(monitor_poll_lag_seconds@)", "longest due"), unit="s", bound=600),
    graph("Time of a poll", ("histogram_quantile(0.5, sum by (le) (rate(monitor_poll_seconds_bucket@[5m])))", "half within"),
          ("histogram_quantile(0.99, sum by (le) (rate(monitor_poll_seconds_bucket@[5m])))", "99 % within"), unit="s"),
    graph("What came in, an hour", ("sum(increase(monitor_items_stored_total@[1h]))", "items"),
          ("sum(increase(monitor_items_edited_total@[1h]))", "edits"), ("sum(increase(monitor_hits_stored_total@[1h]))", "hits"),
          ("sum(increase(monitor_alerts_created_total@[1h]))", "alerts"), ("sum(increase(monitor_feed_rollovers_total@[1h]))", "rolled over")),
    graph("Articles and pushes an hour", ("sum by (outcome) (increase(monitor_articles_total@[1h]))", "article {{outcome}}"),
          ("sum by (outcome) (increase(monitor_pushes_total@[1h]))", "push {{outcome}}"),
          ("max by (state) (monitor_subscriptions@)", "subscriptions {{state}}")),
]  # fmt: skip

TOLD = [
    graph("Attempts a second, by outcome", ("sum by (outcome) (rate(monitor_delivery_attempts_total@[5m]))", "{{outcome}}"),
          stacked=True, unit="ops"),
    graph("Not sent at once, an hour", ('sum by (channel, outcome) (increase(monitor_delivery_attempts_total{outcome!="sent", job=~"$job"}[1h]))',
          "{{channel}} {{outcome}}")),
    graph("Time of an attempt, 99 % within",
          ("histogram_quantile(0.99, sum by (channel, le) (rate(monitor_delivery_seconds_bucket@[5m])))", "{{channel}}"), unit="s"),
    graph("Unsent for", ("max by (resting) (monitor_outbox_age_seconds@)", "channel rests: {{resting}}"), unit="s", bound=600),
    graph("Waiting and dead", ('max by (channel, state) (monitor_deliveries{state!="sent", job=~"$job"})', "{{channel}} {{state}}")),
    graph("Failures in a row", ("max by (channel) (monitor_channel_failures@) > 0", "{{channel}}")),
    graph("Digests and notices of feeds, a day", ("sum by (name) (increase(monitor_digests_created_total@[1d]))", "digest {{name}}"),
          ("sum by (type) (increase(monitor_feed_notices_total@[1d]))", "{{type}}")),
    graph("Oldest due work", ("max by (kind) (monitor_queue_age_seconds@)", "{{kind}}"), unit="s", bound=1800),
    graph("Signs of life, 15 minutes", ("sum by (outcome) (increase(monitor_heartbeats_total@[15m]))", "{{outcome}}")),
]  # fmt: skip

MACHINE = [
    graph("Event loop late, 99 % within",
          ("histogram_quantile(0.99, sum by (instance, le) (rate(monitor_loop_stall_seconds_bucket@[5m])))", "{{instance}}"), unit="s", bound=0.5),
    graph("Memory", ("monitor_memory_bytes@", "{{instance}}"), ("monitor_memory_limit_bytes@ < +Inf", "{{instance}} may have"), unit="bytes"),
    graph("Open files", ("monitor_open_files@", "{{instance}}"), ("monitor_open_files_limit@ < +Inf", "{{instance}} may have")),
    graph("Disk free", ("monitor_disk_free_bytes@", "{{instance}}"), unit="bytes"),
    graph("Part of the disk free", ("monitor_disk_free_ratio@", "{{instance}}"), unit="percentunit"),
    graph("Rows", ("max(monitor_items@)", "items"), ("max(monitor_hits@)", "hits"), ("max(monitor_alerts@)", "alerts")),
    graph("Runs for", ("time() - monitor_start_time_seconds@", "{{instance}}"), unit="s"),
    graph("Reloads and steps of the clock", ("sum by (instance, outcome) (increase(monitor_reloads_total@[1h]))", "{{instance}} {{outcome}}"),
          ("sum by (instance, direction) (increase(monitor_clock_step_seconds_total@[1h]))", "{{instance}} clock {{direction}}, s")),
    table("Who runs what", "monitor_build_info@ * on (job, instance) group_left () monitor_database_up@", "Release and watchlists of each node.",
          ["instance", "version", "watchlists"]),
]  # fmt: skip


def laid(rows: Sequence[tuple[str, Sequence[Json]]]) -> list[Json]:
    """Return all panels with their places: a headline for each row, its panels from left to right."""
    panels: list[Json] = []
    top = 0
    for title, row in rows:
        place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
        panels.append(
            {"id": len(panels) + 1, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
        )
        top, left = top + 1, 0
        for panel in row:
            body = {key: value for key, value in panel.items() if key not in ("width", "height")}
            if left + panel["width"] > WIDTH:
                top, left = top + panel["height"], 0
            place = {"x": left, "y": top, "w": panel["width"], "h": panel["height"]}
            source = {"type": "prometheus", "uid": "${source}"}
            panels.append({"id": len(panels) + 1, **body, "datasource": source, "gridPos": place})
            left += panel["width"]
        top += row[-1]["height"]
    return panels


def board() -> Json:
    """Return the whole board as Grafana imports it."""
    choice = {"type": "prometheus", "uid": "${source}"}
    return {
        "title": "Event Monitor", "uid": "event-monitor", "tags": ["event-monitor"], "schemaVersion": 39, "version": 1,
        "description": "Whether the promises hold, and why not. docs/operations.md tells of each figure what it means and what to do.",
        "editable": True, "refresh": "30s", "time": {"from": "now-6h", "to": "now"}, "timezone": "browser",
        "templating": {"list": [
            {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
            {"name": "job", "label": "Job", "type": "query", "datasource": choice, "refresh": 2, "includeAll": True, "multi": True,
             "allValue": ".*", "query": {"query": "label_values(monitor_start_time_seconds, job)", "refId": "job"},
             "current": {"text": ["All"], "value": ["$__all"]}},
        ]},
        "annotations": {"list": [
            {"name": "Alerts", "datasource": choice, "enable": True, "iconColor": "red",
             "expr": 'ALERTS{alertname=~"EventMonitor.*", alertstate="firing"}', "titleFormat": "{{alertname}}", "step": "60s"},
            {"name": "Starts", "datasource": choice, "enable": True, "iconColor": "blue",
             "expr": of("changes(monitor_start_time_seconds@[2m]) > 0"), "titleFormat": "{{instance}} started", "step": "60s"},
        ]},
        "panels": laid([
            ("Do the promises hold?", PROMISES), ("Is what can be seen seen?", SEEN), ("Is what was found told?", TOLD),
            ("How is the machine?", MACHINE),
        ]),
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(board(), sys.stdout, indent=2)
    sys.stdout.write("\n")
