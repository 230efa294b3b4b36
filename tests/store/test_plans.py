"""PostgreSQL finds what is asked for most by an index, among rows enough that it has a choice."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from monitor.core.search import terms_of
from monitor.core.types import DeliveryState
from monitor.store import alerts, deliveries, due, items, known, look, queue
from monitor.store.database import Database
from monitor.store.look import Search
from monitor.store.prune import prune
from tests.store.rows import NOW

FEEDS, ITEMS, HITS = 20_000, 60_000, 12_000

FILL = f"""
INSERT INTO feed (id, url, host, name, title, tags, full_text, headers, origin, active, shard, next_poll_at, wait_reason,
                  failures, polled_at, ok_at)
SELECT n, 'https://p' || n || '.example/feed', 'p' || n || '.example', 'Paper ' || n, '', '[]', false, '{{}}', 'config',
       true, n % 8, :now + n * interval '1 second' - interval '10 seconds', '', 0, :now - interval '1 hour',
       :now - interval '1 hour'
FROM generate_series(1, {FEEDS}) AS n;
INSERT INTO seen_entry (feed_id, hash) SELECT n % {FEEDS} + 1, n FROM generate_series(1, {ITEMS}) AS n;
INSERT INTO story (id, title, first_at, last_at, severity)
SELECT n, 'A story', :now - n * interval '1 minute', :now - n * interval '1 minute', n % 4
FROM generate_series(1, {HITS}) AS n;
INSERT INTO item (id, feed_id, guid, url, title, text, author, content_hash, fetched_at, story_id)
SELECT n, n % {FEEDS} + 1, 'g' || n, 'https://p.example/' || n, 'A title ' || n, repeat('word ', 40), '', '',
       :now - ({ITEMS} - n) * interval '1 minute', CASE WHEN n <= {HITS} THEN n END
FROM generate_series(1, {ITEMS}) AS n;
INSERT INTO report (item_id, story_id, publisher, why)
SELECT n, n, 'p' || n, '' FROM generate_series(1, {HITS}) AS n;
INSERT INTO item_words (item_id, words) SELECT n, 'w' || n % 3000 || 'x common' FROM generate_series(1, {HITS}) AS n;
INSERT INTO hit (id, item_id, rule, rule_title, watchlist, severity, tags, mentions, why, watchlist_version, created_at,
                 verdict, verdict_note, feed_id)
SELECT n, n, 'rule-' || n % 40, 'A rule', 'list', n % 4, '[]', '[]', 'because', 'v',
       :now - ({HITS} - n) * interval '5 minutes', CASE WHEN n < {HITS} - 20 THEN 'alerted' END, '', n % {FEEDS} + 1
FROM generate_series(1, {HITS}) AS n;
INSERT INTO hit_entity (hit_id, position, entity, name, kind)
SELECT n, 0, 'entity-' || n % 200, 'Name', 'person' FROM generate_series(1, {HITS}) AS n;
INSERT INTO alert (id, group_key, receiver, route, label, title, severity, story_id, created_at, updated_at, notify_at)
SELECT 'alr_' || n, 'k' || n, 'desk', '0', '', 'x', n % 4, n, :now - n * interval '1 minute',
       :now - n * interval '1 minute', CASE WHEN n < 20 THEN :now - interval '1 minute' END
FROM generate_series(1, {HITS}) AS n;
INSERT INTO alert_hit (alert_id, hit_id, told_at)
SELECT 'alr_' || n, n, CASE WHEN n >= 20 THEN :now END FROM generate_series(1, {HITS}) AS n;
INSERT INTO delivery (id, channel, receiver, type, notice, thread, state, attempts, created_at, next_attempt_at)
SELECT 'dlv_' || n, 'desk/' || n % 3, 'desk', 'alert.created', json_build_object('data', repeat('x', 1500)), 'alr_' || n,
       CASE WHEN n <= 30 THEN 'pending' WHEN n <= 60 THEN 'dead' ELSE 'sent' END, 1, :now - n * interval '1 minute', :now
FROM generate_series(1, {HITS}) AS n;
"""

LARGE = {
    "feed",
    "seen_entry",
    "item",
    "hit",
    "hit_entity",
    "report",
    "item_words",
    "story",
    "alert",
    "alert_hit",
    "delivery",
}


@pytest.fixture
def filled(db: Database) -> Database:
    """Return a database with many rows, seen by the planner."""
    with db.write() as connection:
        for statement in FILL.split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {"now": NOW} if ":now" in statement else {})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return db


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_is_asked_most_is_found_by_an_index(filled: Database) -> None:
    db = filled
    month = NOW - timedelta(days=30)
    pruned = {"items_before": month, "hits_before": month, "deliveries_before": month, "sketches_before": month}
    asked: dict[str, tuple[Callable[[], object], str]] = {
        "due feeds": (lambda: due.due_feeds(db, 3, now=NOW, each=2, limit=64), "ix_feed_due"),
        "still due": (lambda: due.still_due(db, range(1, 21), now=NOW), "pk_feed"),
        "known entries": (lambda: known.known_hashes(db, 7), "pk_seen_entry"),
        "known items": (lambda: known.known_items(db, 7, ["g6", "g20006", "new"]), "uq_item_feed_id"),
        "hits for the alert job": (lambda: items.unrouted_hits(db, limit=100), "ix_hit_due"),
        "alerts to be told": (lambda: alerts.due_alerts(db, now=NOW, limit=20), "ix_alert_notify_at"),
        "channels with something due": (lambda: queue.due_channels(db, now=NOW), "ix_delivery_due"),
        "deliveries due": (lambda: queue.next_due(db, "desk/1", now=NOW, limit=20), "ix_delivery_due"),
        "deliveries counted": (lambda: deliveries.counts(db), "ix_delivery_dead"),
        "dead letters": (
            lambda: deliveries.list_deliveries(db, state=DeliveryState.DEAD, limit=20),
            "ix_delivery_dead",
        ),
        "what waits": (
            lambda: deliveries.list_deliveries(db, state=DeliveryState.PENDING, limit=20),
            "ix_delivery_due",
        ),
        "what was sent": (
            lambda: deliveries.list_deliveries(db, state=DeliveryState.SENT, limit=20),
            "ix_delivery_created_at",
        ),
        "newest hits": (lambda: look.look(db, Search(), limit=50), "pk_hit"),
        "hits of a word": (
            lambda: look.look(db, Search(terms=tuple(terms_of("w17x"))), limit=50),
            "ix_item_words_found",
        ),
        "alerts listed": (lambda: alerts.list_alerts(db, limit=50), "ix_alert_created_at"),
        "pruned": (lambda: prune(db, **pruned, limit=20), "ix_item_fetched_at"),
    }
    assert not {name: wrong for name, (ask, index) in asked.items() if (wrong := misled(db, ask, index))}


def misled(db: Database, ask: Callable[[], object], index: str) -> list[str]:
    """Return what a question reads whole that is large, and the index that it should use and does not."""
    seen = list[tuple[str, Any]]()

    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    nodes = [node for statement, parameters in seen for node in plan(db, statement, parameters)]
    whole = [f"reads all of {node['Relation Name']}" for node in nodes if node["Node Type"] == "Seq Scan"]
    used = {node.get("Index Name") or node.get("Relation Name") for node in nodes}
    missed = [] if any((name or "").startswith(index) for name in used) else [f"no {index} among {used}"]
    return [one for one in whole if one.rpartition(" ")[2] in LARGE] + missed


def plan(db: Database, statement: str, parameters: Any) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a statement's plan; nothing is run."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH", "DELETE", "UPDATE")):
        return
    with db.read() as connection:
        [[told]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).all()
    waiting = [one["Plan"] for one in (json.loads(told) if isinstance(told, str) else told)]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        yield node
