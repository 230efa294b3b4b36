"""Deliveries that try a channel: what is usual, what is huge, what a hostile feed would write."""

from dataclasses import replace
from functools import cache
from typing import Any

from monitor.core.types import Delivery, Hit, Notice
from tests.examples import sized
from tests.render.samples import make_delivery, make_hit, make_item, make_notice

PUBLIC_URL = "https://monitor.example.org"

ATTACKS = {
    "mentions": "@everyone @here @channel @room @all @user <!channel> <!here> <@U1> <@123> <@&1> <#C1|general> <users/all>",
    "markdown": "*a* _b_ `c` ~d~ ||e|| [f](https://evil.example/) [x](javascript:alert(1)) # g\n> h\n- i\n```j``` \\*k\\* \\",
    "html": '<b>x</b><script>alert(1)</script><img src=x onerror=1><a href="https://evil.example">y</a> &lt;b&gt; </p>',
    "links": "https://evil.example/x www.evil.example evil.com mailto:a@evil.com javascript:alert(1) a@evil.com",
    "commands": "/start /kick@bot #tag $USD :smile: <:x:1> <t:1> </cmd:1> @a",
    "lines": "Subject\r\nBcc: a@evil.com\r\n\r\nbody\x00\x1b[31m\x9b31m",
    "direction": "\u202eevil\u202c \u2066x\u2069 \u200fy \U000e0041",
    "surrogates": "\ud800 half \udc00 \ud83d",
    "quotes": "\"'`´{{ 7*7 }} ${x} </blockquote></ul>",
    "long": "@everyone https://evil.example *_`" * sized(30_000, quick=5_000),
    "long word": "w" * 1_000_000,
    "emoji": "\U0001f4a5" * sized(500_000, quick=100_000),
}
"""What a feed may write to make a chat, a mail program or a terminal do something."""


def hostile(text: str) -> Delivery:
    """Return the delivery of an alert in which everything a feed can choose is `text`."""
    item = make_item(title=text, text=f"{text} {text}", feed_name=text, url=text, lang=text)
    return make_delivery(make_notice([make_hit(1, item, mentions=(), why=text)]))


@cache
def flood(reports: int, letter: str = "w") -> Notice:
    """Return the notice of many long reports with nine reasons each."""
    hits: list[Hit] = []
    for index in range(reports):
        item = make_item(index + 1, title=f"Report {index} " + letter * 400, text=f"{letter * 9} " * 500)
        hits += [make_hit(index * 10 + n, item, mentions=(), rule=f"rule-{n}", why=letter * 900) for n in range(9)]
    return make_notice(hits, public_url=PUBLIC_URL)


def note(text: str) -> Delivery:
    """Return the delivery of a notice in words, as a test message is."""
    notice: Any = {"type": "test", "timestamp": "2023-07-30T12:00:00Z", "data": {"message": text}}
    return make_delivery(notice)


def quiet(delivery: Delivery) -> Delivery:
    """Return the delivery, asking for no ping."""
    data = delivery.notice["data"]
    alert = {**data["alert"], "quiet": True}
    notice: Any = {**delivery.notice, "data": {**data, "alert": alert}}
    return replace(delivery, id=f"{delivery.id}q", notice=notice)
