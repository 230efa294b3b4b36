"""No table grows without bound: what hides nothing, told long ago or is asked no more goes, what is needed stays."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from monitor.core.types import FeedSpec, HostRest, Period, RouteMatch, SilenceSpec
from monitor.store import digests, feeds, hosts, silences
from monitor.store.alerts import ALERT
from monitor.store.database import Database
from monitor.store.polls import HIT
from monitor.store.prune import prune
from monitor.store.tables import METADATA, MetaRow
from tests.store.rows import (
    NOW,
    make_alert,
    make_delivery,
    make_feed,
    make_hits,
    make_item,
    make_match,
    make_outcome,
    record,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 400 * DAY


def prune_all(db: Database, before: datetime = LATER) -> None:
    """Delete what is older, until nothing is."""
    ends = {"items_before": before, "hits_before": before, "deliveries_before": before, "sketches_before": before}
    while prune(db, **ends, limit=2):
        pass


def silence(db: Database, *, ends: timedelta) -> int:
    match = RouteMatch(rule=frozenset({"entity:is-k"}))
    return silences.add_silence(db, SilenceSpec(match, None, NOW + ends, "ana", "calm"), now=NOW).id


def test_a_silence_goes_when_it_is_over_and_what_it_hid_is_gone(db: Database) -> None:
    over, hiding, lasting = silence(db, ends=HOUR), silence(db, ends=HOUR), silence(db, ends=500 * DAY)
    hits = make_hits(db)
    alert = make_alert(db, hits)
    with db.write() as connection:
        connection.execute(ALERT.update().values(silence_id=hiding))
        connection.execute(HIT.update().values(created_at=LATER + DAY))
    prune_all(db)
    assert [one.id for one in silences.list_silences(db)] == [hiding, lasting]
    assert alert.id
    prune_all(db, LATER + 2 * DAY)
    assert [one.id for one in silences.list_silences(db)] == [lasting]
    assert over not in {hiding, lasting}


def test_of_digests_the_newest_of_each_name_stays(db: Database) -> None:
    for number, name in enumerate(["weekly", "weekly", "daily"]):
        period = Period(NOW + number * DAY, NOW + (number + 1) * DAY)
        digests.record(db, f"dig_{number}", name, period, make_delivery().notice, [], now=NOW)
    prune_all(db)
    assert [digests.last_period(db, name, now=NOW + 3 * DAY) for name in ("weekly", "daily")] == [
        Period(NOW + DAY, NOW + 2 * DAY),
        Period(NOW + 2 * DAY, NOW + 3 * DAY),
    ]
    assert len(digests.list_digests(db, limit=9)) == 2


def test_a_feed_that_is_polled_no_more_goes_with_its_last_item(db: Database) -> None:
    polled, gone, keeping = (make_feed(db, f"https://{name}.example/") for name in ("polled", "gone", "keeping"))
    record(
        db,
        make_outcome(polled),
        make_outcome(gone, make_item("a")),
        make_outcome(keeping, make_item("b", matches=[make_match()])),
    )
    for feed in (gone, keeping):
        feeds.remove_feed(db, feed.url)
    prune_all(db, NOW)
    assert len(feeds.list_feeds(db, active=None)) == 3, "its items are not past their retention"
    prune_all(db)
    assert {one.url for one in feeds.list_feeds(db, active=None)} == {polled.url, keeping.url}, "a hit is still due"
    again = feeds.add_feed(db, FeedSpec(gone.url, "Paper", ()), shards=8, now=LATER)
    assert again.id > keeping.id


def test_what_is_known_of_a_host_goes_when_it_is_asked_no_more(db: Database) -> None:
    with db.write() as connection:
        hosts.keep_rests(
            connection, {"a.example": HostRest(NOW, "http 503", 3), "b.example": HostRest(LATER, "http 429", 1)}
        )
    prune_all(db)
    assert hosts.list_rests(db).keys() == {"b.example"}


def test_of_a_house_that_was_left_nothing_but_the_feeds_in_use_and_facts_of_the_database_stay(db: Database) -> None:
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("a", matches=[make_match()])))
    hits = make_hits(db, url="https://other.example/")
    make_alert(db, hits)
    with db.write() as connection:
        connection.execute(HIT.update().values(verdict="alerted"))
    prune_all(db)
    with db.read() as connection:
        left = {
            table.name
            for table in METADATA.sorted_tables
            if connection.execute(select(func.count()).select_from(table)).scalar_one()
        }
    assert left <= {"feed", "seen_entry", MetaRow.__tablename__, "alembic_version"}
