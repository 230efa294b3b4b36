"""The pages of the alerts: lists by state, acknowledging several, and all that is known of one."""

from datetime import timedelta

import pytest

from monitor import actions
from monitor.core.grouping import OPEN_FOR
from monitor.core.types import Alert, RouteMatch, SilenceSpec
from monitor.store import acks, alert_lists, alerts, items
from monitor.store.alert_lists import AlertFilter
from monitor.web import alert_pages
from monitor.web.status import Status
from tests.store.rows import NOW, make_alert, make_feed, make_item, make_match, make_outcome, record
from tests.web.acting import FOREIGN, Fields, get, post

HOSTILE = "<script>alert(1)</script> \u202egnp.exe"


def another(status: Status, number: int, title: str = "") -> Alert:
    """Store an alert of its own story."""
    feed = make_feed(status.db, f"https://{number}.example/")
    record(status.db, make_outcome(feed, make_item(f"x{number}", title, matches=[make_match("isk-attack")])))
    return make_alert(status.db, items.unrouted_hits(status.db, limit=9), id_=f"alr_{number}", key=f"k{number}")


def known_to(status: Status, alert_id: str) -> list[str]:
    """Return who acknowledged an alert."""
    found = alerts.find_alert(status.db, alert_id)
    assert found is not None
    return [one.who for one in acks.acks_of(status.db, found)]


async def test_open_alerts_are_listed_and_others_where_one_asks(filled: Status) -> None:
    another(filled, 2)
    page = (await get(filled, "/alerts")).text
    assert page.count('name="alert" value="') == 2
    for shown in ("open 2", "acknowledged 0", "ended 0", "1 sent", "1 given up"):
        assert shown in page
    assert "No alert is ended" in (await get(filled, "/alerts?state=ended")).text
    filled.clock = lambda: NOW + OPEN_FOR + timedelta(hours=1)
    assert "No alert is open" in (await get(filled, "/alerts")).text
    ended = (await get(filled, "/alerts?state=ended")).text
    assert ended.count('href="/alerts/alr_') == 2
    assert 'name="alert"' not in ended, "an alert that has ended need not be acknowledged"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("receiver=desk", 2), ("receiver=other", 0), ("severity=high", 2), ("severity=critical", 0), ("watchlist=is-k", 2),
        ("watchlist=none", 0), ("state=any", 2), ("state=nonsense", 2), ("severity=x&before=alr_unknown", 0),
    ],
)  # fmt: skip
async def test_the_address_chooses(filled: Status, asked: str, count: int) -> None:
    another(filled, 2)
    page = await get(filled, f"/alerts?{asked}")
    assert page.status_code == 200
    assert page.text.count('href="/alerts/alr_') == count


async def test_pages_follow_each_other_without_a_gap(filled: Status, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2, 6):
        another(filled, number)
    monkeypatch.setattr(alert_pages, "PAGE_SIZE", 2)
    address, seen = "/alerts?state=any", list[str]()
    for _ in range(3):
        page = (await get(filled, address)).text
        seen += [f"alr_{n}" for n in range(1, 6) if f'href="/alerts/alr_{n}"' in page]
        address = page.partition('" rel="next"')[0].rpartition('href="')[2].replace("&amp;", "&")
    assert sorted(seen) == [f"alr_{n}" for n in range(1, 6)]
    assert 'rel="next"' not in page


async def test_what_is_ticked_is_acknowledged_and_the_list_stays_as_it_was_chosen(filled: Status) -> None:
    another(filled, 2)
    form: Fields = {"alert": ["alr_1", "alr_2", "alr_gone"], "who": "Ana <b>", "back": "/alerts?receiver=desk"}
    answer = await post(filled, "/alerts/acknowledge", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?receiver=desk")
    assert (known_to(filled, "alr_1"), known_to(filled, "alr_2")) == (["Ana <b>"], ["Ana <b>"])
    page = (await get(filled, "/alerts?state=acknowledged")).text
    assert page.count("known to <bdi>Ana &lt;b&gt;</bdi>") == 2
    assert "open 0" in page


@pytest.mark.parametrize(
    ("form", "code", "why"),
    [
        ({"who": "ana"}, 409, "no alert is chosen"),
        ({"alert": "alr_1", "who": " "}, 409, "say who acknowledges"),
        ({"alert": "alr_none", "who": "ana"}, 404, "past their retention"),
        ({"alert": "alr_1", "who": "a" * 9_000}, 413, "too long"),
    ],
)
async def test_what_cannot_be_acknowledged_is_told_and_changes_nothing(
    filled: Status, form: dict[str, str | list[str]], code: int, why: str
) -> None:
    answer = await post(filled, "/alerts/acknowledge", form)
    assert (answer.status_code, why in answer.text) == (code, True)
    assert known_to(filled, "alr_1") == []


async def test_another_site_cannot_acknowledge_nor_lead_the_reader_away(filled: Status) -> None:
    form: dict[str, str | list[str]] = {"alert": "alr_1", "who": "ana", "back": "https://evil.example/"}
    assert (await post(filled, "/alerts/acknowledge", form, FOREIGN)).status_code == 403
    assert known_to(filled, "alr_1") == []
    assert (await post(filled, "/alerts/acknowledge", form)).headers["location"] == "/alerts"


async def test_an_alert_shows_its_story_its_silence_and_each_delivery(filled: Status) -> None:
    page = (await get(filled, "/alerts/alr_1")).text
    for shown in (
        "high</span> open",
        "slack at hooks.example answered 404",
        "Send again",
        "/silences?rule=entity%3Ais-k#make",
    ):
        assert shown in page
    spec = SilenceSpec(RouteMatch(rule=frozenset({"isk-attack"})), None, NOW + timedelta(hours=6), "ana", "calm <b>")
    silence = actions.add_silence(filled.db, spec, now=NOW)
    hidden = another(filled, 2, HOSTILE)
    with filled.db.write() as connection:
        connection.execute(alerts.ALERT.update().where(alerts.ALERT.c.id == hidden.id).values(silence_id=silence.id))
    page = (await get(filled, "/alerts/alr_2")).text
    assert "<b>Silenced</b> until" in page
    assert "<bdi>calm &lt;b&gt;</bdi>" in page
    assert "<script" not in page
    assert "\u202e" not in page
    assert "silenced</a>" in (await get(filled, "/alerts")).text
    assert (await get(filled, "/alerts/none")).status_code == 404


def test_lists_count_and_find_alike(filled: Status) -> None:
    for number in range(2, 5):
        another(filled, number)
    actions.acknowledge(filled.db, "alr_3", who="ana", note="", via="command", now=NOW)
    since = NOW - OPEN_FOR
    counts = alert_lists.count_alerts(filled.db, AlertFilter(), open_since=since)
    for state, count in counts.items():
        found = alert_lists.find_alerts(filled.db, AlertFilter(state=state), open_since=since)
        assert (len(found), {one.state for one in found} <= {state}) == (count, True)
    assert sum(counts.values()) == 4
    assert alert_lists.receivers(filled.db) == ["desk"]
