"""How long the oldest of what is due waits, and what waits by policy left apart; on both databases."""

from datetime import timedelta

from monitor.core.channel_rest import ChannelRest
from monitor.core.types import HostRest
from monitor.core.vitals import Waits
from monitor.store import channels, deliveries, hosts, waiting
from monitor.store.database import Database
from monitor.store.feeds import poll_soon
from tests.store.rows import NOW, make_delivery, make_feed, make_item, make_match, make_outcome, record

HOUR = timedelta(hours=1)


def look(db: Database, *, pace: timedelta | None = None) -> Waits:
    """Return what is seen an hour after everything in these tests happened."""
    return waiting.waits(db, now=NOW + HOUR, pace={} if pace is None else {"desk/webhook": pace}, hubs=True)


def test_nothing_waits_in_an_empty_house(db: Database) -> None:
    found = look(db)
    assert found.polls == timedelta(0)
    assert set(found.queues) == {"hit", "alert", "delivery", "push", "article", "subscription"}
    assert not any(found.queues.values())
    assert found.unsent == {True: timedelta(0), False: timedelta(0)}


def test_a_feed_is_late_while_its_host_neither_rests_nor_is_being_asked(db: Database) -> None:
    made = make_feed(db, "https://a.example/1")
    record(db, make_outcome(made, at=NOW - HOUR))
    poll_soon(db, made.url, now=NOW)
    assert look(db).polls == HOUR
    record(db, make_outcome(make_feed(db, "https://a.example/2"), at=NOW + HOUR - timedelta(seconds=5)))
    assert look(db).polls == timedelta(seconds=5), "its turn comes after the others of its host"
    late = make_feed(db, "https://b.example/")
    record(db, make_outcome(late, at=NOW - HOUR))
    poll_soon(db, late.url, now=NOW)
    assert look(db).polls == HOUR
    with db.write() as connection:
        hosts.keep_rests(connection, {"b.example": HostRest(NOW + 2 * HOUR, "503", 1)})
    assert look(db).polls == timedelta(seconds=5)


def test_a_hit_waits_until_the_alert_job_has_seen_it(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    assert look(db).queues["hit"] == HOUR


def test_a_notice_waits_apart_when_its_channel_rests(db: Database) -> None:
    deliveries.add(db, [make_delivery("one")])
    assert look(db).unsent == {True: timedelta(0), False: HOUR}
    assert look(db).queues["delivery"] == HOUR
    with db.write() as connection:
        channels.keep_rest(connection, "desk/webhook", ChannelRest(3, NOW, NOW + 2 * HOUR, "refused"))
    assert look(db).unsent == {True: HOUR, False: timedelta(0)}
    assert look(db).queues["delivery"] == timedelta(0)


def test_what_waits_for_the_pace_of_its_channel_is_not_late(db: Database) -> None:
    deliveries.add(db, [make_delivery("one"), make_delivery("two")])
    deliveries.mark_sent(db, "one", now=NOW + timedelta(minutes=50))
    assert look(db).unsent[False] == timedelta(minutes=10), "the other one was sent then"
    assert look(db, pace=timedelta(minutes=8)).unsent[False] == timedelta(minutes=2)
    assert look(db, pace=HOUR).unsent[False] == timedelta(0)
