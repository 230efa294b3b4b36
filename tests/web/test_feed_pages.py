"""The pages of the feeds, asked over HTTP."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest

from monitor.core.types import Course, Feed, FeedSpec, Terms
from monitor.store import feeds
from monitor.web.feed_pages import GLIMPSE, PAGE_SIZE, Wanted
from monitor.web.status import Status
from tests.store.rows import NOW, make_item, make_outcome, record
from tests.web.test_server import client

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = Course()
HOSTILE = "<img src=x onerror=alert(1)> \u202eDawn"


def add(status: Status, url: str, name: str = "", *tags: str) -> Feed:
    """Add a feed."""
    return feeds.add_feed(status.db, FeedSpec(url, name, tags), shards=8, now=NOW)


def poll(status: Status, feed: Feed, *, error: str | None = None, hours: float = 0.0, course: Course = NOTHING) -> None:
    """Record a poll of a feed, some hours ago."""
    now_known = feeds.find_feed(status.db, feed.url)
    assert now_known is not None
    outcome = make_outcome(now_known, error=error, at=NOW - hours * HOUR)
    record(status.db, replace(outcome, feed_title="", course=course))


@pytest.fixture
def house(status: Status) -> Status:
    """Return a house with a feed in each state, and one that nobody asked yet."""
    poll(status, add(status, "https://well.example/", "Well", "pakistan"))
    dawn = add(status, "https://dawn.example/", HOSTILE, "pakistan", "daily")
    for error, hours in (("http 404: gone", 9.0), (None, 7.0), ("timeout: no complete answer", 5.0)):
        poll(status, dawn, error=error, hours=hours)
    poll(
        status,
        add(status, "https://moved.example/", "Moved"),
        error="not a feed: a page: <script>alert(2)</script> Welcome",
    )
    poll(
        status,
        add(status, "https://gone.example/", "Gone"),
        error="http 410: gone",
        course=Course(retired_at=NOW - 2 * DAY),
    )
    poll(status, add(status, "https://busy.example/", "Busy"), course=Course(rolled_over_at=NOW - HOUR))
    poll(
        status,
        add(status, "https://still.example/", "Still"),
        course=Course(beats=tuple(NOW - 30 * DAY - n * HOUR for n in range(5))),
    )
    add(status, "https://new.example/rss")
    mashaal = add(status, "https://mashaal.example/", "رادیو مشال", "radio")
    record(status.db, make_outcome(mashaal, make_item("old", "Old")), now=NOW - 8 * DAY)
    record(status.db, make_outcome(mashaal, make_item("a", "باجوړ <b>"), make_item("b", "Second")))
    return status


def names(page: str) -> list[str]:
    """Return the feeds of a list in their order, as they are shown."""
    return re.findall(r'<td class="wide"><a href="/feeds/\d+" dir="auto">([^<]*)</a>', page)


def test_all_feeds_are_listed_and_those_in_trouble_come_first(house: Status) -> None:
    page = client(house).get("/feeds").text
    assert names(page) == [
        "&lt;img src=x onerror=alert(1)&gt; Dawn", "Moved", "Gone", "Busy", "Still", "https://new.example/rss", "Well", "رادیو مشال",
    ]  # fmt: skip
    for shown in (
        "4 of 8 feeds heard; 1 not asked yet; 1 failing: <bdi>&lt;img src=x onerror=alert(1)&gt; Dawn</bdi>; 1 not a feed: <bdi>Moved</bdi>",
        "timeout: no complete answer", 'since <time datetime="2023-07-30T07:00:00+00:00">30 Jul, 07:00</time>', "in 15 min",
        "every 15m", "never polled", '<td data-label="Last good poll">7 h ago</td>', '<td data-label="Items in 7 d" class="number">2</td>',
        "all 8", "in trouble 5", "failing 1", "healthy 3", "pakistan, daily",
    ):  # fmt: skip
        assert shown in page
    assert 'Next poll" class="wide">none' in page, "a retired feed is asked no more"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=troubled", 5), ("state=failing", 1), ("state=not+a+feed", 1), ("state=rolled+over", 1), ("state=healthy", 3),
        ("state=nonsense", 8), ("tag=pakistan", 2), ("tag=pakistan&state=failing", 1), ("tag=none", 0), ("text=MASHAAL", 1),
        ("text=" + quote("مشال"), 1), ("text=example+dawn", 1), ("text=%25", 0), ("text=img", 1), ("page=99", 8), ("page=0", 8),
        ("page=-1", 8), ("page=x", 8), ("page=%C2%B2", 8), ("page=" + "9" * 99, 8), ("text=%00", 0), ("tag=%ff", 0),
    ],
)  # fmt: skip
def test_the_choice_lives_in_the_address(house: Status, query: str, found: int) -> None:
    answer = client(house).get(f"/feeds?{query}")
    assert answer.status_code == 200
    assert len(names(answer.text)) == found
    assert ("No feed is like that." in answer.text) == (found == 0)


def test_the_form_shows_what_was_chosen_and_keeps_the_state(house: Status) -> None:
    page = client(house).get("/feeds?state=failing&tag=daily&text=%22%3E%3Cscript%3E").text
    assert '<input type="hidden" name="state" value="failing">' in page
    assert "<option selected>daily</option>" in page
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert "<script" not in page
    assert 'href="/feeds?tag=daily&amp;text=%22%3E%3Cscript%3E"' in page, "all states of the same choice"


def test_thousands_are_turned_over_page_by_page(status: Status) -> None:
    specs = [FeedSpec(f"https://{n}.example/", f"Feed {n:04}", ("many",)) for n in range(2 * PAGE_SIZE + 3)]
    feeds.add_feeds(status.db, specs, shards=8, now=NOW)
    web, shown = client(status), []
    path = "/feeds?tag=many"
    while path:
        page = web.get(path).text
        shown += names(page)
        onward = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = onward.group(1).replace("&amp;", "&") if onward else ""
    assert shown == [spec.name for spec in specs]
    assert "page 3 of 3, 103 feeds" in page
    assert '<a href="/feeds?tag=many&amp;page=2" rel="prev">' in page


def test_an_address_says_only_what_was_chosen() -> None:
    assert Wanted().address() == "/feeds"
    assert Wanted(state="not a feed", number=3).address() == "/feeds?state=not+a+feed&page=3"
    assert Wanted(state="quiet", number=3).having(tag="ä&b").address() == "/feeds?state=quiet&tag=%C3%A4%26b"


def test_a_feed_has_a_page_with_all_that_is_known_of_it(house: Status) -> None:
    course = Course(
        moved_to="https://new.dawn.example/",
        terms=Terms(ttl=HOUR),
        window=2 * HOUR,
        beats=(NOW - 3 * HOUR, NOW - 5 * HOUR),
    )
    dawn = feeds.find_feed(house.db, "https://dawn.example/")
    assert dawn is not None
    poll(house, dawn, error="http 503: Service Unavailable", hours=1, course=course)
    page = client(house).get(f"/feeds/{dawn.id}").text
    for shown in (
        "http 503: Service Unavailable", "failures in a row", "30 Jul 2023, 07:00 UTC</time> (5 h ago)", "news every", "ttl 1h",
        'href="https://new.dawn.example/"', "entries stay for", "every 15m", "&#34;v1&#34;, Sun, 30 Jul", "http 404: gone",
        '30 Jul 2023, 03:00 UTC</time> (9 h ago) to <time datetime="2023-07-30T05:00:00+00:00">', "<b>until now</b>",
    ):  # fmt: skip
        assert shown in page
    assert page.index("<b>until now</b>") < page.index("http 404: gone"), "the latest span comes first"


def test_what_is_no_feed_shows_how_its_answer_begins(house: Status) -> None:
    moved = feeds.find_feed(house.db, "https://moved.example/")
    assert moved is not None
    page = client(house).get(f"/feeds/{moved.id}").text
    assert (
        '<pre class="answer" dir="auto">not a feed: a page: &lt;script&gt;alert(2)&lt;/script&gt; Welcome</pre>' in page
    )


def test_the_newest_items_run_in_their_own_direction(house: Status) -> None:
    mashaal = feeds.find_feed(house.db, "https://mashaal.example/")
    assert mashaal is not None
    page = client(house).get(f"/feeds/{mashaal.id}").text
    assert '<h1 dir="auto">رادیو مشال</h1>' in page
    assert page.index(">Second</a>") < page.index(">باجوړ &lt;b&gt;</a>") < page.index(">Old</a>")
    assert page.count('<span class="headline" dir="auto"') == 3
    assert "2 items in 7 days" in page
    assert "It never failed." in page


def test_a_feed_that_was_taken_out_says_so_and_one_that_never_was_is_missing(house: Status) -> None:
    new = feeds.find_feed(house.db, "https://new.example/rss")
    assert new is not None
    feeds.remove_feed(house.db, new.url)
    web = client(house)
    assert "removed" in web.get(f"/feeds/{new.id}").text
    assert new.url not in web.get("/feeds").text
    for path in ("/feeds/999", f"/feeds/{2**31}", "/feeds/" + "9" * 40, "/feeds/" + "9" * 5_000, "/feeds/x"):
        answer = web.get(path)
        assert (answer.status_code, "There is no such feed" in answer.text) == (404, True)
    assert web.get("/feeds/x").status_code == 404


def test_no_secret_of_a_feed_is_shown(status: Status) -> None:
    spec = FeedSpec("https://paid.example/", "Paid", headers={"Authorization": "Bearer s3cret"})
    unnamed = add(status, "https://reader:s3cret@unnamed.example/rss")
    named = add(status, "https://reader:s3cret@named.example/rss", "Named")
    poll(status, unnamed, error="http 401: Unauthorized")
    record(status.db, make_outcome(named, make_item("one"), at=NOW))
    for feed in (feeds.add_feed(status.db, spec, shards=8, now=NOW), unnamed, named):
        for path in ("/", "/feeds", f"/feeds/{feed.id}"):
            page = client(status).get(path).text
            assert "s3cret" not in page
            assert str(urlsplit(feed.url).hostname) in page


def test_feeds_act_on_no_page(house: Status) -> None:
    pages = ["/", "/feeds", *(f"/feeds/{feed.id}" for feed in feeds.list_feeds(house.db))]
    for page in (client(house).get(path).text for path in pages):
        assert "<script" not in page
        assert "<img" not in page
        assert "\u202e" not in page


def test_the_overview_shows_coverage_and_the_feeds_in_trouble(house: Status) -> None:
    feeds.add_feeds(house.db, [FeedSpec(f"https://{n}.many.example/", "Many") for n in range(20)], shards=8, now=NOW)
    page = client(house).get("/").text
    assert "<b>4</b><span>of 28 feeds heard</span>" in page
    assert '<a href="/feeds?state=not%20a%20feed">1 not a feed</a>' in page
    assert "4 of 28 feeds heard; 21 not asked yet; 1 failing: <bdi>" in page
    shown = re.findall(r'<a href="/feeds/\d+" dir="auto" title="([^"]+)">', page)
    assert len(shown) == GLIMPSE
    assert shown[:5] == [f"https://{name}.example/" for name in ("dawn", "moved", "gone", "busy", "still")]
    assert 'href="/feeds">all 28</a>' in page


def test_without_feeds_the_page_says_what_to_do(status: Status) -> None:
    page = client(status).get("/feeds").text
    assert "<code>monitor feeds add URL</code>, or under <code>feeds:</code> in monitor.yaml" in page
    assert "no feed is watched" in page
