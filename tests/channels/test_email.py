import asyncio
import base64
import re
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channels.email import EmailChannel, MailServer
from monitor.channels.mail import DkimKey, Letterhead, compose
from monitor.core.types import Message
from monitor.errors import DeliveryError
from monitor.render.message import render
from monitor.render.plain import one_line
from tests.render.samples import alert_delivery
from tests.render.test_mail import MAILS
from tests.servers.smtp import SmtpServer

LETTERHEAD = Letterhead("Event Monitor <monitor@example.org>")
PASSWORD = "correct-horse"
ALL_MAILS = {"alert": alert_delivery(), **MAILS}


def channel_for(
    server: SmtpServer, *recipients: str, letterhead: Letterhead = LETTERHEAD, **options: Any
) -> EmailChannel:
    chosen = {"starttls": "never", "timeout": timedelta(seconds=5), **options}
    return EmailChannel(
        MailServer("localhost", server.port, **chosen),
        letterhead=letterhead,
        recipients=recipients or ("desk@example.org",),
    )


def alert_mail() -> Message:
    return render(alert_delivery(), kind="email")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_a_mail_has_text_and_html_and_the_headers_that_thread_it() -> None:
    async with SmtpServer() as server:
        sent = await channel_for(server, "desk@example.org", "Night Desk <night@example.org>").send(alert_mail())
    (mail,) = server.mails
    assert mail.sender == "monitor@example.org"
    assert mail.recipients == ("desk@example.org", "night@example.org")
    content = mail.content
    assert content["Subject"] == alert_mail().title
    assert content["To"] == "desk@example.org, Night Desk <night@example.org>"
    assert sent == content["Message-ID"] == "<dlv_abcdefghijklmnopqrstuvwxyz@example.org>"
    assert content["References"] == "<alr_abcdefghijklmnopqrstuvwxyz@example.org>"
    assert content["In-Reply-To"] is None
    assert content["Date"] == "Sun, 30 Jul 2023 12:00:30 +0000"
    assert content["Auto-Submitted"] == "auto-generated"
    assert content["List-Id"] == "Event Monitor <event-monitor.example.org>"
    assert content["List-Unsubscribe"] == "<mailto:monitor@example.org?subject=unsubscribe>"
    assert [content[name] for name in ("List-Unsubscribe-Post", "Reply-To", "Precedence")] == [None, None, None]
    assert content["Importance"] == "high"
    assert content.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in content.iter_parts()] == ["text/plain", "text/html"]
    text, html = content.get_body(["plain"]), content.get_body(["html"])
    assert text is not None
    assert html is not None
    assert text.get_content().split() == alert_mail().text.split()
    assert html.get_content().split() == alert_mail().html.split()
    assert mail.raw.isascii()
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998


async def test_the_password_goes_over_an_encrypted_connection(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with SmtpServer(tls=server_tls, login=("monitor", PASSWORD)) as server:
        await channel_for(
            server, starttls="required", username="monitor", password=PASSWORD, tls_context=client_tls
        ).send(alert_mail())
    (mail,) = server.mails
    assert (mail.encrypted, mail.user) == (True, "monitor")


async def test_tls_from_the_first_octet_works(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    async with SmtpServer(tls=server_tls, implicit=True) as server:
        await channel_for(server, tls=True, tls_context=client_tls).send(alert_mail())
    assert server.mails[0].encrypted


async def test_optional_starttls_is_used_when_offered(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    async with SmtpServer(tls=server_tls) as offering, SmtpServer() as plain:
        await channel_for(offering, starttls="optional", tls_context=client_tls).send(alert_mail())
        await channel_for(plain, starttls="optional").send(alert_mail())
    assert (offering.mails[0].encrypted, plain.mails[0].encrypted) == (True, False)


async def test_required_starttls_sends_nothing_in_the_clear() -> None:
    async with SmtpServer() as server:
        with pytest.raises(DeliveryError, match="STARTTLS") as caught:
            await channel_for(server, starttls="required").send(alert_mail())
    assert caught.value.permanent
    assert not server.mails


async def test_optional_starttls_never_sends_the_password_in_the_clear() -> None:
    async with SmtpServer(login=("monitor", PASSWORD)) as server:
        with pytest.raises(DeliveryError, match="not sent in the clear") as caught:
            await channel_for(server, starttls="optional", username="monitor", password=PASSWORD).send(alert_mail())
    assert caught.value.permanent
    assert not server.mails


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_certificate_nobody_vouches_for_is_refused(server_tls: ssl.SSLContext, *, implicit: bool) -> None:
    async with SmtpServer(tls=server_tls, implicit=implicit) as server:
        with pytest.raises(DeliveryError, match="no encrypted connection: unable to get local issuer") as caught:
            await channel_for(server, starttls="required", tls=implicit).send(alert_mail())
    assert not caught.value.permanent
    assert not server.mails


async def test_a_wrong_password_is_permanent_and_not_repeated(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with SmtpServer(tls=server_tls, login=("monitor", "another")) as server:
        with pytest.raises(DeliveryError, match=r"smtp\.password") as caught:
            await channel_for(
                server, starttls="required", username="monitor", password=PASSWORD, tls_context=client_tls
            ).send(alert_mail())
    assert caught.value.permanent
    assert PASSWORD not in str(caught.value)


async def test_a_server_that_says_nothing_is_transient() -> None:
    gone = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        channel = channel_for(SmtpServer(port=port), timeout=timedelta(seconds=0.1))
        with pytest.raises(DeliveryError, match="in time") as caught:
            await channel.send(alert_mail())
        await gone.wait()
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "address",
    ["a@example.org\nBcc: b@example.org", "a\rb@example.org", "nobody", "@example.org", "a@ex..ämple.org", ""],
)
async def test_an_address_that_no_server_understands_is_permanent(address: str) -> None:
    async with SmtpServer() as server:
        with pytest.raises(DeliveryError, match=r"smtp\.from") as caught:
            await channel_for(server, address).send(alert_mail())
    assert caught.value.permanent
    assert not server.mails


async def test_a_domain_of_another_script_is_named_as_the_dns_has_it() -> None:
    async with SmtpServer(utf8=False) as server:
        letterhead = Letterhead("Überwachung <monitor@bücher.example>")
        await channel_for(server, "Wüste <desk@BÜCHER.example>", "a@اردو.example", letterhead=letterhead).send(
            alert_mail()
        )
    (mail,) = server.mails
    assert mail.sender == "monitor@xn--bcher-kva.example"
    assert mail.recipients == ("desk@xn--bcher-kva.example", "a@xn--mgbqf7g.example")
    assert mail.content["From"] == "Überwachung <monitor@xn--bcher-kva.example>"
    assert mail.content["Message-ID"].endswith("@xn--bcher-kva.example>")
    assert mail.raw.isascii()


async def test_a_name_of_another_script_goes_where_the_server_takes_it() -> None:
    async with SmtpServer() as server, SmtpServer(utf8=False) as old:
        await channel_for(server, "desk@example.org", "دفتر@example.org").send(alert_mail())
        with pytest.raises(DeliveryError, match="SMTPUTF8") as caught:
            await channel_for(old, "دفتر@example.org").send(alert_mail())
    assert caught.value.permanent
    assert not old.mails
    (mail,) = server.mails
    assert mail.recipients == ("desk@example.org", "دفتر@example.org")
    assert mail.content["To"] == "desk@example.org, دفتر@example.org"


async def test_what_follows_answers_the_first_mail() -> None:
    async with SmtpServer() as server:
        channel = channel_for(server)
        first = await channel.send(alert_mail())
        await channel.send(replace(alert_mail(), id="dlv_next", parent=first, quiet=True))
    follows = server.mails[1].content
    assert follows["In-Reply-To"] == first
    assert follows["References"] == f"<alr_abcdefghijklmnopqrstuvwxyz@example.org> {first}"
    assert follows["Importance"] is None, "nobody need look up for it"


async def test_answers_and_farewells_go_to_people() -> None:
    async with SmtpServer() as server:
        letterhead = replace(LETTERHEAD, reply_to="News desk <desk+alerts@example.org>")
        await channel_for(server, letterhead=letterhead).send(
            replace(alert_mail(), type="digest.created", severity=None)
        )
    (mail,) = server.mails
    assert mail.content["Reply-To"] == "News desk <desk+alerts@example.org>"
    assert mail.content["List-Unsubscribe"] == "<mailto:desk%2Balerts@example.org?subject=unsubscribe>"
    assert mail.content["Precedence"] == "bulk", "a digest may come later than other mail"


@pytest.mark.parametrize("name", ALL_MAILS)
async def test_every_mail_is_well_formed_on_its_way(name: str) -> None:
    message = render(ALL_MAILS[name], kind="email")
    async with SmtpServer() as server:
        await channel_for(server).send(message)
    (mail,) = server.mails
    assert mail.raw.isascii()
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998
    assert mail.content["Subject"] == message.title
    assert [part.defects for part in mail.content.walk()] == [[]] * 3
    assert sorted(set(mail.content)) == sorted(mail.content.keys()), "no header comes twice"
    assert {"Bcc", "Cc"}.isdisjoint(mail.content)


@pytest.fixture(scope="module")
def signing_key() -> bytes:
    """Return a private key, in the form in which openssl writes it today."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def shown_in_dns(key: bytes) -> bytes:
    """Return the record in which the public half of a key is looked up (RFC 6376, 3.6.1)."""
    public = load_pem_private_key(key, None).public_key()
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize("name", ["alert", "right-to-left", "hostile"])
async def test_a_signed_mail_is_found_to_be_ours_and_unchanged(name: str, signing_key: bytes) -> None:
    dkim = pytest.importorskip("dkim", reason="dkimpy is not installed: the extra event-monitor[dkim]")
    asked: list[bytes] = []

    def look_up(name: bytes, **_: object) -> bytes:
        asked.append(name)
        return shown_in_dns(signing_key)

    signed = replace(LETTERHEAD, dkim=DkimKey("example.org", "monitor", signing_key))
    async with SmtpServer() as server:
        await channel_for(server, letterhead=signed).send(render(ALL_MAILS[name], kind="email"))
    raw = server.mails[0].raw
    assert dkim.verify(raw, dnsfunc=look_up)
    assert asked == [b"monitor._domainkey.example.org."]
    assert not dkim.verify(raw.replace(b"Subject: ", b"Subject: Re: ", 1), dnsfunc=look_up)
    assert not dkim.verify(raw.replace(b"</html>", b"</htm1>", 1).replace(b"Event", b"Evant"), dnsfunc=look_up)
    tags = str(server.mails[0].content["DKIM-Signature"])
    signs = re.sub(r"\s", "", tags.split("h=")[1].split(";", maxsplit=1)[0]).split(":")
    assert {"from", "to", "subject", "date", "message-id", "references", "list-unsubscribe"} <= set(signs)
    assert signs.count("from") == 2, "a second From would break it (RFC 6376, 8.15)"


def test_a_key_is_not_shown(signing_key: bytes) -> None:
    assert b"PRIVATE" in signing_key
    assert "PRIVATE" not in repr(replace(LETTERHEAD, dkim=DkimKey("example.org", "monitor", signing_key)))


async def test_several_addresses_in_one_string_all_get_the_mail() -> None:
    async with SmtpServer() as server:
        await channel_for(server, "a@example.org, B <b@example.org>").send(alert_mail())
    assert server.mails[0].recipients == ("a@example.org", "b@example.org")


@pytest.mark.parametrize(("reply", "permanent"), [("451 try later", False), ("554 looks like spam", True)])
async def test_a_refused_mail_passes_or_stays_as_its_code_says(reply: str, *, permanent: bool) -> None:
    async with SmtpServer(refusals={"DATA": reply}) as server:
        with pytest.raises(DeliveryError, match=reply) as caught:
            await channel_for(server).send(alert_mail())
    assert caught.value.permanent is permanent


async def test_recipients_refused_for_now_are_tried_again_alone() -> None:
    refusals = {"b@example.org": "450 mailbox busy"}
    async with SmtpServer(refusals=refusals) as server:
        channel = channel_for(server, "a@example.org", "b@example.org")
        with pytest.raises(DeliveryError, match=r"1 of 2 recipients have it; refused b@example\.org: 450") as caught:
            await channel.send(alert_mail())
        assert not caught.value.permanent
        refusals.clear()
        await channel.send(alert_mail())
    assert [mail.recipients for mail in server.mails] == [("a@example.org",), ("b@example.org",)]
    assert server.mails[0].content["Message-ID"] == server.mails[1].content["Message-ID"]
    assert server.mails[1].content["To"] == "a@example.org, b@example.org"


async def test_an_outage_between_two_attempts_forgets_nobody_who_has_the_mail() -> None:
    refusals = {"b@example.org": "450 mailbox busy"}
    server = SmtpServer(refusals=refusals)
    async with server:
        channel = channel_for(server, "a@example.org", "b@example.org")
        with pytest.raises(DeliveryError):
            await channel.send(alert_mail())
    with pytest.raises(DeliveryError, match="cannot be reached"):
        await channel.send(alert_mail())
    refusals.clear()
    async with server:
        await channel.send(alert_mail())
    assert [mail.recipients for mail in server.mails] == [("a@example.org",), ("b@example.org",)]


@pytest.mark.parametrize(
    ("refusals", "permanent"),
    [
        ({"a@example.org": "550 no such user", "b@example.org": "550 no such user"}, True),
        ({"a@example.org": "550 no such user", "b@example.org": "450 busy"}, False),
        ({"b@example.org": "550 no such user"}, True),
    ],
)
async def test_refused_recipients_are_named(refusals: Mapping[str, str], *, permanent: bool) -> None:
    async with SmtpServer(refusals=refusals) as server:
        with pytest.raises(DeliveryError, match=r"b@example\.org: (5|4)50") as caught:
            await channel_for(server, "a@example.org", "b@example.org").send(alert_mail())
    assert caught.value.permanent is permanent
    assert len(server.mails) == 2 - len(refusals)


@settings(deadline=None)  # a machine under load must not fail it
@given(title=st.text(max_size=300), text=st.text(max_size=300))
def test_any_title_and_text_survive_the_way_into_a_mail(title: str, text: str) -> None:
    message = replace(alert_mail(), title=one_line(title), text=one_line(text), html=f"<p>{one_line(text)}</p>")
    raw = compose(message, letterhead=LETTERHEAD, recipients=["desk@example.org"])
    mail: Any = message_from_bytes(raw, policy=policy.default)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert mail["Subject"] == message.title
    assert mail["To"] == "desk@example.org"
    assert mail.get_body(["plain"]).get_content().strip() == message.text
