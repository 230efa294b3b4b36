"""Pages, probes and metrics, asked over HTTP."""

import asyncio
import base64
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from monitor.core.addresses import host_of
from monitor.core.channel_rest import ChannelRest
from monitor.core.types import EditedItem, FeedState, HostRest, Mention, Tier
from monitor.errors import DatabaseFullError, MonitorError, StoreError
from monitor.store import channels, coverage, versions
from monitor.store.feeds import list_feeds, poll_soon
from monitor.store.hosts import keep_rests
from monitor.store.nodes import Node
from monitor.web.gate import HEADERS
from monitor.web.server import create_app, create_probes, serve
from monitor.web.status import Status
from tests.store.rows import NOW, make_feed, make_item, make_match, make_outcome, record


class Browser:
    """Asks the pages, in process."""

    def __init__(self, status: Status, create: Callable[[Status], Starlette] = create_app) -> None:
        self._transport = httpx.ASGITransport(create(status), raise_app_exceptions=False)

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Return the answer to one request."""

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://monitor") as web:
                return await web.get(path, headers=headers)

        return asyncio.run(ask())


def client(status: Status) -> Browser:
    """Return a client of the pages."""
    return Browser(status)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?severity=low",
        "/alerts/alr_1",
        "/alerts/none",
        "/feeds",
        "/feeds/1",
        "/healthz",
        "/readyz",
        "/metrics",
        "/static/style.css",
        "/nowhere",
    ],
)
def test_every_answer_has_the_headers_that_keep_browsers_safe(filled: Status, path: str) -> None:
    answer = client(filled).get(path)
    assert answer.status_code == (404 if path in ("/alerts/none", "/nowhere") else 200)
    for name, value in HEADERS.items():
        if name != "cache-control":
            assert answer.headers[name] == value


def test_the_overview_shows_hits_with_reasons_feeds_alerts_and_deliveries(filled: Status) -> None:
    page = client(filled).get("/").text
    for shown in (
        "<mark>IS-K</mark> struck",
        "the reason",
        "timeout: no complete answer",
        "/alerts/alr_1",
        "slack at hooks.example answered 404",
        "1 sent, 1 given up",
    ):
        assert shown in page


def test_only_a_hit_by_another_spelling_is_marked_so(filled: Status) -> None:
    assert 'class="tier"' not in client(filled).get("/").text
    match = replace(make_match("both", "bajaur"), tier=Tier.SPELLING)
    record(filled.db, make_outcome(make_feed(filled.db, "https://other.example/"), make_item("c", matches=[match])))
    page = client(filled).get("/").text
    assert page.count('class="tier"') == 1
    assert 'title="Another transliteration of the name than the watchlist has; less sure">spelling</abbr>' in page


def test_the_page_of_an_alert_shows_what_became_of_its_reports(filled: Status) -> None:
    hostile = "<script>now</script> \u202eBajaur"
    bajaur = Mention("bajaur", "title", 22, 28, "Bajaur", "Bajaur")
    match = replace(make_match("other", "bajaur"), mentions=(bajaur,))
    edit = EditedItem(1, hostile, "Other words.", matches=(match,), old_news="old")
    record(filled.db, replace(make_outcome(make_feed(filled.db)), edits=(edit,)), now=NOW + timedelta(hours=1))
    with filled.db.write() as connection:
        versions.withdraw(connection, [2], now=NOW)
    page = client(filled).get("/alerts/alr_1").text
    assert "<mark>IS-K</mark> struck" in page
    assert "Headline changed, now:</b> <bdi>&lt;script&gt;now&lt;/script&gt; Bajaur</bdi>" in page
    assert "2 versions, edited" in page
    assert page.index('<li value="1">') < page.index('<li value="2">')
    assert page.count("Withdrawn by the publisher") == 1
    overview = client(filled).get("/").text
    assert "&lt;script&gt;now&lt;/script&gt; <mark>Bajaur</mark>" in overview, "the newest words that have a hit"
    for shown in (page, overview):
        assert "<script" not in shown
        assert "\u202e" not in shown


def test_text_of_feeds_is_only_text(filled: Status) -> None:
    for path in ("/", "/alerts/alr_1"):
        page = client(filled).get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "\u202e" not in page
        assert "{{ 7*7 }}" in page


def test_an_empty_database_says_what_to_do(status: Status) -> None:
    page = client(status).get("/").text
    assert "add some under <code>feeds:</code> in monitor.yaml" in page
    assert "Nobody was told of anything yet." in page


def test_the_filter_lives_in_the_address(filled: Status) -> None:
    assert "IS-K</mark> struck" in client(filled).get("/?severity=high").text
    assert "No hit of severity critical or higher yet" in client(filled).get("/?severity=critical").text
    assert client(filled).get("/?severity=nonsense").status_code == 200


def test_what_everybody_should_know_stands_on_top(filled: Status) -> None:
    filled.config_error, filled.notice = "monitor.yaml:3: <b>: wrong", "none of the 2 feeds could be reached"
    page = client(filled).get("/").text
    assert "monitor.yaml:3: &lt;b&gt;: wrong" in page
    assert "none of the 2 feeds could be reached" in page


def test_readiness_names_what_is_wrong(status: Status) -> None:
    web = client(status)
    checks = {"database": "ok", "configuration": "ok"}
    assert web.get("/readyz").json() == {"ready": True, "checks": checks, "warnings": []}
    status.config_error = "monitor.yaml:3: wrong"
    refused = web.get("/readyz")
    assert refused.status_code == 200
    assert "a change was refused: monitor.yaml:3: wrong" in refused.json()["checks"]["configuration"]
    assert refused.json()["warnings"] == ["a change of the configuration was refused"]
    status.token = "s3cret"
    assert "monitor.yaml" not in web.get("/readyz").text, "it is open to everybody"
    assert "monitor.yaml:3: wrong" in web.get("/readyz", headers={"authorization": "Bearer s3cret"}).text
    status.token = None
    status.checks["schedule"] = lambda: "poll 3: RuntimeError"
    assert (web.get("/readyz").status_code, web.get("/healthz").text) == (503, "ok\n")


def test_feeds_that_are_not_heard_are_a_warning_and_no_reason_to_be_replaced(filled: Status) -> None:
    filled.coverage = coverage.coverage(filled.db, now=NOW)
    answer = client(filled).get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["warnings"] == ["1 of 2 feeds unheard, 50% covered", "feeds: 1 failing"]
    told = answer.json()["coverage"]
    assert (told["watched"], told["heard"], told["share"], told["states"]["failing"]) == (2, 1, 0.5, 1)
    assert "example" not in answer.text, "it is open to everybody"


def test_a_channel_that_does_not_work_is_told_without_its_name_where_anybody_reads(filled: Status) -> None:
    rest = ChannelRest(3, NOW - timedelta(hours=2), NOW + timedelta(minutes=5), "slack at s.example answered 401", True)
    with filled.db.write() as connection:
        channels.keep_rest(connection, "desk/slack", rest)
    filled.rests = channels.list_rests(filled.db)
    answer = client(filled).get("/readyz")
    assert answer.json()["warnings"] == ["1 channel not working, what waits is kept; see: monitor status"]
    assert "desk" not in answer.text
    page = client(filled).get("/").text
    for words in ("<b>desk/slack</b> refuses everything since 30 Jul, 10:00 UTC", "in 5 min", rest.error):
        assert words in page
    metrics = client(filled).get("/metrics").text
    assert 'monitor_channel_resting{channel="desk/slack"} 1.0' in metrics
    assert 'monitor_channel_failures{channel="desk/webhook"} 0.0' in metrics
    assert "monitor_dead_letter_age_seconds 0.0" in metrics


def test_a_database_that_is_away_is_told_and_the_process_lives(status: Status, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise StoreError("database sqlite: the disk is full")

    monkeypatch.setattr(status.db, "ping", away)
    web = client(status)
    answer = web.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "database sqlite: the disk is full")
    assert web.get("/healthz").status_code == 200


def test_a_database_that_takes_nothing_is_told_while_it_can_be_read(status: Status) -> None:
    with pytest.raises(DatabaseFullError), status.db.write():
        raise DatabaseFullError("database sqlite: the disk is full")
    answer = client(status).get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "database sqlite: the disk is full")


def test_metrics_are_prometheus_and_ours(filled: Status) -> None:
    families = {family.name: family for family in text_string_to_metric_families(client(filled).get("/metrics").text)}
    assert all(name.startswith("monitor_") for name in families)
    feeds = {sample.labels["state"]: sample.value for sample in families["monitor_feeds"].samples}
    assert {state: count for state, count in feeds.items() if count} == {"healthy": 1.0, "failing": 1.0}
    assert set(feeds) == set(FeedState)
    boxes = {(one.labels["channel"], one.labels["state"]): one.value for one in families["monitor_deliveries"].samples}
    assert boxes == {("desk/webhook", "sent"): 1.0, ("desk/webhook", "pending"): 1.0, ("desk/slack", "dead"): 1.0}
    assert families["monitor_config_ok"].samples[0].value == 1.0
    assert families["monitor_hosts_paused"].samples[0].value == 0.0


def test_metrics_tell_of_hosts_that_rest_and_their_feeds_are_not_late(filled: Status) -> None:
    def value(name: str) -> float:
        families = text_string_to_metric_families(client(filled).get("/metrics").text)
        return next(sample.value for family in families for sample in family.samples if sample.name == name)

    filled.clock = lambda: NOW + timedelta(hours=1)
    for feed in list_feeds(filled.db):
        poll_soon(filled.db, feed.url, now=NOW)
    assert (value("monitor_hosts_paused"), value("monitor_poll_lag_seconds")) == (0.0, 3600.0)
    rest = HostRest(filled.clock() + timedelta(hours=1), "the publisher asks for patience (429)", 1)
    with filled.db.write() as connection:
        keep_rests(connection, {host_of(feed.url): rest for feed in list_feeds(filled.db)})
    assert value("monitor_hosts_paused") >= 1.0
    assert value("monitor_poll_lag_seconds") == 0.0


@pytest.mark.parametrize("path", ["/", "/metrics", "/alerts/alr_1", "/feeds", "/feeds/1", "/static/style.css"])
def test_a_token_is_asked_for_everywhere_but_at_the_probes(filled: Status, path: str) -> None:
    filled.token = "s3cret-ü"
    web = client(filled)
    assert web.get("/healthz").status_code == web.get("/readyz").status_code == 200
    refused = web.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert refused.headers["content-security-policy"] == HEADERS["content-security-policy"]
    basic = base64.b64encode("anybody:s3cret-ü".encode()).decode()
    for given, code in ((f"Basic {basic}", 200), ("Bearer other", 401), ("Basic !", 401), ("", 401)):
        assert web.get(path, headers={"authorization": given}).status_code == code
    filled.token = "plain"
    assert web.get(path, headers={"authorization": "Bearer plain"}).status_code == 200


@pytest.mark.parametrize("host", ["x/healthz?", "x/healthz#", "monitor/websub/"])
def test_no_host_header_leads_around_the_token(filled: Status, host: str) -> None:
    filled.token = "s3cret"
    assert client(filled).get("/feeds", headers={"host": host}).status_code == 401


async def test_it_serves_over_a_socket_and_stops(filled: Status) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ready = asyncio.Event()
    task = asyncio.create_task(serve(create_app(filled), "127.0.0.1", port, ready=ready.set))
    await asyncio.wait_for(ready.wait(), 5)
    async with httpx.AsyncClient() as web:
        assert (await web.get(f"http://127.0.0.1:{port}/healthz")).text == "ok\n"
    with pytest.raises(MonitorError, match=rf"cannot listen on 127.0.0.1:{port} .*change web.listen"):
        await serve(create_app(filled), "127.0.0.1", port, ready=lambda: None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)


def test_what_there_is_one_of_is_told_in_the_singular(status: Status) -> None:
    status.watchlists, status.entities, status.rules = 1, 2, 1
    assert "1 watchlist, 2 entities, 1 rule &middot;" in client(status).get("/").text


def test_a_node_without_pages_answers_probes_and_metrics_and_nothing_else(status: Status) -> None:
    node = Browser(status, create_probes)
    assert [node.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
    assert [node.get(path).status_code for path in ("/", "/api/v1/hits", "/login")] == [404, 404, 404]


def test_the_probe_tells_which_nodes_there_are_and_what_nobody_does(status: Status) -> None:
    status.token, status.roles = "s3cret", ("poll", "alert", "deliver", "web")
    hung = timedelta(minutes=1)
    working = Node("1@a", "1.2.3", ("poll", "alert", "web"), timedelta(0))
    status.nodes = [working, Node("2@b", "1.2.3", ("deliver",), hung)]
    said = client(status).get("/readyz").json()
    assert said["nodes"] == [
        {"roles": ["poll", "alert", "web"], "silent": False},
        {"roles": ["deliver"], "silent": True},
    ]
    assert "no node does: deliver; see: monitor status" in said["warnings"]
    told = client(status).get("/readyz", {"authorization": "Bearer s3cret"}).json()["nodes"]
    assert [(node["name"], node["version"]) for node in told] == [("1@a", "1.2.3"), ("2@b", "1.2.3")]
