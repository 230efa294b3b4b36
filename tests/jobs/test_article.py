"""Articles behind items, for real: pages on a server, words in the rows, alerts at a desk."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.settings import load_settings
from monitor.core import articles
from monitor.core.types import ArticleState, HostRest, Verdict
from monitor.jobs import article as article_job
from monitor.jobs.article import ArticleJob
from monitor.jobs.hosts import Hosts
from monitor.jobs.keys import ARTICLE_KEY
from monitor.store import hosts, items, versions
from tests.jobs.newsroom import Page, newsroom
from tests.servers import pages

HOUR = timedelta(hours=1)
SOON = timedelta(minutes=1)


async def test_a_name_that_stands_in_the_article_alone_makes_a_hit_and_an_alert(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        room.paper.publish(pages.TITLE, pages.article(), text=pages.FIRST)
        await room.work()
        hit = room.hits()["omari-in-mamund"]
        [notice] = room.told()
    item = hit.item
    assert {one["rule"] for one in notice["data"]["hits"]} == {"omari-in-mamund", "entity:omari"}
    assert item.text[: item.own_chars] == pages.FIRST
    assert (item.version, item.newest_version, item.edited_at) == (1, 1, None)
    assert "Omari" not in item.title + pages.FIRST
    for mention in hit.mentions:
        assert (item.title if mention.field == "title" else item.text)[mention.start : mention.end] == mention.surface
    [named] = [one for one in hit.mentions if one.entity == "omari"]
    assert item.own_chars is not None
    assert named.start >= item.own_chars
    assert pages.RELATED not in item.text
    assert item.text.count(pages.FIRST) == 1


async def test_hits_of_the_feeds_own_words_keep_their_place_when_the_article_joins_them(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        room.paper.publish(f"Abbas Omari: {pages.TITLE}", pages.article(f"Abbas Omari: {pages.TITLE}"))
        await room.poll()
        before = room.hits()["entity:omari"]
        await room.read()
        after = room.hits()["entity:omari"]
        assert len(versions.history(room.db, after.item.id)) == 1
    assert (before.id, before.mentions, before.item.title) == (after.id, after.mentions, after.item.title)
    assert len(after.item.text) > len(before.item.text)


async def test_a_name_in_the_article_is_found_in_any_script(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        paths = [
            room.paper.publish(title, pages.article(title, paragraphs, lang=lang))
            for lang, (title, paragraphs) in pages.LANGUAGES.items()
        ]
        await room.work()
        hits = [hit.item.guid for hit in items.list_hits(room.db, items.HitFilter(rule="entity:omari"))]
    assert sorted(hits) == sorted(paths)


async def test_without_full_text_no_page_is_asked_for(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        config = tmp_path / "monitor.yaml"
        config.write_text(config.read_text().replace("full_text: true", "full_text: false"))
        await room.house.furnish(load_settings(config, {}))
        room.paper.publish("Another report", pages.article())
        await room.work()
        await room.read(10 * HOUR)
        assert {one.path for one in room.paper.server.requests} == {"/feed", "/news/0"}
        assert len(room.paper.asked("/news/0")) == 1, "what was told is looked at no more, either"


async def test_a_page_is_asked_for_like_a_feed_and_without_what_belongs_to_the_feed(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        [seen] = room.paper.asked(path)
    assert seen.method == "GET"
    assert seen.headers["accept"].startswith("text/html")
    assert seen.headers["user-agent"].startswith("event-monitor/")
    assert not {"cookie", "referer", "if-none-match", "authorization"} & set(seen.headers)


FAILURES = {
    "403": Page("no", 403),
    "404": Page("no", 404),
    "500": Page("no", 500),
    "too slow": Page(pages.article(), seconds=5.0),
    "a video": Page(b"\0" * 1000, headers={"Content-Type": "video/mp4"}),
    "too large": Page("x" * (5 * 2**20)),
    "no text": Page(pages.EMPTY_APP),
    "a wall": Page(pages.WALL),
    "another wall": Page(pages.CONSENT),
    "not found with 200": Page(pages.SOFT_404),
    "a loop": Page("", 302, {"Location": "?"}),
    "nowhere": Page("", 302, {"Location": "http://127.0.0.1:1/"}),
    "no address": Page("", 302, {"Location": "mailto:desk@news.example"}),
}


async def test_a_page_that_fails_costs_nothing_but_itself(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        bad = {
            kind: room.paper.publish(f"Abbas Omari and rocket fire {kind}", page, path=f"/{number}")
            for number, (kind, page) in enumerate(FAILURES.items())
        }
        good = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        found = {kind: room.article(path) for kind, path in bad.items()}
        words = items.stored_words(room.db, [one.item_id for one in found.values()])
        assert {
            kind for kind, one in found.items() if one.course.state is ArticleState.READ or not one.course.error
        } == set()
        assert {(one.text, one.own_chars) for one in words.values()} == {("", None)}
        assert room.state(good) is ArticleState.READ
        hits = [hit.item.guid for hit in items.list_hits(room.db, items.HitFilter(rule="entity:omari"))]
        assert sorted(hits) == sorted([*bad.values(), good])
        await room.poll()
        assert len(room.paper.asked("/feed")) == 2


@pytest.mark.slow
async def test_a_hostile_page_is_given_up_in_time_and_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_job, "READ_SECONDS", 6.0)
    async with newsroom(tmp_path) as room:
        bad = room.paper.publish(pages.TITLE, pages.HOSTILE["100,000 attributes"]())
        good = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        assert room.state(good) is ArticleState.READ
        assert room.state(bad) is ArticleState.WAITING
        assert (room.article(bad).course.error or "").startswith("too slow to read")
        monkeypatch.setattr(article_job, "READ_SECONDS", 0.5)
        for wait in articles.RETRIES[: articles.REFUSALS]:
            await room.read(wait)
        assert room.state(bad) is ArticleState.FAILED


async def test_the_front_page_that_a_vanished_article_leads_to_is_not_the_article(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        room.paper.pages["/"] = Page(pages.FRONT)
        room.paper.publish(pages.TITLE, Page("", 302, {"Location": "/"}))
        await room.work()
        assert (room.state(), room.article().course.error) == (
            ArticleState.UNUSED,
            "its address leads to the front page",
        )
        assert "entity:zawahiri" not in room.hits()


async def test_old_news_of_a_first_poll_is_read_later_and_tells_nobody(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.poll(age=timedelta(days=3))
        await room.read()
        assert room.paper.asked(path) == []
        await room.read(articles.OLD_NEWS_AFTER)
        await room.tell()
        assert room.state() is ArticleState.READ
        assert room.hits()["omari-in-mamund"].verdict is Verdict.OLD_NEWS
        assert room.told() == []


async def test_what_failed_is_asked_again_and_given_up_in_the_end(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, Page("", 500))
        await room.work()
        for wait in articles.RETRIES:
            assert room.state() is ArticleState.WAITING
            await room.read(wait - SOON)
            await room.read(SOON)
        assert room.state() is ArticleState.FAILED
        asked = len(room.paper.asked(path))
        assert asked == 1 + len(articles.RETRIES)
        await room.read(timedelta(days=30))
        assert len(room.paper.asked(path)) == asked


async def test_a_page_that_comes_late_is_read_when_it_is_there(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, Page("", 404))
        await room.work()
        room.paper.pages[path] = Page(pages.article())
        await room.read(articles.RETRIES[0])
        await room.tell()
        assert room.state() is ArticleState.READ
        assert [notice["type"] for notice in room.told()] == ["alert.created"]


async def test_a_host_that_asks_for_patience_is_left_alone_with_all_its_articles(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        first = room.paper.publish(pages.TITLE, Page("", 429, {"Retry-After": "3600"}))
        second = room.paper.publish("Gold falls in Mamund again", pages.article())
        await room.work()
        asked = [one.path for one in room.paper.server.requests if one.path != "/feed"]
        assert asked == [first]
        await room.read(HOUR - SOON)
        assert len(room.paper.server.requests) == 2
        room.paper.pages[first] = Page(pages.article())
        await room.read(SOON)
        assert {one.path for one in room.paper.server.requests} == {"/feed", first, second}


async def test_a_host_that_rested_before_a_restart_is_left_alone_by_the_first_look(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.poll()
        with room.db.write() as connection:
            hosts.keep_rests(connection, {"localhost": HostRest(room.now + HOUR, "as it asked", 1)})
        places = Hosts(room.house.current)
        restarted = ArticleJob(room.house.current, places)
        await restarted(ARTICLE_KEY)
        assert (room.paper.asked(path), places.rests("localhost")) == ([], True)
        room.now += HOUR
        await restarted(ARTICLE_KEY)
        assert len(room.paper.asked(path)) == 1


async def test_a_host_whose_rest_ends_is_asked_though_the_round_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.poll()
        places = room.places
        places.recall({"localhost": HostRest(room.now + SOON, "as it asked", 1)})
        rests = places.rests

        def once_then_later(host: str) -> bool:
            found = rests(host)
            room.now += SOON
            return found

        monkeypatch.setattr(places, "rests", once_then_later)
        await room.read()
        assert len(room.paper.asked(path)) == 1


async def test_a_told_article_that_is_as_it_was_is_looked_at_in_growing_steps_and_costs_a_304(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        told_at = room.now
        for number, span in enumerate(articles.LOOKS, start=2):
            await room.read(told_at + span - SOON - room.now)
            assert len(room.paper.asked(path)) == number - 1
            await room.read(SOON)
            assert len(room.paper.asked(path)) == number
        await room.read(timedelta(days=90))
        await room.tell()
        first, *later = room.paper.asked(path)
        assert "if-none-match" not in first.headers
        assert len(later) == len(articles.LOOKS)
        assert all(one.headers["if-none-match"] == room.article().course.etag for one in later)
        assert len(room.told()) == 1


async def test_what_nobody_was_told_of_is_not_looked_at_again(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(
            "Gold falls again", pages.article("Gold falls again", ("Gold falls again, says he.",))
        )
        await room.work()
        await room.read(timedelta(days=30))
        assert room.state() is ArticleState.READ
        assert len(room.paper.asked(path)) == 1


async def test_a_told_article_that_is_gone_for_good_is_an_update_of_its_alert(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        room.paper.pages[path] = Page("", 410)
        await room.read(HOUR)
        await room.tell()
        assert len(room.told()) == 1, "once may be a mistake of the publisher's system"
        await room.read(articles.CONFIRM_AFTER)
        await room.tell()
        created, updated = room.told()
        assert room.state() is ArticleState.GONE
        room.paper.pages[path] = Page(pages.article())
        await room.read(6 * HOUR)
        await room.tell()
        restored = room.told()[2]
        assert room.state() is ArticleState.READ
    assert [one["type"] for one in (created, updated, restored)] == ["alert.created", "alert.updated", "alert.updated"]
    assert len({one["data"]["alert"]["id"] for one in (created, updated, restored)}) == 1
    assert {hit["item"]["change"] for hit in updated["data"]["hits"]} == {"withdrawn"}
    assert {hit["item"]["change"] for hit in restored["data"]["hits"]} == {"restored"}


@pytest.mark.parametrize("between", [Page(pages.article()), Page("", 503), Page("", 403)])
async def test_a_page_that_was_missing_once_is_not_withdrawn(tmp_path: Path, between: Page) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        room.paper.pages[path] = Page("", 404)
        await room.read(HOUR)
        room.paper.pages[path] = between
        await room.read(articles.CONFIRM_AFTER)
        await room.tell()
        assert len(room.told()) == 1
        assert room.state() is ArticleState.READ


async def test_another_headline_is_an_update_of_the_alert_and_noise_is_none(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        room.paper.pages[path] = Page(pages.article(f"LIVE: {pages.TITLE.upper()} | The Paper"))
        await room.read(HOUR)
        await room.tell()
        assert len(room.told()) == 1
        changed = pages.TITLE.replace("four officers wounded", "two officers killed")
        room.paper.pages[path] = Page(pages.article(changed))
        await room.read(6 * HOUR)
        await room.tell()
        created, updated = room.told()
        assert room.hits()["entity:omari"].item.headline == changed
        await room.poll()  # the feed says what it always said
        await room.tell()
        assert len(room.told()) == 2
    assert updated["data"]["alert"]["id"] == created["data"]["alert"]["id"]
    assert {(hit["item"]["change"], hit["item"]["headline"]) for hit in updated["data"]["hits"]} == {
        ("headline", changed)
    }


async def test_new_words_of_a_told_article_alert_where_they_are_new(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, pages.article())
        await room.work()
        longer = (*pages.PARAGRAPHS, "The message was signed by Zawahiri, too, the reporters in Khar say.")
        room.paper.pages[path] = Page(pages.article(paragraphs=longer))
        await room.read(HOUR)
        await room.tell()
        _, updated = room.told()
        hit = room.hits()["entity:zawahiri"]
    assert {one["rule"] for one in updated["data"]["hits"]} == {"entity:zawahiri"}
    assert (hit.item.version, hit.item.newest_version) == (2, 2)
    for mention in hit.mentions:
        assert hit.item.text[mention.start : mention.end] == mention.surface


async def test_an_edit_of_the_feed_keeps_the_article_and_one_made_meanwhile_is_not_lost(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, Page(pages.article(), seconds=0.5), text="Shots were heard.")
        await room.poll()
        reading = asyncio.create_task(room.read())
        while not room.paper.asked(path):
            await asyncio.sleep(0.01)
        title, _, _ = room.paper.entries[0]
        room.paper.entries[0] = (title, "Shots were heard, and Zawahiri was named.", path)
        await room.poll()
        await reading
        item_id = room.article(path).item_id
        text = items.stored_words(room.db, [item_id])[item_id].text
        assert text.startswith(f"Shots were heard, and Zawahiri was named.\n\n{pages.FIRST}")
        room.paper.entries[0] = (title, "Nothing was heard.", path)
        await room.poll()
        words = items.stored_words(room.db, [item_id])[item_id]
    assert words.text[: words.own_chars] == "Nothing was heard."
    assert words.text.endswith(pages.LAST)


async def test_a_look_that_is_broken_off_is_made_again(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        path = room.paper.publish(pages.TITLE, Page(pages.article(), seconds=0.5))
        await room.poll()
        reading = asyncio.create_task(room.read())
        while not room.paper.asked(path):
            await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert room.state() is ArticleState.WAITING
        assert room.places.in_flight == 0
        await room.read()
        await room.tell()
        assert room.state() is ArticleState.READ
        assert len(room.told()) == 1


async def test_of_one_host_one_article_is_asked_for_at_a_time(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        for number in range(5):
            room.paper.publish(f"{pages.TITLE} {number}", Page(pages.article(), seconds=0.05))
        at_once: list[int] = []
        fetch = room.house.current().fetcher.fetch
        running = 0

        async def watched(*args: object, **kwargs: object) -> object:
            nonlocal running
            running += 1
            at_once.append(running)
            try:
                return await fetch(*args, **kwargs)  # type: ignore[arg-type]  # as given
            finally:
                running -= 1

        room.house.current().fetcher.fetch = watched  # type: ignore[method-assign,assignment]  # the same, watched
        await room.work()
        assert [room.state(f"/news/{number}") for number in range(5)] == [ArticleState.READ] * 5
    assert max(at_once) == 1
