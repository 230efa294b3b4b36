"""What a publisher asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.freshness import LONGEST_ASKED, asked_wait, freshness, open_from, retry_after, terms_after
from monitor.core.types import ParsedFeed, Terms

NOW = datetime(2023, 7, 30, 12, 34, 56, tzinfo=UTC)  # a Sunday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPANS = st.timedeltas(timedelta(0), timedelta(days=400))


def date(at: datetime) -> str:
    """Return an instant as a header has it."""
    return format_datetime(at, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 10 * MINUTE),
        ({"cache-control": "public, max-age=600, must-revalidate"}, 10 * MINUTE),
        ({"cache-control": 'private,MAX-AGE="60"'}, MINUTE),
        ({"cache-control": "max-age=60, max-age=600"}, MINUTE),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "x-max-age=600"}, None),
        ({"cache-control": "max-age=-1"}, None),
        ({"cache-control": "max-age=1e3"}, None),
        ({"cache-control": "max-age=²"}, None),
        ({"cache-control": "max-age=0"}, timedelta(0)),
        ({"cache-control": "no-cache"}, timedelta(0)),
        ({"cache-control": "max-age=600, no-cache"}, timedelta(0)),
        ({"cache-control": "no-store"}, timedelta(0)),
        ({"cache-control": 'no-cache="set-cookie", max-age=60'}, MINUTE),
        ({"expires": date(NOW + HOUR), "date": date(NOW)}, HOUR),
        ({"expires": date(NOW + HOUR)}, timedelta(seconds=3600)),
        ({"expires": date(NOW - 20 * DAY + HOUR), "date": date(NOW - 20 * DAY)}, HOUR),
        ({"expires": date(NOW - DAY), "date": date(NOW)}, timedelta(0)),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": date(NOW + HOUR), "cache-control": "max-age=60"}, MINUTE),
        ({"expires": date(NOW + HOUR), "cache-control": "max-age=0"}, timedelta(0)),
    ],
)
def test_freshness_as_the_standard_reads_it(headers: dict[str, str], expected: timedelta | None) -> None:
    assert freshness(headers, now=NOW.replace(microsecond=0)) == expected


@pytest.mark.parametrize(
    ("terms", "headers", "expected"),
    [
        (Terms(), {}, None),
        (Terms(fresh=HOUR), {}, HOUR),
        (Terms(fresh=HOUR), {"age": "600"}, 50 * MINUTE),
        (Terms(fresh=HOUR), {"age": "7200"}, None),
        (Terms(fresh=HOUR), {"age": "old"}, HOUR),
        (Terms(fresh=MINUTE, ttl=HOUR), {}, HOUR),
        (Terms(fresh=timedelta(0), ttl=HOUR), {}, HOUR),
        (Terms(fresh=HOUR), {"retry-after": "7200"}, 2 * HOUR),
        (Terms(fresh=365 * DAY), {}, LONGEST_ASKED),
    ],
)
def test_the_longest_of_what_is_asked_counts(terms: Terms, headers: dict[str, str], expected: timedelta | None) -> None:
    assert asked_wait(terms, headers) == expected


@pytest.mark.parametrize(
    ("value", "sent_at", "expected"),
    [
        ("120", None, 2 * MINUTE),
        (" 0 ", None, timedelta(0)),
        (date(NOW + HOUR), NOW, HOUR),
        (date(NOW - 900 * DAY + HOUR), NOW - 900 * DAY, HOUR),
        (date(NOW - HOUR), NOW, timedelta(0)),
        (date(NOW + HOUR), None, None),
        ("soon", NOW, None),
        ("-5", NOW, None),
        ("²", NOW, None),
        ("", NOW, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(
    value: str, sent_at: datetime | None, expected: timedelta | None
) -> None:
    headers = {"retry-after": value} | ({"date": date(sent_at)} if sent_at else {})
    assert retry_after(headers) == expected


def test_a_304_changes_only_what_it_carries_and_a_body_seen_before_says_what_it_said() -> None:
    parsed = ParsedFeed("", (), ttl=HOUR, skip_hours=frozenset({3}), skip_days=frozenset({6}))
    stored = terms_after(Terms(), {"cache-control": "max-age=60"}, parsed=parsed, not_modified=False, now=NOW)
    assert stored == Terms(MINUTE, HOUR, frozenset({3}), frozenset({6}))
    assert terms_after(stored, {}, parsed=None, not_modified=True, now=NOW) == stored
    changed = terms_after(stored, {"cache-control": "no-cache"}, parsed=None, not_modified=True, now=NOW)
    assert changed == Terms(timedelta(0), HOUR, frozenset({3}), frozenset({6}))
    assert terms_after(stored, {}, parsed=None, not_modified=False, now=NOW).fresh is None
    assert terms_after(stored, {}, parsed=ParsedFeed("", ()), not_modified=False, now=NOW) == Terms()


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ([], [], NOW),
        ([11, 13], [0], NOW),
        ([12], [], datetime(2023, 7, 30, 13, tzinfo=UTC)),
        ([12, 13, 14], [], datetime(2023, 7, 30, 15, tzinfo=UTC)),
        (range(12, 24), [], datetime(2023, 7, 31, tzinfo=UTC)),
        ([0], [6], datetime(2023, 7, 31, 1, tzinfo=UTC)),
        ([], [5, 6], datetime(2023, 7, 31, tzinfo=UTC)),
        (range(24), [], NOW),
        ([], range(7), NOW),
    ],
)
def test_hours_and_days_to_be_skipped(hours: list[int], days: list[int], expected: datetime) -> None:
    assert open_from(NOW, Terms(skip_hours=frozenset(hours), skip_days=frozenset(days))) == expected


@given(
    st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
)
def test_an_open_hour_is_found_whenever_there_is_one(at: datetime, hours: frozenset[int], days: frozenset[int]) -> None:
    found = open_from(at, Terms(skip_hours=hours, skip_days=days))
    assert at <= found <= at + LONGEST_ASKED
    if len(hours) < 24 and len(days) < 7:
        assert found.hour not in hours
        assert found.weekday() not in days


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age", "retry-after"]), st.text()))
def test_no_header_is_too_odd(headers: dict[str, str]) -> None:
    terms = terms_after(Terms(), headers, parsed=None, not_modified=False, now=NOW)
    wait = asked_wait(terms, headers)
    assert wait is None or timedelta(0) < wait <= LONGEST_ASKED
