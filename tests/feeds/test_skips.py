"""Hours and days in which a feed asks not to be asked."""

import time

import pytest

from monitor.core.types import FetchResult
from monitor.feeds.parse import parse_feed
from monitor.feeds.skips import skip_days, skip_hours


@pytest.mark.parametrize(
    ("text", "hours", "days"),
    [
        ("", [], []),
        ("<skipHours><hour>0</hour>\n <hour> 5 </hour><hour>24</hour></skipHours>", [0, 5], []),
        ("<SKIPHOURS ><HOUR>23</HOUR></SKIPHOURS>", [23], []),
        ("<skipHours><hour>25</hour><hour>-1</hour><hour>noon</hour></skipHours>", [], []),
        ("<skipDays><day>Sunday</day><day>monday</day><day>Holiday</day></skipDays>", [], [0, 6]),
        ("<skipDays><day>Sunday</day>", [], []),
        ("<skipHours/><skipDays></skipDays>", [], []),
    ],
)
def test_lists_are_read(text: str, hours: list[int], days: list[int]) -> None:
    body = f"<rss version='2.0'><channel><title>Paper</title>{text}</channel></rss>".encode()
    assert (sorted(skip_hours(body)), sorted(skip_days(body))) == (hours, days)
    parsed = parse_feed(FetchResult(200, "https://news.example/", {}, body, None, None))
    assert (sorted(parsed.skip_hours), sorted(parsed.skip_days)) == (hours, days)


@pytest.mark.parametrize("piece", [b"<skipHours>", b"<skipDays><day>", b"<hour>", b"<skipHours   ", b" " * 50])
def test_hostile_bodies_take_no_time(piece: bytes) -> None:
    began = time.perf_counter()
    skip_hours(piece * 200_000)
    skip_days(b"<skipDays>" + piece * 200_000)
    assert time.perf_counter() - began < 1.0
