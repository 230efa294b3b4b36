"""A notice as lines of styled text, from which the form of each chat is made: every text is inert, none escaped yet."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.core.types import Severity
from monitor.render.digest_view import DigestView, StoryView
from monitor.render.plain import defuse, inert, isolate, isolate_sentence
from monitor.render.reports import COLOURS, AlertView, Report
from monitor.render.troubles import FeedView, TroubleView

NOTE_COLOUR = COLOURS[Severity.LOW]
"""Colour of what has no severity."""

DIGEST_COLOUR = "#1f4e79"
"""Colour of a digest."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; `url` is safe to link to, or ""; `colour` is "#b3261e", or "" for none."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of runs; an item is one of a list."""

    runs: tuple[Run, ...]
    style: Literal["plain", "quote", "item"] = "plain"

    @property
    def text(self) -> str:
        """Return what it says."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Part:
    """A report or a feed: its title, where that leads ("" for nowhere), where it is from and when, and what is said."""

    title: str
    url: str
    origin: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole message.

    title     one line, for notifications
    head      what it is about
    parts     a report or a feed each
    closing   what is not shown and where all is; no runs for nothing
    colour    of the severity, "#b3261e"
    """

    title: str
    head: tuple[Line, ...]
    parts: tuple[Part, ...]
    closing: Line
    colour: str

    def lines(self) -> Iterable[tuple[Line, ...]]:
        """Yield the groups of lines that stand together, for what knows no parts."""
        yield self.head
        for part in self.parts:
            yield (
                Line((Run(part.title, bold=True, url=part.url),)),
                Line((Run(part.origin, italic=True),)),
                *part.lines,
            )
        if self.closing.runs:
            yield (self.closing,)


def alert_sheet(alert: AlertView) -> Sheet:
    """Return the sheet of an alert: how much there is, then its reports."""
    closing = [_text(f"and {alert.more_reports} more. ")] if alert.more_reports else []
    closing.append(Run("Open the alert", url=alert.url) if alert.url else _text(f"Alert {alert.id}"))
    if alert.ack_url:
        closing += [_text(" · "), Run("Acknowledge", url=alert.ack_url)]
    return Sheet(
        title=inert(alert.title),
        head=(Line((Run(alert.label, bold=True, colour=alert.colour), _text(f": {alert.summary}"))),),
        parts=tuple(map(_report, alert.reports)),
        closing=Line(tuple(closing)),
        colour=alert.colour,
    )


def troubles_sheet(notice: TroubleView) -> Sheet:
    """Return the sheet about feeds: what happened, then each feed."""
    closing = [_text(f"and {notice.more} more. ")] if notice.more else []
    if notice.still:
        closing.append(_text(f"{'Still failing' if notice.feeds else 'Not reached'}: {isolate(notice.still)}. "))
    closing.append(Run("All feeds", url=notice.url) if notice.url else _text("All feeds: monitor feeds list"))
    return Sheet(
        title=inert(notice.title),
        head=(Line((Run(inert(notice.title), bold=True, colour=notice.colour),)), Line((_text(notice.summary),))),
        parts=tuple(map(_feed, notice.feeds)),
        closing=Line(tuple(closing)),
        colour=notice.colour,
    )


def digest_sheet(digest: DigestView) -> Sheet:
    """Return the sheet of a digest: what happened in five lines, then its first stories; the rest is a link away."""
    more = digest.more_stories
    closing = [_text(f"and {more:,} more {'story' if more == 1 else 'stories'}. ")] if more else []
    closing.append(Run("Read the digest", url=digest.url) if digest.url else _text("All of it: monitor digest preview"))
    title = Run(inert(digest.title), bold=True, url=digest.url)
    return Sheet(
        title=inert(digest.title),
        head=(Line((title,)), *(Line((_text(line),), "item") for line in digest.headlines)),
        parts=tuple(map(_story, digest.stories)),
        closing=Line(tuple(closing)),
        colour=DIGEST_COLOUR,
    )


def note_sheet(title: str, text: str) -> Sheet:
    """Return the sheet of a notice in words: title, and text as it stands."""
    head = Line((Run(inert(title), bold=True),))
    lines = (Line((_text(line),)) for line in text.splitlines())
    return Sheet(title=inert(title), head=(head, *lines), parts=(), closing=Line(()), colour=NOTE_COLOUR)


def plain_text(sheet: Sheet) -> str:
    """Return the sheet in words alone; where a title leads stands below it."""
    return "\n\n".join("\n".join(_plain_line(line) for line in group if line.text) for group in sheet.lines())


def json_bytes(body: Mapping[str, object]) -> int:
    """Return how large a message is as it is sent."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def shorten(text: str, limit: int) -> str:
    """Return text of at most `limit` characters, cut at the end of a line where possible."""
    if len(text) <= limit:
        return text
    start = text[: limit - 2]
    return f"{start[: start.rfind(chr(10))] if chr(10) in start else start}\n…"


def _plain_line(line: Line) -> str:
    """Return one line in words, what is linked followed by its address."""
    links = "".join(f"\n{run.url}" for run in line.runs if run.url)
    return f"{_MARKS[line.style]}{line.text}{links}"


_MARKS = {"plain": "", "quote": "> ", "item": "- "}


def _report(report: Report) -> Part:
    """Return a report: what became of it, its excerpt, its reasons."""
    lines = [Line((_text(note.label, bold=True), _text(f" {isolate(note.words)}".rstrip()))) for note in report.notes]
    if report.excerpt:
        lines.append(Line(tuple(Run(span.text, bold=span.marked) for span in report.excerpt), "quote"))
    lines += [
        Line(
            (
                _text(reason.label, bold=True),
                _text(f": {isolate_sentence(reason.why)} "),
                _text(reason.origin, italic=True),
            ),
            "item",
        )
        for reason in report.reasons
    ]
    if report.more_reasons:
        lines.append(Line((_text(f"and {report.more_reasons} more"),), "item"))
    title = "".join(span.text for span in report.title)
    return Part(isolate(title), report.url, inert(f"{isolate(report.feed)} · {report.published}"), tuple(lines))


def _story(story: StoryView) -> Part:
    """Return a story of a digest: how grave, who told it, and the words that counted."""
    lines = [Line((_text(story.label, bold=True), _text(f": {story.reports}, {isolate(story.told_by)}")))]
    if story.excerpt:
        lines.append(Line(tuple(Run(span.text, bold=span.marked) for span in story.excerpt), "quote"))
    return Part(isolate(story.heading), story.url, inert(story.when), tuple(lines))


def _feed(feed: FeedView) -> Part:
    """Return a feed: what is wrong with it and what to do. Its address is no link: it may lead anywhere now."""
    lines = [Line((_text(f"{isolate(feed.what)}."),))]
    if feed.advice:
        lines += [Line((_text(feed.advice),)), Line((_text(feed.command, code=True),))]
    return Part(inert(isolate(feed.name)), "", inert(feed.known), tuple(lines))


def _text(text: str, *, bold: bool = False, italic: bool = False, code: bool = False) -> Run:
    """Return a run that no chat acts upon. A command stays one that can be pasted: only mentions are taken from it."""
    return Run(defuse(text) if code else inert(text), bold=bold, italic=italic, code=code)
