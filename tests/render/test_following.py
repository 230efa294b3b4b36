"""The calendar of digests, read by another program."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from icalendar import Calendar

from monitor.core.types import NoticeDigest
from monitor.render.following import LINE_BYTES, calendar

NOW = datetime(2023, 7, 31, 7, 0, tzinfo=UTC)
HOSTILE = "Flood; dam, \\ breaks\r\nBEGIN:VALARM\nداعش " + "é" * 90


def digest(**changes: Any) -> NoticeDigest:
    """Return the part of a digest that a calendar tells."""
    story = {"severity": "high", "title": HOSTILE}
    said: dict[str, Any] = {"id": "dig_1", "title": HOSTILE, "period_end": "2023-07-31T02:00:00Z", "url": None}
    said |= {"hits": 7, "items": 5, "hits_before": 3, "stories": [story] * 9} | changes
    return cast("NoticeDigest", said)


def test_a_digest_that_was_made_and_one_to_come_are_events() -> None:
    said = calendar([digest()], [("weekly", NOW + timedelta(days=7))], home="https://m.example/", now=NOW)
    made, coming = Calendar.from_ical(said).walk("VEVENT")
    assert (made.decoded("dtstart"), str(made["uid"])) == (datetime(2023, 7, 31, 2, tzinfo=UTC), "dig_1@event-monitor")
    assert str(made["summary"]) == HOSTILE.replace("\r", " ")
    assert str(made["description"]).startswith("7 hits in 5 items, 3 before.\nhigh: Flood; dam, \\ breaks")
    assert str(made["url"]) == "https://m.example/"
    assert (str(coming["summary"]), coming.decoded("dtstart")) == ("Digest weekly is due", NOW + timedelta(days=7))
    assert coming["uid"] != made["uid"]


def test_no_line_is_longer_than_a_calendar_may_have_and_none_begins_what_a_headline_says() -> None:
    said = calendar([digest()], [], home="https://m.example/", now=NOW)
    lines = said.split("\r\n")
    assert all(len(line.encode()) <= LINE_BYTES for line in lines)
    assert not any(line.startswith("BEGIN:VALARM") for line in lines)
    assert Calendar.from_ical(said).walk("VALARM") == []
