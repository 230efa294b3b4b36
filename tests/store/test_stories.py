"""Reports of one event are joined while they are stored, publishers are counted, and all goes with the items."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from monitor.core.stories import KEYS
from monitor.core.types import Feed, FeedSpec
from monitor.store import feeds, items, stories
from monitor.store.database import Database
from monitor.store.polls import HIT
from monitor.store.prune import prune
from tests.store.rows import NOW, make_feed, make_item, make_match, make_outcome, record

RALLY = (
    "At least 20 killed as explosion rips through JUI-F convention in Bajaur",
    "The toll climbed to 20 on Sunday after a bomb went off among party workers gathered under a tent in Khar. More than 50 wounded people were moved to hospitals in Bajaur and Timergara, the district emergency officer said.",
)
COPY = (
    "20 killed as explosion rips through JUI-F convention in Bajaur",
    "The toll rose to 20 on Sunday after a bomb went off among party workers gathered under a tent in Khar. More than 50 wounded people were moved to hospitals in Bajaur and Timergara, according to the district emergency officer.",
)
URDU = (
    "باجوڑ: جے یو آئی کے ورکرز کنونشن میں دھماکا، 20 افراد جاں بحق",
    "خیبرپختونخوا کے قبائلی ضلع باجوڑ کی تحصیل خار میں جمعیت علمائے اسلام (ف) کے ورکرز کنونشن کے دوران دھماکے میں کم از کم 20 افراد جاں بحق اور 50 سے زائد زخمی ہوگئے۔",
)
OTHER = (
    "Two policemen martyred in Bajaur's Mamund as gunmen attack check post",
    "Gunmen on motorcycles opened fire on policemen at a check post in Mamund tehsil on Sunday evening, killing two.",
)


def add_feed(db: Database, url: str) -> Feed:
    return feeds.add_feed(db, FeedSpec(url, "Paper"), shards=8, now=NOW)


def tell(
    db: Database, feed: Feed, guid: str, words: tuple[str, str], *, lang: str = "en", at: datetime = NOW, url: str = ""
) -> None:
    """Store a report of a feed."""
    item = make_item(guid, words[0], matches=[make_match("entity:bajaur", "bajaur")])
    entry = replace(item.entry, text=words[1], lang=lang, published_at=at, url=url or f"{feed.url}/{guid}")
    record(db, make_outcome(feed, replace(item, entry=entry)), now=max(at, NOW))


def story_of(db: Database) -> dict[str, int | None]:
    """Return the story of each item with hits, by guid."""
    return {hit.item.guid: hit.item.story_id for hit in items.unrouted_hits(db, limit=100)}


def count(db: Database, table: object) -> int:
    with db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]  # a table


def test_reports_of_one_event_are_one_story_in_two_languages_and_another_attack_that_day_is_not(db: Database) -> None:
    dawn, geo, urdu = (add_feed(db, f"https://{name}/rss") for name in ("dawn.com", "geo.tv", "urdu.geo.tv"))
    tell(db, dawn, "a", RALLY)
    tell(db, geo, "b", URDU, lang="ur", at=NOW + timedelta(minutes=20))
    tell(db, urdu, "c", OTHER, at=NOW + timedelta(hours=5))
    found = story_of(db)
    assert found["a"] == found["b"] != found["c"]


def test_one_poll_that_brings_many_reports_joins_them_too(db: Database) -> None:
    feed = make_feed(db)
    match = [make_match("entity:bajaur", "bajaur")]
    new = [make_item(guid, title, matches=match) for guid, (title, _) in zip("abc", (RALLY, COPY, OTHER), strict=True)]
    record(db, make_outcome(feed, *new))
    found = story_of(db)
    assert found["a"] == found["b"] != found["c"]


def test_old_news_that_alerts_nobody_is_compared_with_nothing_but_what_may_be_told_is(db: Database) -> None:
    feed = make_feed(db)
    match = [make_match("entity:bajaur", "bajaur")]
    for age, joined in ((timedelta(days=7), False), (timedelta(days=2), True)):
        new = [
            replace(one, entry=replace(one.entry, published_at=NOW - age))
            for one in (make_item(f"{guid} {age}", RALLY[0], matches=match, old_news="first poll") for guid in "ab")
        ]
        record(db, make_outcome(feed, *new))
        hits = [hit for hit in items.list_hits(db, items.HitFilter()) if hit.item.guid.endswith(str(age))]
        assert (len({hit.item.story_id for hit in hits}) == 1) is joined
        assert None not in {hit.item.story_id for hit in hits}
    placed = stories.find_placed(db, min(hit.item.id for hit in items.list_hits(db, items.HitFilter())))
    assert placed is not None
    assert placed.why == "new: old news that alerts nobody is compared with nothing"


def test_a_story_told_a_hundred_times_leaves_room_to_compare_with_one_that_few_tell(db: Database) -> None:
    feed = make_feed(db)
    tell(db, feed, "small", ("Roadside bomb kills two policemen in Bajaur's Mamund", ""))
    match = [make_match("entity:bajaur", "bajaur")]
    for start in range(0, 2 * stories.TOGETHER, 60):
        many = [
            make_item(f"big {number}", f"{RALLY[0]} - {number}", matches=match) for number in range(start, start + 60)
        ]
        record(db, make_outcome(feed, *many))
    tell(db, feed, "small again", ("Two policemen killed by roadside bomb in Mamund, Bajaur", ""))
    with db.read() as connection:
        rows = connection.execute(select(stories.ITEM.c.guid, stories.ITEM.c.story_id)).all()
    found = {row.guid: row.story_id for row in rows}
    assert found["small"] == found["small again"] != found["big 0"]


def test_publishers_are_counted_once_for_all_their_feeds_and_a_copy_with_its_original(db: Database) -> None:
    for number, host in enumerate(("dawn.com", "images.dawn.com")):
        tell(db, add_feed(db, f"https://{host}/rss"), f"a{number}", RALLY)
    [story] = set(story_of(db).values())
    assert story is not None
    assert items.publishers(db, {story}) == {story: 1}
    tell(db, add_feed(db, "https://nation.com.pk/rss"), "b", COPY)
    assert items.publishers(db, {story}) == {story: 1}
    tell(db, add_feed(db, "https://urdu.geo.tv/rss"), "c", URDU, lang="ur")
    assert set(story_of(db).values()) == {story}
    assert items.publishers(db, {story}) == {story: 2}


def test_a_copy_of_a_copy_names_the_first(db: Database) -> None:
    for number in range(3):
        tell(db, add_feed(db, f"https://paper{number}.example/rss"), f"a{number}", RALLY)
    with db.read() as connection:
        query = select(stories.REPORT.c["item_id", "copy_of"]).order_by(stories.REPORT.c.item_id)
        first, second, third = connection.execute(query).all()
    assert (first.copy_of, second.copy_of, third.copy_of) == (None, first.item_id, first.item_id)


def test_a_report_is_of_the_time_it_gives_so_a_backlog_does_not_become_one_story(db: Database) -> None:
    feed = make_feed(db)
    tell(db, feed, "old", RALLY, at=NOW - timedelta(days=20))
    tell(db, feed, "new", COPY)
    tell(db, feed, "tomorrow", RALLY, at=NOW)
    found = story_of(db)
    assert found["old"] != found["new"] == found["tomorrow"]


def test_a_page_is_one_report_however_many_feeds_show_it_and_whatever_they_track(db: Database) -> None:
    for number, url in enumerate(("https://dawn.com/news/1?utm_source=rss", "https://DAWN.com/news/1#top")):
        tell(db, add_feed(db, f"https://feed{number}.example/rss"), f"a{number}", RALLY, url=url)
    assert len(set(story_of(db).values())) == 1


def test_why_a_report_is_in_its_story_is_kept_in_words(db: Database) -> None:
    dawn, geo, nation = (add_feed(db, f"https://{name}/rss") for name in ("dawn.com", "geo.tv", "nation.com.pk"))
    tell(db, dawn, "a", RALLY)
    tell(db, nation, "b", COPY)
    tell(db, geo, "c", URDU, lang="ur", at=NOW + timedelta(minutes=20))
    tell(db, dawn, "d", OTHER, at=NOW + timedelta(hours=5))
    first, second, third, fourth = (hit.item.id for hit in items.unrouted_hits(db, limit=9))
    told = {item: stories.find_placed(db, item) for item in (first, second, third, fourth)}
    why = {item: one.why for item, one in told.items() if one}
    assert why[first] == "new: nothing that is open shares a name, a place or words with it"
    assert why[second] == f"like item {first}: same words"
    assert re.fullmatch(rf"like item ({first}|{second}): .*same place \(bajaur\).*", why[third])
    assert why[fourth].startswith("new: nearest was item ")
    assert "other" in why[fourth]
    assert told[second] == stories.Placed(story_of(db)["a"] or 0, why[second], "nation.com.pk", first)
    assert stories.find_placed(db, fourth + 1) is None


def test_only_the_newest_reports_under_a_key_are_looked_at(db: Database) -> None:
    feed = make_feed(db)
    for number in range(stories.NEWEST + 5):
        tell(db, feed, f"b{number}", RALLY)
    with db.read() as connection:
        keys = select(stories.STORY_KEY.c.key).group_by(stories.STORY_KEY.c.key)  # all reports have most of them
        [key] = connection.execute(keys.order_by(func.count().desc()).limit(1)).scalars()
        looked_up = connection.execute(
            stories._UNDER, {f"key{number}": key if not number else None for number in range(KEYS)}
        ).scalars()
        assert sorted(looked_up) == list(range(6, stories.NEWEST + 6))


def test_reports_go_with_their_items_and_what_they_are_compared_by_when_their_story_is_over(db: Database) -> None:
    tell(db, make_feed(db), "a", RALLY)
    left = (stories.REPORT, stories.SKETCH, stories.STORY_KEY, stories.STORY)
    assert min(count(db, table) for table in left) > 0
    with db.write() as connection:
        connection.execute(HIT.update().values(verdict="alerted"))
    later = NOW + timedelta(days=1)
    ends = {"items_before": NOW, "hits_before": NOW, "deliveries_before": NOW, "sketches_before": later}
    prune(db, **ends, limit=100)
    assert [count(db, table) for table in left] == [1, 0, 0, 1]
    for _ in range(2):
        prune(db, **dict.fromkeys(ends, later), limit=100)
    assert [count(db, table) for table in left] == [0, 0, 0, 0]


def test_two_reports_that_come_at_one_moment_open_one_story(db: Database) -> None:
    papers = [add_feed(db, f"https://paper{number}.example/rss") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda feed: tell(db, feed, "a", RALLY), papers))
    hits = items.unrouted_hits(db, limit=100)
    assert len(hits) == len(papers)
    assert len({hit.item.story_id for hit in hits}) == 1
