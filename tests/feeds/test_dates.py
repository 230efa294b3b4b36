"""Dates as publishers write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.dates import FIRST_YEAR, MONTHS, read_date

NOON = datetime(2023, 7, 30, 11, 25, tzinfo=UTC)
MIDNIGHT = datetime(2023, 7, 30, tzinfo=UTC)
LOCAL = datetime(2023, 7, 30, 16, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("Sun, 30 Jul 2023 16:25:00 +0500", NOON),
        ("Sun, 30 Jul 2023 16:25 +05:00", NOON),
        ("Sun, 30 Jul 2023 16:25:00 PKT", NOON),
        ("Sun, 30 Jul 2023 16:25:00 GMT+5", NOON),
        ("Sun, 30 Jul 2023 16:25:00 UTC+05:00", NOON),
        ("Sun, 30 Jul 2023 16:25:00 + 0500", NOON),
        ("Sun, 30 Jul 2023 06:25:00 EST", NOON),
        ("30 Jul 23 11:25 GMT", NOON),
        ("Sun Jul 30 16:25:00 PKT 2023", NOON),
        ("Sun Jul 30 16:25:00 +0500 2023", NOON),
        ("Sun, 30 Jul 2023 16:55:00 IST", NOON),
        ("Sun, 30 Jul 2023 16:25:00 XYZ", LOCAL),
        ("Sun, 30 Jul 2023 16:25:00 +9900", LOCAL),
        ("Sun, 30 Jul 2023 16:25:00", LOCAL),
        ("Sun Jul 30 16:25:00 2023", LOCAL),
        ("Sunday, July 30, 2023 - 4:25 PM", LOCAL),
        ("30-Jul-2023 16:25", LOCAL),
        ("Sun, 30 Jul 2023 12:00 am", MIDNIGHT),
        ("2023-07-30T11:25:00Z", NOON),
        ("2023-07-30T16:25:00.123+05:00", NOON),
        ("2023-07-30T16:25:00+0500", NOON),
        ("2023-07-30 16:25:00 +05", NOON),
        ("2023-07-30t16:25:00−05:00", datetime(2023, 7, 30, 21, 25, tzinfo=UTC)),
        ("20230730T112500Z", NOON),
        ("20230730112500", NOON),
        ("2023/07/30 16:25", LOCAL),
        ("2023-07-30", MIDNIGHT),
        ("2023-07", datetime(2023, 7, 1, tzinfo=UTC)),
        ("1690716300", NOON),
        ("1690716300000", NOON),
        ("30.07.2023 16:25", LOCAL),
        ("30/07/2023 16:25", LOCAL),
        ("07/30/2023 16:25", LOCAL),
        ("30 июля 2023, 16:25", LOCAL),
        ("30 липня 2023 16:25", LOCAL),
        ("30 Temmuz 2023 16:25", LOCAL),
        ("30 يوليو 2023 16:25", LOCAL),
        ("۳۰ جولائی ۲۰۲۳، ۱۶:۲۵", LOCAL),
        ("\u200f٣٠ يوليو ٢٠٢٣", MIDNIGHT),
        ("30 जुलाई 2023", MIDNIGHT),
        ("Mon, 30 Jul 2023 16:25:00 +0500", NOON),  # it was a Sunday
        ("Sunday, 30-Jul-23 11:25:00 GMT", NOON),
        ("Sun,30 Jul 2023 11:25:00GMT", NOON),
        ("30 Jul 2023 6:25 a.m. ET", NOON),
        ("2023-W30-7T16:25:00+05:00", NOON),
        ("2023W307", MIDNIGHT),
        ("2023-W31", datetime(2023, 7, 31, tzinfo=UTC)),
        ("2023-211T11:25Z", NOON),
        ("2023211", MIDNIGHT),
        ("2023年7月30日 16:25", LOCAL),
        ("2023년 7월 30일", MIDNIGHT),
        ("2023-07-30T24:00:00Z", datetime(2023, 7, 31, tzinfo=UTC)),
        ("Sun, 30 Jul 2023 24:00:00 GMT", datetime(2023, 7, 31, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_as_it_is_meant(written: str, instant: datetime) -> None:
    assert read_date(written) == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "Mon, 99 Foo 2023",
        "Sat, 31 Jun 2023 00:00:00 GMT",
        "Sun, 30 Jul 2023 25:00:00 GMT",
        "07/08/2023",
        "2023-W54-1",
        "2023-400",
        "1402/05/08",  # a year of the Persian calendar
        "8 مرداد 1402",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "99999999999999999999",
        "0",
    ],
)
def test_what_is_no_date_or_could_be_two_is_none(written: str) -> None:
    assert read_date(written) is None


def test_every_month_has_its_names() -> None:
    assert set(MONTHS.values()) == set(range(1, 13))
    assert all(read_date(f"15 {name} 2023") == datetime(2023, month, 15, tzinfo=UTC) for name, month in MONTHS.items())


@given(st.datetimes(min_value=datetime(FIRST_YEAR, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - made aware below
def test_the_standards_are_read_exactly(local: datetime) -> None:
    instant = local.replace(microsecond=0, tzinfo=UTC)
    assert read_date(instant.isoformat()) == instant
    assert read_date(f"{instant:%a, %d %b %Y %H:%M:%S} GMT") == instant
    assert read_date(f"{instant:%Y%m%dT%H%M%SZ}") == instant


@given(st.text(max_size=300))
def test_any_text_is_a_date_or_none(written: str) -> None:
    found = read_date(written)
    assert found is None or (found.tzinfo is UTC and found.year >= FIRST_YEAR)


@given(st.text(alphabet="0123456789:-+./T Zjulpam٣۳", max_size=40))
def test_what_looks_like_a_date_never_raises(written: str) -> None:
    assert read_date(written) is None or read_date(written) == read_date(written.lower())


MONTH_NAMES = [*"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec xyz mag".split(), "ſep"]


@st.composite
def nearly_usual_dates(draw: st.DrawFn) -> str:
    """Return a date in one of the usual forms, with numbers that may be too large for it."""
    year, month = draw(st.sampled_from([1, 1989, 1990, 2023, 2024, 9999])), draw(st.integers(1, 13))
    day, hour = draw(st.integers(0, 32)), draw(st.integers(0, 25))
    minute, second = draw(st.integers(0, 61)), draw(st.integers(0, 61))
    offset = (
        f"{draw(st.sampled_from('+-'))}{draw(st.integers(0, 15)):02}{{}}{draw(st.sampled_from([0, 30, 59, 61])):02}"
    )
    if draw(st.booleans()):
        zone = draw(st.sampled_from(["Z", offset.format(":"), offset.format("")]))
        return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"
    name = draw(st.sampled_from(["", "Mon, ", "sun, ", "Mar, "]))
    zone = draw(st.sampled_from(["GMT", "gmt", "EST", offset.format("")]))
    day_of_month = draw(st.sampled_from([f"{day:02}", f"{day}"]))
    return (
        f"{name}{day_of_month} {draw(st.sampled_from(MONTH_NAMES))} {year:04} {hour:02}:{minute:02}:{second:02} {zone}"
    )


@given(nearly_usual_dates())
def test_usual_dates_need_no_search_and_are_what_it_finds(written: str) -> None:
    assert read_date(written) == read_date(f" {written}")
