"""Which periods are due, and what is said of one."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.digest import (
    CATCH_UP,
    EVIDENCE_CHARS,
    QUIET_ROWS,
    ROWS,
    compose,
    digest_id,
    due_periods,
    evidence,
    name_so_far,
    period_so_far,
    ticks_between,
)
from monitor.core.digest_material import Counts, DigestMaterial, FailureMaterial, StoryMaterial
from monitor.core.types import DigestSpec, Mention, Period, Severity

INSTALLED = datetime(2023, 7, 26, 9, 30, tzinfo=UTC)


def weekly(zone: str = "Asia/Karachi", schedule: str = "0 7 * * mon") -> DigestSpec:
    """Return a weekly digest."""
    return DigestSpec("weekly", schedule, zone, "readers")


def due(spec: DigestSpec, now: datetime, last: Period | None = None) -> list[Period]:
    """Return what is due."""
    return due_periods(spec, last=last, installed_at=INSTALLED, now=now)


def test_the_first_period_begins_with_the_installation_and_the_next_where_it_ended() -> None:
    monday = datetime(2023, 7, 31, 2, 0, tzinfo=UTC)  # 07:00 in Karachi
    assert due(weekly(), monday - timedelta(seconds=1)) == []
    [first] = due(weekly(), monday)
    assert first == Period(INSTALLED, monday)
    assert due(weekly(), monday + timedelta(days=1), first) == []
    [second] = due(weekly(), monday + timedelta(days=7), first)
    assert second == Period(monday, monday + timedelta(days=7))


def test_after_a_downtime_missing_periods_are_made_up_for_and_the_oldest_of_many_are_one() -> None:
    three_weeks = due(weekly(), datetime(2023, 8, 16, tzinfo=UTC))
    assert [period.end_at.day for period in three_weeks] == [31, 7, 14]
    year = due(weekly(), INSTALLED + timedelta(days=365))
    assert len(year) == CATCH_UP
    assert year[0].start_at == INSTALLED
    assert all(one.end_at == other.start_at for one, other in itertools.pairwise(year))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Asia/Karachi", "Europe/Berlin"]),
    st.sampled_from(["0 7 * * mon", "30 2 * * sun", "0 1 * * *", "0 8 1 * *"]),
    st.lists(st.integers(min_value=1, max_value=24 * 6), min_size=5, max_size=120),
)
def test_over_a_year_of_restarts_every_instant_is_in_exactly_one_period(
    zone: str, schedule: str, hours: list[int]
) -> None:
    spec, now, last, told = weekly(zone, schedule), INSTALLED, None, []
    for pause in hours:
        now += timedelta(hours=pause)
        for period in due(spec, now, last):
            told.append(period)
            last = period
        assert due(spec, now, last) == []
    assert all(one.end_at == other.start_at for one, other in itertools.pairwise(told))
    assert not told or told[0].start_at == INSTALLED
    assert all(period.start_at < period.end_at <= now for period in told)


def told_by(spec: DigestSpec, moments: list[datetime]) -> list[Period]:
    """Return the periods that are told by somebody who looks at these moments, with the rows there are, in order."""
    told: list[Period] = []
    for now in moments:
        over = [period for period in told if period.end_at <= now]
        last = max(over, key=lambda period: period.end_at, default=None)
        ends = {period.end_at for period in told}  # the store holds each end once
        told += [period for period in due(spec, now, last) if period.end_at not in ends]
    return sorted(told, key=lambda period: period.end_at)


def check_each_once(spec: DigestSpec, moments: list[datetime]) -> None:
    """Find each period told exactly once, one beginning where the other ended."""
    told = told_by(spec, moments)
    assert [period.end_at for period in told] == ticks_between(spec, INSTALLED, max(moments))
    assert all(one.end_at == other.start_at for one, other in itertools.pairwise(told))


def test_a_clock_that_steps_back_and_forth_over_the_end_of_a_period_tells_it_once() -> None:
    monday = datetime(2023, 10, 30, 6, 0, tzinfo=UTC)  # 07:00 in Berlin, the day after the clock went back
    steps = [-24, -1, 0, -3, 1, -30, 2, 170, -200, 0, 171, 340]
    start = [INSTALLED + timedelta(days=number) for number in range(0, 95, 6)]
    check_each_once(weekly("Europe/Berlin"), [*start, *(monday + timedelta(hours=step) for step in steps)])


def test_a_clock_that_was_ten_years_ahead_for_a_day_keeps_no_later_digest_from_coming() -> None:
    days = [INSTALLED + timedelta(days=number) for number in range(60)]
    moments = [*days[:20], days[20] + timedelta(days=3_650), *days[20:]]
    told = told_by(weekly(), moments)
    assert [one.end_at for one in told if one.end_at <= days[-1]] == ticks_between(weekly(), INSTALLED, days[-1])


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Asia/Karachi", "Europe/Berlin", "Australia/Lord_Howe"]),
    st.sampled_from(["0 7 * * mon", "30 2 * * *", "0 8 1 * *"]),
    st.lists(st.integers(min_value=-24 * 5, max_value=24 * 7), min_size=100, max_size=200),
)
def test_over_a_year_in_which_the_clock_steps_back_and_forth_each_period_is_told_exactly_once(
    zone: str, schedule: str, hours: list[int]
) -> None:
    now = INSTALLED
    check_each_once(weekly(zone, schedule), [now := max(INSTALLED, now + timedelta(hours=step)) for step in hours])


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Asia/Karachi", "Europe/Berlin", "Australia/Lord_Howe"]),
    st.sampled_from(["30 2 * * sun", "30 1 * * *", "0 2 * * *", "15 1-3 * * *"]),
    st.sampled_from(["2023-03-12", "2023-03-26", "2023-10-01", "2023-10-29", "2023-11-05"]),
    st.integers(min_value=0, max_value=48 * 60),
)
def test_the_ticks_around_a_change_of_the_clock_do_not_depend_on_when_one_looked(
    zone: str, schedule: str, day: str, minutes: int
) -> None:
    spec, start = weekly(zone, schedule), datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)
    looked, end = start + timedelta(minutes=minutes), start + timedelta(days=2)
    whole = ticks_between(spec, start, end)
    assert ticks_between(spec, start, looked) + ticks_between(spec, looked, end) == whole
    assert whole == sorted(set(whole))


def test_a_daily_digest_comes_once_a_day_through_both_changes_of_the_clock() -> None:
    spec = weekly("Europe/Berlin", "30 2 * * *")
    last, ends = None, []
    for day in range(366):
        for period in due(spec, INSTALLED + timedelta(days=day), last):
            last = period
            ends.append(period.end_at.astimezone(ZoneInfo("Europe/Berlin")).date())
    assert len(ends) == len(set(ends)) == 365


def test_the_period_so_far_ends_now() -> None:
    now = datetime(2023, 8, 2, tzinfo=UTC)
    assert period_so_far(weekly(), last=None, installed_at=INSTALLED, now=now) == Period(
        datetime(2023, 7, 31, 2, tzinfo=UTC), now
    )


def test_the_id_follows_from_name_and_end() -> None:
    period = Period(INSTALLED, datetime(2023, 7, 31, 2, tzinfo=UTC))
    assert digest_id("weekly", period) == digest_id("weekly", Period(period.end_at - timedelta(days=7), period.end_at))
    assert digest_id("weekly", period) != digest_id("daily", period)


def test_a_digest_that_was_asked_for_in_between_stands_in_the_way_of_no_scheduled_one() -> None:
    period, material = (
        Period(INSTALLED, INSTALLED + timedelta(days=7)),
        make_material(Counts(0, {}, {}), Counts(0, {}, {})),
    )
    made = [
        compose(weekly(), period, material, watchlist_titles={}, public_url="https://m.example/", scheduled=scheduled)
        for scheduled in (True, False)
    ]
    assert made[0]["id"] == digest_id("weekly", period) != made[1]["id"]
    assert [one["url"] for one in made] == [f"https://m.example/digests/{one['id']}" for one in made]
    assert name_so_far("weekly") == "weekly so far"


TEXT = "One two three. " * 20 + "In Bajaur a bomb went off; in Bajaur, again. " + "More words. " * 60


def mention(text: str, start: int, surface: str = "Bajaur") -> Mention:
    """Return a mention in a text."""
    assert text[start : start + len(surface)] == surface
    return Mention("bajaur", "text", start, start + len(surface), surface, surface)


def test_evidence_is_told_around_the_first_mention_with_the_places_of_those_it_holds() -> None:
    first = TEXT.index("Bajaur")
    mentions = [mention(TEXT, first), mention(TEXT, TEXT.index("Bajaur", first + 1))]
    summary, told = evidence(TEXT, mentions)
    assert summary.startswith("\u2026 ")
    assert summary.endswith(" \u2026")
    assert len(summary) <= EVIDENCE_CHARS + 4
    assert [summary[one["start"] : one["end"]] for one in told] == ["Bajaur", "Bajaur"]
    assert evidence("Short.", []) == ("Short.", [])


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab \u0628\u200c", max_size=900), st.integers(0, 900), st.integers(1, 40))
def test_evidence_points_at_the_words_that_were_found_in_any_text(text: str, start: int, length: int) -> None:
    surface = text[start : start + length]
    summary, told = evidence(text, [mention(text, start, surface)] if surface else [])
    assert len(summary) <= EVIDENCE_CHARS + 4
    assert [summary[one["start"] : one["end"]] for one in told] == ([surface] if surface else [])


def make_material(now: Counts, before: Counts) -> DigestMaterial:
    """Return what the rows say of a period without stories and failures."""
    return DigestMaterial(
        items=9,
        now=now,
        before=before,
        entity_names={"kabul": "Kabul", "herat": "Herat"},
        stories=[],
        stories_total=0,
        feeds_total=3,
        feeds_failed=[],
        deliveries_failed=0,
    )


def test_rows_stand_beside_those_of_the_period_before_most_first() -> None:
    material = make_material(
        Counts(5, {"is-k": 3, "jui-f": 2}, {"kabul": 1}),
        Counts(4, {"jui-f": 4}, {"herat": 2}),
    )
    period = Period(INSTALLED, INSTALLED + timedelta(days=7))
    digest = compose(weekly(), period, material, watchlist_titles={"is-k": "IS-K and its leaders"}, public_url=None)
    assert [(row["name"], row["count"], row["before"]) for row in digest["watchlists"]] == [
        ("IS-K and its leaders", 3, 0),
        ("jui-f", 2, 4),
    ]
    assert [(row["name"], row["count"], row["before"]) for row in digest["entities"]] == [
        ("Kabul", 1, 0),
        ("Herat", 0, 2),
    ]


def test_rows_stand_beside_those_of_all_known_periods_oldest_first() -> None:
    past = [Counts(number, {"jui-f": number}, {"herat": number}) for number in (3, 0, 7)]
    material = replace(make_material(Counts(2, {"jui-f": 2}, {"herat": 2}), past[-1]), past=past)
    period = Period(INSTALLED, INSTALLED + timedelta(days=7))
    digest = compose(weekly(), period, material, watchlist_titles={}, public_url=None)
    assert digest["past"] == digest["watchlists"][0]["past"] == digest["entities"][0]["past"] == [3, 0, 7]


def test_what_fell_silent_is_not_crowded_out_by_what_did_not() -> None:
    loud = {f"loud-{number}": 5 for number in range(2 * ROWS)}
    quiet = {f"quiet-{number:02}": number + 1 for number in range(2 * QUIET_ROWS)}
    material = make_material(Counts(300, {}, loud), Counts(200, {}, quiet))
    period = Period(INSTALLED, INSTALLED + timedelta(days=7))
    rows = compose(weekly(), period, material, watchlist_titles={}, public_url=None)["entities"]
    silent = [row["before"] for row in rows if not row["count"]]
    assert len(rows) == ROWS + QUIET_ROWS
    assert silent == list(range(2 * QUIET_ROWS, QUIET_ROWS, -1))


@pytest.mark.parametrize("schedule", ["0 7 * * mon", "*/5 * * * *"])
def test_nothing_is_due_before_the_installation(schedule: str) -> None:
    assert due(weekly(schedule=schedule), INSTALLED) == []


def test_no_password_in_the_address_of_a_feed_is_told() -> None:
    address = "https://reader:s3cret@paper.example/rss"
    failed = FailureMaterial(address, address, "http 401: Unauthorized", INSTALLED, None)
    story = StoryMaterial("Blast", "", Severity.HIGH, "why", (address, "Radio [http://"), 2, INSTALLED, "en")
    material = replace(make_material(Counts(1, {}, {}), Counts(0, {}, {})), feeds_failed=[failed], stories=[story])
    digest = compose(weekly(), Period(INSTALLED, INSTALLED), material, watchlist_titles={}, public_url=None)
    shown = "https://paper.example/rss"
    assert [(one["name"], one["url"]) for one in digest["feeds_failed"]] == [(shown, shown)]
    assert [one["feeds"] for one in digest["stories"]] == [[shown, "Radio [http://"]]
