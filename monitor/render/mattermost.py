"""Mattermost messages: one attachment per report, its Markdown escaped.

Source: developers.mattermost.com, "Message attachments", read November 2026: text and pretext ping and format, titles
and footers do not.
"""

import re
from collections.abc import Mapping

from monitor.render.plain import defuse, inert, isolate
from monitor.render.reports import AlertView, Report, Span
from monitor.render.slack import shorten
from monitor.render.troubles import TroubleView

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~])")
"""Letters that may mean something in Markdown; a backslash in front takes the meaning away."""


def alert_body(alert: AlertView) -> Mapping[str, object]:
    """Return the message of an alert: a line that says how much there is, then its reports."""
    attachments = [_attachment(report, colour=alert.colour, fallback=alert.title) for report in alert.reports]
    return {"text": f"**{alert.label}**: {escape(alert.summary)}{_closing(alert)}", "attachments": attachments}


def note_body(title: str, text: str, url: str) -> Mapping[str, object]:
    """Return the message of a notice in words: title, linked unless `url` is empty, and text as it stands."""
    head = f"[{escape(title)}]({url})" if url else f"**{escape(title)}**"
    return {"text": f"{head}\n{escape(shorten(text))}"}


def troubles_body(notice: TroubleView) -> Mapping[str, object]:
    """Return the message about feeds: what happened, then each feed as an attachment."""
    attachments = [
        {
            "fallback": defuse(feed.name),
            "color": notice.colour,
            "title": escape(isolate(feed.name)),
            "text": "\n".join(escape(isolate(line)) for line in (f"{feed.what}.", feed.advice) if line)
            + (f"\n{_escape(defuse(feed.command))}" if feed.command else ""),
            "footer": defuse(feed.known),
        }
        for feed in notice.feeds
    ]
    lines = [f"**{escape(notice.title)}**", escape(notice.summary)]
    if notice.more:
        lines.append(f"and {notice.more} more")
    if notice.still:
        lines.append(f"{'Still failing' if notice.feeds else 'Not reached'}: {escape(isolate(notice.still))}")
    lines.append(f"[All feeds]({notice.url})" if notice.url else "All feeds: monitor feeds list")
    return {"text": "\n".join(lines), "attachments": attachments}


def escape(text: str) -> str:
    """Return text that Mattermost shows as it stands, and links nowhere by itself."""
    return _escape(inert(text))


def _escape(text: str) -> str:
    """Return text whose letters mean nothing in Markdown."""
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", entities)


def _closing(alert: AlertView) -> str:
    """Return how many reports are not shown, and where the whole alert is."""
    more = f", and {alert.more_reports} more" if alert.more_reports else ""
    whole = f"{more}. [Open the alert]({alert.url})" if alert.url else f"{more}. Alert {alert.id}"
    return f"{whole} · [Acknowledge]({alert.ack_url})" if alert.ack_url else whole


def _attachment(report: Report, *, colour: str, fallback: str) -> dict[str, object]:
    """Return one report: linked title, what became of it, excerpt, reasons, and below them feed and time."""
    title = "".join(span.text for span in report.title)
    lines = [f"**{note.label}** {escape(isolate(note.words))}".rstrip() + "\n" for note in report.notes]
    lines += [f"> {_marked(report.excerpt)}\n"] if report.excerpt else []
    lines += [
        f"- **{reason.label}**: {escape(isolate(reason.why))} _{escape(reason.origin)}_" for reason in report.reasons
    ]
    if report.more_reasons:
        lines.append(f"- and {report.more_reasons} more")
    return {
        "fallback": defuse(fallback),
        "color": colour,
        "title": escape(title),
        **({"title_link": report.url} if report.url else {}),
        "text": "\n".join(lines),
        "footer": defuse(f"{isolate(report.feed)} · {report.published}"),
    }


def _marked(spans: tuple[Span, ...]) -> str:
    """Return the spans, marked ones bold."""
    return "".join(f"**{escape(span.text)}**" if span.marked else escape(span.text) for span in spans)
