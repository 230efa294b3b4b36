"""Which hits join which alert, decided on values; and what is told of items that change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.actions import acknowledge, expire_silence
from monitor.core.links import ack_url
from monitor.core.types import (
    Alert,
    EditedItem,
    EntityRef,
    FeedSpec,
    Hit,
    Inhibition,
    Item,
    Kind,
    Match,
    Notice,
    QuietHours,
    Route,
    RouteMatch,
    Severity,
    SilenceSpec,
    Verdict,
)
from monitor.jobs.alert import GRAVEST_SHOWN, AlertJob, notify_new
from monitor.jobs.context import Context
from monitor.jobs.routing import Judged, plan
from monitor.store import alerts, deliveries, feeds, items, meta, silences, versions
from monitor.store.alerts import Telling
from monitor.store.database import Database
from tests.jobs.outbox import ALONE
from tests.store.rows import ENTITIES, make_feed, make_item, make_match, make_outcome, record

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
ITEM = Item(
    1, 1, "Paper", "https://news.example/rss", (), "g", "A title", "text", "https://news.example/1", NOW, NOW, "en", 7
)
HIT = Hit(
    1, ITEM, "r", "R", "w", Severity.MEDIUM, frozenset(), (EntityRef("e", "E", Kind.PERSON),), (), "why", "v1", NOW
)
BATCHED = Route("1", "desk", group_wait=timedelta(minutes=30))
AT_ONCE = Route("0", "desk", group_wait=timedelta(0))


def test_hits_of_one_story_join_one_alert_of_the_gravest_severity_due_at_the_earliest_time() -> None:
    grave = replace(HIT, id=2, rule="grave", severity=Severity.CRITICAL)
    batch = plan([Judged(HIT, (BATCHED,)), Judged(grave, (AT_ONCE,))], known={}, now=NOW)
    [new] = batch.new_alerts
    assert (new.alert.severity, new.alert.notify_at, new.alert.story_id) == (Severity.CRITICAL, NOW, 7)
    assert [link.hit_id for link in batch.links] == [1, 2]
    assert {one.verdict for one in batch.verdicts} == {Verdict.ALERTED}
    assert batch.notify_at == {new.alert.id: NOW}


def test_a_hit_joins_an_open_alert_and_waits_for_its_interval() -> None:
    told = Alert(
        "alr_1", "desk", "0", "story 7", "A title", Severity.HIGH, 7, NOW, NOW, None, NOW - timedelta(minutes=1)
    )
    key = plan([Judged(HIT, (AT_ONCE,))], known={}, now=NOW).new_alerts[0].group_key
    batch = plan([Judged(HIT, (AT_ONCE,))], known={key: told}, now=NOW)
    assert batch.new_alerts == ()
    assert [link.alert_id for link in batch.links] == ["alr_1"]
    assert batch.severities == {"alr_1": Severity.HIGH}
    assert batch.notify_at == {"alr_1": NOW + timedelta(minutes=4)}


def test_two_routes_to_one_receiver_make_one_link_and_to_two_receivers_two_alerts() -> None:
    same = plan([Judged(HIT, (AT_ONCE, BATCHED))], known={}, now=NOW)
    assert (len(same.new_alerts), len(same.links)) == (1, 1)
    other = plan([Judged(HIT, (AT_ONCE, Route("2", "pager")))], known={}, now=NOW)
    assert [new.alert.receiver for new in other.new_alerts] == ["desk", "pager"]


def test_a_hit_that_nobody_is_told_of_is_for_the_digest() -> None:
    batch = plan([Judged(HIT, ())], known={}, now=NOW)
    assert (batch.verdicts[0].verdict, batch.new_alerts, batch.links) == (Verdict.DIGEST_ONLY, (), ())


def test_another_database_gives_another_id_to_the_same_hit() -> None:
    first = plan([Judged(HIT, (AT_ONCE,))], known={}, now=NOW).new_alerts[0].alert.id
    later = plan([Judged(HIT, (AT_ONCE,))], known={}, now=NOW + timedelta(microseconds=1)).new_alerts[0].alert.id
    assert first != later


class Desk:
    """A house with one receiver that has a channel, and a clock that a test moves on."""

    def __init__(self, db: Database) -> None:
        self.db, self.now = db, NOW
        receiver = SimpleNamespace(channels=(SimpleNamespace(key="desk/webhook"),))
        route = Route("", "desk", group_wait=timedelta(0), group_interval=timedelta(minutes=5))
        settings: Any = SimpleNamespace(
            route=route, receivers={"desk": receiver}, inhibit=(), web=SimpleNamespace(public_url=None), runtime=ALONE
        )
        channels: Any = {"desk/webhook": None}
        parts: Any = {
            "matcher": None,
            "entities": {},
            "titles": {},
            "fetcher": None,
            "apart": None,
            "jitter": lambda: 0.5,
        }
        self.context = Context(
            settings=settings, db=db, channels=channels, ring=lambda kind, key: None, clock=lambda: self.now, **parts
        )

    async def told(self, *, after: timedelta) -> list[Notice]:
        """Run the alert job after a while; return what is new in the outbox."""
        before = {one.id for one in deliveries.list_deliveries(self.db, limit=99)}
        self.now += after
        await AlertJob(lambda: self.context)("all")
        return [one.notice for one in deliveries.list_deliveries(self.db, limit=99) if one.id not in before]


async def test_a_new_headline_and_a_withdrawal_are_told_in_the_thread_after_the_interval(db: Database) -> None:
    feed = feeds.add_feed(db, FeedSpec("https://news.example/rss", "Paper", full_text=True), shards=8, now=NOW)
    desk, minute = Desk(db), timedelta(minutes=1)
    record(db, make_outcome(feed, make_item("a", "IS-K struck", matches=[make_match()])))
    [created] = await desk.told(after=timedelta(0))
    edit = EditedItem(1, "IS-K denies it struck Khar", "text", matches=(make_match(), make_match("new")))
    with db.write() as connection:
        versions.apply_edits(connection, [edit], watchlist_version="v2", entities=ENTITIES, now=desk.now)
    assert await desk.told(after=minute) == []
    [updated] = await desk.told(after=4 * minute)
    assert await desk.told(after=60 * minute) == []
    with db.write() as connection:
        versions.withdraw(connection, [1], now=desk.now)
    [withdrawn] = await desk.told(after=timedelta(0))
    assert await desk.told(after=60 * minute) == []
    assert [one["type"] for one in (created, updated, withdrawn)] == ["alert.created", "alert.updated", "alert.updated"]
    assert len({one["data"]["alert"]["id"] for one in (created, updated, withdrawn)}) == 1
    told = {hit["rule"]: hit["item"] for hit in updated["data"]["hits"]}
    assert (told["entity:is-k"]["title"], told["entity:is-k"]["change"]) == ("IS-K struck", "headline")
    assert (told["entity:is-k"]["headline"], told["entity:is-k"]["version"]) == ("IS-K denies it struck Khar", 1)
    assert (told["new"]["title"], told["new"]["change"], told["new"]["headline"]) == (edit.title, None, None)
    assert (told["new"]["version"], told["new"]["edited_at"]) == (2, "2023-07-30T12:00:00Z")
    assert {hit["item"]["change"] for hit in withdrawn["data"]["hits"]} == {"withdrawn"}
    assert {hit["item"]["withdrawn_at"] for hit in withdrawn["data"]["hits"]} == {"2023-07-30T13:05:00Z"}


@pytest.fixture
def desk(db: Database) -> Desk:
    """Return a desk, with a feed to report on."""
    make_feed(db)
    return Desk(db)


def report(desk: Desk, guid: str, *matches: Match, title: str = "IS-K bomber strikes convention in Khar") -> list[Hit]:
    """Store a report with its hits, and return these."""
    record(desk.db, make_outcome(feeds.list_feeds(desk.db)[0], make_item(guid, title, matches=matches)), now=desk.now)
    return items.unrouted_hits(desk.db, limit=99)


def verdicts(desk: Desk) -> list[tuple[str | None, str]]:
    """Return what became of the hits, oldest first, and why."""
    hits = items.list_hits(desk.db, items.HitFilter())
    return [(hit.verdict, hit.verdict_note) for hit in reversed(hits)]


def about(notice: Notice) -> tuple[str, str, bool, str]:
    """Return what a notice says of itself."""
    alert = notice["data"]["alert"]
    return notice["type"], alert["title"], alert["quiet"], alert["reason"]


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HIGH_ONES = RouteMatch(severity=frozenset({Severity.HIGH}))


async def test_further_reports_of_a_story_are_told_in_its_thread_and_without_a_ping(desk: Desk) -> None:
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    report(desk, "b", make_match())
    [second] = await desk.told(after=10 * MINUTE)
    report(desk, "c", make_match("both", "is-k", "bajaur", severity=Severity.CRITICAL))
    [third] = await desk.told(after=10 * MINUTE)
    assert {one["data"]["alert"]["id"] for one in (first, second, third)} == {first["data"]["alert"]["id"]}
    assert [about(one)[2:] for one in (first, second, third)] == [
        (False, "first report"),
        (True, "now 2 reports from 1 publisher"),
        (False, "severity rose to critical; first mention of Bajaur; now 3 reports from 1 publisher"),
    ]


async def test_what_a_silence_hides_is_told_once_when_it_ends(desk: Desk) -> None:
    made = silences.add_silence(desk.db, SilenceSpec(HIGH_ONES, None, NOW + 99 * HOUR, "ana", "calm"), now=NOW)
    report(desk, "a", make_match())
    assert await desk.told(after=timedelta(0)) == []
    report(desk, "b", make_match(), title="Another thing entirely: Omari seen in Kabul")
    assert await desk.told(after=98 * HOUR) == []
    assert verdicts(desk) == [(Verdict.SILENCED, "silence 1: calm")] * 2
    assert [one.hidden for one in silences.list_silences(desk.db)] == [2]
    report(desk, "c", make_match("both", severity=Severity.CRITICAL))
    assert [about(one)[0] for one in await desk.told(after=timedelta(0))] == ["alert.created"]
    [ended] = await desk.told(after=HOUR)
    assert about(ended) == ("alert.created", "Silence 1 ended: calm", True, "silence ended, it hid 2 hits")
    assert {hit["id"] for hit in ended["data"]["hits"]} == {"1", "2"}
    assert await desk.told(after=99 * HOUR) == []
    assert made.id == 1


async def test_a_silence_that_is_ended_early_tells_what_it_hid_at_once_and_one_that_hid_nothing_nothing(
    desk: Desk,
) -> None:
    for reason in ("calm", "idle"):
        match = HIGH_ONES if reason == "calm" else RouteMatch(rule=frozenset({"none"}))
        silences.add_silence(desk.db, SilenceSpec(match, None, NOW + HOUR, "ana", reason), now=NOW)
    report(desk, "a", make_match())
    assert await desk.told(after=MINUTE) == []
    notify_new(desk.context)
    assert deliveries.list_deliveries(desk.db, limit=9) == []
    for silence_id in (1, 2):
        expire_silence(desk.db, silence_id, config_path=Path("monitor.yaml"), now=desk.now)
    [ended] = await desk.told(after=timedelta(0))
    assert about(ended)[1] == "Silence 1 ended: calm"


async def test_a_long_silence_tells_the_gravest_of_what_it_hid_and_how_many_there_were(desk: Desk) -> None:
    everything = RouteMatch(severity=frozenset(Severity))
    silences.add_silence(desk.db, SilenceSpec(everything, None, NOW + HOUR, "ana", "calm"), now=NOW)
    report(desk, "a", *(make_match(f"r{number}") for number in range(GRAVEST_SHOWN + 5)))
    report(desk, "b", make_match("grave", severity=Severity.CRITICAL))
    await desk.told(after=MINUTE)
    [ended] = await desk.told(after=HOUR)
    assert len(ended["data"]["hits"]) == GRAVEST_SHOWN
    assert ended["data"]["hits"][0]["rule"] == "grave"
    assert about(ended)[3] == f"silence ended, it hid {GRAVEST_SHOWN + 6} hits"
    assert await desk.told(after=HOUR) == []


async def test_of_an_acknowledged_story_only_a_rise_of_severity_is_told_once_and_to_everybody(desk: Desk) -> None:
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    report(desk, "b", make_match())
    await desk.told(after=MINUTE)  # waits for its interval
    ack(desk, first)
    assert await desk.told(after=HOUR) == []
    report(desk, "c", make_match())
    assert await desk.told(after=HOUR) == []
    assert verdicts(desk)[2] == (Verdict.ACKNOWLEDGED, "its story was acknowledged, and it is no graver")
    report(desk, "d", make_match("both", severity=Severity.CRITICAL))
    [rise] = await desk.told(after=HOUR)
    assert about(rise)[2:] == (False, "severity rose to critical; now 4 reports from 1 publisher")
    assert [hit["item"]["id"] for hit in rise["data"]["hits"]] == ["4", "2", "3"]
    report(desk, "e", make_match("both", severity=Severity.CRITICAL))
    assert await desk.told(after=HOUR) == []


async def test_a_rise_that_waits_while_somebody_acknowledges_is_told(desk: Desk) -> None:
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    report(desk, "b", make_match("both", severity=Severity.CRITICAL))
    await desk.told(after=MINUTE)
    ack(desk, first)
    assert [about(one)[3] for one in await desk.told(after=HOUR)] == [
        "severity rose to critical; now 2 reports from 1 publisher"
    ]


async def test_another_receiver_of_an_acknowledged_story_is_told_nothing(desk: Desk) -> None:
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    ack(desk, first)
    settings: Any = desk.context.settings
    settings.receivers["desk2"] = settings.receivers["desk"]
    settings.route = replace(settings.route, receiver="desk2")
    report(desk, "b", make_match())
    assert await desk.told(after=HOUR) == []
    report(desk, "c", make_match("both", severity=Severity.CRITICAL))
    [rise] = await desk.told(after=HOUR)
    assert about(rise)[0] == "alert.created"
    report(desk, "d", make_match(), title="Other news of the day: Omari was seen in Kabul")
    assert [about(one)[0] for one in await desk.told(after=HOUR)] == ["alert.created"]


async def test_an_alert_without_a_story_is_acknowledged_by_itself(desk: Desk) -> None:
    route = replace(desk.context.settings.route, group_by=("rule",))
    desk.context.settings.route = route  # type: ignore[misc]  # a stand-in
    report(desk, "a", make_match("one"), make_match("two"))
    one, two = sorted(await desk.told(after=timedelta(0)), key=lambda notice: notice["data"]["hits"][0]["rule"])
    assert one["data"]["alert"]["story"] is None
    ack(desk, one)
    report(desk, "b", make_match("one"), make_match("two"))
    assert [told["data"]["alert"]["id"] for told in await desk.told(after=HOUR)] == [two["data"]["alert"]["id"]]


async def test_changes_of_an_acknowledged_story_are_not_told(desk: Desk) -> None:
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    ack(desk, first)
    with desk.db.write() as connection:
        connection.exec_driver_sql("UPDATE feed SET full_text = TRUE")
        assert versions.withdraw(connection, [1], now=desk.now) == 1
    assert await desk.told(after=HOUR) == []


async def test_a_notice_has_a_signed_link_where_readers_reach_the_dashboard(desk: Desk) -> None:
    desk.context.settings.web.public_url = "https://monitor.example.org/"  # type: ignore[misc]  # a stand-in
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    alert, secret = first["data"]["alert"], meta.get(desk.db, meta.LINK_SECRET)
    assert secret is not None
    assert alert["ack_url"] == ack_url("https://monitor.example.org", secret, alert["id"])


def set_route(desk: Desk, **changes: Any) -> None:
    """Change the desk's route."""
    settings: Any = desk.context.settings
    settings.route = replace(settings.route, **changes)


NIGHT = QuietHours(((time(22), time(7)),), ZoneInfo("Asia/Karachi"))  # 17:00 to 02:00 UTC


async def test_quiet_hours_hold_what_is_due_and_tell_it_when_they_end(desk: Desk) -> None:
    set_route(desk, mute=NIGHT)
    report(desk, "a", make_match())
    assert len(await desk.told(after=timedelta(0))) == 1
    desk.now += 6 * HOUR  # 18:00 UTC
    report(desk, "b", make_match())
    report(desk, "c", make_match(), title="Other news of the day: Omari was seen in Kabul")
    assert await desk.told(after=timedelta(0)) == []
    notify_new(desk.context)
    assert await desk.told(after=8 * HOUR - MINUTE) == []
    held = await desk.told(after=MINUTE)
    assert sorted(about(one)[3] for one in held) == [
        "quiet hours ended",
        "quiet hours ended; now 2 reports from 1 publisher",
    ]


async def test_what_is_critical_passes_quiet_hours_by_a_route_without_them(desk: Desk) -> None:
    urgent = replace(desk.context.settings.route, path="0", match=RouteMatch(severity=frozenset({Severity.CRITICAL})))
    set_route(desk, mute=NIGHT, routes=(urgent,))
    desk.now += 6 * HOUR
    report(desk, "a", make_match(), make_match("both", severity=Severity.CRITICAL))
    [notice] = await desk.told(after=timedelta(0))
    assert about(notice)[3] == "first report"
    assert len(notice["data"]["hits"]) == 2


async def test_the_plain_mention_is_not_told_where_a_graver_hit_of_its_story_is(desk: Desk) -> None:
    settings: Any = desk.context.settings
    settings.inhibit = (
        Inhibition(RouteMatch(rule=frozenset({"both"})), RouteMatch(severity=frozenset({Severity.HIGH}))),
    )
    report(desk, "a", make_match())
    report(desk, "b", make_match(), make_match("both", severity=Severity.CRITICAL))
    [notice] = await desk.told(after=timedelta(0))
    assert [hit["rule"] for hit in notice["data"]["hits"]] == ["both"]
    assert verdicts(desk)[1] == (Verdict.INHIBITED, "both is told of the same story")
    report(desk, "c", make_match())
    report(desk, "d", make_match(), title="Other news of the day: Omari was seen in Kabul")
    [other] = await desk.told(after=HOUR)
    assert [hit["item"]["id"] for hit in other["data"]["hits"]] == ["4"]


async def test_what_a_silence_hides_keeps_no_other_hit_back(desk: Desk) -> None:
    settings: Any = desk.context.settings
    both = RouteMatch(rule=frozenset({"both"}))
    settings.inhibit = (Inhibition(both, RouteMatch(severity=frozenset({Severity.HIGH}))),)
    silences.add_silence(desk.db, SilenceSpec(both, None, NOW + 99 * HOUR, "ana", "noisy rule"), now=NOW)
    report(desk, "a", make_match(), make_match("both", severity=Severity.CRITICAL))
    [notice] = await desk.told(after=timedelta(0))
    assert [hit["rule"] for hit in notice["data"]["hits"]] == ["entity:is-k"]


async def test_nothing_is_told_in_quiet_hours_neither_what_was_held_back_nor_what_a_silence_hid(desk: Desk) -> None:
    set_route(desk, mute=NIGHT, max_per_hour=1)
    silences.add_silence(desk.db, SilenceSpec(HIGH_ONES, None, NOW + 8 * HOUR, "ana", "calm"), now=NOW)
    report(desk, "a", make_match())
    desk.now += 4 * HOUR + 30 * MINUTE  # 16:30 UTC
    for number in range(2):
        report(desk, f"low {number}", make_match(severity=Severity.LOW), title=TITLES[number])
    assert len(await desk.told(after=timedelta(0))) == 1
    assert [len(await desk.told(after=HOUR)) for _ in range(9)] == [0] * 9
    assert len(await desk.told(after=30 * MINUTE)) == 2


TITLES = [
    "Flood sweeps Swat valley villages away",
    "Karachi port workers strike over wages",
    "Quetta train derails near Sibi junction",
    "Peshawar court frees journalist today",
    "Gilgit glacier lake bursts its banks",
    "Lahore smog closes every school again",
]


@pytest.mark.parametrize(("seconds", "transactions"), [(60.0, [6]), (-1.0, [1] * 6)])
async def test_alerts_that_are_prepared_within_a_moment_are_told_in_one_transaction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, seconds: float, transactions: list[int]
) -> None:
    stored, notify_all = list[int](), alerts.notify_all

    def counted(db: Database, tellings: Sequence[Telling], *, now: datetime) -> None:
        stored.append(len(tellings))
        notify_all(db, tellings, now=now)

    monkeypatch.setattr(alerts, "notify_all", counted)
    monkeypatch.setattr("monitor.jobs.alert.TOGETHER_SECONDS", seconds)
    for number, title in enumerate(TITLES):
        report(desk, f"g{number}", make_match(), title=title)
    told = await desk.told(after=timedelta(0))
    assert sorted(about(one)[1] for one in told) == sorted(TITLES)
    assert stored == transactions


async def test_more_alerts_than_a_route_may_tell_in_an_hour_are_told_together_and_critical_ones_at_once(
    desk: Desk,
) -> None:
    set_route(desk, max_per_hour=2)
    for number, title in enumerate(TITLES):
        desk.now += timedelta(seconds=1)
        report(desk, f"g{number}", make_match(severity=Severity.CRITICAL if number == 5 else Severity.LOW), title=title)
    told = await desk.told(after=timedelta(0))
    assert sorted(about(one)[1] for one in told) == sorted([*TITLES[:2], TITLES[5]])
    report(desk, "late", make_match(severity=Severity.LOW), title=TITLES[2])
    assert await desk.told(after=HOUR - MINUTE) == []
    [rest] = await desk.told(after=2 * MINUTE)
    assert about(rest) == ("alert.created", rest["data"]["alert"]["title"], False, "and 4 more held back")
    assert {hit["item"]["id"] for hit in rest["data"]["hits"]} == {"3", "4", "5", "7"}
    assert await desk.told(after=2 * HOUR) == []


def flood(desk: Desk, titles: Sequence[str]) -> None:
    """Store a report for each title, a second apart."""
    for number, title in enumerate(titles):
        desk.now += timedelta(seconds=1)
        report(desk, f"g{number}", make_match(), title=title)


async def test_what_was_held_back_is_told_once_and_what_comes_later_is_an_update_of_it(desk: Desk) -> None:
    set_route(desk, max_per_hour=1)
    flood(desk, TITLES[:3])
    assert len(await desk.told(after=timedelta(0))) == 1
    [rest] = await desk.told(after=HOUR)
    assert about(rest)[3] == "and 2 more held back"
    assert {hit["item"]["id"] for hit in rest["data"]["hits"]} == {"2", "3"}
    report(desk, "again", make_match(), title=TITLES[2])
    [update] = await desk.told(after=HOUR)
    assert about(update) == ("alert.created", TITLES[2], True, "now 2 reports from 1 publisher")
    assert {hit["item"]["id"] for hit in update["data"]["hits"]} == {"4"}
    assert await desk.told(after=9 * HOUR) == []


async def test_what_waits_to_be_told_with_others_is_told_at_once_when_its_story_gets_critical_and_not_again(
    desk: Desk,
) -> None:
    set_route(desk, max_per_hour=1)
    flood(desk, TITLES[:3])
    assert len(await desk.told(after=timedelta(0))) == 1
    report(desk, "grave", make_match(severity=Severity.CRITICAL), title=TITLES[1])
    [grave] = await desk.told(after=MINUTE)
    assert about(grave)[1:] == (TITLES[1], False, "first report")
    assert {hit["item"]["id"] for hit in grave["data"]["hits"]} == {"2", "4"}
    [rest] = await desk.told(after=HOUR)
    assert about(rest)[3] == "and 1 more held back"
    assert {hit["item"]["id"] for hit in rest["data"]["hits"]} == {"3"}


async def test_no_empty_notice_is_left_of_what_was_held_back_and_told_at_once_after_all(desk: Desk) -> None:
    set_route(desk, max_per_hour=1)
    flood(desk, TITLES[:2])
    await desk.told(after=timedelta(0))
    report(desk, "grave", make_match(severity=Severity.CRITICAL), title=TITLES[1])
    assert len(await desk.told(after=MINUTE)) == 1
    assert await desk.told(after=9 * HOUR) == []
    assert "held back" not in {one.group for one in alerts.list_alerts(desk.db, limit=9)}


async def test_after_a_standstill_what_was_held_back_is_told_once_too(desk: Desk) -> None:
    set_route(desk, max_per_hour=1)
    flood(desk, TITLES[:2])
    await desk.told(after=timedelta(0))
    report(desk, "again", make_match(), title=TITLES[1])
    told = [*await desk.told(after=2 * HOUR), *await desk.told(after=2 * HOUR)]
    assert sorted(hit["item"]["id"] for one in told for hit in one["data"]["hits"]) == ["2", "3"]


async def test_a_change_of_what_was_held_back_is_told_where_the_report_was(desk: Desk) -> None:
    set_route(desk, max_per_hour=1)
    flood(desk, TITLES[:2])
    await desk.told(after=timedelta(0))
    [rest] = await desk.told(after=HOUR)
    with desk.db.write() as connection:
        connection.exec_driver_sql("UPDATE feed SET full_text = TRUE")
        assert versions.withdraw(connection, [2], now=desk.now) == 1
    [withdrawn] = await desk.told(after=HOUR)
    assert withdrawn["data"]["alert"]["id"] == rest["data"]["alert"]["id"]
    assert about(withdrawn)[3] == "withdrawn by the publisher"


async def test_what_nobody_acknowledged_is_told_again_until_somebody_does(desk: Desk) -> None:
    set_route(desk, repeat_interval=4 * HOUR)
    report(desk, "a", make_match())
    [first] = await desk.told(after=timedelta(0))
    assert await desk.told(after=4 * HOUR - MINUTE) == []
    for _ in range(2):
        [again] = await desk.told(after=4 * HOUR)
        assert about(again)[2:] == (False, "not acknowledged in 4 h")
        assert again["data"]["alert"]["id"] == first["data"]["alert"]["id"]
        assert again["data"]["alert"]["repeated"] is True
        assert [hit["rule"] for hit in again["data"]["hits"]] == ["entity:is-k"]
    ack(desk, first)
    assert await desk.told(after=9 * HOUR) == []


async def test_repeats_leave_half_of_an_hours_room_to_news_and_the_gravest_is_repeated_first(desk: Desk) -> None:
    set_route(desk, repeat_interval=30 * MINUTE, max_per_hour=4)
    for number, severity in enumerate((Severity.LOW, Severity.LOW, Severity.MEDIUM, Severity.HIGH)):
        report(desk, f"g{number}", make_match(severity=severity), title=TITLES[number])
    assert len(await desk.told(after=timedelta(0))) == 4
    assert await desk.told(after=30 * MINUTE) == []
    again = await desk.told(after=31 * MINUTE)
    assert {one["data"]["alert"]["severity"] for one in again} == {"medium", "high"}
    report(desk, "new", make_match(), title=TITLES[5])
    assert [about(one)[3] for one in await desk.told(after=timedelta(0))] == ["first report"]


async def test_a_story_that_is_over_is_not_told_again(desk: Desk) -> None:
    set_route(desk, repeat_interval=4 * HOUR)
    report(desk, "a", make_match())
    await desk.told(after=timedelta(0))
    assert await desk.told(after=73 * HOUR) == []


def ack(desk: Desk, notice: Notice) -> None:
    """Acknowledge the alert of a notice."""
    acknowledge(desk.db, notice["data"]["alert"]["id"], who="ana", note="", via="command", now=desk.now)
