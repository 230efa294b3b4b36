"""What is due is found host by host, and no host hides the others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert, select, text, update

from monitor.core.polling import shard_of
from monitor.core.types import Course, FeedSpec, HostRest, Pause
from monitor.store import due, feeds, hosts
from monitor.store.database import Database
from monitor.store.due import DueFeeds
from monitor.store.feeds import FEED
from tests.store.rows import NOW, due_in, make_outcome, record

SECOND = timedelta(seconds=1)
REST = HostRest(NOW + SECOND, "the publisher asks for patience (429)", 1)


def add(db: Database, count: int, host: str = "big.example", *, late: timedelta = SECOND) -> list[int]:
    """Add feeds of one host in shard 0, the first due `late`, each next one a second less; return their ids."""
    specs = [FeedSpec(f"https://{host}/{number}") for number in range(count)]
    feeds.add_feeds(db, specs, shards=1, now=NOW)
    found = {feed.url: feed.id for feed in feeds.list_feeds(db)}
    with db.write() as connection:
        for number, spec in enumerate(specs):
            at = NOW - late + number * SECOND
            connection.execute(update(FEED).where(FEED.c.url == spec.url).values(next_poll_at=at))
    return [found[spec.url] for spec in specs]


def look(
    db: Database, *, each: int = 2, limit: int = 100, busy: tuple[int, ...] = (), known: tuple[str, ...] = ()
) -> DueFeeds:
    """Return what is due in shard 0."""
    return due.due_feeds(db, 0, now=NOW, each=each, limit=limit, busy=busy, known=known)


def ids(found: DueFeeds) -> list[int]:
    """Return which feeds were found, longest due first."""
    return [one.id for one in sorted(found.feeds, key=lambda one: one.at)]


def test_so_many_of_each_host_that_have_been_due_longest(db: Database) -> None:
    big, small = add(db, 9, late=60 * SECOND), add(db, 1, "small.example")
    found = look(db)
    assert ids(found) == [*big[:2], *small]
    assert [(one.host, one.at) for one in found.feeds if one.id != big[0]] == [
        ("small.example", NOW - SECOND),
        ("big.example", NOW - 59 * SECOND),
    ]
    assert (found.more, found.cut) == (frozenset({"big.example"}), False)
    assert ids(look(db, busy=(big[0], small[0]))) == big[1:3]
    assert ids(look(db, known=("big.example",))) == small


def test_a_limit_takes_the_first_of_every_host_before_the_second_of_any(db: Database) -> None:
    big, small = add(db, 9, late=60 * SECOND), add(db, 1, "small.example")
    found = look(db, each=9, limit=2)
    assert (ids(found), found.cut) == ([big[0], small[0]], True)


def test_feeds_of_a_host_that_rests_are_not_due_and_say_so(db: Database) -> None:
    [first], [other] = add(db, 1), add(db, 1, "small.example")
    with db.write() as connection:
        hosts.keep_rests(connection, {"big.example": REST, "far.example": REST})
    assert ids(look(db)) == [other]
    assert [feed.rest for feed in feeds.list_feeds(db)] == [REST, None]
    found = feeds.find_feed(db, "https://big.example/0")
    assert found is not None
    assert (found.id, found.rest) == (first, REST)
    assert hosts.list_rests(db) == {"big.example": REST, "far.example": REST}
    assert [hosts.count_resting(db, now=NOW + late) for late in (timedelta(0), SECOND)] == [2, 0]
    longer = replace(REST, until_at=NOW + 9 * SECOND, failures=2)
    record(db, replace(make_outcome(found), rests={"big.example": longer, "far.example": None}))
    assert hosts.list_rests(db) == {"big.example": longer}
    hosts.forget_rests(db, [])
    hosts.forget_rests(db, ["big.example"])
    assert hosts.list_rests(db) == {}


def test_a_feed_belongs_to_the_host_that_it_moved_to_until_it_is_back_home(db: Database) -> None:
    add(db, 1)
    for moved_to, host in (("https://New.example:8080/rss", "new.example"), (None, "big.example")):
        [feed] = feeds.list_feeds(db)
        record(db, replace(make_outcome(feed, at=NOW - timedelta(hours=1)), course=Course(moved_to=moved_to)))
        [found] = look(db).feeds
        assert found.host == host


def test_a_file_has_no_host(db: Database) -> None:
    feeds.add_feed(db, FeedSpec("file://localhost/box/a.xml"), shards=1, now=NOW)
    assert [one.host for one in look(db).feeds] == [""]


def test_what_was_found_due_is_read_as_it_is_by_then(db: Database) -> None:
    made = add(db, 3)
    found = look(db, each=9)
    feeds.remove_feed(db, "https://big.example/1")
    assert ids(found) == made[:2]  # the third is due in a second
    assert [feed.id for feed in due.still_due(db, ids(found), now=NOW)] == made[:1]
    assert [feed.id for feed in due_in(db, 0, now=NOW + 9 * SECOND)] == [made[0], made[2]]


def test_a_paused_feed_is_not_due_until_it_is_resumed_and_one_that_is_added_again_is(db: Database) -> None:
    first, second = add(db, 2, late=9 * SECOND)
    for one in (first, second):
        feeds.pause(db, one, Pause(NOW, "ana", "their site is rebuilt"))
    assert ids(look(db)) == []
    assert due.still_due(db, [first, second], now=NOW) == []
    feeds.pause(db, first, None)
    assert ids(look(db)) == [first]
    feeds.remove_feed(db, "https://big.example/1")
    feeds.add_feed(db, FeedSpec("https://big.example/1"), shards=1, now=NOW)
    assert sorted(ids(look(db))) == [first, second]


def test_the_configuration_leaves_a_pause_as_it_is(db: Database) -> None:
    spec, pause = FeedSpec("https://big.example/"), Pause(NOW, "ana", "their site is rebuilt")
    feeds.sync_feeds(db, [spec], shards=1, now=NOW)
    [feed] = feeds.list_feeds(db)
    feeds.pause(db, feed.id, pause)
    feeds.sync_feeds(db, [replace(spec, name="Big")], shards=1, now=NOW)
    assert [(one.name, one.paused) for one in feeds.list_feeds(db)] == [("Big", pause)]


def test_neither_feeds_to_come_nor_those_given_up_are_looked_at(db: Database) -> None:
    row = {"name": "", "title": "", "tags": [], "full_text": False, "headers": {}, "origin": "config", "failures": 0}
    row |= {"shard": 0, "wait_reason": "", "host": "big.example", "active": True, "retired_at": None}
    rows = [{**row, "url": str(number), "next_poll_at": NOW + SECOND} for number in range(3_000)]
    rows += [{**row, "url": f"off {number}", "next_poll_at": NOW - SECOND, "active": False} for number in range(3_000)]
    with db.write() as connection:
        connection.execute(insert(FEED), rows)
        connection.execute(text("ANALYZE"))
    asked: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *event: asked.append((event[2], event[3])))
    assert ids(look(db, busy=(1,), known=("x",))) == []
    query, values = asked[-1]
    with db.read() as connection:
        explain = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {query}", values))
    assert "ix_feed_due" in plan
    assert "SCAN feed" not in plan
    assert "Seq Scan on feed" not in plan


def test_the_shards_that_have_something_due_are_found_in_one_look(db: Database) -> None:
    shards = 256
    names = [f"{name}.example" for name in ("a", "b", "c", "d", "e")]
    feeds.add_feeds(db, [FeedSpec(f"https://{name}/rss") for name in names], shards=shards, now=NOW)
    of = {name: shard_of(f"https://{name}/", shards) for name in names}
    assert len(set(of.values())) == len(names)
    assert due.due_shards(db, shards, now=NOW - SECOND) == []
    assert due.due_shards(db, shards, now=NOW) == sorted(of.values())
    with db.write() as connection:
        hosts.keep_rests(connection, {"a.example": REST})
        connection.execute(update(FEED).where(FEED.c.host == "b.example").values(paused_at=NOW))
        connection.execute(update(FEED).where(FEED.c.host == "c.example").values(active=False))
    assert due.due_shards(db, shards, now=NOW) == sorted((of["d.example"], of["e.example"]))


def test_all_feeds_are_divided_anew_those_that_were_added_by_command_too(db: Database) -> None:
    own = [FeedSpec(f"https://own{number}.example/") for number in range(20)]
    feeds.sync_feeds(db, own, shards=8, now=NOW)
    feeds.add_feeds(db, [FeedSpec(f"https://added{number}.example/") for number in range(20)], shards=8, now=NOW)
    feeds.remove_feed(db, "https://added3.example/")
    for shards in (256, 8):
        feeds.sync_feeds(db, own, shards=shards, now=NOW)
        with db.read() as connection:
            rows = connection.execute(select(FEED.c.url, FEED.c.shard)).all()
        assert {row.url: row.shard for row in rows} == {row.url: shard_of(row.url, shards) for row in rows}
        assert len(rows) == 40
