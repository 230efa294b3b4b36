"""An alert's notice as a reader meets it: each item once, with every reason, its words marked."""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.core.occasion import FIRST
from monitor.core.types import Notice, NoticeAlert, NoticeHit, NoticeItem, NoticeMention, Severity
from monitor.render.changes import (
    Note,
    from_feeds,
    notes_of,
    update_summary,
    update_title,
    version_of,
)
from monitor.render.plain import (
    TITLE_CHARS,
    count,
    flatten,
    inert,
    inert_parts,
    isolate,
    moment,
    one_line,
    web_link,
)

COLOURS = {
    Severity.CRITICAL: "#b3261e",
    Severity.HIGH: "#c9440e",
    Severity.MEDIUM: "#9a6700",
    Severity.LOW: "#5b6b7b",
}
"""Colour by severity; white on it and it on white have a contrast of 4.5:1 and more (WCAG 2.2, 1.4.3)."""

COLOURS_ON_DARK = {
    Severity.CRITICAL: "#ef6f65",
    Severity.HIGH: "#f08a4b",
    Severity.MEDIUM: "#d9a441",
    Severity.LOW: "#8fa1b3",
}
"""The same for bars on a dark ground, 3:1 and more there (WCAG 2.2, 1.4.11)."""

EXCERPT_CHARS = 320
"""Characters of an item's text that are shown: the lead of an agency report."""

BEFORE_MARK = 100
"""Characters shown before the first marked word when it stands further down."""

REASONS = 5
"""Reasons shown for one item; the rest is counted."""

WHY_CHARS = 300
"""Longest reason shown."""

SILENCE = "monitor silence add --rule {rule} --for 6h --reason WHY"
"""How whoever gets too much is told less for a while."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that no program acts upon; `marked` when it is a word that counted."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one rule holds."""

    severity: Severity
    rule: str
    watchlist: str
    why: str

    @property
    def label(self) -> str:
        """Return the severity for a person."""
        return self.severity.capitalize()

    @property
    def origin(self) -> str:
        """Return where the rule stands; its id only where the reason does not begin with it."""
        watchlist = f"watchlist {self.watchlist}"
        return watchlist if self.why.startswith(f"rule {self.rule}:") else f"rule {self.rule}, {watchlist}"


@dataclass(frozen=True, slots=True)
class Report:
    """One item of an alert.

    notes           what became of it since
    url             "" when the item's link is not one to follow
    lang            language tag, or "" when unknown
    excerpt         empty when the text says no more than the title
    reasons         highest severity first; `more_reasons` are not shown
    """

    title: tuple[Span, ...]
    url: str
    feed: str
    published: str
    lang: str
    excerpt: tuple[Span, ...]
    reasons: tuple[Reason, ...]
    more_reasons: int
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertView:
    """What a message about an alert shows.

    title          one line: how grave, what is new, the headline
    subject        of a mail: how grave and the headline, the same for all mails of a story until it gets graver
    headline       the alert's own title
    summary        "2 new reports from 2 feeds; now 7 reports from 4 publishers": how much is told and why now
    more_reports   reports that are not shown
    url            the alert on the dashboard, or ""
    ack_url        where its story is acknowledged and its hits are marked, or ""
    silence        the command that silences the rule behind the gravest hit
    updated        its receiver knows of it
    """

    id: str
    title: str
    subject: str
    headline: str
    summary: str
    severity: Severity
    receiver: str
    url: str
    reports: tuple[Report, ...]
    more_reports: int
    ack_url: str
    silence: str
    updated: bool

    @property
    def label(self) -> str:
        """Return the severity for a person."""
        return self.severity.capitalize()

    @property
    def colour(self) -> str:
        """Return the colour of the severity."""
        return COLOURS[self.severity]

    @property
    def preview(self) -> str:
        """Return what a list of mails shows beside the subject: what is new, then the first report."""
        if not self.reports:
            return self.summary
        first = self.reports[0]
        excerpt = isolate("".join(span.text for span in first.excerpt))
        headline = isolate("".join(span.text for span in first.title))
        parts = [self.summary, headline] if self.updated else [isolate(inert(first.feed))]
        return ". ".join([*parts, excerpt] if excerpt else parts)


def view_alert(notice: Notice, *, limit: int) -> AlertView:
    """Return what is shown of an alert.created or alert.updated notice, with at most `limit` of its reports."""
    alert, hits = notice["data"]["alert"], notice["data"]["hits"]
    by_item: dict[str, list[NoticeHit]] = {}
    for hit in hits:
        by_item.setdefault(hit["item"]["id"], []).append(hit)
    severity, headline = Severity(alert["severity"]), one_line(alert["title"])
    groups = list(by_item.values())
    updated = notice["type"] == "alert.updated" and not alert.get("repeated")
    title, story_title = _title_of(notice, severity, headline, groups), one_line(alert.get("story_title") or "")
    return AlertView(
        id=alert["id"],
        title=title,
        subject=_title(severity, story_title, 1) if story_title else title,
        headline=headline,
        summary=_summary(alert, groups, updated=updated),
        severity=severity,
        receiver=one_line(alert["receiver"]),
        url=web_link(alert["url"] or ""),
        reports=tuple(_report(group) for group in groups[:limit]),
        more_reports=max(0, len(groups) - limit),
        ack_url=web_link(alert.get("ack_url") or ""),
        silence=SILENCE.format(rule=shlex.quote(one_line(hits[0]["rule"]))),
        updated=notice["type"] == "alert.updated",
    )


def _summary(alert: NoticeAlert, groups: Sequence[Sequence[NoticeHit]], *, updated: bool) -> str:
    """Return how much is told, and why now unless that goes without saying."""
    told = update_summary(groups) if updated else from_feeds(count(len(groups), "report"), groups)
    reason = one_line(alert.get("reason", ""))
    return told if reason in {"", FIRST, told} else f"{told}; {reason}"


def _title_of(notice: Notice, severity: Severity, headline: str, groups: Sequence[Sequence[NoticeHit]]) -> str:
    """Return the title of a message, by what its notice does: tell, tell more, or tell again."""
    if notice["data"]["alert"].get("repeated"):
        return f"{severity.capitalize()}, not acknowledged: {isolate(headline)}"
    if notice["type"] == "alert.updated":
        return update_title(severity, headline, groups)
    return _title(severity, headline, len(groups))


def _title(severity: Severity, headline: str, reports: int) -> str:
    """Return "Critical: title" or "Critical: title (3 reports)"."""
    more = f" ({count(reports, 'report')})" if reports > 1 else ""
    return f"{severity.capitalize()}: {isolate(headline)}{more}"


def _report(hits: Sequence[NoticeHit]) -> Report:
    """Return the item that all of `hits` are about, in the newest of the versions that they were made from."""
    newest = max(map(version_of, hits))
    of_newest = [hit for hit in hits if version_of(hit) == newest]
    item = of_newest[0]["item"]
    mentions = [mention for hit in of_newest for mention in hit["mentions"]]
    reasons = list(dict.fromkeys(_reason(hit) for hit in hits))
    return Report(
        title=title_spans(item["title"], mentions) or (Span(inert(_nameless(item))),),
        url=web_link(item["url"]),
        feed=one_line(item["feed"]["name"]) or one_line(item["feed"]["url"]),
        published=moment(item["published_at"]),
        lang=language(item["lang"]),
        excerpt=excerpt_spans(item["title"], item["summary"], mentions),
        reasons=tuple(reasons[:REASONS]),
        more_reasons=max(0, len(reasons) - REASONS),
        notes=notes_of(item, hits),
    )


def _reason(hit: NoticeHit) -> Reason:
    return Reason(
        Severity(hit["severity"]), one_line(hit["rule"]), one_line(hit["watchlist"]), one_line(hit["why"], WHY_CHARS)
    )


def language(tag: str | None) -> str:
    """Return a language tag that is one, else ""."""
    return tag if tag and _LANGUAGE.fullmatch(tag) else ""


def title_spans(title: str, mentions: Sequence[NoticeMention]) -> tuple[Span, ...]:
    """Return an item's title with its words marked, cut at TITLE_CHARS."""
    end = len(title) if len(title) <= TITLE_CHARS else _word_end(title, TITLE_CHARS)
    spans = _mark(title[:end], _places(mentions, "title"))
    return (*spans, Span(" …")) if spans and end < len(title) else spans


def _nameless(item: NoticeItem) -> str:
    """Return what stands for the title of an item that has none."""
    return one_line(item["summary"], 80) or "Report without a title"


def excerpt_spans(title: str, text: str, mentions: Sequence[NoticeMention]) -> tuple[Span, ...]:
    """Return the beginning of an item's text, or the stretch around the first word that counted."""
    if not text.strip() or one_line(text) == one_line(title):
        return ()
    places = _places(mentions, "text")
    first = places[0][0] if places else 0
    begin = 0 if first < EXCERPT_CHARS - BEFORE_MARK else _word_start(text, first - BEFORE_MARK)
    end = len(text) if len(text) - begin <= EXCERPT_CHARS else _word_end(text, begin + EXCERPT_CHARS)
    end = next((finish for start, finish in places if start < end < finish), end)  # a name is shown whole
    spans = _mark(text[:end], places, begin=begin)
    return (
        *([Span("… ")] if begin else []),
        *spans,
        *([Span(" …")] if end < len(text) else []),
    )


def _word_start(text: str, at: int) -> int:
    """Return where the first whole word from `at` on begins, if that is near."""
    found = text.find(" ", at, at + BEFORE_MARK // 2)
    return at if found < 0 else found + 1


def _word_end(text: str, at: int) -> int:
    """Return where the last whole word before `at` ends, if that is near."""
    found = text.rfind(" ", at - BEFORE_MARK // 2, at)
    return at if found < 0 else found


def _mark(text: str, places: Iterable[tuple[int, int]], *, begin: int = 0) -> tuple[Span, ...]:
    """Return `text` from `begin` on as spans, those at `places` (in order, apart) marked."""
    spans: list[Span] = []
    at = begin
    for start, end in places:
        if begin <= start and end <= len(text):
            spans += [Span(text[at:start]), Span(text[start:end], marked=True)]
            at = end
    return _tidy([*spans, Span(text[at:])])


def _places(mentions: Iterable[NoticeMention], field: str) -> list[tuple[int, int]]:
    """Return where the mentions of a field stand, in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((one["start"], one["end"]) for one in mentions if one["field"] == field):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _tidy(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans flattened and inert, without space at either end and without empty ones."""
    flat = [(flatten(span.text), span.marked) for span in spans]
    whole = "".join(text for text, _ in flat)
    lead, tail = len(whole) - len(whole.lstrip()), len(whole.rstrip())
    tidy: list[Span] = []
    at = 0
    for text, marked in flat:
        kept = text[max(0, lead - at) : max(0, tail - at)]
        at += len(text)
        if kept:
            tidy.append(Span(kept, marked))
    return tuple(map(Span, inert_parts([span.text for span in tidy]), [span.marked for span in tidy]))
