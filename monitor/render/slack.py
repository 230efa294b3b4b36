"""Slack messages in rich text blocks, whose texts are taken literally: nothing a feed writes formats, links or pings.

Source: docs.slack.dev, "Rich text block" and "Reference: Secondary message attachments" (the colour bar), read November
2026.
"""

from collections.abc import Iterable, Mapping

from monitor.render.plain import defuse, isolate
from monitor.render.reports import AlertView, Report, Span
from monitor.render.troubles import FeedView, TroubleView

TEXT_CHARS = 3_000
"""Longest text of a block (docs.slack.dev, "Text object")."""

_Element = dict[str, object]


def alert_body(alert: AlertView) -> Mapping[str, object]:
    """Return the message of an alert: how much there is, then its reports beside a bar in the severity's colour.

    Clients that show no blocks, and notifications, have the one line of `text`.
    """
    blocks = [_rich_text(_section(_report_head(report)), *_report_body(report)) for report in alert.reports]
    blocks.append(_rich_text(_section(_closing(alert))))
    head = [_text(alert.label, bold=True), _text(f": {alert.summary}")]
    return {
        "text": escape(alert.title),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [_rich_text(_section(head))],
        "attachments": [{"color": alert.colour, "blocks": blocks}],
    }


def note_body(title: str, text: str, url: str) -> Mapping[str, object]:
    """Return the message of a notice in words: title, linked unless `url` is empty, and text as it stands."""
    head = _link(url, title) if url else _text(title, bold=True)
    elements: list[_Element] = [head, {"type": "text", "text": shorten(f"\n{defuse(text)}")}]
    return {
        "text": escape(title),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [_rich_text(_section(elements))],
    }


def troubles_body(notice: TroubleView) -> Mapping[str, object]:
    """Return the message about feeds: what happened, then each feed beside a bar in the severity's colour."""
    blocks = [_rich_text(_section(_feed(feed))) for feed in notice.feeds]
    blocks.append(_rich_text(_section(_last_words(notice))))
    head = [_text(notice.title, bold=True), _text(f"\n{notice.summary}")]
    return {
        "text": escape(notice.title),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [_rich_text(_section(head))],
        "attachments": [{"color": notice.colour, "blocks": blocks}],
    }


def escape(text: str) -> str:
    """Return text for a field that Slack reads as markup (docs.slack.dev, "Formatting text": escaping)."""
    return defuse(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, limit: int = TEXT_CHARS) -> str:
    """Return text of at most `limit` characters, cut at the end of a line where possible."""
    if len(text) <= limit:
        return text
    start = text[: limit - 2]
    return f"{start[: start.rfind(chr(10))] if chr(10) in start else start}\n…"


def _report_head(report: Report) -> Iterable[_Element]:
    """Yield the linked title and, below it, feed and time, and what became of the report."""
    title = isolate("".join(span.text for span in report.title))
    yield _link(report.url, title) if report.url else _text(title, bold=True)
    yield _text(f"\n{isolate(report.feed)} · {report.published}")
    for note in report.notes:
        yield _text(f"\n{note.label}", bold=True)
        if note.words:
            yield _text(f" {isolate(note.words)}")


def _report_body(report: Report) -> Iterable[_Element]:
    """Yield the excerpt as a quotation and the reasons as a list."""
    if report.excerpt:
        yield {"type": "rich_text_quote", "elements": [*_marked(report.excerpt)]}
    lines: list[Iterable[_Element]] = [
        [
            _text(reason.label, bold=True),
            _text(f": {isolate(reason.why)} "),
            _text(reason.origin, italic=True),
        ]
        for reason in report.reasons
    ]
    if report.more_reasons:
        lines.append([_text(f"and {report.more_reasons} more")])
    yield {"type": "rich_text_list", "style": "bullet", "elements": [_section(line) for line in lines]}


def _closing(alert: AlertView) -> Iterable[_Element]:
    """Yield how many reports are not shown, and where the whole alert is."""
    if alert.more_reports:
        yield _text(f"and {alert.more_reports} more. ")
    yield _link(alert.url, "Open the alert") if alert.url else _text(f"Alert {alert.id}")
    if alert.ack_url:
        yield _text(" · ")
        yield _link(alert.ack_url, "Acknowledge")


def _feed(feed: FeedView) -> Iterable[_Element]:
    """Yield a feed's name, what is wrong with it and what to do. Its address is no link: it may lead anywhere now."""
    yield _text(isolate(feed.name), bold=True)
    yield _text(f"\n{isolate(feed.what)}.\n{feed.known}")
    if feed.advice:
        yield _text(f"\n{feed.advice}\n")
        yield _text(feed.command, code=True)


def _last_words(notice: TroubleView) -> Iterable[_Element]:
    """Yield how many feeds are not shown, which go on failing, and where all are."""
    if notice.more:
        yield _text(f"and {notice.more} more. ")
    if notice.still:
        yield _text(f"{'Still failing' if notice.feeds else 'Not reached'}: {isolate(notice.still)}. ")
    yield _link(notice.url, "All feeds") if notice.url else _text("All feeds: monitor feeds list")


def _marked(spans: Iterable[Span]) -> Iterable[_Element]:
    return (_text(span.text, bold=span.marked) for span in spans)


def _rich_text(*elements: _Element) -> _Element:
    return {"type": "rich_text", "elements": list(elements)}


def _section(elements: Iterable[_Element]) -> _Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text(text: str, *, bold: bool = False, italic: bool = False, code: bool = False) -> _Element:
    element: _Element = {"type": "text", "text": defuse(text)}
    style = {name: True for name, wanted in (("bold", bold), ("italic", italic), ("code", code)) if wanted}
    return {**element, "style": style} if style else element


def _link(url: str, text: str) -> _Element:
    return {"type": "link", "url": url, "text": defuse(text), "style": {"bold": True}}
