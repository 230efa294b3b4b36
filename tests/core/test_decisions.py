"""What is kept of a decision, in words."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as some

from monitor.core.decisions import because, ways
from monitor.core.grouping import notify_at
from monitor.core.types import Alert, QuietHours, Route, RouteMatch, Severity

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROUTE = Route("", "desk", group_wait=timedelta(seconds=30), group_interval=5 * MINUTE)
ALERT = Alert("alr_1", "desk", "", "story 7", "A title", Severity.HIGH, 7, NOW, NOW, None, None)
NIGHT = QuietHours(((time(11), time(15)),))


def test_the_way_to_a_route_says_what_each_route_on_it_asks_for() -> None:
    grave = RouteMatch(severity=frozenset({Severity.CRITICAL}))
    deep = Route("0.0", "pager", match=RouteMatch(publishers=2))
    tree = replace(ROUTE, routes=(Route("0", "desk", match=grave, routes=(deep,)),))
    assert ways(tree) == {
        "": "root",
        "0": "root > [0] severity critical",
        "0.0": "root > [0] severity critical > [0] publishers >=2",
    }


def said(route: Route, before: Alert | None) -> str:
    """Return why an alert is due when a hit joins it now."""
    told_at, pending_at = (before.notified_at, before.notify_at) if before else (None, None)
    due_at = notify_at(route, hit_at=NOW, notified_at=told_at, pending_at=pending_at, now=NOW)
    return because(route, hit_at=NOW, before=before, due_at=due_at, now=NOW)


def test_a_due_time_says_what_it_comes_from() -> None:
    quiet = replace(ROUTE, mute=NIGHT)
    told, waits = replace(ALERT, notified_at=NOW - MINUTE), replace(ALERT, notify_at=NOW + timedelta(seconds=9))
    assert said(ROUTE, None) == "group_wait 30 s"
    assert said(ROUTE, told) == "group_interval 5 min after the last notice"
    assert said(ROUTE, waits) == "with what waits already"
    assert said(quiet, None) == "group_wait 30 s, then quiet hours until 2023-07-30 15:00Z"
    held = replace(ALERT, notify_at=NOW.replace(hour=15))
    assert said(quiet, held) == "with what waits already, until quiet hours end"


@given(some.booleans(), some.none() | some.integers(0, 400), some.none() | some.integers(0, 400))
def test_quiet_hours_are_named_just_when_they_hold(quiet: bool, told: int | None, waits: int | None) -> None:
    route = replace(ROUTE, mute=NIGHT if quiet else QuietHours())
    before = replace(
        ALERT,
        notified_at=None if told is None else NOW - told * MINUTE,
        notify_at=None if waits is None else NOW + waits * MINUTE,
    )
    assert ("quiet hours" in said(route, before)) <= quiet
