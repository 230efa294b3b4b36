"""Acknowledging: by the signed link in a message and on the page of an alert."""

import asyncio

import httpx
import pytest

from monitor.core.links import ack_url, may_ack
from monitor.core.types import Acknowledgement, Mark
from monitor.store import acks, alerts, meta
from monitor.store.marks import marked_hits
from monitor.web.acks import FORM_BYTES
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.store.rows import make_feed, make_item, make_match, make_outcome, record
from tests.web.forms import own

SECRET = "a secret of this database"


def ask(
    status: Status, method: str, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Return the answer to one request."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(status))
        async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as web:
            return await web.request(method, path, data=form, headers=headers)

    return asyncio.run(answer())


def known(status: Status) -> list[Acknowledgement]:
    alert = alerts.find_alert(status.db, "alr_1")
    assert alert is not None
    return acks.acks_of(status.db, alert)


@pytest.fixture
def link(filled: Status) -> str:
    """Return the path of the alert's link; the dashboard asks for a token."""
    meta.put(filled.db, meta.LINK_SECRET, SECRET)
    filled.token = "dashboard-token"
    return ack_url("http://monitor/", SECRET, "alr_1").removeprefix("http://monitor")


def test_a_signature_is_for_one_alert_and_one_secret() -> None:
    token = ack_url("https://m.example", SECRET, "alr_1").removeprefix("https://m.example/ack/alr_1/")
    assert may_ack(SECRET, "alr_1", token)
    assert not may_ack(SECRET, "alr_2", token)
    assert not may_ack("another", "alr_1", token)
    assert not may_ack(SECRET, "alr_1", "é")


def test_opening_the_link_shows_the_alert_and_changes_nothing(filled: Status, link: str) -> None:
    for method in ("GET", "HEAD"):
        answer = ask(filled, method, link)
        assert answer.status_code == 200
    shown = ask(filled, "GET", link).text
    for words in ("story 1", "receiver desk", 'value="desk"', "<button"):
        assert words in shown
    assert "/static/" not in shown, "what asks for a token would ask the reader for it"
    assert "watchlists" not in shown, "whoever has the link sees nothing else"
    assert known(filled) == []


def test_the_button_acknowledges_and_says_who_did(filled: Status, link: str) -> None:
    answer = ask(filled, "POST", link, {"who": "Ana <b>", "note": "called\r\nKhar"})
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    [ack] = known(filled)
    assert (ack.who, ack.note, ack.via, ack.severity.value) == ("Ana <b>", "called Khar", "link", "high")
    shown = ask(filled, "GET", link).text
    assert "<b>Acknowledged</b> by <bdi>Ana &lt;b&gt;</bdi>" in shown
    assert "called Khar" in shown


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_was_not_signed_is_unknown(filled: Status, link: str, method: str) -> None:
    for path in (link[:-1], link.replace("alr_1", "alr_2"), ack_url("", "other", "alr_1")):
        assert ask(filled, method, path, {"who": "ana"} if method == "POST" else None).status_code == 404
    meta.put(filled.db, meta.LINK_SECRET, None)
    assert ask(filled, method, link).status_code == 404
    assert known(filled) == []


def test_nobody_and_too_much_are_refused(filled: Status, link: str) -> None:
    assert ask(filled, "POST", link, {"who": " "}).status_code == 400
    assert ask(filled, "POST", link, {"who": "a" * FORM_BYTES}).status_code == 413
    assert known(filled) == []


def test_the_page_of_an_alert_takes_acknowledgements_from_itself_only(filled: Status) -> None:
    path, form = "/alerts/alr_1/ack", own(filled, {"who": "ana"})
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert ask(filled, "POST", path, form, headers).status_code == 403
    for foreign in ({"who": "ana"}, {"who": "ana", "csrf": ""}, own(filled, {"who": "ana"}, of="another")):
        assert ask(filled, "POST", path, foreign, {"origin": "http://monitor"}).status_code == 403
    assert f'name="csrf" value="{form["csrf"]}"' in ask(filled, "GET", "/alerts/alr_1").text
    assert ask(filled, "GET", path).status_code == 405
    assert known(filled) == []
    assert ask(filled, "POST", path, form, {"origin": "http://monitor"}).status_code == 303
    assert [(ack.who, ack.via) for ack in known(filled)] == [("ana", "dashboard")]
    shown = ask(filled, "GET", "/alerts/alr_1").text
    assert "by <bdi>ana</bdi>" in shown
    assert ask(filled, "POST", "/alerts/none/ack", form, {"sec-fetch-site": "same-origin"}).status_code == 404


def test_the_page_asks_for_the_token(filled: Status, link: str) -> None:
    assert ask(filled, "POST", "/alerts/alr_1/ack", {"who": "ana"}).status_code == 401
    assert known(filled) == []


def test_hits_are_marked_on_the_page_of_their_alert(filled: Status) -> None:
    def say(mark: str, hit: str = "1", site: str = "same-origin") -> int:
        headers = {"sec-fetch-site": site}
        form = own(filled, {"hit": hit, "mark": mark})
        return ask(filled, "POST", "/alerts/alr_1/mark", form, headers).status_code

    assert 'aria-pressed="true"' not in ask(filled, "GET", "/alerts/alr_1").text
    assert say("right", site="cross-site") == 403
    assert [say("perhaps"), say("right", hit="x"), say("right", hit="99")] == [400, 400, 404]
    assert marked_hits(filled.db) == []
    assert say("wrong") == 303
    assert [(hit.id, hit.mark, hit.marked_by) for hit in marked_hits(filled.db)] == [(1, Mark.WRONG, "dashboard")]
    assert ask(filled, "GET", "/alerts/alr_1").text.count('value="none" aria-pressed="true">wrong') == 1
    assert say("none") == 303
    assert marked_hits(filled.db) == []


def test_hits_are_marked_by_the_link_of_their_alert(filled: Status, link: str) -> None:
    def say(mark: str, hit: str = "1") -> int:
        return ask(filled, "POST", f"{link}/mark", {"hit": hit, "mark": mark}).status_code

    shown = ask(filled, "GET", link).text
    assert "IS-K &lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert shown.count('value="right" aria-pressed="false"') == 2
    assert [say("perhaps"), say("right", hit="x"), say("right", hit="99")] == [400, 400, 404]
    assert ask(filled, "GET", f"{link}/mark").status_code == 405
    assert marked_hits(filled.db) == []
    answer = ask(filled, "POST", f"{link}/mark", {"hit": "1", "mark": "right"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}#hits")
    assert [(hit.id, hit.mark, hit.marked_by) for hit in marked_hits(filled.db)] == [(1, Mark.RIGHT, "link")]
    assert ask(filled, "GET", link).text.count('value="none" aria-pressed="true">right') == 1
    assert say("none") == 303
    assert marked_hits(filled.db) == []
    assert known(filled) == [], "to mark is not to acknowledge"


def test_a_link_marks_no_hit_of_another_alert_and_none_without_its_signature(filled: Status, link: str) -> None:
    feed = make_feed(filled.db, "https://other.example/")
    record(filled.db, make_outcome(feed, make_item("z", "IS-K elsewhere", matches=[make_match()])))
    assert ask(filled, "POST", f"{link}/mark", {"hit": "3", "mark": "wrong"}).status_code == 404
    assert ask(filled, "POST", f"{link[:-1]}/mark", {"hit": "1", "mark": "wrong"}).status_code == 404
    assert marked_hits(filled.db) == []
