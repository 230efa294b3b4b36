"""What every request passes: scopes of tokens, forms, names of the host, rates."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from monitor import actions
from monitor.core.access import Scope
from monitor.store import alerts, items, tokens
from monitor.web.gate import ADMIN_FOLDERS, OPEN_FOLDERS, OPEN_PATHS, READING, needed_for
from monitor.web.limits import ASKED, WRONG, Limit
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.store.rows import NOW
from tests.web.forms import own


def ask(status: Status, *asked: tuple[str, str, Any]) -> list[httpx.Response]:
    """Return the answers to some requests, all to one server."""

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(status), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as web:
            return [await web.request(method, path, **more) for method, path, more in asked]

    return asyncio.run(answers())


def token(status: Status, scope: Scope, name: str = "") -> dict[str, str]:
    """Give a token, and return the header that shows it."""
    _, made = actions.add_token(status.db, name or scope.value, scope, expires_at=None, now=NOW)
    return {"authorization": f"Bearer {made}"}


def walk(routes: list[BaseRoute]) -> list[tuple[str, str]]:
    """Return every method and path of the application, but for what is open to all."""
    found = []
    for route in routes:
        if isinstance(route, Mount):
            found.append(("GET", f"{route.path}/style.css"))
        elif isinstance(route, Route):
            path = re.sub(r"\{item_id:int\}", "1", route.path)
            path = path.replace("{alert_id}", "alr_1").replace("{delivery_id}", "dead")
            path = re.sub(r"\{\w+\}", "1", path)
            found += [(method, path) for method in route.methods or ()]
    closed = [(m, p) for m, p in found if p not in OPEN_PATHS and not p.startswith(OPEN_FOLDERS) and p != "/login"]
    assert len(closed) > 40, "every route is walked"
    return [(m, p) for m, p in closed if p != "/api/v1/hits/stream"]


CHANGES = {"POST", "PUT", "PATCH", "DELETE"}


def test_a_token_that_may_look_changes_nothing_on_any_route(filled: Status) -> None:
    filled.token = "configured"
    reading = token(filled, Scope.READ)
    ways = walk(create_app(filled).routes)
    changing = [(m, p) for m, p in ways if m in CHANGES and p not in READING]
    assert len(changing) >= 7
    for (method, path), answer in zip(
        changing, ask(filled, *((m, p, {"headers": reading, "json": {}}) for m, p in changing)), strict=True
    ):
        assert answer.status_code == 403, (method, path)
        assert "scope read" in answer.text
    need_jobs = ("/items/1", "/api/v1/explain")  # they ask the daemon's matcher, of which this house has none
    looking = [(m, p) for m, p in ways if m not in CHANGES and p not in need_jobs]
    for (method, path), answer in zip(
        looking, ask(filled, *((m, p, {"headers": reading}) for m, p in looking)), strict=True
    ):
        assert answer.status_code in (200, 400, 404), (method, path, answer.text)


def test_nobody_passes_any_route_without_a_token(filled: Status) -> None:
    filled.token = "configured"
    ways = walk(create_app(filled).routes)
    for way, answer in zip(ways, ask(filled, *((m, p, {}) for m, p in ways)), strict=True):
        assert answer.status_code == 401, way


def test_each_scope_may_do_what_it_is_for(filled: Status) -> None:
    filled.token = "configured"
    acting, admin = token(filled, Scope.ACT), token(filled, Scope.ADMIN)
    marking, why = {"verdict": "right"}, {"who": "ana", "why": "their site is rebuilt"}
    done = ask(
        filled,
        ("POST", "/api/v1/hits/1/mark", {"headers": acting, "json": marking}),
        ("POST", "/feeds/1/pause", {"headers": acting, "data": why}),
        ("POST", "/feeds/1/pause", {"headers": admin, "data": why}),
    )
    assert [one.status_code for one in done] == [200, 403, 303]
    assert done[0].json()["who"] == "act", "what a program does stands under the name of its token"
    (hit,) = items.list_hits(filled.db, items.HitFilter(hit_ids=(1,)))
    assert hit.marked_by == "act"


@pytest.mark.parametrize("folder", ADMIN_FOLDERS)
def test_what_is_watched_is_changed_by_administrators_only(folder: str) -> None:
    assert needed_for("POST", f"{folder}/1/x") is Scope.ADMIN
    assert needed_for("GET", folder) is Scope.READ
    assert needed_for("POST", "/whatever/comes") is Scope.ACT


def test_a_token_that_was_revoked_or_is_over_opens_nothing(filled: Status) -> None:
    filled.token = "configured"
    shown = token(filled, Scope.READ, "screen")
    _, short = actions.add_token(filled.db, "short", Scope.READ, expires_at=NOW + timedelta(hours=1), now=NOW)
    while_good = ask(filled, ("GET", "/", {"headers": shown}), ("GET", "/", {"auth": ("any", short)}))
    assert [one.status_code for one in while_good] == [200, 200]
    tokens.revoke_token(filled.db, "screen", now=NOW)
    filled.clock = lambda: NOW + timedelta(hours=1)
    after = ask(filled, ("GET", "/", {"headers": shown}), ("GET", "/", {"auth": ("any", short)}))
    assert [one.status_code for one in after] == [401, 401]


def test_where_no_token_is_set_one_that_is_shown_holds_no_less(filled: Status) -> None:
    reading = token(filled, Scope.READ)
    wrong = {"authorization": "Bearer evm_wrong"}
    proxy = {"authorization": "Basic YTpi"}
    got = ask(
        filled,
        ("POST", "/api/v1/hits/1/mark", {"headers": reading, "json": {"verdict": "right"}}),
        ("GET", "/", {"headers": wrong}),
        ("GET", "/", {"headers": proxy}),
    )
    assert [one.status_code for one in got] == [403, 401, 200], "a proxy's own password is none of ours"


@pytest.mark.parametrize("host", ["evil.example", "monitor.evil.example:8080", "127.0.0.1.evil.example", "["])
def test_where_no_token_is_set_no_foreign_name_leads_here(filled: Status, host: str) -> None:
    get, probe = ask(
        filled, ("GET", "/", {"headers": {"host": host}}), ("GET", "/healthz", {"headers": {"host": host}})
    )
    assert (get.status_code, probe.status_code) == (421, 200)
    assert "set web.token, or web.public_url" in get.text
    filled.token = "configured"
    assert ask(filled, ("GET", "/", {"headers": {"host": host}}))[0].status_code == 401


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "monitor", "news.example.org"])
def test_names_of_this_machine_and_the_public_one_lead_here(filled: Status, host: str) -> None:
    filled.public_url = "https://news.example.org"
    assert ask(filled, ("GET", "/", {"headers": {"host": host}}))[0].status_code == 200


def test_a_form_needs_its_token_and_a_script_may_send_it_in_a_header(filled: Status) -> None:
    form, path = own(filled, {"who": "ana"}), "/alerts/alr_1/ack"
    without, other, twice, header, long = ask(
        filled,
        ("POST", path, {"data": {"who": "ana"}}),
        ("POST", path, {"data": own(filled, {"who": "ana"}, of="somebody")}),
        (
            "POST",
            path,
            {
                "content": "x=1&" * 2_000 + "csrf=" + form["csrf"],
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
        ),
        ("POST", path, {"data": {"who": "ana"}, "headers": {"x-csrf-token": form["csrf"]}}),
        ("POST", path, {"content": b"x" * (4 * 1024 * 1024 + 1)}),
    )
    assert [one.status_code for one in (without, other, twice, header, long)] == [403, 403, 403, 303, 413]
    assert "load the page again" in without.text
    found = alerts.find_alert(filled.db, "alr_1")
    assert found is not None


def test_a_page_of_somebody_else_sends_no_form_even_with_its_token(filled: Status) -> None:
    form = own(filled, {"who": "ana"})
    for said in ({"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}):
        assert ask(filled, ("POST", "/alerts/alr_1/ack", {"data": form, "headers": said}))[0].status_code == 403


def test_the_token_of_the_configuration_cannot_be_guessed_for_long(filled: Status) -> None:
    filled.token = "configured"
    good = token(filled, Scope.READ)
    guesses = [("GET", "/", {"headers": {"authorization": f"Bearer {n}"}}) for n in range(WRONG.count)]
    right = {"authorization": "Bearer configured"}
    answers = ask(filled, *guesses, ("GET", "/", {"headers": right}), ("GET", "/", {"headers": good}))
    assert [one.status_code for one in answers] == [401] * WRONG.count + [429, 200], (
        "what cannot be guessed still opens"
    )
    assert answers[-2].headers["retry-after"] == "900"
    filled.clock = lambda: NOW + WRONG.per
    assert ask(filled, ("GET", "/", {"headers": right}))[0].status_code == 200


def test_a_probe_is_no_way_to_guess_the_token(filled: Status) -> None:
    filled.token, filled.config_error = "configured", "monitor.yaml:3: wrong"
    guesses = [("GET", "/readyz", {"headers": {"authorization": f"Bearer {n}"}}) for n in range(WRONG.count)]
    right = ("GET", "/readyz", {"headers": {"authorization": "Bearer configured"}})
    answers = ask(filled, right, *guesses, right)
    assert "monitor.yaml:3" in answers[0].text
    assert not any("monitor.yaml:3" in one.text for one in answers[1:])
    assert {one.status_code for one in answers} == {200}


def test_the_api_answers_so_many_requests_and_says_when_again(filled: Status) -> None:
    filled.token = "configured"
    mine, other = token(filled, Scope.READ, "mine"), token(filled, Scope.READ, "other")
    many = [("GET", "/api/v1/nothing", {"headers": mine})] * ASKED.count
    answers = ask(
        filled, *many, ("GET", "/api/v1/feeds", {"headers": mine}), ("GET", "/api/v1/feeds", {"headers": other})
    )
    assert {one.status_code for one in answers[: ASKED.count]} == {404}
    refused, others = answers[-2:]
    assert (refused.status_code, refused.headers["retry-after"], others.status_code) == (429, "60", 200)
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_limit_forgets_those_who_asked_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.web.limits.KNOWN", 2)
    limit = Limit(WRONG)
    for key in ("a", "b", "c"):
        for _ in range(3 * WRONG.count):
            limit.count(key, now=NOW)
    assert not limit.wait("a", now=NOW)
    assert limit.wait("c", now=NOW) == WRONG.per
