"""What is told of feeds in trouble, on both databases: polls as they are stored, notices as the outbox has them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from monitor.config.settings import FeedNotices
from monitor.core.host_pause import HostCourse, after_poll
from monitor.core.troubles import TroubleKind
from monitor.core.types import Course, Delivery, DeliveryState, Feed, FeedSpec
from monitor.errors import FetchError
from monitor.jobs.context import Context
from monitor.jobs.health import HealthJob, look_after
from monitor.jobs.keys import HEALTH_KEY
from monitor.store import deliveries, feeds
from monitor.store import troubles as store
from monitor.store.database import Database
from tests.jobs.outbox import ALONE
from tests.store.rows import NOW, make_outcome, record

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DNS = "dns: the host's name is not known"
AT_ONCE = FeedNotices("desk", 1, timedelta(0), quiet=True, missed=True)
PATIENT = FeedNotices("desk", 3, HOUR, quiet=True, missed=True)


class Desk:
    """A house with one receiver and a clock that a test moves on."""

    def __init__(
        self, db: Database, wanted: FeedNotices = AT_ONCE, channels: Sequence[str] = ("desk/webhook",)
    ) -> None:
        self.db, self.now, self.seen = db, NOW, set[str]()
        receiver = SimpleNamespace(channels=tuple(SimpleNamespace(key=key) for key in channels))
        settings: Any = SimpleNamespace(
            feed_notices=wanted,
            receivers={"desk": receiver},
            web=SimpleNamespace(public_url="https://m.example"),
            runtime=ALONE,
        )
        known: Any = dict.fromkeys(channels)
        self.rung: list[tuple[str, str]] = []
        nothing: Any = dict.fromkeys(("matcher", "fetcher", "apart", "jitter"))
        self.context = Context(
            settings=settings, db=db, channels=known, entities={}, titles={}, clock=lambda: self.now,
            ring=lambda kind, key: self.rung.append((kind, key)), **nothing,
        )  # fmt: skip

    def add(self, *names: str) -> None:
        """Poll these feeds from now on; they worked at their first poll."""
        for name in names:
            feeds.add_feed(self.db, FeedSpec(f"https://{name}.example/rss", name), shards=8, now=self.now)
            self.poll(name)

    def feed(self, name: str) -> Feed:
        found = feeds.find_feed(self.db, f"https://{name}.example/rss")
        assert found is not None
        return found

    def poll(self, *names: str, error: str | None = None, after: timedelta = timedelta(0), **course: Any) -> None:
        """Store a poll of each of these feeds that took place after a while."""
        self.now += after
        for name in names:
            feed = self.feed(name)
            outcome = make_outcome(feed, error=error, at=self.now)
            record(self.db, replace(outcome, course=replace(feed.course, **course)), now=self.now)

    def new(self) -> list[Delivery]:
        """Return what is new in the outbox."""
        found = [one for one in deliveries.list_deliveries(self.db, limit=999) if one.id not in self.seen]
        self.seen |= {one.id for one in found}
        return sorted(found, key=lambda one: one.notice["data"]["alert"]["title"])

    def told(self, *, after: timedelta = timedelta(0)) -> list[str]:
        """Look after the feeds; return the titles of what was told."""
        self.now += after
        look_after(self.context)
        return [one.notice["data"]["alert"]["title"] for one in self.new()]


async def test_a_feed_that_fails_and_works_again_is_told_once_each_in_one_thread(db: Database) -> None:
    desk = Desk(db)
    desk.add("a", "b")
    assert desk.told() == []
    desk.poll("a", error="http 503: Service Unavailable", after=MINUTE)
    await HealthJob(lambda: desk.context)(HEALTH_KEY)
    [failing] = desk.new()
    desk.poll("a", error="http 503: Service Unavailable", after=MINUTE)
    assert desk.told() == []
    desk.poll("a", after=MINUTE)
    assert desk.told() == []
    desk.poll("a", after=MINUTE)
    look_after(desk.context)
    [recovered] = desk.new()
    assert desk.told(after=DAY) == []
    assert [one.type for one in (failing, recovered)] == ["feed.failing", "feed.recovered"]
    assert failing.thread == recovered.thread == failing.notice["data"]["alert"]["id"]
    assert failing.id != recovered.id
    assert desk.rung == [("deliver", desk.rung[0][1])]
    data = failing.notice["data"]
    assert (data["hits"], data["feeds_count"], data["feeds_total"], data["outage"]) == ([], 1, 2, False)
    assert data["alert"] == {
        "id": failing.thread, "title": "Feed fails: a", "severity": "medium", "receiver": "desk", "story": None,
        "created_at": "2023-07-30T12:01:00Z", "url": "https://m.example/feeds",
    }  # fmt: skip
    assert data["feeds"] == [
        {
            "name": "a", "url": "https://a.example/rss", "state": "failing", "was": None, "since": "2023-07-30T12:01:00Z",
            "until": None, "failures": 1, "error": "http 503: Service Unavailable", "last_ok_at": "2023-07-30T12:00:00Z",
            "last_news_at": None, "next_poll_at": "2023-07-30T12:16:00Z", "because": "every 15m",
        }
    ]  # fmt: skip
    [back] = recovered.notice["data"]["feeds"]
    assert (back["state"], back["was"]) == ("healthy", "failing")
    assert (back["since"], back["until"]) == ("2023-07-30T12:01:00Z", "2023-07-30T12:03:00Z")


def test_patience_is_the_operators(db: Database) -> None:
    desk = Desk(db, PATIENT)
    desk.add("a")
    for wait in (15, 15, 29):
        desk.poll("a", error="http 500", after=wait * MINUTE)
        assert desk.told() == []
    desk.poll("a", error="http 500", after=16 * MINUTE)
    assert desk.told() == []  # an hour is over, but others may follow
    assert desk.told(after=6 * MINUTE) == ["Feed fails: a"]


def test_a_host_of_many_feeds_that_is_away_is_told_though_each_of_them_is_seldom_asked(db: Database) -> None:
    desk = Desk(db, PATIENT)
    urls = [f"https://hub.example/{number}" for number in range(50)]
    feeds.add_feeds(db, [FeedSpec(url, url[-2:]) for url in urls], shards=8, now=NOW)
    course = HostCourse()
    for url in urls[:7]:  # three fail, then one after each rest
        assert desk.told() == []
        desk.now = desk.now + MINUTE if course.rest is None else course.rest.until_at
        feed = feeds.find_feed(db, url)
        assert feed is not None
        course = after_poll(course, feed_id=feed.id, error=FetchError("timeout"), now=desk.now)
        rests = {"hub.example": course.rest} if course.rest else {}
        record(db, replace(make_outcome(feed, error="timeout", at=desk.now), rests=rests), now=desk.now)
    assert HOUR < desk.now - NOW < 2 * HOUR
    assert desk.told() == []
    assert desk.told(after=6 * MINUTE) == ["5 feeds fail, all of hub.example"]


def test_what_is_over_before_it_was_told_is_not_told(db: Database) -> None:
    desk = Desk(db, PATIENT)
    desk.add("a")
    for wait in (15, 30, 60):
        desk.poll("a", error="http 500", after=wait * MINUTE)
        assert desk.told() == []
    desk.poll("a", after=MINUTE)
    assert desk.told(after=DAY) == []
    desk.poll("a", after=MINUTE)
    assert desk.told(after=DAY) == []


def test_a_restart_tells_nothing_twice_and_forgets_nothing(db: Database) -> None:
    first = Desk(db)
    first.add("a", "b")
    first.poll("a", error="http 500", after=MINUTE)
    assert first.told() == ["Feed fails: a"]
    second = Desk(db)
    second.now, second.seen = first.now, first.seen
    assert second.told() == []
    second.poll("a", "b", after=MINUTE)
    second.poll("a", "b", after=MINUTE)
    assert second.told() == ["Feed works again: a"]


def test_feeds_that_fail_together_are_told_together_and_come_back_together(db: Database) -> None:
    desk = Desk(db, PATIENT)
    names = ["a", "b", "c", "d"]
    desk.add(*names, "w", "x", "y", "z")
    for wait in (15, 30, 60):
        desk.poll(*names, error="http 502: Bad Gateway", after=wait * MINUTE)
        desk.poll("w", "x", "y", "z")
        assert desk.told() == []
    assert desk.told(after=6 * MINUTE) == ["4 feeds fail"]
    desk.poll("a", "b", after=MINUTE)
    desk.poll("a", "b", "c", after=MINUTE)
    assert desk.told() == []  # c and d may follow
    desk.poll("c", "d", after=MINUTE)
    desk.poll("d", after=MINUTE)
    look_after(desk.context)
    [delivery] = desk.new()
    assert delivery.notice["data"]["alert"]["title"] == "All 4 feeds work again"


def test_those_that_come_back_are_told_after_a_calm_hour_with_those_that_do_not(db: Database) -> None:
    desk = Desk(db)
    desk.add("a", "b", "c", "w", "x")
    desk.poll("a", "b", "c", error="http 500", after=MINUTE)
    assert desk.told() == ["3 feeds fail"]
    desk.poll("a", "b", after=MINUTE)
    desk.poll("a", "b", after=MINUTE)
    assert desk.told(after=57 * MINUTE) == []
    desk.now += 3 * MINUTE
    look_after(desk.context)
    [delivery] = desk.new()
    data = delivery.notice["data"]
    assert data["alert"]["title"] == "2 of 3 feeds work again"
    assert [feed["name"] for feed in data["still_failing"]] == ["c"]
    desk.poll("c", after=MINUTE)
    desk.poll("c", after=MINUTE)
    assert desk.told() == ["Feed works again: c"]


def test_an_outage_of_ours_is_one_notice_and_one_recovery(db: Database) -> None:
    desk = Desk(db, PATIENT)
    names = [f"n{number}" for number in range(20)]
    desk.add(*names)
    early, late = names[:15], names[15:19]
    for wait in (15, 30, 60):
        desk.poll(*early, error=DNS, after=wait * MINUTE)
    desk.poll(*late, error=DNS, after=MINUTE)  # asked for the first time since it began
    assert desk.told() == []
    desk.now += 6 * MINUTE
    look_after(desk.context)
    [outage] = desk.new()
    data = outage.notice["data"]
    assert data["alert"]["title"] == "19 of 20 feeds cannot be reached"
    assert (data["outage"], data["feeds_count"], len(data["feeds"])) == (True, 19, 19)
    for wait in (15, 30, 60, 600):  # nothing more is told of any, nor of the one that was asked last
        desk.poll(*names, error=DNS, after=wait * MINUTE)
        assert desk.told(after=10 * MINUTE) == []
    for number, name in enumerate(names):  # they come back in the order in which they are asked
        desk.poll(name, after=MINUTE)
        desk.poll(name, after=MINUTE)
        titles = desk.told()
        assert titles == ([] if number < 19 else ["All 20 feeds work again"])
    assert {one.thread for one in deliveries.list_deliveries(db, limit=9)} == {outage.thread}
    for wait in (15, 30, 60):  # a trouble of its own is none of the outage's
        desk.poll("n1", error="http 500", after=wait * MINUTE)
    assert desk.told() == []
    desk.poll("n2", after=6 * MINUTE)
    look_after(desk.context)
    [own] = desk.new()
    assert own.notice["data"]["alert"]["title"] == "Feed fails: n1"
    assert own.thread != outage.thread


def test_feeds_that_join_an_outage_keep_no_other_trouble_from_being_told(db: Database) -> None:
    desk = Desk(db, PATIENT)
    names = [f"n{number}" for number in range(9)]
    desk.add(*names)
    for wait in (15, 30, 60):
        desk.poll(*names[:7], error=DNS, after=wait * MINUTE)
    assert (desk.told(), desk.told(after=6 * MINUTE)) == ([], ["7 of 9 feeds cannot be reached"])
    desk.poll("n7", error=DNS, after=29 * MINUTE)
    desk.poll("n8", error="http 410: Gone", retired_at=desk.now)
    for wait in (15, 30, 60):
        assert desk.told() == (["Feed given up: n8"] if wait == 30 else [])
        desk.poll("n7", error=DNS, after=wait * MINUTE)


def test_a_feed_that_a_short_outage_left_behind_is_not_told_before_it_was_asked_again(db: Database) -> None:
    desk = Desk(db, PATIENT)
    desk.add("a", "b", "c", "d")
    for wait in (15, 15, 25):
        desk.poll("a", "b", "c", "d", error=DNS, after=wait * MINUTE)
    desk.poll("b", "c", "d", after=5 * MINUTE)  # a waits for its turn
    assert desk.told(after=3 * HOUR) == []
    desk.poll("a", after=MINUTE)
    assert desk.told(after=HOUR) == []


def test_a_feed_in_trouble_of_its_own_is_told_though_nothing_is_reached(db: Database) -> None:
    desk = Desk(db)
    desk.add("a", "b", "c", "d")
    desk.poll("a", "b", "c", error=DNS, after=MINUTE)
    desk.poll("d", error="dns: other", after=MINUTE, retired_at=desk.now)
    assert desk.told() == ["3 of 4 feeds cannot be reached", "Feed given up: d"]


def test_a_feed_that_is_given_up_is_told_in_the_thread_of_its_failing(db: Database) -> None:
    desk = Desk(db)
    desk.add("a")
    desk.poll("a", error="http 404: Not Found", after=MINUTE)
    look_after(desk.context)
    [failing] = desk.new()
    desk.poll("a", error="http 404: Not Found", after=30 * DAY, retired_at=desk.now + 30 * DAY + MINUTE)
    look_after(desk.context)  # which began before the poll ended
    [given_up] = desk.new()
    desk.now += MINUTE
    assert given_up.notice["data"]["alert"]["title"] == "Feed given up: a"
    assert given_up.thread == failing.thread
    [told] = given_up.notice["data"]["feeds"]
    assert (told["state"], told["next_poll_at"]) == ("retired", None)
    assert desk.told(after=DAY) == []
    feeds.add_feeds(db, [FeedSpec("https://a.example/rss")], shards=8, now=desk.now)  # somebody asks it again
    assert desk.told() == []
    desk.poll("a", after=MINUTE, retired_at=None)
    desk.poll("a", after=MINUTE)
    assert desk.told() == ["Feed works again: a"]


def test_gone_for_good_is_told_at_once_whatever_the_patience(db: Database) -> None:
    desk = Desk(db, PATIENT)
    desk.add("a")
    desk.poll("a", error="http 410: Gone", after=MINUTE, retired_at=NOW + MINUTE)
    assert desk.told() == ["Feed given up: a"]


def test_a_feed_that_flaps_is_told_in_one_thread_and_then_has_to_work_for_a_day(db: Database) -> None:
    desk = Desk(db)
    desk.add("a")
    told = []
    for _ in range(6):
        desk.poll("a", error="http 500", after=HOUR)
        told += desk.told()
        desk.poll("a", after=HOUR)
        desk.poll("a", after=HOUR)
        told += desk.told()
    assert told == ["Feed fails: a", "Feed works again: a", "Feed fails again: a"]
    assert len({one.thread for one in deliveries.list_deliveries(db, limit=9)}) == 1
    desk.poll("a", after=23 * HOUR)
    assert desk.told() == ["Feed works again: a"]
    desk.poll("a", error="http 500", after=25 * HOUR)
    assert desk.told() == ["Feed fails: a"]
    assert len({one.thread for one in deliveries.list_deliveries(db, limit=9)}) == 2


def beats(last: datetime) -> tuple[datetime, ...]:
    """Return a rhythm of news every day until `last`."""
    return tuple(last - number * DAY for number in range(6))


def test_a_feed_that_falls_silent_while_it_is_watched_is_told_and_that_it_has_news_again(db: Database) -> None:
    desk = Desk(db)
    desk.add("a")
    desk.poll("a", beats=beats(NOW), after=HOUR)
    desk.poll("a", after=2 * DAY)
    assert desk.told() == []
    assert desk.told(after=9 * DAY) == []  # it was not asked: we were away
    desk.poll("a", after=MINUTE)
    look_after(desk.context)
    [quiet] = desk.new()
    [feed] = quiet.notice["data"]["feeds"]
    assert (quiet.type, feed["state"], feed["since"]) == ("feed.failing", "quiet", "2023-07-30T12:00:00Z")
    desk.poll("a", after=DAY)
    assert desk.told() == []
    desk.poll("a", beats=beats(desk.now), after=MINUTE)
    assert desk.told() == ["Feed has news again: a"]


def test_a_feed_that_was_silent_when_it_came_is_none_to_tell_of(db: Database) -> None:
    desk = Desk(db)
    feeds.add_feed(db, FeedSpec("https://a.example/rss", "a"), shards=8, now=NOW)
    desk.poll("a", beats=beats(NOW - 99 * DAY))
    desk.poll("a", after=DAY)
    assert desk.told() == []


def test_missed_items_are_told_once_a_day_at_most_and_never_as_over(db: Database) -> None:
    desk = Desk(db)
    desk.add("a")
    for hours in (1, 1, 1, 24):
        desk.poll("a", beats=beats(desk.now), rolled_over_at=desk.now + hours * HOUR, after=hours * HOUR)
        desk.told()
    told = deliveries.list_deliveries(db, limit=9)
    assert [one.notice["data"]["alert"]["title"] for one in told] == ["Items may have been missed: a"]
    assert desk.told(after=2 * DAY) == []
    desk.poll("a", beats=beats(desk.now), rolled_over_at=desk.now)
    assert desk.told() == ["Items may have been missed: a"]


@pytest.mark.parametrize("key", ["quiet", "missed"])
def test_what_the_operator_does_not_want_to_hear_is_not_told(db: Database, key: str) -> None:
    desk = Desk(db, replace(AT_ONCE, **{key: False}))  # type: ignore[arg-type]  # both are truths
    desk.add("a", "b")
    desk.poll("a", beats=beats(NOW), after=HOUR)
    desk.poll("a", after=9 * DAY)
    desk.poll("b", rolled_over_at=desk.now)
    [title] = desk.told()
    assert ("quiet" in title) == (key == "missed")


def test_a_feed_that_was_removed_tells_nothing_more(db: Database) -> None:
    desk = Desk(db)
    desk.add("a", "b", "c")
    desk.poll("a", "b", error="http 500", after=MINUTE)
    assert desk.told() == ["2 feeds fail"]
    feeds.remove_feed(db, "https://a.example/rss")
    desk.poll("c", error="http 500", after=MINUTE)
    feeds.remove_feed(db, "https://c.example/rss")
    assert desk.told() == []
    desk.poll("b", after=MINUTE)
    desk.poll("b", after=MINUTE)
    assert desk.told() == ["Feed works again: b"]  # nobody waits for the one that is gone


def test_without_a_channel_nothing_is_told_until_there_is_one(db: Database) -> None:
    mute = Desk(db, channels=())
    mute.add("a")
    mute.poll("a", error="http 500", after=MINUTE)
    assert mute.told() == []
    desk = Desk(db, channels=("desk/email", "desk/slack"))
    desk.now = mute.now
    look_after(desk.context)
    made = desk.new()
    assert [one.channel for one in made] == ["desk/email", "desk/slack"]
    assert len({one.id for one in made}) == 2
    assert {one.state for one in made} == {DeliveryState.PENDING}


def test_two_that_look_at_the_same_time_tell_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(db)
    desk.add("a", "b", "c", "d")
    other = Desk(db)
    before = store.untold

    def slow(db: Database) -> Any:
        """Read what is untold, then let the other one tell it first."""
        found = before(db)
        monkeypatch.setattr(store, "untold", before)
        look_after(other.context)
        return found

    for names, error in ((("a",), "http 500"), (("b", "c", "d"), DNS)):
        desk.poll(*names, error=error, after=MINUTE)
        other.now = desk.now
        monkeypatch.setattr(store, "untold", slow)
        assert len(desk.told()) == 1
    lasting = store.backs

    def late(db: Database) -> Any:
        found = lasting(db)
        monkeypatch.setattr(store, "backs", lasting)
        look_after(other.context)
        return found

    desk.poll("a", "b", "c", "d", after=MINUTE)
    desk.poll("a", "b", "c", "d", after=MINUTE)
    other.now = desk.now
    monkeypatch.setattr(store, "backs", late)
    assert desk.told() == ["All 3 feeds work again", "Feed works again: a"]


def test_a_crash_between_the_steps_loses_and_repeats_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(db)
    desk.add("a")
    desk.poll("a", error="http 500", after=MINUTE)
    steps = ["untold", "forget", "tell", "backs"]
    for step in steps:
        with monkeypatch.context() as patch:
            patch.setattr(store, step, lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                look_after(desk.context)
    assert desk.told() == ["Feed fails: a"]
    assert desk.told() == []


def test_a_trouble_from_before_the_release_is_told_once(db: Database) -> None:
    desk = Desk(db)
    desk.add("a", "b")
    desk.poll("a", "b", error="http 404: Not Found", after=MINUTE)
    desk.poll("a", "b", error="http 404: Not Found", after=21 * DAY)
    with db.write() as connection:
        assert connection.execute(text("SELECT count(*) FROM feed_trouble")).scalar_one() == 0
    assert desk.told() == ["2 feeds fail"]
    assert desk.told() == []


def test_courses_hold_nothing_for_a_feed_without_a_rhythm(db: Database) -> None:
    desk = Desk(db)
    desk.add("a")
    assert desk.feed("a").course == Course()
    assert store.unnoticed(db, TroubleKind.QUIET, now=NOW + 999 * DAY) == []
