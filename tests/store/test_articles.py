"""Articles as rows: born with their item, due until a look is stored, and looked at again once somebody was told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from monitor.core import articles as policy
from monitor.core.types import (
    Article,
    ArticleCourse,
    ArticleLook,
    ArticleState,
    Change,
    EditedItem,
    Feed,
    FeedSpec,
    NewItem,
    StoredArticle,
)
from monitor.errors import FetchError
from monitor.store import alerts, articles, feeds, items, versions
from monitor.store.database import Database
from monitor.store.prune import prune
from monitor.store.versions import Edited
from tests.store.rows import ENTITIES, NOW, make_alert, make_item, make_match, make_outcome, record

HOUR = timedelta(hours=1)


def full_text_feed(db: Database, url: str = "https://news.example/rss") -> Feed:
    """Add a feed whose articles are read, and return it."""
    return feeds.add_feed(db, FeedSpec(url, "Paper", ("pakistan",), full_text=True), shards=8, now=NOW)


def at(guid: str, host: str = "news.example", *, alerting: bool = True, hits: bool = False) -> NewItem:
    """Return an item whose article is at a host."""
    item = make_item(guid, f"IS-K {guid}", matches=[make_match()] if hits else [], old_news="" if alerting else "old")
    return replace(item, entry=replace(item.entry, url=f"https://{host}/{guid}"))


def due(db: Database, after: timedelta = timedelta(0), **options: object) -> list[StoredArticle]:
    """Return what is due."""
    return articles.due_articles(db, now=NOW + after, limit=10, **options)  # type: ignore[arg-type]  # as given


def read_look(row: StoredArticle, *, text: str = "", edit: EditedItem | None = None) -> ArticleLook:
    """Return a look that found the article."""
    look = policy.after_article(row, Article("IS-K a", text), etag='"a"', last_modified=None, now=NOW)
    return replace(look, edit=edit)


def store(
    db: Database,
    *looks: ArticleLook,
    after: timedelta = timedelta(0),
    patience: Mapping[str, timedelta] | None = None,
) -> Edited:
    """Store looks."""
    return articles.record_looks(
        db, looks, patience=patience or {}, watchlist_version="v1", entities=ENTITIES, now=NOW + after
    )


def told(db: Database, after: timedelta = timedelta(0)) -> None:
    """Tell a receiver of all hits."""
    hits = items.unrouted_hits(db, limit=9)
    make_alert(db, hits)
    alerts.notify(db, "alr_1", hits=hits, deliveries=[], now=NOW + after)


def test_an_article_is_due_with_the_item_that_it_is_born_with(db: Database) -> None:
    feed = full_text_feed(db)
    plain = feeds.add_feed(db, FeedSpec("https://plain.example/rss"), shards=8, now=NOW)
    record(db, make_outcome(feed, at("a")), make_outcome(plain, at("a")))
    record(db, make_outcome(feed, at("a")))
    [row] = due(db)
    assert (row.guid, row.url, row.host, row.feed_name, row.feed_tags, row.alerting, row.wanted) == (
        "a",
        "https://news.example/a",
        "news.example",
        "Paper",
        ("pakistan",),
        True,
        True,
    )
    assert row.course == ArticleCourse()
    assert articles.counts(db, feed.id) == {ArticleState.WAITING: 1}
    assert articles.counts(db, plain.id) == {}


def test_an_item_without_an_address_on_the_web_has_no_article(db: Database) -> None:
    item = make_item("a")
    entries = [replace(item.entry, guid=url, url=url) for url in ("", "http://[", "file:///etc/passwd", "mailto:a@b.c")]
    record(db, make_outcome(full_text_feed(db), *(replace(item, entry=one) for one in entries)))
    assert due(db) == []


def test_of_each_host_one_article_is_due_and_news_goes_before_old_news(db: Database) -> None:
    one, other = full_text_feed(db), full_text_feed(db, "https://b.example/rss")
    record(db, make_outcome(one, at("old", alerting=False)), now=NOW - HOUR)
    record(db, make_outcome(one, at("a"), at("b")), make_outcome(other, at("c", "b.example")), now=NOW)
    assert [row.guid for row in due(db)] == ["a", "c"]
    assert [row.guid for row in due(db, without=["news.example"])] == ["c"]
    ids = [row.item_id for row in due(db)]
    assert [row.guid for row in due(db, busy=ids)] == ["b"]
    assert due(db, -2 * HOUR) == []
    record(db, make_outcome(other, at("late", "c.example", alerting=False)), now=NOW)
    assert [row.guid for row in due(db)] == ["a", "c"]
    assert [row.guid for row in due(db, policy.OLD_NEWS_AFTER)] == ["a", "c", "late"]


def test_a_look_adds_the_article_to_the_item_in_its_version(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a", hits=True)))
    [row] = due(db)
    match = make_match("entity:bajaur", "bajaur")
    edit = EditedItem(
        row.item_id, "IS-K a", "text\n\nof Bajaur", own_chars=4, matches=(make_match(), match), of_version=1
    )
    assert store(db, read_look(row, edit=edit)) == Edited((row.item_id,), hits=1, alerting=1)
    assert store(db, read_look(row, edit=edit)) == Edited()
    hits = {hit.rule: hit for hit in items.list_hits(db, items.HitFilter())}
    assert set(hits) == {"entity:is-k", "entity:bajaur"}
    for hit in hits.values():
        assert (hit.item.text, hit.item.own_chars, hit.item.version, hit.item.edited_at) == (
            "text\n\nof Bajaur",
            4,
            1,
            None,
        )
    assert due(db, 99 * HOUR) == []
    found = articles.find_article(db, row.item_id)
    assert found is not None
    assert found.course == ArticleCourse(ArticleState.READ, etag='"a"', headline="IS-K a")


def test_later_words_of_an_article_are_a_version_and_earlier_ones_keep_their_border(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a", hits=True)))
    [row] = due(db)
    first = EditedItem(row.item_id, "IS-K a", "text\n\nof the article", own_chars=4, of_version=1)
    later = replace(first, text="text\n\nof Bajaur", matches=(make_match("entity:bajaur", "bajaur"),))
    store(db, read_look(row, edit=first))
    store(db, read_look(row, edit=later), after=HOUR)
    hits = {hit.rule: hit.item for hit in items.list_hits(db, items.HitFilter())}
    assert {(item.text, item.own_chars, item.version, item.newest_version) for item in hits.values()} == {
        ("text\n\nof the article", 4, 1, 2),
        ("text\n\nof Bajaur", 4, 2, 2),
    }


def test_an_item_that_was_edited_meanwhile_is_left_alone_and_its_article_stays_due(db: Database) -> None:
    feed = full_text_feed(db)
    record(db, make_outcome(feed, at("a")))
    [row] = due(db)
    words = EditedItem(row.item_id, "IS-K a", "text\n\nof the article", own_chars=4, of_version=1)
    edit = EditedItem(row.item_id, "IS-K a", "other", content_hash="other")
    record(db, replace(make_outcome(feed), edits=(edit,)), now=NOW + HOUR)
    assert store(db, read_look(row, edit=words)) == Edited(stale=frozenset({row.item_id}))
    assert [one.guid for one in due(db)] == ["a"]
    assert items.stored_words(db, [row.item_id])[row.item_id].text == "other"


def test_an_edit_that_did_not_know_of_the_article_keeps_it(db: Database) -> None:
    feed = full_text_feed(db)
    record(db, make_outcome(feed, at("a")))
    [row] = due(db)
    store(db, read_look(row, edit=EditedItem(row.item_id, "IS-K a", "text\n\nof it", own_chars=4, of_version=1)))
    edit = EditedItem(row.item_id, "IS-K a", "other words", content_hash="other")
    record(db, replace(make_outcome(feed), edits=(edit,)), now=NOW + HOUR)
    words = items.stored_words(db, [row.item_id])[row.item_id]
    assert (words.text, words.own_chars, words.version) == ("other words\n\nof it", 11, 2)
    history = versions.history(db, row.item_id)
    assert [one.text for one in history] == ["text\n\nof it", "other words\n\nof it"]


def test_who_is_told_of_an_item_makes_its_article_due_again(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a", hits=True), at("b")))
    store(db, *(read_look(row) for row in [*due(db), *due(db, busy=[due(db)[0].item_id])]))
    assert due(db, 99 * HOUR) == []
    told(db)
    assert [row.guid for row in due(db, HOUR)] == ["a"]
    assert due(db, HOUR - timedelta(minutes=1)) == []
    told_again = due(db, HOUR)[0]
    store(db, policy.after_unchanged(told_again, now=NOW + HOUR), after=HOUR)
    assert due(db, 5 * HOUR) == []
    assert [row.guid for row in due(db, 6 * HOUR)] == ["a"]


def test_one_who_is_told_before_the_article_was_read_makes_it_due_again_after_that(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a", hits=True)))
    [row] = due(db)
    told(db)
    assert [one.guid for one in due(db)] == ["a"]
    store(db, read_look(row))  # by one who did not know
    assert due(db, HOUR - timedelta(minutes=1)) == []
    assert [one.guid for one in due(db, HOUR)] == ["a"]


def test_a_withdrawal_and_a_return_are_told_in_the_alert(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a", hits=True)))
    [row] = due(db)
    store(db, read_look(row))
    told(db)
    gone = replace(read_look(row), withdrawn=True, course=ArticleCourse(ArticleState.GONE))
    assert store(db, gone, after=HOUR).alerting == 1
    found = articles.find_article(db, row.item_id)
    assert found is not None
    assert (found.course.state, found.withdrawn_at) == (ArticleState.GONE, NOW + HOUR)
    alerts.make_due(db, {alert.id: NOW for alert in alerts.changed_alerts(db)})
    [(_, [hit])] = alerts.due_alerts(db, now=NOW, limit=9)
    assert hit.change is Change.WITHDRAWN
    assert store(db, policy.after_unchanged(found, now=NOW), after=2 * HOUR).alerting == 1
    back = articles.find_article(db, row.item_id)
    assert back is not None
    assert (back.course.state, back.withdrawn_at) == (ArticleState.READ, None)


def test_a_host_that_asks_for_patience_is_left_alone_with_all_its_articles(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a"), at("b"), at("c", "other.example")))
    [row, _] = due(db)
    error = FetchError("http 429", status=429, retry_after=3600)
    store(db, policy.after_failure(row, error, now=NOW), patience={"news.example": HOUR})
    assert [one.guid for one in due(db)] == ["c"]
    assert [one.guid for one in due(db, HOUR, without=["other.example"])] == ["a"]
    assert [one.guid for one in due(db, HOUR, busy=[row.item_id], without=["other.example"])] == ["b"]


def test_articles_of_feeds_that_are_not_asked_any_more_are_not_wanted(db: Database) -> None:
    feed = full_text_feed(db)
    record(db, make_outcome(feed, at("a")))
    feeds.remove_feed(db, feed.url)
    [row] = due(db)
    assert not row.wanted
    store(db, policy.unwanted(row, now=NOW))
    assert due(db, 99 * HOUR) == []


def test_an_article_goes_with_its_item(db: Database) -> None:
    record(db, make_outcome(full_text_feed(db), at("a")))
    [row] = due(db)
    later = NOW + 99 * HOUR
    prune(db, items_before=later, hits_before=later, deliveries_before=later, sketches_before=later, limit=10)
    assert store(db, read_look(row, edit=EditedItem(row.item_id, "x", "y", of_version=1))) == Edited()
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM article")).scalar_one() == 0
