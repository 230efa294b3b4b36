"""Items have versions; what an edit adds is new, everything else is evidence or history."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from monitor.core.types import Change, EditedItem, Feed, FeedSpec, Hit, Match, Mention, Verdict
from monitor.store import alerts, feeds, items, versions
from monitor.store.alerts import AlertLink, RoutingBatch
from monitor.store.database import Database
from monitor.store.prune import prune
from monitor.store.versions import RECENT
from tests.store.rows import ENTITIES, NOW, make_alert, make_feed, make_item, make_match, make_outcome, record

HOUR = timedelta(hours=1)


def full_text_feed(db: Database) -> Feed:
    """Add a feed whose articles are looked at again, and return it."""
    return feeds.add_feed(
        db, FeedSpec("https://news.example/rss", "Paper", ("pakistan",), full_text=True), shards=8, now=NOW
    )


def match_of(rule: str, surface: str, title: str) -> Match:
    """Return the match of a rule by one word of a title."""
    start = title.index(surface)
    mention = Mention("is-k", "title", start, start + len(surface), surface, surface)
    return replace(make_match(rule), mentions=(mention,))


def edit_of(item_id: int, title: str, *matches: Match, words: str = "text", old_news: str = "") -> EditedItem:
    """Return an edit that a feed shows."""
    return EditedItem(
        item_id, title, words, content_hash=f"hash of {title} {words}", matches=tuple(matches), old_news=old_news
    )


def apply(db: Database, *edits: EditedItem, after: timedelta = HOUR) -> items.Recorded:
    """Commit edits with a poll."""
    [feed] = feeds.list_feeds(db)
    return record(db, replace(make_outcome(feed), edits=edits), now=NOW + after)


def hit_of(db: Database, rule: str) -> Hit:
    """Return the hit of a rule."""
    [hit] = items.list_hits(db, items.HitFilter(rule=rule))
    return hit


def told(db: Database, hits: Sequence[Hit], id_: str = "alr_1") -> None:
    """Let a receiver be told of hits."""
    make_alert(db, hits, id_=id_)
    alerts.notify(db, id_, hits=hits, deliveries=[], now=NOW)


def due_again(db: Database) -> dict[str, Change | None]:
    """Return, by rule, what is told of hits as soon as the alert job has set times."""
    alerts.make_due(db, {alert.id: NOW for alert in alerts.changed_alerts(db)})
    return {hit.rule: hit.change for _, hits in alerts.due_alerts(db, now=NOW, limit=9) for hit in hits}


def test_an_edit_adds_hits_for_new_rules_alone_and_each_hit_keeps_the_words_it_was_made_from(db: Database) -> None:
    first, second = "IS-K struck in Bajaur", "Now Daesh: IS-K struck in Bajaur"
    record(db, make_outcome(make_feed(db), make_item("a", first, matches=[match_of("isk", "IS-K", first)])))
    old = hit_of(db, "isk")
    edit = edit_of(old.item.id, second, match_of("isk", "IS-K", second), match_of("daesh", "Daesh", second))
    assert apply(db, edit) == items.Recorded(items=0, hits=1, alerting=1, edits=1)
    assert apply(db, edit) == items.Recorded(items=0, hits=0, alerting=0, edits=0)
    isk, daesh = hit_of(db, "isk"), hit_of(db, "daesh")
    assert (isk.id, isk.item.title, isk.item.version, isk.item.headline) == (old.id, first, 1, second)
    assert (daesh.item.title, daesh.item.version, daesh.item.headline) == (second, 2, None)
    for hit in (isk, daesh):
        assert (hit.item.newest_version, hit.item.edited_at) == (2, NOW + HOUR)
        [mention] = hit.mentions
        assert hit.item.title[mention.start : mention.end] == mention.surface
    assert isk.item.story_id == daesh.item.story_id is not None
    assert daesh.created_at == NOW + HOUR
    newest = items.find_item(db, old.item.id)
    assert newest is not None
    assert (newest.title, newest.version, newest.headline) == (second, 2, None)


def test_the_history_of_an_item_tells_what_it_said_and_since_when(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "first", matches=[make_match()])))
    item_id = hit_of(db, "entity:is-k").item.id
    apply(db, edit_of(item_id, "second\x00", words="x"))
    apply(db, edit_of(item_id, "second\x00", words="y"), after=2 * HOUR)
    told = [(one.number, one.title, one.text, one.seen_at) for one in versions.history(db, item_id)]
    assert told == [
        (1, "first", "text", NOW),
        (2, "second\ufffd", "x", NOW + HOUR),
        (3, "second\ufffd", "y", NOW + 2 * HOUR),
    ]
    assert apply(db, edit_of(item_id, "second\x00", words="y")).edits == 0
    assert versions.history(db, item_id + 1) == []


def test_an_item_that_matched_nothing_gets_a_story_with_its_first_hit(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "Blast at a rally in Khar")))
    item_id = next(iter(items.known_items(db, 1, ["a"]).values())).id
    assert apply(db, edit_of(item_id, "Blast at a rally in Khar, IS-K blamed", make_match())).alerting == 1
    [hit] = items.unrouted_hits(db, limit=9)
    assert (hit.item.story_id is not None, hit.item.version) == (True, 2)


def test_new_hits_of_old_news_alert_nobody(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a")))
    item_id = items.known_items(db, 1, ["a"])["a"].id
    assert apply(db, edit_of(item_id, "IS-K", make_match(), old_news="old")) == items.Recorded(0, 1, 0, 1)
    assert hit_of(db, "entity:is-k").verdict is Verdict.OLD_NEWS


def test_a_rule_that_holds_no_more_keeps_its_hit_and_holding_again_makes_no_second_one(db: Database) -> None:
    title = "IS-K struck"
    record(db, make_outcome(make_feed(db), make_item("a", title, matches=[match_of("isk", "IS-K", title)])))
    hit = hit_of(db, "isk")
    apply(db, edit_of(hit.item.id, "Somebody struck"))
    assert hit_of(db, "isk").item.title == title
    assert apply(db, edit_of(hit.item.id, title, match_of("isk", "IS-K", title))).hits == 0
    assert (hit_of(db, "isk").id, hit_of(db, "isk").item.headline, hit_of(db, "isk").item.newest_version) == (
        hit.id,
        None,
        3,
    )


def test_an_edit_of_an_item_that_is_gone_does_nothing(db: Database) -> None:
    make_feed(db)
    assert apply(db, edit_of(99, "IS-K", make_match())) == items.Recorded(0, 0, 0, 0)


def test_what_was_not_seen_in_the_feed_leaves_the_hash_of_its_words_alone(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "title")))
    before = items.known_items(db, 1, ["a"])["a"]
    edit = EditedItem(before.id, "title", "text\n\nof the article", own_chars=4)
    with db.write() as connection:
        versions.apply_edits(connection, [edit], watchlist_version="v1", entities=ENTITIES, now=NOW)
    assert items.known_items(db, 1, ["a"])["a"] == before
    words = items.stored_words(db, [before.id])[before.id]
    assert (words.text[: words.own_chars], words.url) == ("text", "https://news.example/a")


def test_a_feed_that_goes_back_and_forth_keeps_both_texts_once(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "A")))
    item_id = items.known_items(db, 1, ["a"])["a"].id
    for turn in range(40):
        apply(db, edit_of(item_id, "BA"[turn % 2]))
    assert [(one.number, one.title) for one in versions.history(db, item_id)] == [(1, "A"), (2, "B"), (41, "A")]


def test_words_that_come_back_and_make_a_hit_are_kept_for_it(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "IS-K struck")))
    item_id = items.known_items(db, 1, ["a"])["a"].id
    apply(db, edit_of(item_id, "Somebody struck"))
    apply(db, edit_of(item_id, "IS-K struck", match_of("of a new watchlist", "IS-K", "IS-K struck")))
    apply(db, edit_of(item_id, "Nobody struck"))
    hit = hit_of(db, "of a new watchlist")
    assert (hit.item.title, hit.item.version, hit.item.newest_version) == ("IS-K struck", 3, 4)


def test_of_a_live_report_the_first_and_the_recent_versions_stay_and_those_with_hits(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "headline 1")))
    item_id = items.known_items(db, 1, ["a"])["a"].id
    for number in range(2, 51):
        apply(db, edit_of(item_id, f"headline {number}", *([make_match()] if number == 7 else [])))
    kept = [one.number for one in versions.history(db, item_id)]
    assert kept[:2] == [1, 7]
    assert kept[-1] == 50
    assert RECENT <= len(kept) <= RECENT + 4
    assert hit_of(db, "entity:is-k").item.title == "headline 7"


def test_versions_go_with_their_item(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a")))
    item_id = items.known_items(db, 1, ["a"])["a"].id
    apply(db, edit_of(item_id, "other"))
    later = NOW + timedelta(days=1)
    prune(db, items_before=later, hits_before=later, deliveries_before=later, sketches_before=later, limit=9)
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM item_version")).scalar_one() == 0


def test_a_new_headline_of_a_told_item_is_told_again_where_articles_are_looked_at(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    told(db, items.unrouted_hits(db, limit=9))
    assert apply(db, edit_of(1, "IS-K struck", words="other")).alerting == 0
    assert due_again(db) == {}
    assert apply(db, edit_of(1, "IS-K denies it struck")).alerting == 1
    assert due_again(db) == {"entity:is-k": Change.HEADLINE}
    [(alert, hits)] = alerts.due_alerts(db, now=NOW, limit=9)
    alerts.notify(db, alert.id, hits=hits, deliveries=[], now=NOW)
    assert due_again(db) == {}


def test_a_new_headline_is_not_told_where_articles_are_not_looked_at(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    told(db, items.unrouted_hits(db, limit=9))
    assert apply(db, edit_of(1, "IS-K denies it struck")).alerting == 0
    assert due_again(db) == {}


def test_a_hit_nobody_was_told_of_is_told_once_with_its_new_headline(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    make_alert(db, items.unrouted_hits(db, limit=9))
    apply(db, edit_of(1, "IS-K denies it struck"))
    [(_, [hit])] = alerts.due_alerts(db, now=NOW, limit=9)
    assert (hit.change, hit.item.headline) == (None, "IS-K denies it struck")


def test_a_headline_that_changes_for_ever_is_told_three_times_and_a_withdrawal_after_it(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    told(db, items.unrouted_hits(db, limit=9))
    for turn in range(10):
        apply(db, edit_of(1, f"IS-K struck {turn} times"))
        assert (due_again(db) != {}) is (turn < 3)
        for alert, hits in alerts.due_alerts(db, now=NOW, limit=9):
            alerts.notify(db, alert.id, hits=hits, deliveries=[], now=NOW)
    with db.write() as connection:
        assert versions.withdraw(connection, [1], now=NOW) == 1
    assert due_again(db) == {"entity:is-k": Change.WITHDRAWN}


def test_what_changes_again_before_it_was_told_counts_as_one_change(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    told(db, items.unrouted_hits(db, limit=9))
    for turn in range(5):
        apply(db, edit_of(1, f"IS-K struck {turn} times"))
    for turn in range(3):
        apply(db, edit_of(1, f"IS-K denies {turn}"))
        alerts.make_due(db, {alert.id: NOW for alert in alerts.changed_alerts(db)})
        [(alert, hits)] = alerts.due_alerts(db, now=NOW, limit=9)
        assert [hit.item.headline for hit in hits] == [f"IS-K denies {turn}"]
        alerts.notify(db, alert.id, hits=hits, deliveries=[], now=NOW)
    assert apply(db, edit_of(1, "IS-K denies for good")).alerting == 0


def test_a_withdrawal_and_the_return_from_it_are_told_once_each(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    told(db, items.unrouted_hits(db, limit=9))
    with db.write() as connection:
        assert versions.restore(connection, [1]) == 0
        assert versions.withdraw(connection, [1], now=NOW + HOUR) == 1
        assert versions.withdraw(connection, [1], now=NOW + 2 * HOUR) == 0
    assert due_again(db) == {"entity:is-k": Change.WITHDRAWN}
    [(alert, hits)] = alerts.due_alerts(db, now=NOW, limit=9)
    assert hits[0].item.withdrawn_at == NOW + HOUR
    alerts.notify(db, alert.id, hits=hits, deliveries=[], now=NOW)
    with db.write() as connection:
        assert versions.restore(connection, [1]) == 1
    assert due_again(db) == {"entity:is-k": Change.RESTORED}
    assert hit_of(db, "entity:is-k").item.withdrawn_at is None


@pytest.mark.parametrize("change", [Change.HEADLINE, Change.WITHDRAWN])
def test_what_changed_while_it_was_being_told_is_told_again(db: Database, change: Change) -> None:
    record(db, make_outcome(full_text_feed(db), make_item("a", "IS-K struck", matches=[make_match()])))
    make_alert(db, items.unrouted_hits(db, limit=9))
    [(alert, hits)] = alerts.due_alerts(db, now=NOW, limit=9)
    if change is Change.HEADLINE:
        apply(db, edit_of(1, "IS-K denies it struck"))
    else:
        with db.write() as connection:
            versions.withdraw(connection, [1], now=NOW)
    alerts.notify(db, alert.id, hits=hits, deliveries=[], now=NOW)
    assert due_again(db) == {"entity:is-k": change}


def test_each_alert_of_an_item_is_told_and_an_alert_that_waits_for_another_hit_keeps_its_time(db: Database) -> None:
    feed = full_text_feed(db)
    record(db, make_outcome(feed, make_item("a", "IS-K struck", matches=[make_match()])))
    hits = items.unrouted_hits(db, limit=9)
    told(db, hits, "alr_1")
    told(db, hits, "alr_2")
    record(db, make_outcome(feed, make_item("b", "IS-K again", matches=[make_match()])))
    [other] = items.unrouted_hits(db, limit=9)
    at = NOW + 9 * HOUR
    alerts.apply_routing(db, RoutingBatch(links=(AlertLink("alr_2", other.id),), notify_at={"alr_2": at}), now=NOW)
    assert apply(db, edit_of(1, "IS-K denies it struck")).alerting == 2
    assert [alert.id for alert in alerts.changed_alerts(db)] == ["alr_1"]
    alerts.make_due(db, {"alr_1": NOW, "alr_2": NOW})
    assert [alert.id for alert, _ in alerts.due_alerts(db, now=NOW, limit=9)] == ["alr_1"]
    due = {alert.id: [hit.change for hit in hits] for alert, hits in alerts.due_alerts(db, now=at, limit=9)}
    assert due == {"alr_1": [Change.HEADLINE], "alr_2": [Change.HEADLINE, None]}


def test_edits_and_notices_at_one_time_wait_for_each_other_and_the_last_headline_is_told(db: Database) -> None:
    feed, count = full_text_feed(db), 8
    record(
        db, make_outcome(feed, *(make_item(str(n), f"IS-K struck {n}", matches=[make_match()]) for n in range(count)))
    )
    hits = items.unrouted_hits(db, limit=count)
    make_alert(db, hits)
    ids = [hit.item.id for hit in hits]

    def edit_all() -> None:
        for turn in range(3):
            apply(db, *(edit_of(one, f"IS-K denies {turn}") for one in (ids if turn % 2 else ids[::-1])))

    def tell_all() -> set[tuple[int, str]]:
        heard = set()
        for _ in range(6):
            alerts.make_due(db, {alert.id: NOW for alert in alerts.changed_alerts(db)})
            for alert, due in alerts.due_alerts(db, now=NOW, limit=9):
                alerts.notify(db, alert.id, hits=due, deliveries=[], now=NOW)
                heard |= {(hit.item.id, hit.item.headline or hit.item.title) for hit in due}
        return heard

    with ThreadPoolExecutor(2) as pool:
        editing, telling = pool.submit(edit_all), pool.submit(tell_all)
        editing.result(timeout=30)
        heard = telling.result(timeout=30)
    assert {(one, "IS-K denies 2") for one in ids} <= heard | tell_all()


WORDS = {"IS-K": "isk", "Daesh": "daesh", "Khar": "khar"}
"""Words of the news below, and the rules they satisfy."""


def found_in(title: str) -> list[Match]:
    """Return what a matcher for WORDS finds."""
    return [match_of(rule, word, title) for word, rule in WORDS.items() if word in title]


TITLES = st.permutations([*WORDS, "blast", "in", "the"]).flatmap(
    lambda words: st.integers(1, 6).map(lambda count: " ".join(words[:count]))
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), TITLES), min_size=1, max_size=12))
def test_after_any_sequence_of_polls_each_hit_fits_its_words_and_no_rule_alerts_twice_for_one_item(
    db: Database, polls: list[tuple[int, str]]
) -> None:
    with db.write() as connection:  # what the example before left
        for table in ("alert", "story", "feed"):
            connection.execute(text(f"DELETE FROM {table}"))
    feed, routed, ids = full_text_feed(db), [], dict[int, int]()
    for number, (guid, title) in enumerate(polls):
        new = () if guid in ids else (make_item(str(guid), title, matches=found_in(title)),)
        edits = (edit_of(ids[guid], title, *found_in(title)),) if guid in ids else ()
        for _ in range(2):  # a crash before the answer: the same again
            record(db, replace(make_outcome(feed, *new), edits=edits), now=NOW + number * HOUR)
        ids[guid] = items.known_items(db, feed.id, [str(guid)])[str(guid)].id
        if due := items.unrouted_hits(db, limit=100):
            told(db, due, f"alr_{number}")
            routed += [(hit.item.id, hit.rule) for hit in due]
        for hit in items.list_hits(db, items.HitFilter()):
            [mention] = hit.mentions
            assert hit.item.title[mention.start : mention.end] == mention.surface
        item = items.find_item(db, ids[guid])
        assert item is not None
        assert item.title == title
    assert len(routed) == len(set(routed))
    assert set(routed) == {(ids[guid], rule) for guid, title in polls for word, rule in WORDS.items() if word in title}
