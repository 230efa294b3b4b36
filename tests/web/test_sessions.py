"""Signing in with a token, and out."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from monitor import actions
from monitor.core.access import Scope
from monitor.store import acks, alerts, tokens
from monitor.web.callers import COOKIE
from monitor.web.limits import WRONG
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.store.rows import NOW

TOKEN = "the configured token"
HTML = {"accept": "text/html"}


def browse(status: Status, walk: Callable[[httpx.AsyncClient], object], base: str = "http://monitor") -> None:
    """Let a browser, which keeps cookies, walk over the pages."""

    async def go() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(status)), base_url=base) as web:
            await walk(web)  # type: ignore[misc]  # a coroutine

    asyncio.run(go())


def test_a_browser_is_led_to_sign_in_and_back_and_may_then_act(filled: Status) -> None:
    filled.token = TOKEN

    async def walk(web: httpx.AsyncClient) -> None:
        led = await web.get("/alerts/alr_1?x=1", headers=HTML)
        assert (led.status_code, led.headers["location"]) == (303, "/login?then=%2Falerts%2Falr_1%3Fx%3D1")
        shown = await web.get(led.headers["location"])
        assert 'name="then" value="/alerts/alr_1?x=1"' in shown.text
        assert "script" not in shown.text
        back = await web.post("/login", data={"token": TOKEN, "then": "/alerts/alr_1?x=1"})
        assert (back.status_code, back.headers["location"]) == (303, "/alerts/alr_1?x=1")
        cookie = back.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert TOKEN not in cookie
        page = await web.get("/alerts/alr_1")
        found = re.search('name="csrf" value="([^"]+)"', page.text)
        assert found is not None
        assert "Sign out" in page.text
        assert (await web.post("/alerts/alr_1/ack", data={"who": "ana"})).status_code == 403
        taken = await web.post("/alerts/alr_1/ack", data={"who": "ana", "csrf": found[1]})
        assert taken.status_code == 303
        assert (await web.post("/api/v1/hits/1/mark", json={"verdict": "right"})).status_code == 403
        by_script = {"x-csrf-token": found[1]}
        assert (await web.post("/api/v1/hits/1/mark", json={"verdict": "right"}, headers=by_script)).status_code == 200
        out = await web.post("/logout", data={"csrf": found[1]})
        assert (out.status_code, out.headers["location"]) == (303, "/login")
        assert (await web.get("/", headers=HTML)).status_code == 303

    browse(filled, walk)
    stored = alerts.find_alert(filled.db, "alr_1")
    assert stored is not None
    assert [one.who for one in acks.acks_of(filled.db, stored)] == ["ana"]


def test_a_session_is_as_good_as_its_token_and_ends_with_it(filled: Status) -> None:
    filled.token = TOKEN
    _, given = actions.add_token(filled.db, "screen", Scope.READ, expires_at=None, now=NOW)

    async def walk(web: httpx.AsyncClient) -> None:
        await web.post("/login", data={"token": given})
        page = await web.get("/alerts/alr_1")
        found = re.search('name="csrf" value="([^"]+)"', page.text)
        assert found is not None
        assert (await web.post("/alerts/alr_1/ack", data={"who": "a", "csrf": found[1]})).status_code == 403
        tokens.revoke_token(filled.db, "screen", now=NOW)
        assert (await web.get("/")).status_code == 401
        await web.post("/login", data={"token": TOKEN})
        assert (await web.get("/")).status_code == 200
        filled.token = "another"
        assert (await web.get("/")).status_code == 401
        filled.token = TOKEN
        filled.clock = lambda: NOW + timedelta(days=7)
        assert (await web.get("/")).status_code == 401

    browse(filled, walk)


@pytest.mark.parametrize("cookie", ["x", "x.y", ".", "WyJ3ZWI6IiwgIm4iLCA5OTk5OTk5OTk5XQ.AAAA", "é"])
def test_a_cookie_that_we_did_not_sign_opens_nothing(filled: Status, cookie: str) -> None:
    filled.token = TOKEN

    async def walk(web: httpx.AsyncClient) -> None:
        assert (await web.get("/", headers={b"cookie": f"{COOKIE}={cookie}".encode()})).status_code == 401

    browse(filled, walk)


def test_guesses_are_few_and_the_right_word_does_not_help_then(filled: Status) -> None:
    filled.token = TOKEN

    async def walk(web: httpx.AsyncClient) -> None:
        for _ in range(WRONG.count):
            wrong = await web.post("/login", data={"token": "wrong", "then": "/feeds"})
            assert (wrong.status_code, "That is no token" in wrong.text, "wrong" in wrong.text) == (401, True, False)
            assert 'value="/feeds"' in wrong.text
        locked = await web.post("/login", data={"token": TOKEN})
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "900")

    browse(filled, walk)


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/a\r\nset-cookie: x", ""]
)
def test_signing_in_leads_to_no_other_host(filled: Status, then: str) -> None:
    filled.token = TOKEN

    async def walk(web: httpx.AsyncClient) -> None:
        answer = await web.post("/login", data={"token": TOKEN, "then": then})
        assert answer.headers["location"] == "/"

    browse(filled, walk)


def test_a_page_of_somebody_else_signs_nobody_in(filled: Status) -> None:
    filled.token = TOKEN

    async def walk(web: httpx.AsyncClient) -> None:
        answer = await web.post("/login", data={"token": TOKEN}, headers={"sec-fetch-site": "cross-site"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)

    browse(filled, walk)


@pytest.mark.parametrize(
    ("base", "public", "secure"),
    [
        ("https://monitor", None, True),
        ("http://monitor", None, False),
        ("http://news.example", "https://news.example", True),
        ("http://127.0.0.1", "https://news.example", False),
    ],
)
def test_where_https_is_spoken_the_cookie_is_sent_by_it_alone(
    filled: Status, base: str, public: str | None, secure: bool
) -> None:
    filled.token, filled.public_url = TOKEN, public

    async def walk(web: httpx.AsyncClient) -> None:
        answer = await web.post("/login", data={"token": TOKEN})
        assert ("Secure" in answer.headers["set-cookie"]) is secure

    browse(filled, walk, base)
