"""A delivery becomes the message its kind of channel sends: the one place that knows which kind gets what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.core.types import Delivery, Message, Notice, Severity
from monitor.render import discord, google_chat, matrix, mattermost, slack, teams, telegram
from monitor.render.bounded import bounded
from monitor.render.cloudevent import event
from monitor.render.digest import digest_mail, digest_title
from monitor.render.digest_view import Room, view_digest
from monitor.render.environment import MAIL_BYTES, environment
from monitor.render.plain import flatten, one_line
from monitor.render.reports import COLOURS, view_alert
from monitor.render.sheet import Sheet, alert_sheet, digest_sheet, note_sheet, plain_text, shorten, troubles_sheet
from monitor.render.troubles import view_troubles

MAIL_REPORTS = 15
"""Reports in one mail: more than anybody reads at once."""

MAIL_FEEDS = 15
"""Feeds in one mail about their troubles; likewise."""

CHAT_FEEDS = 5
"""Feeds in one chat message about their troubles: a screenful."""

CHAT_STORIES = 5
"""Stories of a digest in one chat message, likewise."""

CHAT_REPORTS = 5
"""Reports in one chat message: a screenful, and far below the 50 blocks of Slack (docs.slack.dev, "Blocks")."""

NOTE_CHARS = (3_000, 1_500, 700, 300)
"""Longest texts of a notice in words in a chat, tried in turn until the message fits: a screenful, then less."""

NOTE_COLOUR = "#5b6b7b"
"""Colour bar of what has no severity."""

NOTE_TITLES = {"test": "Test message from Event Monitor"}
"""Titles of the notices that are a message in words."""


@dataclass(frozen=True, slots=True)
class _Rendered:
    """What a kind makes of a notice; see Message."""

    title: str
    text: str
    html: str = ""
    body: Mapping[str, object] | None = None
    severity: Severity | None = None


def render(delivery: Delivery, *, kind: str, parent: str | None = None) -> Message:
    """Return the message for one kind of channel, by its name in the configuration.

    parent   what the channel called the first message of the thread, or None

    The same delivery gives the same message every time. For webhooks the body is the notice itself and the text is
    empty; chats have a body and a text of one line, machines an event as body. Raises KeyError for an unknown kind or
    type of notice.
    """
    made = _render_event(delivery) if kind == "nats" else _RENDERERS[kind](delivery.notice)
    return Message(
        id=delivery.id,
        type=delivery.type,
        title=made.title,
        text=made.text,
        html=made.html,
        body=made.body or {},
        severity=made.severity,
        thread=delivery.thread,
        created_at=delivery.created_at,
        parent=parent,
        quiet="alert" in delivery.notice["data"] and delivery.notice["data"]["alert"].get("quiet", False),
    )


def _render_webhook(notice: Notice) -> _Rendered:
    return _Rendered(title=_title(notice), text="", body=dict(bounded(notice)), severity=_severity(notice))


def _render_event(delivery: Delivery) -> _Rendered:
    return _Rendered(title=_title(delivery.notice), text="", body=event(delivery), severity=_severity(delivery.notice))


def _render_console(notice: Notice) -> _Rendered:
    title, text = _words(notice)
    return _Rendered(title=title, text=text, severity=_severity(notice))


def _render_email(notice: Notice) -> _Rendered:
    if _is_alert(notice):
        return _alert_mail(notice)
    if _is_digest(notice):
        html, text = digest_mail(notice)
        return _Rendered(title=_title(notice), text=text, html=html)
    title, text = _words(notice)
    return _Rendered(title=title, text=text, html=_html(notice), severity=_severity(notice))


def _alert_mail(notice: Notice) -> _Rendered:
    """Return the mail of an alert, with as many of its reports as fit."""
    for limit in range(MAIL_REPORTS, 0, -1):
        view = view_alert(notice, limit=limit)
        html = (
            environment()
            .get_template("alert.html.j2")
            .render(alert=view, title=view.subject, preview=view.preview, colour=view.colour, colours=COLOURS)
        )
        if len(html.encode()) <= MAIL_BYTES:
            break
    text = environment().get_template("alert.txt.j2").render(alert=view, helps=True)
    return _Rendered(title=view.subject, text=text, html=html, severity=view.severity)


def _render_sheet(
    body: Callable[[Sheet], Mapping[str, object]], fits: Callable[[Mapping[str, Any]], bool]
) -> Callable[[Notice], _Rendered]:
    """Return what makes a chat's message, of as many reports, feeds or words as the chat takes."""

    def made(notice: Notice) -> _Rendered:
        for sheet in _sheets(notice):
            document = body(sheet)
            if fits(document):
                break
        return _Rendered(title=sheet.title, text=sheet.title, body=document, severity=_severity(notice))

    return made


def _render_apprise(notice: Notice) -> _Rendered:
    sheet = next(_sheets(notice))
    return _Rendered(title=sheet.title, text=plain_text(sheet), severity=_severity(notice))


def _sheets(notice: Notice) -> Iterator[Sheet]:
    """Yield a notice as a chat shows it, and shorter and shorter; the last one is short enough for every chat."""
    if _is_alert(notice):
        yield from (alert_sheet(view_alert(notice, limit=limit)) for limit in range(CHAT_REPORTS, -1, -1))
    elif _is_trouble(notice):
        yield from (troubles_sheet(view_troubles(notice, limit=limit)) for limit in range(CHAT_FEEDS, -1, -1))
    elif _is_digest(notice):
        digest = notice["data"]["digest"]
        limits = range(CHAT_STORIES, -1, -1)
        yield from (digest_sheet(view_digest(digest, Room(stories=limit))) for limit in limits)
    else:
        title, text = _words(notice)
        yield from (note_sheet(title, shorten(text, limit)) for limit in NOTE_CHARS)


_RENDERERS: Mapping[str, Callable[[Notice], _Rendered]] = {
    "webhook": _render_webhook,
    "console": _render_console,
    "email": _render_email,
    "slack": _render_sheet(slack.body, slack.fits),
    "mattermost": _render_sheet(mattermost.body, mattermost.fits),
    "discord": _render_sheet(discord.body, discord.fits),
    "teams": _render_sheet(teams.body, teams.fits),
    "telegram": _render_sheet(telegram.body, telegram.fits),
    "matrix": _render_sheet(matrix.body, matrix.fits),
    "google_chat": _render_sheet(google_chat.body, google_chat.fits),
    "apprise": _render_apprise,
}


def _is_alert(notice: Notice) -> bool:
    return notice["type"] in {"alert.created", "alert.updated"}


def _is_trouble(notice: Notice) -> bool:
    return notice["type"] in {"feed.failing", "feed.recovered"}


def _is_digest(notice: Notice) -> bool:
    return notice["type"] == "digest.created"


def _severity(notice: Notice) -> Severity | None:
    return Severity(notice["data"]["alert"]["severity"]) if "alert" in notice["data"] else None


def _title(notice: Notice) -> str:
    """Return what a notice is about, on one line."""
    if _is_alert(notice):
        return view_alert(notice, limit=0).title
    if _is_trouble(notice):
        return view_troubles(notice, limit=0).title
    if _is_digest(notice):
        return one_line(digest_title(notice))
    return NOTE_TITLES[notice["type"]]


def _words(notice: Notice) -> tuple[str, str]:
    """Return title and plain text of a notice."""
    if _is_alert(notice):
        view = view_alert(notice, limit=MAIL_REPORTS)
        return view.title, environment().get_template("alert.txt.j2").render(alert=view, helps=False)
    if _is_trouble(notice):
        feeds = view_troubles(notice, limit=MAIL_FEEDS)
        return feeds.title, environment().get_template("troubles.txt.j2").render(notice=feeds)
    if _is_digest(notice):
        return _title(notice), digest_mail(notice)[1]
    return _title(notice), "\n".join(_lines(notice))


def _html(notice: Notice) -> str:
    """Return the HTML of a notice about feeds, or in words."""
    if _is_trouble(notice):
        feeds = view_troubles(notice, limit=MAIL_FEEDS)
        return (
            environment()
            .get_template("troubles.html.j2")
            .render(notice=feeds, title=feeds.title, preview=feeds.summary, colour=feeds.colour)
        )
    return (
        environment()
        .get_template("note.html.j2")
        .render(title=_title(notice), preview="", colour=NOTE_COLOUR, lines=_lines(notice))
    )


def _lines(notice: Notice) -> list[str]:
    """Return the lines of a message in words."""
    return [flatten(line).strip() for line in notice["data"].get("message", "").splitlines()]
