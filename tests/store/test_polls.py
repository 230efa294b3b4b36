"""What polls found is stored once, whole, and together."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from monitor.core.polling import shard_of
from monitor.core.types import Course, Feed, FeedSpec, Mention, Period, PollOutcome, Severity, Terms, Tier, Verdict
from monitor.errors import UnknownIdError
from monitor.store import feeds, items, meta
from monitor.store.database import Database
from tests.store.rows import NOW, again, due_in, make_feed, make_item, make_match, make_outcome, record


def test_items_hits_and_validators_are_stored_together_and_once(db: Database) -> None:
    feed = make_feed(db)
    outcome = make_outcome(
        feed,
        make_item(
            "a", matches=[make_match(), make_match("isk-in-bajaur", "is-k", "bajaur", severity=Severity.CRITICAL)]
        ),
        make_item("b"),
    )
    assert record(db, outcome) == items.Recorded(items=2, hits=2, alerting=2)
    assert record(db, outcome) == items.Recorded(items=0, hits=0, alerting=0)
    stored = feeds.find_feed(db, feed.url)
    assert stored is not None
    assert (stored.etag, stored.last_modified, stored.body_hash) == ('"v1"', "Sun, 30 Jul 2023 11:00:00 GMT", "b")
    assert (stored.first_polled_at, stored.ok_at, stored.status) == (NOW, NOW, 200)
    first, second = items.unrouted_hits(db, limit=10)
    assert (first.rule, first.item.title, first.item.feed_name, first.watchlist_version) == (
        "entity:is-k",
        "IS-K a",
        "Paper",
        "v1",
    )
    assert [entity.name for entity in second.entities] == ["IS-K", "Bajaur"]
    assert (second.severity, second.mentions[0].surface, second.created_at) == (Severity.CRITICAL, "IS-K", NOW)
    assert items.known_guids(db, feed.id, ["a", "b", "c"]) == {"a", "b"}


def test_a_hit_keeps_how_sure_it_is_and_which_parts_of_its_rule_held(db: Database) -> None:
    mention = Mention("bajaur", "title", 8, 15, "Bajaure", "Bajaur", Tier.SPELLING, "is-k OR kabul")
    held = ("is-k: “IS-K”", "bajaur: “Bajaure\x00”")
    match = replace(make_match("both", "is-k", "bajaur"), mentions=(mention,), held=held, tier=Tier.SPELLING)
    record(db, make_outcome(make_feed(db), make_item("a", matches=[make_match(), match])))
    exact, spelled = items.unrouted_hits(db, limit=10)
    assert (exact.tier, exact.held, exact.mentions[0].tier, exact.mentions[0].context) == (
        Tier.EXACT,
        (),
        Tier.EXACT,
        None,
    )
    assert (spelled.tier, spelled.mentions) == (Tier.SPELLING, (mention,))
    assert isinstance(spelled.mentions[0].tier, Tier)
    assert spelled.held == ("is-k: “IS-K”", "bajaur: “Bajaure\ufffd”")


def test_old_news_has_its_verdict_at_once_and_alerts_nobody(db: Database) -> None:
    feed = make_feed(db)
    assert record(db, make_outcome(feed, make_item("a", matches=[make_match()], old_news="old"))).alerting == 0
    assert items.unrouted_hits(db, limit=10) == []
    [hit] = items.list_hits(db, items.HitFilter())
    assert hit.verdict is Verdict.OLD_NEWS


def test_reports_of_one_event_join_one_story_and_publishers_are_counted(db: Database) -> None:
    one, other = make_feed(db), make_feed(db, "https://other.example/rss")
    theirs = make_item("b", "Election rally bombing in Bajaur", matches=[make_match()])
    record(
        db,
        make_outcome(one, make_item("a", "Bombing of election rally in Bajaur", matches=[make_match()])),
        make_outcome(other, replace(theirs, entry=replace(theirs.entry, url="https://other.example/b"))),
        make_outcome(one, make_item("c", "Minister opens road in Swat valley", matches=[make_match()])),
    )
    stories = {hit.item.guid: hit.item.story_id for hit in items.unrouted_hits(db, limit=10)}
    assert stories["a"] == stories["b"] != stories["c"]
    assert items.publishers(db, {story for story in stories.values() if story}) == {stories["a"]: 2, stories["c"]: 1}


def test_a_story_ends_when_nobody_reports_for_days(db: Database) -> None:
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("a", "Bombing of election rally in Bajaur", matches=[make_match()])))
    later = make_item("b", "Bombing of election rally in Bajaur", matches=[make_match()])
    later = replace(later, entry=replace(later.entry, published_at=NOW + timedelta(hours=73)))
    record(db, make_outcome(feed, later), now=NOW + timedelta(hours=73))
    first, second = items.unrouted_hits(db, limit=10)
    assert first.item.story_id != second.item.story_id


def test_a_failure_keeps_the_validators_and_opens_a_span_that_success_closes(db: Database) -> None:
    feed = make_feed(db)
    record(db, make_outcome(feed, error="timeout"))
    failing = feeds.find_feed(db, feed.url)
    assert failing is not None
    assert (failing.failures, failing.failing_since_at, failing.error, failing.ok_at) == (1, NOW, "timeout", None)
    later = NOW + timedelta(hours=1)
    record(db, make_outcome(failing, error="http 503", at=later))
    still = feeds.find_feed(db, feed.url)
    assert still is not None
    assert (still.failures, still.failing_since_at) == (2, NOW)
    period = Period(NOW - timedelta(days=1), NOW + timedelta(days=1))
    with db.read() as connection:
        [span] = feeds.failures_between(connection, period)
    assert (span.since_at, span.until_at, span.error) == (NOW, None, "http 503")
    record(db, make_outcome(still, at=NOW + timedelta(hours=2)))
    with db.read() as connection:
        [span] = feeds.failures_between(connection, period)
        assert span.until_at == NOW + timedelta(hours=2)
        assert feeds.failures_between(connection, Period(NOW + timedelta(hours=3), NOW + timedelta(hours=4))) == []
    healthy = feeds.find_feed(db, feed.url)
    assert healthy is not None
    assert (healthy.failures, healthy.failing_since_at, healthy.error) == (0, None, None)


def test_an_answer_like_the_one_before_changes_when_a_feed_was_asked_and_will_be(db: Database) -> None:
    record(db, replace(make_outcome(make_feed(db)), etag='"1"', body_hash="b"))
    [before] = feeds.list_feeds(db)
    later, next_at = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    same = PollOutcome(
        feed=before,
        polled_at=later,
        next_poll_at=next_at,
        wait_reason="as ever",
        status=before.status,
        etag=before.etag,
        last_modified=before.last_modified,
        body_hash=before.body_hash,
        course=before.course,
    )
    record(db, same)
    asked = replace(before, polled_at=later, ok_at=later, next_poll_at=next_at, wait_reason="as ever")
    assert feeds.list_feeds(db) == [asked]
    record(db, replace(same, feed=asked, etag='"2"', last_modified="then"))
    assert feeds.list_feeds(db) == [replace(asked, etag='"2"', last_modified="then")]


def test_text_that_no_database_can_hold_keeps_its_length(db: Database) -> None:
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("g\x00\ud800", "IS-K \x00 and \udfff", matches=[make_match()])))
    [hit] = items.unrouted_hits(db, limit=10)
    assert hit.item.title == "IS-K \ufffd and \ufffd"
    assert items.known_guids(db, feed.id, ["g\x00\ud800"]) == {"g\x00\ud800"}
    assert record(db, make_outcome(feed, make_item("g\x00\ud800", matches=[make_match()]))).items == 0


def test_hits_are_listed_newest_first_by_what_is_asked(db: Database) -> None:
    feed = make_feed(db)
    low, high = make_match("low", severity=Severity.LOW), make_match("high", "bajaur", severity=Severity.HIGH)
    record(db, make_outcome(feed, make_item("a", matches=[low])))
    record(db, make_outcome(feed, make_item("b", matches=[low, high])), now=NOW + timedelta(hours=1))

    def rules(**wanted: object) -> list[str]:
        return [f"{hit.item.guid} {hit.rule}" for hit in items.list_hits(db, items.HitFilter(**wanted))]  # type: ignore[arg-type]  # as named

    assert rules() == ["b high", "b low", "a low"]
    assert rules(severity=Severity.MEDIUM) == ["b high"]
    assert rules(entity="bajaur") == ["b high"]
    assert rules(rule="low", limit=1) == ["b low"]
    assert rules(since_at=NOW + timedelta(minutes=1)) == ["b high", "b low"]
    assert rules(until_at=NOW + timedelta(minutes=1)) == ["a low"]
    assert rules(watchlist="other") == []


def test_the_configuration_decides_which_feeds_are_polled_and_their_state_stays(db: Database) -> None:
    one, two = FeedSpec("https://a.example/", "A"), FeedSpec("https://b.example/", "B")
    assert feeds.sync_feeds(db, [one, two], shards=8, now=NOW) == feeds.FeedSync(2, 0, 0)
    stored = feeds.find_feed(db, one.url)
    assert stored is not None
    record(db, make_outcome(stored))
    assert feeds.sync_feeds(db, [FeedSpec(one.url, "A renamed")], shards=8, now=NOW) == feeds.FeedSync(0, 1, 1)
    [left] = feeds.list_feeds(db)
    assert (left.name, left.etag, left.next_poll_at) == ("A renamed", '"v1"', NOW + timedelta(minutes=15))
    assert len(feeds.list_feeds(db, active=None)) == 2
    assert feeds.sync_feeds(db, [one, two], shards=8, now=NOW) == feeds.FeedSync(0, 2, 0)


def test_all_feeds_are_divided_anew_where_there_are_more_shards_or_fewer(db: Database) -> None:
    listed, added = (FeedSpec(f"https://{name}.example/", name) for name in ("listed", "added"))

    def shards() -> dict[str, int]:
        with db.read() as connection:
            return {row.url: row.shard for row in connection.execute(select(feeds.FEED.c.url, feeds.FEED.c.shard))}

    feeds.sync_feeds(db, [listed], shards=8, now=NOW)
    feeds.add_feed(db, added, shards=8, now=NOW)
    for count in (8, 256, 8):
        feeds.sync_feeds(db, [listed], shards=count, now=NOW)
        assert shards() == {one.url: shard_of(one.url, count) for one in (listed, added)}
        assert meta.shards(db) == count


def test_a_shorter_interval_takes_effect_at_once(db: Database) -> None:
    spec = FeedSpec("https://a.example/", "A", interval=timedelta(hours=6))
    feeds.sync_feeds(db, [spec], shards=8, now=NOW)
    stored = feeds.find_feed(db, spec.url)
    assert stored is not None
    record(db, make_outcome(stored))
    feeds.sync_feeds(db, [FeedSpec(spec.url, "A", interval=timedelta(minutes=5))], shards=8, now=NOW)
    changed = feeds.find_feed(db, spec.url)
    assert changed is not None
    assert changed.next_poll_at == NOW + timedelta(minutes=5)


def test_due_feeds_of_a_shard_longest_due_first_without_busy_ones(db: Database) -> None:
    made = [make_feed(db, f"https://news.example/{number}") for number in range(3)]
    [shard] = {shard for shard in range(8) if due_in(db, shard)}
    record(db, make_outcome(again(made[0]), at=NOW - timedelta(minutes=20)))
    found = due_in(db, shard, busy=[made[1].id])
    assert [feed.id for feed in found] == [made[0].id, made[2].id]
    feeds.remove_feed(db, made[2].url)
    assert [feed.id for feed in due_in(db, shard)] == [made[0].id, made[1].id]
    with pytest.raises(UnknownIdError):
        feeds.remove_feed(db, made[2].url)
    feeds.add_feed(db, FeedSpec(made[2].url), shards=8, now=NOW)
    assert len(feeds.list_feeds(db)) == 3
    feeds.poll_soon(db, made[0].url, now=NOW - timedelta(days=1))
    assert due_in(db, shard)[0].id == made[0].id


def test_guids_that_are_one_once_stored_give_one_item_and_one_hit(db: Database) -> None:
    feed = make_feed(db)
    guids = ["g\x00", "g\ufffd", "g\ud800"]
    twins = [make_item(guid, f"IS-K {number}", matches=[make_match()]) for number, guid in enumerate(guids)]
    assert record(db, make_outcome(feed, *twins)) == items.Recorded(items=1, hits=1, alerting=1)
    [hit] = items.unrouted_hits(db, limit=10)
    assert hit.item.title == "IS-K 0"
    assert items.known_guids(db, feed.id, guids) == set(guids)


def test_a_guid_too_long_for_an_index_disturbs_no_other_feed_and_is_known_again(db: Database) -> None:
    hostile, other = make_feed(db), make_feed(db, "https://other.example/rss")
    long, longer = (os.urandom(size).hex() for size in (6_000, 100_000))
    outcome = make_outcome(hostile, make_item(long, matches=[make_match()]), make_item(longer))
    assert record(db, outcome, make_outcome(other, make_item("g"))).items == 3
    assert items.known_guids(db, hostile.id, [long, longer, long + "0"]) == {long, longer}
    assert record(db, outcome).items == 0


@pytest.mark.parametrize("published_at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Asia/Karachi", "America/New_York"])
def test_the_first_and_the_last_instant_come_back_in_any_zone_of_the_server(
    db: Database, published_at: datetime, zone: str
) -> None:
    if db.dialect == "postgresql":
        with db.write() as connection:
            connection.execute(text(f"ALTER DATABASE {db.engine.url.database} SET timezone TO '{zone}'"))
        db.engine.dispose()
    item = make_item("g", matches=[make_match()])
    record(db, make_outcome(make_feed(db), replace(item, entry=replace(item.entry, published_at=published_at))))
    [hit] = items.unrouted_hits(db, limit=10)
    assert hit.item.published_at == published_at


def test_a_failure_that_is_recorded_twice_opens_one_span(db: Database) -> None:
    outcome = make_outcome(make_feed(db), error="timeout")
    for _ in range(2):
        record(db, outcome)
    with db.read() as connection:
        assert len(feeds.failures_between(connection, Period(NOW, NOW + timedelta(days=1)))) == 1


def test_a_feed_taken_up_again_is_as_it_was_asked_for_and_one_that_is_polled_stays(db: Database) -> None:
    feed = make_feed(db)
    feeds.add_feed(db, FeedSpec(feed.url, "Other name"), shards=8, now=NOW)
    assert feeds.list_feeds(db) == [feed]
    feeds.remove_feed(db, feed.url)
    again = feeds.add_feed(db, FeedSpec(feed.url, "Other name", ("new",)), shards=8, now=NOW)
    assert (again.id, again.name, again.tags) == (feed.id, "Other name", ("new",))


def test_many_feeds_are_added_at_once_and_only_those_that_are_not_polled(db: Database) -> None:
    feed, gone = make_feed(db), make_feed(db, "https://gone.example/rss")
    feeds.remove_feed(db, gone.url)
    specs = [FeedSpec(f"https://h{n}.example/rss", f"Feed {n}", ("many",)) for n in range(1_200)]
    wanted = [*specs, FeedSpec(feed.url, "Other"), FeedSpec(gone.url, "Again"), replace(specs[0], name="Twice")]
    added = feeds.add_feeds(db, wanted, shards=8, now=NOW)
    assert sorted(added) == sorted([*(spec.url for spec in specs), gone.url])
    assert feeds.add_feeds(db, wanted, shards=8, now=NOW) == []
    assert feeds.add_feeds(db, [], shards=8, now=NOW) == []
    names = {one.url: one.name for one in feeds.list_feeds(db)}
    assert (len(names), names[feed.url], names[gone.url], names[specs[0].url]) == (1_202, "Paper", "Again", "Feed 0")


def test_the_entries_a_feed_shows_are_known_until_it_shows_them_no_more(db: Database) -> None:
    feed, other = make_feed(db), make_feed(db, "https://other.example/rss")
    lowest, highest = -(2**63), 2**63 - 1
    record(db, make_outcome(feed, shown=frozenset({lowest, 2, 3})), make_outcome(other, shown=frozenset({2})))
    assert items.known_hashes(db, feed.id) == {lowest, 2, 3}
    record(db, make_outcome(feed, shown=frozenset({3, highest})))
    record(db, make_outcome(feed, error="timeout"), make_outcome(feed))
    assert items.known_hashes(db, feed.id) == {3, highest}
    assert items.known_hashes(db, other.id) == {2}
    record(db, make_outcome(feed, shown=frozenset()))
    assert items.known_hashes(db, feed.id) == frozenset()


def test_no_entry_is_known_whose_item_was_not_stored(db: Database) -> None:
    feed = make_feed(db)
    broken = replace(make_item("a"), entry=replace(make_item("a").entry, published_at=datetime(2023, 7, 30)))  # noqa: DTZ001 - refused
    with pytest.raises(Exception, match="naive instant"):
        record(db, make_outcome(feed, shown=frozenset({1})), make_outcome(feed, broken))
    assert items.known_hashes(db, feed.id) == frozenset()


def stored(db: Database, feed: Feed) -> Feed:
    """Return a feed as the database has it now."""
    found = feeds.find_feed(db, feed.url)
    assert found is not None
    return found


def test_what_polling_learnt_comes_back_as_it_was(db: Database) -> None:
    feed = make_feed(db)
    assert feed.course == Course()
    course = Course(
        moved_to="https://new.example/rss",
        not_before_at=NOW + timedelta(hours=2),
        patience=timedelta(hours=1),
        terms=Terms(timedelta(minutes=5), timedelta(hours=1), frozenset({0, 23}), frozenset({5, 6})),
        beats=(NOW, NOW - timedelta(hours=1)),
        window=timedelta(days=3_000),
        rolled_over_at=NOW,
    )
    record(db, replace(make_outcome(feed), course=course))
    assert stored(db, feed).course == course
    record(db, replace(make_outcome(feed), course=Course(patience=timedelta(seconds=59.5))))
    assert stored(db, feed).course == Course(patience=timedelta(minutes=1))


def test_a_feed_that_was_given_up_is_due_again_only_when_a_person_says_so(db: Database) -> None:
    feed = make_feed(db)
    spec = FeedSpec(feed.url, "Paper", ("pakistan",))
    [shard] = {shard for shard in range(8) if due_in(db, shard)}
    gone = replace(make_outcome(feed, error="http 410"), course=Course(retired_at=NOW))
    record(db, gone)
    later = NOW + timedelta(days=100)
    assert due_in(db, shard, now=later) == []
    feeds.sync_feeds(db, [spec], shards=8, now=later)
    assert due_in(db, shard, now=later) == []
    feeds.sync_feeds(db, [], shards=8, now=later)
    feeds.sync_feeds(db, [spec], shards=8, now=later)
    [back] = due_in(db, shard, now=later)
    assert (back.course.retired_at, back.failures, back.failing_since_at) == (None, 1, later)
    record(db, replace(gone, feed=back))
    feeds.add_feed(db, spec, shards=8, now=later)
    assert [feed.origin for feed in due_in(db, shard, now=later)] == ["config"]


def test_a_feed_taken_up_again_waits_for_the_time_its_publisher_asked_for(db: Database) -> None:
    feed = make_feed(db)
    asked_at = NOW + timedelta(days=2)
    record(db, replace(make_outcome(feed), course=Course(not_before_at=asked_at)))
    feeds.remove_feed(db, feed.url)
    assert feeds.add_feed(db, FeedSpec(feed.url), shards=8, now=NOW).next_poll_at == asked_at
    feeds.sync_feeds(db, [FeedSpec(feed.url, interval=timedelta(minutes=5))], shards=8, now=NOW)
    assert stored(db, feed).next_poll_at == asked_at


def test_a_shorter_interval_keeps_the_patience_that_the_publisher_taught(db: Database) -> None:
    feed = make_feed(db)
    record(db, replace(make_outcome(feed), course=Course(patience=timedelta(hours=4))))
    feeds.sync_feeds(db, [FeedSpec(feed.url, interval=timedelta(minutes=5))], shards=8, now=NOW)
    assert stored(db, feed).next_poll_at == NOW + timedelta(hours=4)


def test_reports_are_found_by_their_titles_among_the_newest_of_their_feed(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, other = make_feed(db), make_feed(db, "https://other.example/rss")
    for number in range(4):
        record(db, make_outcome(feed, make_item(f"g{number}", f"title {number % 2}")))
    record(db, make_outcome(other, make_item("g", "title 1")))
    ids = {guid: item.id for guid, item in items.known_items(db, feed.id, [f"g{n}" for n in range(4)]).items()}
    found = items.reports_titled(db, feed.id, ["title 1", "title 2"])
    assert {report.item_id for report, _ in found} == {ids["g1"], ids["g3"]} == {item.id for _, item in found}
    assert (found[0][0].url, found[0][0].text, found[0][0].published_at) == ("https://news.example/g1", "text", NOW)
    monkeypatch.setattr("monitor.store.known.NEWEST", 2)
    assert [report.item_id for report, _ in items.reports_titled(db, feed.id, ["title 1"])] == [ids["g3"]]


def test_a_poll_that_comes_late_from_a_process_that_hung_stores_its_items_and_nothing_else(db: Database) -> None:
    feed, late = make_feed(db), timedelta(minutes=1)
    record(db, make_outcome(feed, make_item("a"), at=NOW + late), now=NOW + late)
    before = feeds.find_feed(db, feed.url)
    record(db, make_outcome(feed, make_item("b"), error="timeout", at=NOW), now=NOW + 2 * late)
    assert feeds.find_feed(db, feed.url) == before
    assert items.counts(db)["items"] == 2


def test_after_a_clock_was_put_back_polls_count_as_before(db: Database) -> None:
    feed, hour = make_feed(db), timedelta(hours=1)
    record(db, make_outcome(feed, at=NOW + hour), now=NOW + hour)
    record(db, make_outcome(feed, error="timeout", at=NOW), now=NOW)
    found = feeds.find_feed(db, feed.url)
    assert found is not None
    assert (found.polled_at, found.error) == (NOW, "timeout")
