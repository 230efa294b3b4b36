"""The demo's world behaves like the real one: feeds with validators, a receiver that checks, a mail server that keeps."""

import gzip
import itertools
import json
import smtplib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage

import httpx
import pytest
from standardwebhooks import Webhook

from monitor.core.headlines import likeness, title_words
from monitor.core.types import FetchResult
from monitor.demo.servers import MailSink, Newsstand, WebhookSink, mailing, read_day, serving
from monitor.feeds.parse import parse_feed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
async def stand() -> AsyncIterator[tuple[Newsstand, httpx.AsyncClient]]:
    """Yield a newsstand and a client that knows where it stands."""
    newsstand = Newsstand(read_day())
    async with (
        serving(newsstand.app()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield newsstand, client


def entries_of(answer: httpx.Response) -> list[str]:
    """Return the titles that our own parser finds in an answer."""
    result = FetchResult(answer.status_code, str(answer.url), dict(answer.headers), answer.content, None, None)
    return [entry.title for entry in parse_feed(result).entries]


async def test_each_outlet_shows_what_it_has_published_so_far(stand: tuple[Newsstand, httpx.AsyncClient]) -> None:
    newsstand, client = stand
    for step in range(newsstand.day.steps + 1):
        newsstand.step = step
        for outlet in newsstand.day.outlets:
            wanted = {one.title for one in newsstand.day.items if one.outlet == outlet.id and one.step <= step}
            assert set(entries_of(await client.get(f"/{outlet.id}.xml"))) == wanted
    assert (await client.get("/nobody.xml")).status_code == 404


@pytest.mark.parametrize(("validator", "answer"), [("etag", "if-none-match"), ("last-modified", "if-modified-since")])
async def test_an_unchanged_feed_is_not_sent_again(
    stand: tuple[Newsstand, httpx.AsyncClient], validator: str, answer: str
) -> None:
    newsstand, client = stand
    newsstand.step = 1
    first = await client.get("/frontier.xml")
    again = {answer: first.headers[validator]}
    second = await client.get("/frontier.xml", headers=again)
    assert (second.status_code, second.content) == (304, b"")
    newsstand.step = 2
    assert (await client.get("/frontier.xml", headers=again)).status_code == 200


async def test_a_tag_that_is_old_counts_more_than_a_date_that_is_not(
    stand: tuple[Newsstand, httpx.AsyncClient],
) -> None:
    newsstand, client = stand
    newsstand.step = 1
    date = (await client.get("/frontier.xml")).headers["last-modified"]
    headers = {"if-none-match": '"old"', "if-modified-since": date}
    assert (await client.get("/frontier.xml", headers=headers)).status_code == 200


async def test_a_feed_is_compressed_for_those_who_ask(stand: tuple[Newsstand, httpx.AsyncClient]) -> None:
    newsstand, client = stand
    newsstand.step = 1
    plain = await client.get("/frontier.xml", headers={"accept-encoding": "identity"})
    async with client.stream("GET", "/frontier.xml", headers={"accept-encoding": "gzip"}) as packed:
        body = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == plain.content


async def test_a_notice_is_kept_once_and_a_bad_signature_is_refused_and_counted() -> None:
    sink = WebhookSink(SECRET)
    body = json.dumps({"type": "alert.created"})
    now = datetime.now(UTC)
    signed = {
        "webhook-id": "dlv_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("dlv_1", now, body),
    }
    async with serving(sink.app()) as port, httpx.AsyncClient(trust_env=False) as client:
        for _ in range(2):
            assert (await client.post(f"http://127.0.0.1:{port}/hook", content=body, headers=signed)).status_code == 204
        changed = await client.post(f"http://127.0.0.1:{port}/hook", content=body + " ", headers=signed)
    assert changed.status_code == 401
    assert (len(sink.alerts()), sink.bad) == (1, 1)


async def test_a_mail_is_kept_once_and_told_from_a_digest() -> None:
    sink = MailSink()
    async with mailing(sink) as port:
        for name, subject in (
            ("a", "Critical: Blast in Bajaur"),
            ("a", "Critical: Blast in Bajaur"),
            ("b", "Weekly digest"),
        ):
            mail = EmailMessage()
            mail["Message-ID"], mail["Subject"] = f"<{name}@demo.example>", subject
            mail["From"], mail["To"] = "monitor@demo.example", "desk@demo.example"
            mail.set_content("words")
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.send_message(mail)
    assert (len(sink.alerts()), len(sink.digests())) == (1, 1)


def test_the_wires_of_one_event_tell_one_story_in_whatever_order_they_come() -> None:
    def told(*words: str) -> list[frozenset[str]]:
        return [title_words(one.title) for one in read_day().items if all(word in one.title for word in words)]

    attack, claim = told("kills at least 40"), told("bombing", "JUI-F rally")
    for titles, reports in (
        (told("JUI-F workers convention"), 5),
        (attack, 3),
        (claim, 6),
        (told("funerals in Bajaur"), 2),
    ):
        assert len(titles) == reports
        assert all(likeness(one, other) for one, other in itertools.combinations(titles, 2))
    assert not any(likeness(one, other) for one, other in itertools.product(claim, attack))
