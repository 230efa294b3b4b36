"""The whole line, for real: feeds served over HTTP on one side, webhooks on the other."""

import asyncio
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from monitor.__main__ import main
from monitor.clock import utcnow
from monitor.errors import StoreError
from monitor.store import deliveries, feeds, items, meta
from tests.e2e.conftest import TestHouse, free_port
from tests.servers.http import HttpServer
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver


class Clock:
    """A clock a test can move on, and stop: whatever waits then for a later time waits for ever."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.still: datetime | None = None

    def __call__(self) -> datetime:
        return (self.still or utcnow()) + self.ahead

    def stop(self) -> None:
        """Stand still, until `go`."""
        self.still = utcnow()

    def go(self) -> None:
        """Go on."""
        self.still = None


async def test_a_matching_item_published_while_it_runs_reaches_the_webhook_in_the_second_of_its_poll(
    house: TestHouse,
) -> None:
    clock = Clock()
    async with publisher() as paper, receiver() as desk:
        paper.publish("Rain is expected", feed=1)
        house.write(feeds=[paper.url(0), paper.url(1)], webhooks={"desk": desk.url})
        async with house.running(clock=clock):
            await desk.until(lambda: len(paper.server.requests) >= 2)
            clock.stop()
            paper.publish("IS-K says it struck Bajaur", text="A blast in Bajaur.")
            before = paper.polls(0)
            async with asyncio.timeout(30):
                while paper.polls(0) == before:
                    clock.ahead += timedelta(seconds=1)
                    await asyncio.sleep(0.05)
            await desk.until(lambda: bool(desk.notices))  # from the poll to the webhook nothing waits for its time
    [[notice]] = desk.notices.values()
    assert notice["type"] == "alert.created"
    assert {hit["rule"] for hit in notice["data"]["hits"]} == {"isk-in-bajaur", "entity:is-k"}
    for hit in notice["data"]["hits"]:
        for mention in hit["mentions"]:
            field = hit["item"]["title" if mention["field"] == "title" else "summary"]
            assert field[mention["start"] : mention["end"]] == mention["surface"]


async def test_the_second_poll_of_an_unchanged_feed_sends_both_validators_and_stores_nothing(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        paper.publish("IS-K again")
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            await desk.until(lambda: len(paper.server.requests) >= 3)
            counts = items.counts(daemon.status.db)
    first, second, third = paper.server.requests[:3]
    assert "if-none-match" not in first.headers
    for later in (second, third):
        assert later.headers["if-none-match"].startswith('"')
        assert later.headers["if-modified-since"] == "Sun, 30 Jul 2023 11:00:00 GMT"
    assert counts["items"] == 1


async def test_a_restart_keeps_due_times_and_validators(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        paper.publish("IS-K again")
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running():
            await desk.until(lambda: bool(desk.notices))
        text = house.config.read_text().replace("interval: 1s, min_interval: 1s", "interval: 1h, min_interval: 1s")
        house.config.write_text(text)
        async with house.running():
            await desk.until(lambda: "if-none-match" in paper.server.requests[-1].headers)
            await asyncio.sleep(0.1)
        seen = len(paper.server.requests)
        async with house.running():
            await asyncio.sleep(0.2)
        assert len(paper.server.requests) == seen, "a restart is no reason to fetch before the hour is over"
        assert len(desk.notices) == 1


async def test_on_a_first_poll_old_news_is_stored_but_not_told(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        paper.publish("IS-K of today")
        paper.publish("IS-K of old")
        paper.items["/0"][0] = paper.items["/0"][0].replace(
            paper.items["/0"][0].split("<pubDate>")[1], "Sun, 30 Jul 2023 11:00:00 +0000</pubDate></item>"
        )
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            await desk.until(lambda: bool(desk.notices))
            await asyncio.sleep(0.1)
            verdicts = {hit.item.title: hit.verdict for hit in items.list_hits(daemon.status.db, items.HitFilter())}
    assert desk.titles() == {"IS-K of today"}
    assert verdicts == {"IS-K of today": "alerted", "IS-K of old": "old news"}


async def test_a_broken_feed_disturbs_no_other_and_is_backed_off(house: TestHouse) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="<html><title>Not a feed</title></html>", content_type="text/html")

    refused = f"http://127.0.0.1:{free_port()}/refused"
    async with publisher() as paper, receiver() as desk, HttpServer(answer) as shop:
        house.write(feeds=[refused, paper.url(), shop.url()], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            await desk.until(lambda: len(paper.server.requests) >= 1)
            paper.publish("IS-K struck")
            await desk.until(lambda: bool(desk.notices))
            rows = {feed.url: feed for feed in feeds.list_feeds(daemon.status.db)}
    assert rows[refused].failures >= 1
    assert rows[refused].error == "connection refused: nothing listens there"
    assert rows[refused].next_poll_at > (rows[refused].polled_at or rows[refused].next_poll_at)
    assert rows[shop.url()].error == "not a feed: the answer begins 'Not a feed' (a web page)"
    assert rows[paper.url()].failures == 0


async def test_a_receiver_that_was_down_for_a_minute_gets_everything_and_delays_no_other(house: TestHouse) -> None:
    clock = Clock()
    names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"]
    async with publisher() as paper, receiver() as desk, receiver() as pager:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url, "pager": pager.url})
        for name in names:
            paper.publish(f"IS-K commander {name} named in {name} report of {name}")
        await desk.server.stop()
        clock.stop()  # no second try of the desk comes before the pager has all
        async with house.running(clock=clock) as daemon:
            await pager.until(lambda: len(pager.titles()) == len(names))
            clock.go()
            for _ in range(6):  # a minute passes
                clock.ahead += timedelta(seconds=10)
                await asyncio.sleep(0.2)
            assert not desk.notices
            waiting = deliveries.list_deliveries(daemon.status.db, state="pending", limit=100)
            assert {one.channel for one in waiting} == {"desk/webhook"}
            await desk.server.start()
            clock.ahead += timedelta(minutes=3)
            await desk.until(lambda: len(desk.titles()) == len(names))
            await asyncio.sleep(0.1)
            assert not deliveries.list_deliveries(daemon.status.db, state="pending", limit=100)
    assert all(len(sent) == 1 for sent in pager.notices.values())


async def test_one_story_told_by_three_outlets_is_one_alert(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url(n) for n in range(3)], webhooks={"desk": desk.url})
        async with house.running():
            await desk.until(lambda: len(paper.server.requests) >= 3)
            paper.publish("IS-K claims bombing of election rally in Bajaur", feed=0)
            paper.publish("IS-K claims the bombing of an election rally in Bajaur", feed=1)
            paper.publish("Bombing of election rally in Bajaur: IS-K claims attack", feed=2)
            await desk.until(lambda: len(desk.titles()) == 3)
    notices = [sent[0] for sent in desk.notices.values()]
    assert len({notice["data"]["alert"]["id"] for notice in notices}) == 1
    assert [notice["type"] for notice in notices].count("alert.created") == 1


async def test_of_an_edited_report_only_what_is_new_is_told_in_the_thread_of_its_alert(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            await desk.until(lambda: bool(paper.server.requests))
            paper.publish("IS-K claims an attack", text="Nobody knows where.")
            await desk.until(lambda: len(desk.notices) == 1)
            paper.edit("Nobody knows where.", "It was in Bajaur, 5 minutes ago.")
            await desk.until(lambda: len(desk.notices) == 2)
            paper.edit("5 minutes ago", "6 minutes ago")
            seen = len(paper.server.requests)
            await desk.until(lambda: len(paper.server.requests) >= seen + 1)
            await asyncio.sleep(0.1)
            hits = items.list_hits(daemon.status.db, items.HitFilter())
    first, second = (sent[0] for sent in desk.notices.values())
    assert [notice["type"] for notice in (first, second)] == ["alert.created", "alert.updated"]
    assert first["data"]["alert"]["id"] == second["data"]["alert"]["id"]
    assert [hit["rule"] for hit in first["data"]["hits"]] == ["entity:is-k"]
    [told] = second["data"]["hits"]
    assert (told["rule"], told["item"]["version"], told["item"]["change"]) == ("isk-in-bajaur", 2, None)
    assert told["item"]["id"] == first["data"]["hits"][0]["item"]["id"]
    for mention in told["mentions"]:
        field = told["item"]["title" if mention["field"] == "title" else "summary"]
        assert field[mention["start"] : mention["end"]] == mention["surface"]
    assert {(hit.rule, hit.item.version, hit.item.newest_version) for hit in hits} == {
        ("entity:is-k", 1, 2),
        ("isk-in-bajaur", 2, 2),
        ("entity:bajaur", 2, 2),
    }


LIST = "watchlists/test.yaml"
WRONG = {
    "a wrong key": (
        "monitor.yaml",
        "log: {level: warning}",
        "log: {levle: warning}",
        "monitor.yaml:18: log.levle: unknown key",
    ),
    "a wrong duration": (
        "monitor.yaml",
        "group_wait: 0s",
        "group_wait: soon",
        "monitor.yaml:12: route.group_wait: expected a span",
    ),
    "an undefined receiver": (
        "monitor.yaml",
        "receiver: desk\n",
        "receiver: nobody\n",
        "monitor.yaml:11: route.receiver: no receiver",
    ),
    "a bad cron line": (
        "monitor.yaml",
        "log:",
        "digests: [{name: x, schedule: often, receiver: desk}]\nlog:",
        "monitor.yaml:18: digests[0].schedule",
    ),
    "a duplicate entity id": (
        LIST,
        "rules:\n",
        "  - {id: is-k, kind: event, name: Again}\nrules:\n",
        "test.yaml:8: entities[2].id: entity 'is-k' stands already",
    ),
    "an unparsable rule": (
        LIST,
        "is-k AND bajaur",
        "is-k AND (bajaur",
        "test.yaml:9: rules[0].when: the expression ends too early",
    ),
    "a missing watchlist folder": (
        "monitor.yaml",
        "watchlists: watchlists",
        "watchlists: nowhere",
        "monitor.yaml:3: watchlists: there is no folder",
    ),
    "an unreadable secret file": (
        "monitor.yaml",
        "web: {",
        "web: {token_file: missing, ",
        "monitor.yaml:17: web: token_file:",
    ),
}


def mistake(house: TestHouse, case: str) -> tuple[Path, str, str, str]:
    """Return a file of the house, what it says, what it says with the mistake, and what is told of it."""
    name, before, after, told = WRONG[case]
    file = house.folder / name
    text = file.read_text()
    assert before in text
    return file, text, text.replace(before, after, 1), told


async def test_a_reload_of_what_does_not_validate_leaves_the_running_configuration_in_force(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk, httpx.AsyncClient() as client:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            for number, case in enumerate(WRONG):
                file, text, wrong, told = mistake(house, case)
                file.write_text(wrong)
                daemon.reload()
                await desk.until(lambda: daemon.status.config_error is not None)
                assert told in (daemon.status.config_error or "")
                answer = await client.get(f"http://127.0.0.1:{house.port}/readyz")
                metrics = (await client.get(f"http://127.0.0.1:{house.port}/metrics")).text
                assert answer.status_code == 200
                assert told in answer.json()["checks"]["configuration"]
                assert "monitor_config_ok 0.0" in metrics
                kept = partial(meta.get, daemon.status.db, meta.CONFIG_REFUSED)
                await desk.until(lambda told=told, kept=kept: told in (kept() or ""))  # type: ignore[misc]  # bound now
                if number in (0, len(WRONG) - 1):  # it goes on as before: a poll, a hit, a notice
                    before = len(desk.notices)
                    paper.publish(f"IS-K bulletin {case} while the file is broken")
                    await desk.until(lambda before=before: len(desk.notices) > before)  # type: ignore[misc]  # bound now
                file.write_text(text)
                daemon.reload()
                await desk.until(lambda: daemon.status.config_error is None)
                await desk.until(lambda kept=kept: kept() is None)  # type: ignore[misc]  # bound now


async def test_a_change_made_while_the_database_is_away_takes_effect_when_it_is_back(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.daemon.WATCH_SECONDS", 0.05)
    sync, tried = feeds.sync_feeds, 0

    def away_twice(*args: Any, **kwargs: Any) -> feeds.FeedSync:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise StoreError("the server does not answer")
        return sync(*args, **kwargs)

    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url(0)], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            monkeypatch.setattr(feeds, "sync_feeds", away_twice)
            house.write(feeds=[paper.url(0), paper.url(1)], webhooks={"desk": desk.url})
            await desk.until(lambda: any(seen.path == "/1" for seen in paper.server.requests), 15)
            await desk.until(lambda: len(daemon.settings.feeds) == 2)
            assert (tried, daemon.status.config_error) == (3, None)


async def test_the_daemon_says_by_itself_when_no_feed_is_heard(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.lookout.LOOK_OUT_SECONDS", 0.2)
    house.write(feeds=[f"http://127.0.0.1:{free_port()}/rss"], webhooks={"desk": "http://127.0.0.1:9/"})
    async with receiver() as patience, httpx.AsyncClient() as client, house.running() as daemon:
        await patience.until(lambda: daemon.status.notice is not None, 15)
        answer = (await client.get(f"http://127.0.0.1:{house.port}/readyz")).json()
        page = (await client.get(f"http://127.0.0.1:{house.port}/")).text
    assert answer["ready"], "a network that is away is no reason to be replaced"
    assert answer["warnings"][0].startswith("none of the 1 feed could be reached (1 time: ")
    assert (answer["coverage"]["heard"], answer["coverage"]["share"]) == (0, 0.0)
    assert "none of the 1 feed could be reached" in page


@pytest.mark.parametrize("case", WRONG)
def test_a_start_with_what_does_not_validate_is_one_clear_error_and_exit_code_2(
    house: TestHouse, case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.write(feeds=["https://news.example/rss"], webhooks={"desk": "https://hooks.example/in"})
    file, _, wrong, told = mistake(house, case)
    file.write_text(wrong)
    monkeypatch.setattr(sys, "argv", ["monitor", "run", "--config", str(house.config)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    problems = capsys.readouterr().err.rstrip().split(f"\n{house.folder}")
    assert len(problems) == 1
    assert told in problems[0]


async def test_a_changed_watchlist_takes_effect_by_itself_within_five_seconds(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running():
            await desk.until(lambda: bool(paper.server.requests))
            path = house.folder / "watchlists" / "test.yaml"
            path.write_text(path.read_text().replace("aliases: [IS-K, Daesh]", "aliases: [IS-K, Daesh, Dolat]"))
            await asyncio.sleep(3)
            paper.publish("Dolat says it was there")
            await desk.until(lambda: bool(desk.notices), 5)
    assert desk.titles() == {"Dolat says it was there"}
