"""Which hits join which alert, decided on values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.types import Alert, EntityRef, Hit, Item, Kind, Route, Severity, Verdict
from monitor.jobs.alert import plan

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
ITEM = Item(
    1, 1, "Paper", "https://news.example/rss", (), "g", "A title", "text", "https://news.example/1", NOW, NOW, "en", 7
)
HIT = Hit(
    1, ITEM, "r", "R", "w", Severity.MEDIUM, frozenset(), (EntityRef("e", "E", Kind.PERSON),), (), "why", "v1", NOW
)
BATCHED = Route("1", "desk", group_wait=timedelta(minutes=30))
AT_ONCE = Route("0", "desk", group_wait=timedelta(0))


def test_hits_of_one_story_join_one_alert_of_the_gravest_severity_due_at_the_earliest_time() -> None:
    grave = replace(HIT, id=2, rule="grave", severity=Severity.CRITICAL)
    batch = plan([(HIT, [BATCHED]), (grave, [AT_ONCE])], known={}, now=NOW)
    [new] = batch.new_alerts
    assert (new.alert.severity, new.alert.notify_at, new.alert.story_id) == (Severity.CRITICAL, NOW, 7)
    assert [link.hit_id for link in batch.links] == [1, 2]
    assert {one.verdict for one in batch.verdicts} == {Verdict.ALERTED}
    assert batch.notify_at == {new.alert.id: NOW}


def test_a_hit_joins_an_open_alert_and_waits_for_its_interval() -> None:
    told = Alert(
        "alr_1", "desk", "0", "story 7", "A title", Severity.HIGH, 7, NOW, NOW, None, NOW - timedelta(minutes=1)
    )
    key = plan([(HIT, [AT_ONCE])], known={}, now=NOW).new_alerts[0].group_key
    batch = plan([(HIT, [AT_ONCE])], known={key: told}, now=NOW)
    assert batch.new_alerts == ()
    assert [link.alert_id for link in batch.links] == ["alr_1"]
    assert batch.severities == {"alr_1": Severity.HIGH}
    assert batch.notify_at == {"alr_1": NOW + timedelta(minutes=4)}


def test_two_routes_to_one_receiver_make_one_link_and_to_two_receivers_two_alerts() -> None:
    same = plan([(HIT, [AT_ONCE, BATCHED])], known={}, now=NOW)
    assert (len(same.new_alerts), len(same.links)) == (1, 1)
    other = plan([(HIT, [AT_ONCE, Route("2", "pager")])], known={}, now=NOW)
    assert [new.alert.receiver for new in other.new_alerts] == ["desk", "pager"]


def test_a_hit_that_nobody_is_told_of_is_for_the_digest() -> None:
    batch = plan([(HIT, [])], known={}, now=NOW)
    assert (batch.verdicts[0].verdict, batch.new_alerts, batch.links) == (Verdict.DIGEST_ONLY, (), ())


def test_another_database_gives_another_id_to_the_same_hit() -> None:
    first = plan([(HIT, [AT_ONCE])], known={}, now=NOW).new_alerts[0].alert.id
    later = plan([(HIT, [AT_ONCE])], known={}, now=NOW + timedelta(microseconds=1)).new_alerts[0].alert.id
    assert first != later
