"""Counters and histograms that the jobs keep; web/metrics.py shows them beside what the rows say."""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
"""Ours alone: no metric of a library under a name we did not choose."""

POLLS = Counter("monitor_polls", "Polls by outcome.", ["outcome"], registry=REGISTRY)  # new, edited, unchanged, failed
POLL_FAILURES = Counter("monitor_poll_failures", "Polls that failed, by reason.", ["reason"], registry=REGISTRY)
ROLLOVERS = Counter("monitor_feed_rollovers", "Times that all a feed showed was new.", registry=REGISTRY)
POLL_SECONDS = Histogram("monitor_poll_seconds", "Time from request to parsed and matched entries.", registry=REGISTRY)
PUSHES = Counter(
    "monitor_pushes", "Pushes of hubs by outcome.", ["outcome"], registry=REGISTRY
)  # new, edited, unchanged, unread, ignored
ITEMS = Counter("monitor_items_stored", "Items stored.", registry=REGISTRY)
EDITS = Counter("monitor_items_edited", "Items that said something else than before.", registry=REGISTRY)
ARTICLES = Counter(
    "monitor_articles", "Looks at articles by outcome.", ["outcome"], registry=REGISTRY
)  # read, edited, unchanged, not used, failed, gone, put off, not wanted
HITS = Counter("monitor_hits_stored", "Hits stored.", registry=REGISTRY)
ALERTS = Counter("monitor_alerts_created", "Alerts created.", registry=REGISTRY)
DELIVERIES = Counter(
    "monitor_delivery_attempts", "Attempts by channel and outcome.", ["channel", "outcome"], registry=REGISTRY
)  # sent, retried, dead
DELIVERY_SECONDS = Histogram("monitor_delivery_seconds", "Time of one attempt.", ["channel"], registry=REGISTRY)
DIGESTS = Counter("monitor_digests_created", "Digests created.", ["name"], registry=REGISTRY)
FEED_NOTICES = Counter("monitor_feed_notices", "Notices of troubles with feeds.", ["type"], registry=REGISTRY)
HEARTBEATS = Counter(
    "monitor_heartbeats", "Signs of life to a watch, by outcome.", ["outcome"], registry=REGISTRY
)  # sent, failed, withheld
RELOADS = Counter("monitor_reloads", "Reloads of the configuration by outcome.", ["outcome"], registry=REGISTRY)
LOOP_STALL = Histogram(
    "monitor_loop_stall_seconds",
    "How much later than asked for the event loop came back, looked at twice a second.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)
CLOCK_STEPS = Counter(
    "monitor_clock_step_seconds",
    "By how much the clock was set, beside the time that went by; forward and back.",
    ["direction"],
    registry=REGISTRY,
)
