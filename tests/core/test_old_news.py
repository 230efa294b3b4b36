"""What is too old to alert anybody."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from monitor.core.old_news import why_old

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
ALERTS, KEPT = timedelta(hours=24), timedelta(days=180)


def why(age: timedelta | None, *, first: bool) -> str:
    """Return why an entry of some age is old news."""
    return why_old(None if age is None else NOW - age, first=first, now=NOW, alerts=ALERTS, kept=KEPT)


def test_a_first_poll_alerts_of_what_is_younger_than_the_setting_and_has_a_date() -> None:
    assert why(ALERTS, first=True) == ""
    assert why(timedelta(days=9), first=True) == (
        "found by the first poll of its feed, 9 d old: polling.first_poll_alerts is 1 d"
    )
    assert why(None, first=True) == "found by the first poll of its feed, and has no date"


def test_later_polls_alert_of_all_but_what_is_past_its_retention() -> None:
    assert why(None, first=False) == why(KEPT, first=False) == ""
    assert why(timedelta(days=200), first=False) == "200 d old when it was found: retention.items is 180 d"


@given(some.timedeltas(timedelta(days=-30), timedelta(days=999)), some.booleans())
def test_what_is_no_news_is_none_when_it_is_older(age: timedelta, first: bool) -> None:
    assert not why(age, first=first) or why(age + timedelta(hours=1), first=first)
