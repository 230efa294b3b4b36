"""Acting from programs, over HTTP: what each request does, and what is refused."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from monitor.core.types import DeliveryState
from monitor.store import acks, alerts, deliveries, items, silences
from monitor.web.server import create_app, serve
from monitor.web.status import Status

TOKEN = "dashboard-token"
SILENCE = {"match": {"rule": "entity:is-k"}, "for": "6h", "author": "ana", "reason": "calm"}


@asynccontextmanager
async def api(status: Status, token: str | None = TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    """Run the daemon's server, and open a client that sends the token as Bearer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    status.token = token
    listening = asyncio.Event()
    serving = asyncio.create_task(serve(create_app(status), "127.0.0.1", port, ready=listening.set))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        await listening.wait()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1/", headers=headers) as web:
            yield web
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the detail of a problem, which says the status itself, too (RFC 9457)."""
    said = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (said["type"], said["status"]) == ("about:blank", answer.status_code)
    return answer.status_code, said["detail"]


async def test_alerts_are_listed_and_acknowledged(filled: Status) -> None:
    async with api(filled) as web:
        (alert,) = (await web.get("alerts?since=30d")).json()["alerts"]
        made = await web.post(f"alerts/{alert['id']}/acknowledge", json={"who": "ana", "note": "called Khar"})
        assert (await web.get("alerts?since=1s&limit=1")).status_code == 200
    assert (made.status_code, made.json()["who"], made.json()["via"]) == (200, "ana", "api")
    stored = alerts.find_alert(filled.db, alert["id"])
    assert stored is not None
    assert [(one.who, one.note) for one in acks.acks_of(filled.db, stored)] == [("ana", "called Khar")]


async def test_hits_are_marked_and_unmarked(filled: Status) -> None:
    async with api(filled) as web:
        answer = await web.post("hits/1/mark", json={"verdict": "wrong", "who": "ana"})
        assert answer.json() == {"hit": "1", "verdict": "wrong", "who": "ana"}
        assert mark_of(filled, 1) == ("wrong", "ana")
        await web.post("hits/1/mark", json={"verdict": None})
        assert mark_of(filled, 1)[0] is None


def mark_of(status: Status, hit_id: int) -> tuple[str | None, str | None]:
    (hit,) = items.list_hits(status.db, items.HitFilter(hit_ids=(hit_id,), limit=1))
    return hit.mark, hit.marked_by


async def test_silences_are_previewed_made_listed_and_ended(filled: Status) -> None:
    async with api(filled) as web:
        seen = (await web.post("silences?preview=true&since=30d", json=SILENCE)).json()
        assert seen["would_have_hidden"] == 2
        assert seen["hits"][0]["rule"] == "entity:is-k"
        assert (await web.get("silences")).json()["silences"] == [], "a preview makes nothing"
        made = await web.post("silences", json=SILENCE)
        assert (made.status_code, made.json()["state"], made.json()["match"]) == (
            201,
            "active",
            {"rule": ["entity:is-k"]},
        )
        assert [one["id"] for one in (await web.get("silences")).json()["silences"]] == [made.json()["id"]]
        ended = await web.delete(f"silences/{made.json()['id']}")
        assert (ended.status_code, ended.json()["state"]) == (200, "expired")
        assert (await web.get("silences")).json()["silences"] == []
        assert len((await web.get("silences?all=true")).json()["silences"]) == 1
        assert problem_of(await web.delete(f"silences/{made.json()['id']}"))[0] == 409
    assert len(silences.list_silences(filled.db)) == 1


async def test_what_was_given_up_is_sent_again(filled: Status) -> None:
    async with api(filled) as web:
        answer = await web.post("deliveries/dead/retry")
        assert answer.json() == {"delivery": "dead", "state": "pending"}
        assert problem_of(await web.post("deliveries/sent/retry")) == (
            409,
            "delivery sent is no dead letter; see: monitor alerts list --failed",
        )
        assert problem_of(await web.post("deliveries/none/retry"))[0] == 404
    found = deliveries.find(filled.db, "dead")
    assert found is not None
    assert found.state is DeliveryState.PENDING


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "detail"),
    [
        ("POST", "alerts/none/acknowledge", {"who": "ana"}, 404, "no alert none"),
        ("POST", "alerts/alr_1/acknowledge", {}, 422, "who: expected text"),
        ("POST", "alerts/alr_1/acknowledge", {"who": 7}, 422, "who: expected text"),
        ("POST", "alerts/alr_1/acknowledge", {"who": "a", "x": 1}, 422, "x: unknown; expected note, who"),
        ("POST", "alerts/alr_1/acknowledge", [], 400, "JSON object"),
        ("POST", "hits/1/mark", {"verdict": "perhaps"}, 422, "verdict"),
        ("POST", "hits/1/mark", {}, 422, "verdict"),
        ("POST", "hits/99/mark", {"verdict": "right"}, 404, "no hit 99"),
        ("POST", "hits/x/mark", {"verdict": "right"}, 404, "no hit x"),
        ("POST", "silences", {**SILENCE, "match": {}}, 422, "at least one condition"),
        ("POST", "silences", {**SILENCE, "match": {"severity": "grave"}}, 422, "match.severity"),
        ("POST", "silences", {**SILENCE, "for": "soon"}, 422, "for: expected a span"),
        ("POST", "silences", {**SILENCE, "end": "2030-01-01"}, 422, "not both"),
        ("POST", "silences", {**SILENCE, "author": ""}, 409, "needs a reason and an author"),
        ("POST", "silences?since=x", SILENCE, 400, "since"),
        ("DELETE", "silences/7", None, 404, "no silence 7"),
        ("GET", "alerts?limit=0", None, 400, "limit"),
        ("GET", "alerts?since=soon", None, 400, "since"),
        ("GET", "nothing", None, 404, "/api/v1/nothing"),
        ("PUT", "silences", {}, 405, "PUT"),
    ],
)
async def test_what_cannot_be_done_is_told_as_a_problem(
    filled: Status, method: str, path: str, body: Any, code: int, detail: str
) -> None:
    async with api(filled) as web:
        got, said = problem_of(await web.request(method, path, json=body))
    assert got == code
    assert detail in said


async def test_a_body_that_is_no_json_or_too_long_is_refused(filled: Status) -> None:
    long = json.dumps({"who": "a" * 70_000})
    async with api(filled) as web:
        for body, kind, code in (
            ("who=ana", "application/x-www-form-urlencoded", 415),
            ("who", "application/json", 400),
            ("[" * 50_000, "application/json", 400),
            (long, "application/json", 413),
        ):
            answer = await web.post("alerts/alr_1/acknowledge", content=body, headers={"content-type": kind})
            assert problem_of(answer)[0] == code


CHANGES = (
    ("POST", "alerts/alr_1/acknowledge"),
    ("POST", "hits/1/mark"),
    ("POST", "silences"),
    ("DELETE", "silences/1"),
    ("POST", "deliveries/dead/retry"),
)


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_a_password_that_a_browser_remembers_changes_nothing(filled: Status, method: str, path: str) -> None:
    async with api(filled) as web:
        del web.headers["authorization"]
        assert problem_of(await web.request(method, path, json={}))[0] == 401
        with_password = await web.request(method, path, json={}, auth=("any", TOKEN))
        assert problem_of(with_password)[0] == 403
        assert (await web.get("alerts", auth=("any", TOKEN))).status_code == 200, "but it may look"
        assert problem_of(await web.request(method, path, json={}, headers={"authorization": "Bearer x"}))[0] == 401


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("header", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
async def test_where_no_token_is_set_a_foreign_page_changes_nothing(
    filled: Status, method: str, path: str, header: dict[str, str]
) -> None:
    async with api(filled, token=None) as web:
        assert problem_of(await web.request(method, path, json={}, headers=header))[0] == 403


async def test_where_no_token_is_set_a_program_acts(filled: Status) -> None:
    async with api(filled, token=None) as web:
        assert (await web.post("silences", json=SILENCE)).status_code == 201
