"""What is said of items that went every way an item can go, through the daemon's jobs on both databases."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import actions
from monitor.core.explanation import Basis, Turn, as_json
from monitor.core.types import RouteMatch, SilenceSpec
from monitor.errors import UnknownIdError
from tests.explained import PLAIN, WATCHLIST, Watch, reasons, step, watching

pytestmark = pytest.mark.usefixtures("readers")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BLAST = ("Blast at a rally in Khar", "IS-K said it did it.")
SIGHTED = ("Omari seen in Kabul", "")


@pytest.fixture
async def watch(url: str, tmp_path: Path) -> AsyncIterator[Watch]:
    """Return a paper, a desk and the jobs between them."""
    async with watching(tmp_path, url) as one:
        yield one


def ended(watch: Watch, asked: str = "1") -> tuple[str, str | None, str]:
    """Return how an item ended: the outcome, the step it came to, and the summary."""
    said = watch.explain(asked)
    return str(as_json(said)["outcome"]), said.stopped_at, said.summary


async def test_an_item_that_was_told_passed_every_step(watch: Watch) -> None:
    await watch.poll(BLAST)
    await watch.tell()
    found = watch.explain()
    assert (found.turn, found.stopped_at, found.summary) == (Turn.PASSED, None, "desk/webhook (first report): sent")
    names = ["fetched", "read", "mentions", "rules", "age", "story", "route", "alert", "delivery"]
    assert [(one.name, one.turn) for one in found.steps] == [(name, Turn.PASSED) for name in names]
    assert {one.basis for one in found.steps} == {Basis.THEN}
    assert [one.at for one in found.steps if one.name in ("fetched", "rules", "route", "delivery")] == [watch.now] * 4
    assert 'critical: rule blast: "IS-K" (is-k, text), "Khar" (khar, title)' in reasons(step(found, "rules"))
    [decision, *_] = step(found, "route").parts[0].parts
    assert re.fullmatch(
        r"root -> desk: opened the alert for story 1, alr_\w+, due 2023-07-30 12:01Z \(group_wait 0 s\)",
        decision.reason,
    )


async def test_a_name_without_its_context_is_told_with_what_it_lacks(watch: Watch) -> None:
    await watch.poll(SIGHTED)
    why = 'omari: "Omari" in the title at 0: no context: is-k: not found'
    assert ended(watch) == ("stopped", "mentions", f"nothing that is named counts; {why}")
    [refused] = step(watch.explain(), "mentions").parts
    assert (refused.turn, refused.reason) == (Turn.STOPPED, why)


async def test_a_rule_that_a_word_forbids_is_told_with_the_word(watch: Watch) -> None:
    await watch.poll(("Officials denied a blast in Khar", "The group claimed it."))
    assert ended(watch) == ("stopped", "rules", "no rule holds; 2 nearly did")
    assert 'denied: NOT "claimed": found "claimed" in the text' in reasons(step(watch.explain(), "rules"))


async def test_words_that_nobody_watches_stop_at_the_mentions(watch: Watch) -> None:
    await watch.poll(("Rain in Lahore", ""))
    assert ended(watch) == ("stopped", "mentions", "nothing is named that is watched")


async def test_old_news_of_a_first_poll_is_told_with_its_age_and_the_setting(watch: Watch) -> None:
    await watch.poll(BLAST, age=9 * DAY)
    await watch.tell()
    why = "found by the first poll of its feed, 9 d old: polling.first_poll_alerts is 1 d"
    assert ended(watch) == ("stopped", "age", f"old news alerts nobody: {why}")


async def test_old_news_without_a_hit_is_told_with_both(watch: Watch) -> None:
    await watch.poll(("Rain in Lahore", ""), age=9 * DAY)
    assert ended(watch)[:2] == ("stopped", "mentions")
    assert "9 d old" in step(watch.explain(), "age").reason


async def test_an_entry_past_its_retention_that_its_feed_still_shows_is_no_news(watch: Watch) -> None:
    await watch.poll()
    await watch.poll(BLAST, age=200 * DAY)
    assert "200 d old when it was found: retention.items is 180 d" in ended(watch)[2]


async def test_a_silenced_item_waits_and_says_whose_silence_that_is_and_until_when(watch: Watch) -> None:
    spec = SilenceSpec(RouteMatch(rule=frozenset({"blast"})), None, watch.now + 6 * HOUR, "ana", "calm")
    actions.add_silence(watch.db, spec, now=watch.now)
    await watch.poll((BLAST[0], "Khar and IS-K."))
    await watch.reload(watchlist=WATCHLIST)
    await watch.tell()
    silenced = next(one for one in step(watch.explain(), "route").parts if one.reason.startswith("blast"))
    assert silenced.reason == "blast: silenced, silence 1: calm; told when the silence ends"
    assert silenced.turn is Turn.WAITS
    assert "silence 1 by ana until 2023-07-30 18:01Z for rule blast: calm" in silenced.parts[0].reason
    await watch.tell(6 * HOUR)
    [silenced, *_] = step(watch.explain(), "route").parts
    assert silenced.reason.endswith("told when that ended, 2023-07-30 18:01Z")
    assert "desk/webhook (silence ended, it hid 1 hit): sent" in reasons(step(watch.explain(), "delivery"))


NIGHT = 'route: {receiver: desk, group_wait: 0s, mute: {times: ["10:00-15:00"], timezone: UTC}}'


async def test_quiet_hours_are_told_while_they_last_and_afterwards(watch: Watch) -> None:
    await watch.reload(NIGHT)
    await watch.poll(BLAST)
    await watch.tell()
    why = "group_wait 0 s, then quiet hours until 2023-07-30 15:00Z"
    assert ended(watch) == ("waits", "alert", f"desk, story 1: due 2023-07-30 15:00Z ({why})")
    await watch.tell(4 * HOUR)
    assert ended(watch) == ("told", None, "desk/webhook (quiet hours ended): sent")
    assert why in reasons(step(watch.explain(), "route"))


async def test_a_hit_that_a_graver_one_inhibits_names_it(watch: Watch) -> None:
    rest = "inhibit: [{source: {rule: blast}, target: {rule: denied}}]"
    await watch.reload(f"{PLAIN}\n{rest}")
    await watch.poll(BLAST, (f"{BLAST[0]} denied", ""))
    await watch.tell()
    outcome, at, said = ended(watch, "2")
    assert (outcome, at) == ("stopped", "route")
    assert said == "denied: inhibited, blast is told of the same story"
    assert "hit 1 of the same story, blast in item 1, is told in its place" in reasons(
        step(watch.explain("2"), "route")
    )


async def test_more_than_an_hour_takes_is_told_with_the_cap_and_then_together(watch: Watch) -> None:
    plain = WATCHLIST.replace("id: khar, kind: place, name: Khar, alone: false", "id: khar, kind: place, name: Khar")
    await watch.reload("route: {receiver: desk, group_wait: 0s, max_per_hour: 1}", plain)
    await watch.poll(("Khar school reopens after the flood", ""))
    await watch.tell()
    await watch.poll(("Wheat price falls on Khar bazaar", ""))
    watch.now -= 30 * MINUTE
    await watch.tell()
    outcome, at, said = ended(watch, "2")
    assert (outcome, at) == ("waits", "alert")
    assert said == "desk, held back: due 2023-07-30 13:01Z (there is room in the hour again)"
    capped = "max_per_hour is 1, and the route had told so many"
    assert capped in reasons(step(watch.explain("2"), "alert"))
    await watch.tell(31 * MINUTE)
    assert ended(watch, "2") == ("told", None, "desk/webhook (and 1 more held back): sent")
    [of_story] = [part for part in step(watch.explain("2"), "alert").parts if "held back" not in part.reason]
    assert of_story.turn is Turn.NOTED
    assert "told with others' by alr_" in of_story.reason


async def test_a_receiver_without_a_channel_leaves_a_hit_to_the_digest(watch: Watch) -> None:
    await watch.reload("route: {receiver: desk, routes: [{match: {severity: [critical, high]}, receiver: archive}]}")
    await watch.poll(BLAST)
    await watch.tell()
    assert ended(watch)[:2] == ("stopped", "route")
    assert (
        "root > [0] severity critical or high -> archive: no channel: the receiver has none, for the digest only"
        in reasons(step(watch.explain(), "route"))
    )


async def test_a_channel_that_goes_before_an_alert_is_due_is_told(watch: Watch) -> None:
    await watch.reload("route: {receiver: desk, group_wait: 10m}")
    await watch.poll(BLAST)
    await watch.tell()
    without = watch.config.read_text().replace(f'[{{webhook: {{url: "{watch.desk.url("/hook")}"}}}}]', "[]")
    watch.config.write_text(without)
    await watch.furnish()
    await watch.tell(10 * MINUTE)
    assert ended(watch) == ("stopped", "delivery", "desk: it had no channel when the alert was due")


async def test_a_dead_letter_is_told_with_its_error_and_the_cure(watch: Watch) -> None:
    watch.answer = 404
    await watch.poll(BLAST)
    await watch.tell()
    outcome, at, said = ended(watch)
    assert (outcome, at) == ("stopped", "delivery")
    assert re.search(r"given up after 1 attempt: .*404.*; again: monitor alerts retry dlv_\w+", said)


async def test_a_receiver_that_is_down_is_told_with_the_next_attempt(watch: Watch) -> None:
    watch.answer = 500
    await watch.poll(BLAST)
    await watch.tell()
    outcome, at, said = ended(watch)
    assert (outcome, at) == ("waits", "delivery")
    assert re.search(r"next attempt 2023-07-30 12:0\dZ after 1 attempt, the last: .*500", said)


async def test_an_edit_is_told_with_the_rules_that_it_was_the_first_to_meet(watch: Watch) -> None:
    await watch.poll(("Blast at a rally in Khar", "Nobody claimed it."))
    await watch.tell()
    assert ended(watch)[0] == "stopped"
    watch.paper.entries[0] = ("IS-K behind the blast at a rally in Khar", "It said so.", watch.paper.entries[0][2])
    await watch.poll()
    await watch.tell()
    found = watch.explain()
    assert found.turn is Turn.PASSED
    [edit] = step(found, "fetched").parts
    assert (edit.reason, edit.at) == ('version 2: "IS-K behind the blast at a rally in Khar"', watch.now)
    assert step(found, "rules").at == watch.now


async def test_a_story_that_was_acknowledged_says_by_whom(watch: Watch) -> None:
    await watch.poll(BLAST)
    await watch.tell()
    alert = step(watch.explain(), "alert").parts[0].id
    assert alert is not None
    actions.acknowledge(watch.db, alert, who="ana", note="called Khar", via="command", now=watch.now)
    await watch.poll(("Second report of the blast at a rally in Khar", "IS-K said it did it."))
    await watch.tell(10 * MINUTE)
    assert ended(watch, "2")[:2] == ("stopped", "alert")
    assert ended(watch, "2")[2].endswith("its story was acknowledged by ana; it waits for something graver")
    assert (watch.explain(alert).item.id, watch.explain(alert).also) == (1, (2,))
    assert "by ana, command: called Khar" in reasons(step(watch.explain("2"), "known"))
    assert (
        'story 1, "Blast at a rally in Khar", which item 1 opened; 2 reports'
        in step(watch.explain("2"), "story").reason
    )


async def test_a_hit_from_before_decisions_were_kept_is_told_by_the_routes_as_they_are_now(watch: Watch) -> None:
    await watch.poll(BLAST)
    await watch.tell()
    with watch.db.write() as connection:
        connection.exec_driver_sql("UPDATE hit SET decisions = '[]'")
        connection.exec_driver_sql("UPDATE item SET watchlist_version = ''")
    found = watch.explain()
    assert found.turn is Turn.PASSED
    [way] = step(found, "route").parts[0].parts
    assert (way.reason, way.basis) == ("root -> desk", Basis.CONFIGURATION)


async def test_deliveries_past_their_retention_leave_that_it_was_told(watch: Watch) -> None:
    await watch.poll(BLAST)
    await watch.tell()
    with watch.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM delivery")
    watch.now += 91 * DAY
    assert ended(watch) == ("told", None, "desk: told, its deliveries are past their retention")


async def test_a_receiver_that_is_told_and_one_that_is_not_are_both_in_the_summary(watch: Watch) -> None:
    hooks = f'[{{webhook: {{url: "{watch.desk.url("/hook")}"}}}}, {{webhook: {{url: "{watch.desk.url("/gone")}"}}}}]'
    watch.config.write_text(
        watch.config.read_text().replace(f'[{{webhook: {{url: "{watch.desk.url("/hook")}"}}}}]', hooks)
    )
    await watch.furnish()
    await watch.poll(BLAST)
    await watch.tell()
    outcome, _, said = ended(watch)
    assert outcome == "told"
    assert re.match(
        r"desk/webhook \(first report\): sent; desk/webhook-2 \(first report\): given up after 1 attempt", said
    )


async def test_a_hit_that_no_alert_job_saw_waits(watch: Watch) -> None:
    await watch.poll(BLAST)
    outcome, at, said = ended(watch)
    assert (outcome, at, "does the daemon run?" in said) == ("waits", "route", True)


async def test_what_watchlists_decide_otherwise_now_is_told_beside_what_was_decided_then(watch: Watch) -> None:
    await watch.poll(BLAST, ("Flood in Khar", ""))
    await watch.tell()
    then = watch.house.current().matcher.version
    await watch.reload(watchlist=WATCHLIST.replace("is-k AND khar", 'khar AND "flood"'))
    now = watch.house.current().matcher.version
    told, missed = watch.explain("1"), watch.explain("2")
    change = f"the watchlists changed since (version {then}, now {now})"
    assert f"blast of watchlist bajaur would not hit now: {change}" in reasons(step(told, "rules"))
    assert told.turn is Turn.PASSED
    assert (missed.stopped_at, missed.summary) == ("rules", "no rule held then; one would now")
    [would, *_] = step(missed, "rules").parts
    assert (would.reason, would.basis) == (f"blast of watchlist bajaur would hit now: {change}", Basis.WATCHLISTS)


async def test_an_item_is_found_by_its_address_its_guid_its_hit_and_its_alert(watch: Watch) -> None:
    await watch.poll(BLAST, SIGHTED)
    await watch.tell()
    feed, page = watch.paper.server.url("/feed"), watch.paper.page_url("/news/1")
    assert watch.explain(page).item.id == 2
    assert watch.explain(f"{page}/?utm_source=mail#top").item.id == 2
    assert watch.explain("/news/1").item.id == watch.explain("/news/1", feed).item.id == 2
    alert = step(watch.explain("1"), "alert").parts[0].id
    assert alert is not None
    assert (watch.explain(alert).item.id, watch.explain(alert).asked) == (1, alert)
    assert (watch.explain("hit:1").item.id, watch.explain("hit:1").asked) == (1, "hit:1")


async def test_an_item_that_is_not_there_is_told_with_what_is_near_and_what_to_do(watch: Watch) -> None:
    await watch.poll(("Omari seen", "With IS-K in Khar."), BLAST)
    for asked in ("7", "alr_none", "99999999999", "", "https://elsewhere.example/a"):
        with pytest.raises(
            UnknownIdError, match=r"no item .* is stored; .*180 d \(retention.items\).*monitor feeds show"
        ):
            watch.explain(asked)
    with pytest.raises(UnknownIdError, match="there is a hit 3, of item 2: monitor explain hit:3"):
        watch.explain("3")
    with pytest.raises(UnknownIdError, match="near it: item 1, 'Omari seen'"):
        watch.explain(watch.paper.page_url("/news/0?page=2"))
    with pytest.raises(UnknownIdError):
        watch.explain("/news/0", "https://other.example/feed")
