"""What a person can do with a feed on its page: have it asked now, pause it, go on with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.types import Course, Feed
from monitor.store import feeds
from monitor.web.status import Status
from tests.store.rows import NOW, due_in, make_feed, make_outcome, record
from tests.web.acting import FOREIGN, get, post

MINUTE = timedelta(minutes=1)
LATER = NOW + 5 * MINUTE


@pytest.fixture
def feed(status: Status) -> Feed:
    """Return a feed that was polled five minutes ago, and is due in ten."""
    one = make_feed(status.db)
    record(status.db, make_outcome(one))
    status.clock = lambda: LATER
    return known(status, one)


def known(status: Status, feed: Feed) -> Feed:
    """Return a feed as it is now."""
    found = feeds.find_feed(status.db, feed.url)
    assert found is not None
    return found


def is_due(status: Status, feed: Feed) -> bool:
    """Return whether polling would ask a feed now."""
    return any(feed.id in [one.id for one in due_in(status.db, shard, now=status.clock())] for shard in range(8))


async def test_a_feed_is_asked_now_and_says_why(status: Status, feed: Feed) -> None:
    assert not is_due(status, feed)
    answer = await post(status, f"/feeds/{feed.id}/poll")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/feeds/{feed.id}")
    assert is_due(status, feed)
    assert "asked for by the dashboard" in (await get(status, f"/feeds/{feed.id}")).text


async def test_a_publisher_is_not_asked_before_he_allows_it_nor_twice_in_a_minute(status: Status, feed: Feed) -> None:
    record(status.db, replace(make_outcome(feed, at=NOW), course=Course(not_before_at=NOW + 60 * MINUTE)))
    await post(status, f"/feeds/{feed.id}/poll")
    assert known(status, feed).next_poll_at == NOW + 60 * MINUTE
    status.clock = lambda: NOW + MINUTE / 2
    answer = await post(status, f"/feeds/{feed.id}/poll")
    assert (answer.status_code, "was asked 30 s ago" in answer.text) == (409, True)


async def test_a_paused_feed_is_not_asked_until_somebody_goes_on_with_it(status: Status, feed: Feed) -> None:
    status.clock = lambda: NOW + 60 * MINUTE
    assert is_due(status, feed)
    form: dict[str, str | list[str]] = {"who": "Ana <b>", "why": "they rebuild\r\ntheir site"}
    assert (await post(status, f"/feeds/{feed.id}/pause", form)).status_code == 303
    assert not is_due(status, feed)
    page = (await get(status, f"/feeds/{feed.id}")).text
    for shown in ("paused", "by <bdi>Ana &lt;b&gt;</bdi>: <bdi>they rebuild their site</bdi>", "Go on asking it"):
        assert shown in page
    listed = (await get(status, "/feeds?state=paused")).text
    assert "paused by Ana &lt;b&gt;: they rebuild their site" in listed
    assert "0 of 1 feed heard; 1 paused" in listed
    assert (await post(status, f"/feeds/{feed.id}/pause", form)).status_code == 409
    assert (await post(status, f"/feeds/{feed.id}/poll")).status_code == 409
    assert (await post(status, f"/feeds/{feed.id}/resume")).status_code == 303
    assert is_due(status, feed)
    assert (await post(status, f"/feeds/{feed.id}/resume")).status_code == 409


async def test_a_pause_needs_a_name_and_a_reason(status: Status, feed: Feed) -> None:
    for form in ({"who": "ana"}, {"why": "x"}, {"who": " ", "why": "x"}):
        answer = await post(status, f"/feeds/{feed.id}/pause", {**form})
        assert (answer.status_code, "say who pauses the feed, and why" in answer.text) == (409, True)
    assert known(status, feed).paused is None


@pytest.mark.parametrize("act", ["poll", "pause", "resume"])
async def test_nothing_is_done_for_another_site_or_to_a_feed_that_is_not_there(
    status: Status, feed: Feed, act: str
) -> None:
    form: dict[str, str | list[str]] = {"who": "ana", "why": "x"}
    assert (await post(status, f"/feeds/{feed.id}/{act}", form, FOREIGN)).status_code == 403
    for name in ("99", "x", "9" * 5_000, str(2**31)):
        assert (await post(status, f"/feeds/{name}/{act}", form)).status_code == 404
    assert known(status, feed) == feed
    feeds.remove_feed(status.db, feed.url)
    assert (await post(status, f"/feeds/{feed.id}/{act}", form)).status_code == 404
    assert "Ask it now" not in (await get(status, f"/feeds/{feed.id}")).text


async def test_a_retired_feed_is_taken_up_by_command(status: Status, feed: Feed) -> None:
    record(status.db, replace(make_outcome(feed), course=Course(retired_at=NOW)))
    answer = await post(status, f"/feeds/{feed.id}/poll")
    assert (answer.status_code, "monitor feeds add https://news.example/rss" in answer.text) == (409, True)
