"""What was planned by a clock that was put back comes as much nearer, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.core.channel_rest import ChannelRest
from monitor.core.types import HostRest
from monitor.store import channels, clock, deliveries, hosts
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY
from monitor.store.feeds import FEED, list_feeds, poll_soon
from tests.store.rows import NOW, make_delivery, make_feed, make_outcome, record

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


@pytest.mark.parametrize("back", [HOUR, YEAR])
def test_waits_stay_as_long_as_they_were(db: Database, back: timedelta) -> None:
    """What is due in 20 minutes is due in 20 minutes, whatever the clock says; what was due is due."""
    planned, due = make_feed(db, "https://a.example/"), make_feed(db, "https://b.example/")
    record(db, make_outcome(planned), make_outcome(due))
    wait = {feed.url: feed for feed in list_feeds(db)}[planned.url].next_poll_at - NOW
    poll_soon(db, due.url, now=NOW - timedelta(minutes=5))
    deliveries.add(db, [make_delivery("late"), make_delivery("sent")])
    deliveries.mark_sent(db, "sent", now=NOW)
    deliveries.mark_failed(
        db, "late", error="timeout", next_attempt_at=NOW + timedelta(minutes=7, microseconds=123_000)
    )
    with db.write() as connection:
        hosts.keep_rests(connection, {"a.example": HostRest(NOW + HOUR, "503", 1)})
        channels.keep_rest(connection, "desk/webhook", ChannelRest(3, NOW, NOW + timedelta(minutes=2), "refused"))
    now = NOW - back
    assert clock.put_back(db, back, now=now) >= 4
    feeds = {feed.url: feed for feed in list_feeds(db)}
    assert feeds[planned.url].next_poll_at == now + wait
    assert feeds[due.url].next_poll_at <= now
    assert hosts.list_rests(db)["a.example"].until_at == now + HOUR
    assert channels.list_rests(db)["desk/webhook"].until_at == now + timedelta(minutes=2)
    with db.read() as connection:
        at = {row.id: row.next_attempt_at for row in connection.execute(select(DELIVERY))}
    assert at["late"] == now + timedelta(minutes=7, microseconds=123_000)
    assert at["sent"] == NOW, "it is not planned any more"


def test_a_feed_that_was_stored_after_the_step_is_found_by_when_it_was_asked(db: Database) -> None:
    late, own = make_feed(db, "https://a.example/"), make_feed(db, "https://b.example/")
    now = NOW - HOUR
    record(db, make_outcome(late), make_outcome(own, at=now))
    waits = {feed.url: feed.next_poll_at for feed in list_feeds(db)}
    assert clock.put_back_late(db, HOUR, now=now) == 1
    assert clock.put_back_late(db, HOUR, now=now) == 0, "once"
    feeds = {feed.url: feed for feed in list_feeds(db)}
    assert feeds[late.url].next_poll_at == waits[late.url] - HOUR
    assert feeds[own.url].next_poll_at == waits[own.url]


def test_an_instant_is_written_as_all_others_are(db: Database) -> None:
    """Rows are found by comparing instants as they are written."""
    feed = make_feed(db)
    record(db, make_outcome(feed))
    clock.put_back(db, HOUR, now=NOW - HOUR)
    [shifted] = [one.next_poll_at for one in list_feeds(db)]
    with db.read() as connection:
        found = connection.execute(select(FEED.c.id).where(FEED.c.next_poll_at == shifted)).scalars().all()
    assert found == [feed.id]


def test_a_clock_that_was_put_back_while_nobody_looked_is_known_by_the_last_poll(db: Database) -> None:
    assert clock.ahead_by(db, now=NOW) == timedelta(0)
    record(db, make_outcome(make_feed(db)))
    assert clock.ahead_by(db, now=NOW - HOUR) == HOUR
    assert clock.ahead_by(db, now=NOW + HOUR) == timedelta(0)
