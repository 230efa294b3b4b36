"""What apprise hands on, to a real HTTP server by its own json:// form."""

import html
import json
import socket

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.apprise import AppriseChannel, shorten
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.channels.notices import flood
from tests.render.samples import alert_delivery, make_delivery, make_hit, make_item, make_notice
from tests.servers.http import HttpServer

pytest.importorskip("apprise", reason="apprise is not installed: the extra event-monitor[apprise]")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SECRET = "T0PSECRET"


async def take(_: web.Request) -> web.Response:
    return web.Response()


async def test_title_and_text_are_handed_over_once() -> None:
    async with HttpServer(take) as server:
        await AppriseChannel(f"json://127.0.0.1:{server.port}/{SECRET}").send(render(alert_delivery(), kind="apprise"))
    (request,) = server.requests
    body = json.loads(request.body)
    assert body["title"] == "Critical: Blast at JUI-F convention in Bajaur kills at least 40 (2 reports)"
    assert "https://news.example.org/stories/1?from=rss&page=1" in body["message"]
    assert "باجوڑ" in body["message"]
    assert body["type"] == "warning"


async def test_nothing_a_feed_writes_acts() -> None:
    item = make_item(title="@everyone <!channel> evil.com https://evil.example\r\nBcc: x", text="", url="javascript:x")
    async with HttpServer(take) as server:
        channel = AppriseChannel(f"json://127.0.0.1:{server.port}/")
        await channel.send(render(make_delivery(make_notice([make_hit(1, item, mentions=())])), kind="apprise"))
    body = json.loads(server.requests[0].body)
    for text in (body["title"], body["message"]):
        assert not any(sign in text for sign in ("@everyone", "<!", "evil.com", "https://", "javascript:x", "\r"))
    assert "\n" not in body["title"]


async def test_what_is_too_long_is_cut_to_what_the_service_takes() -> None:
    item = make_item(title="word " * 100_000, text="text " * 100_000)
    async with HttpServer(take) as server:
        channel = AppriseChannel(f"json://127.0.0.1:{server.port}/")
        await channel.send(render(make_delivery(make_notice([make_hit(1, item, mentions=())])), kind="apprise"))
    assert len(server.requests) == 1
    assert len(server.requests[0].body) < 32_768


async def test_a_failure_is_tried_again_and_tells_no_secret() -> None:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=500)

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        down = held.getsockname()[1]
        async with HttpServer(fail) as server:
            for port in (down, server.port):
                with pytest.raises(DeliveryError, match=r"apprise \(json\) did not take") as caught:
                    await AppriseChannel(f"json://u:{SECRET}@127.0.0.1:{port}/{SECRET}").send(
                        render(alert_delivery(), kind="apprise")
                    )
                assert (caught.value.permanent, SECRET in str(caught.value)) == (False, False)


async def test_an_address_that_apprise_does_not_know_is_permanent() -> None:
    with pytest.raises(DeliveryError, match="apprise knows no such address") as caught:
        await AppriseChannel(f"nosuch://{SECRET}").send(render(alert_delivery(), kind="apprise"))
    assert (caught.value.permanent, SECRET in str(caught.value)) == (True, False)


@pytest.mark.parametrize("form", ["html", "markdown"])
async def test_where_a_service_wants_markup_what_a_feed_writes_is_none(form: str) -> None:
    text = "*a* <b>x</b> &lt;i&gt; [f](https://evil.example/)"
    item = make_item(title=text, text="", url="")
    async with HttpServer(take) as server:
        channel = AppriseChannel(f"json://127.0.0.1:{server.port}/?format={form}")
        await channel.send(render(make_delivery(make_notice([make_hit(1, item, mentions=())])), kind="apprise"))
    message = json.loads(server.requests[0].body)["message"]
    assert ("&lt;" if form == "html" else "\\*a\\*") in message
    assert ("<" if form == "html" else " *a*") not in message.replace("<br/>", "")


@given(st.text(), st.text(), st.integers(0, 200))
def test_a_text_is_cut_before_its_last_paragraph(text: str, last: str, limit: int) -> None:
    whole = f"{text}\n\n{last}"
    cut = shorten(whole, limit)
    assert len(cut) <= limit or cut == whole
    if limit >= len(last) + 4 and "\n\n" not in last:
        assert cut.endswith(f"\n\n{last}")


def test_what_is_not_shown_is_still_counted_by_a_service_of_few_characters() -> None:
    text = render(make_delivery(flood(20)), kind="apprise").text
    for measure in (len, lambda one: len(html.escape(one)) * 2):
        cut = shorten(text, 500, measure)
        assert measure(cut) <= 500
        assert "\n…\n\nand 15 more. Open the alert" in cut
