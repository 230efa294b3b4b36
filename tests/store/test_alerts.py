"""Alerts and the outbox: told once, in order, and never forgotten."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.core.types import DeliveryState, Severity, Verdict
from monitor.store import alerts, deliveries, items, queue
from monitor.store.alerts import AlertLink, Basis, HitVerdict, NewAlert, RoutingBatch, Telling
from monitor.store.database import Database
from tests.store.rows import (
    NOW,
    make_alert,
    make_delivery,
    make_feed,
    make_hits,
    make_item,
    make_match,
    make_outcome,
    record,
)


def test_hits_without_a_verdict_stay_due_until_routed(db: Database) -> None:
    hits = make_hits(db, 3)
    assert [hit.id for hit in items.unrouted_hits(db, limit=2)] == [hits[0].id, hits[1].id]
    make_alert(db, hits[:2])
    assert [hit.id for hit in items.unrouted_hits(db, limit=10)] == [hits[2].id]
    [routed] = items.list_hits(db, items.HitFilter(hit_ids=(hits[0].id,)))
    assert (routed.verdict, routed.verdict_note) == (Verdict.ALERTED, "desk")


def test_an_alert_is_due_at_its_time_with_its_untold_hits(db: Database) -> None:
    hits = make_hits(db, 2)
    make_alert(db, hits, notify_at=NOW + timedelta(seconds=30))
    assert alerts.due_alerts(db, now=NOW, limit=10) == []
    [(alert, untold)] = alerts.due_alerts(db, now=NOW + timedelta(seconds=30), limit=10)
    assert (alert.id, alert.hits, [hit.id for hit in untold]) == ("alr_1", 2, [hit.id for hit in hits])


def test_notifying_twice_makes_the_deliveries_once(db: Database) -> None:
    hits = make_hits(db)
    make_alert(db, hits)
    for _ in range(2):
        alerts.notify(db, "alr_1", hits=hits[:1], deliveries=[make_delivery()], now=NOW)
    assert len(deliveries.list_deliveries(db, limit=10)) == 1
    assert alerts.due_alerts(db, now=NOW + timedelta(days=1), limit=10) == []
    alert = alerts.find_alert(db, "alr_1")
    assert alert is not None
    assert (alert.notify_at, alert.notified_at) == (None, NOW)


def test_alerts_that_are_told_together_are_stored_whole_or_not_at_all(db: Database) -> None:
    [first] = make_hits(db)[:1]
    make_alert(db, [first])
    broken: Any = None
    with pytest.raises(AttributeError):
        alerts.notify_all(db, [Telling("alr_1", [first], [make_delivery()]), Telling("alr_2", [], [broken])], now=NOW)
    assert deliveries.list_deliveries(db, limit=10) == []
    [(_, untold)] = alerts.due_alerts(db, now=NOW, limit=10)
    assert [hit.id for hit in untold] == [first.id]


def test_hits_that_joined_meanwhile_stay_due(db: Database) -> None:
    first, second = make_hits(db, 2)
    make_alert(db, [first])
    batch = RoutingBatch(
        links=(AlertLink("alr_1", second.id),), notify_at={"alr_1": NOW}, severities={"alr_1": Severity.CRITICAL}
    )
    alerts.apply_routing(db, batch, now=NOW)
    alerts.notify(db, "alr_1", hits=[first], deliveries=[make_delivery()], now=NOW)
    [(alert, untold)] = alerts.due_alerts(db, now=NOW, limit=10)
    assert [hit.id for hit in untold] == [second.id]
    assert alert.severity is Severity.CRITICAL
    assert [hit.id for hit in alerts.hits_of(db, "alr_1")] == [first.id, second.id]


def test_the_newest_open_alert_of_a_group_is_found(db: Database) -> None:
    hits = make_hits(db)
    make_alert(db, hits, key="story=1")
    assert alerts.open_alerts(db, ["story=1", "story=2"], since_at=NOW)["story=1"].id == "alr_1"
    assert alerts.open_alerts(db, ["story=1"], since_at=NOW + timedelta(seconds=1)) == {}
    assert [alert.id for alert in alerts.list_alerts(db, since_at=NOW, limit=10)] == ["alr_1"]
    assert alerts.find_alert(db, "alr_2") is None


def test_deliveries_are_due_by_channel_oldest_first(db: Database) -> None:
    deliveries.add(
        db,
        [
            make_delivery("b", at=NOW),
            make_delivery("a", at=NOW - timedelta(minutes=1)),
            make_delivery("c", channel="desk/email"),
            make_delivery("later", channel="pager/slack", at=NOW + timedelta(minutes=1)),
        ],
    )
    assert sorted(queue.due_channels(db, now=NOW)) == ["desk/email", "desk/webhook"]
    due, _ = queue.next_due(db, "desk/webhook", now=NOW, limit=10)
    assert [one.id for one in due] == ["a", "b"]
    assert due[0].notice["data"] == {"message": "x"}


def test_the_life_of_a_delivery(db: Database) -> None:
    deliveries.add(db, [make_delivery("a"), make_delivery("b")])
    deliveries.mark_failed(db, "a", error="refused", next_attempt_at=NOW + timedelta(hours=1))
    deliveries.mark_failed(db, "b", error="gone", next_attempt_at=None)
    waiting, dead = (deliveries.list_deliveries(db, state=state, limit=9)[0] for state in ("pending", "dead"))
    assert (waiting.id, waiting.attempts, waiting.error) == ("a", 1, "refused")
    assert (dead.id, dead.state, dead.error) == ("b", DeliveryState.DEAD, "gone")
    deliveries.recover(db, "desk/webhook", now=NOW)
    assert [one.id for one in queue.next_due(db, "desk/webhook", now=NOW, limit=9)[0]] == ["a"]
    deliveries.mark_sent(db, "a", now=NOW)
    assert deliveries.counts(db) == {("desk/webhook", "sent"): 1, ("desk/webhook", "dead"): 1}
    assert deliveries.retry(db, ["a"], now=NOW) == 0
    assert deliveries.retry(db, None, now=NOW) == 1
    [again], _ = queue.next_due(db, "desk/webhook", now=NOW, limit=9)
    assert (again.id, again.attempts) == ("b", 0)


def test_an_item_that_comes_again_makes_no_second_hit(db: Database) -> None:
    hits = make_hits(db)
    again = make_outcome(make_feed(db), make_item("g0", matches=[make_match("another")]))
    assert record(db, again).hits == 0
    assert items.unrouted_hits(db, limit=10) == hits


def test_an_alert_made_due_again_keeps_its_severity(db: Database) -> None:
    hits = make_hits(db)
    make_alert(db, hits)
    alerts.notify(db, "alr_1", hits=hits[:1], deliveries=[], now=NOW)
    later = NOW + timedelta(hours=1)
    alerts.apply_routing(db, RoutingBatch(notify_at={"alr_1": later}), now=NOW)
    alerts.apply_routing(db, RoutingBatch(severities={"alr_1": Severity.CRITICAL}), now=NOW)
    alert = alerts.find_alert(db, "alr_1")
    assert alert is not None
    assert (alert.notify_at, alert.severity) == (later, Severity.CRITICAL)


def test_of_two_processes_that_route_the_same_hits_one_begins_anew(db: Database) -> None:
    [hit] = make_hits(db)
    batch = RoutingBatch(verdicts=(HitVerdict(hit.id, Verdict.ALERTED, "desk"),))
    basis = Basis(["k"], NOW, {})
    assert alerts.apply_routing(db, batch, now=NOW, basis=basis)
    assert not alerts.apply_routing(db, batch, now=NOW, basis=basis)


def test_of_two_processes_that_open_an_alert_for_one_group_one_begins_anew(db: Database) -> None:
    first, second = make_hits(db, 2)
    basis = Basis(["k"], NOW, alerts.open_alerts(db, ["k"], since_at=NOW))
    made = make_alert(db, [first])
    batch = RoutingBatch(
        verdicts=(HitVerdict(second.id, Verdict.ALERTED, "desk"),),
        new_alerts=(NewAlert(replace(made, id="alr_2"), "k"),),
        links=(AlertLink("alr_2", second.id),),
    )
    assert not alerts.apply_routing(db, batch, now=NOW, basis=basis)
    assert alerts.find_alert(db, "alr_2") is None
    assert [hit.id for hit in items.unrouted_hits(db, limit=9)] == [second.id]
    known = alerts.open_alerts(db, ["k"], since_at=NOW)
    joins = replace(batch, new_alerts=(), links=(AlertLink(made.id, second.id),))
    assert alerts.apply_routing(db, joins, now=NOW, basis=replace(basis, known=known))


def test_an_alert_that_another_process_told_meanwhile_is_not_told_again(db: Database) -> None:
    hits = make_hits(db)
    make_alert(db, hits)
    [(alert, due)] = alerts.due_alerts(db, now=NOW, limit=9)
    for number in range(2):
        alerts.notify(db, alert.id, hits=due, deliveries=[make_delivery(f"dlv_{number}")], now=NOW, alert=alert)
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["dlv_0"]
    told, later = alerts.find_alert(db, alert.id), NOW + timedelta(hours=1)
    for number in range(2, 4):  # told again as nobody answered
        alerts.notify(db, alert.id, hits=[], deliveries=[make_delivery(f"dlv_{number}")], now=later, alert=told)
    assert {one.id for one in deliveries.list_deliveries(db, limit=9)} == {"dlv_0", "dlv_2"}
