"""A digest as a reader sees it: every text of a feed is harmless, every list as long as there is room for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.core.surge import usual_range
from monitor.core.types import (
    NoticeDigest,
    NoticeDigestArticle,
    NoticeDigestChange,
    NoticeDigestName,
    NoticeDigestRow,
    NoticeDigestStory,
    NoticeDigestSurge,
    Severity,
)
from monitor.render.digest_coverage import CoverageView, coverage_of
from monitor.render.digest_words import change_words, headlines, period_words, usual_words
from monitor.render.plain import count, inert, moment, one_line, web_link
from monitor.render.reports import Span, excerpt_spans, language, title_spans

NAME_CHARS = 80
"""Longest name of a feed, a watchlist or an entity."""

FEEDS_SHOWN = 4
"""Publishers named beside a story; the others are counted."""

BAR_PIXELS = 24
"""Height of the highest bar of a chart."""

RARE = 1e-6
"""Chance below which a number would claim more than a model of eight periods knows."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each part is shown; what is beyond that is counted."""

    stories: int = 40
    rows: int = 12
    surges: int = 6
    articles: int = 3
    names: int = 12
    changes: int = 12
    feeds: int = 20
    channels: int = 10

    def times(self, share: float, *, stories: int) -> "Room":
        """Return a smaller room: a share of everything, at least one each, and so many stories."""
        parts = ("rows", "surges", "articles", "names", "changes", "feeds", "channels")
        return replace(self, stories=stories, **{name: math.ceil(getattr(self, name) * share) for name in parts})


WHOLE = Room(*[10_000] * 8)
"""Room for all that a digest holds."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """A report that something rests upon."""

    title: str
    url: str
    lang: str
    feed: str
    at: str
    item: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """Counts of the periods before and of this one, last: their figures, and bars in pixels."""

    figures: tuple[int, ...]
    bars: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """A count: `change` against the period before, `usual` against those before that, "" when they are not known."""

    name: str
    count: int
    before: int
    change: str
    usual: str
    chart: ChartView


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story: its words marked where they counted, who told it, when first and last, and why it is here."""

    title: tuple[Span, ...]
    url: str
    lang: str
    severity: Severity
    label: str
    why: str
    told_by: str
    reports: str
    when: str
    excerpt: tuple[Span, ...]
    item: str

    @property
    def heading(self) -> str:
        """Return the title in words alone."""
        return "".join(span.text for span in self.title)


@dataclass(frozen=True, slots=True)
class SurgeView:
    """A name that is told far more than usual, in words how much, and what it rests upon."""

    name: str
    words: str
    chart: ChartView
    articles: list[ArticleView]


@dataclass(frozen=True, slots=True)
class NameView:
    """A name, or a spelling of one, that was found for the first time; `spelling` "" where it says no more."""

    name: str
    spelling: str
    article: ArticleView | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A report that changed: what happened, and its headline before."""

    label: str
    was: str
    article: ArticleView


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest; `headlines` are the lines at its top, numbers beginning with `more` count what is not shown."""

    title: str
    name: str
    heading: str
    period: str
    headlines: list[str]
    stories: list[StoryView]
    more_stories: int
    surges: list[SurgeView]
    more_surges: int
    new_names: list[NameView]
    new_spellings: list[NameView]
    more_new: int
    changes: list[ChangeView]
    more_changes: int
    watchlists: list[RowView]
    entities: list[RowView]
    quiet: list[RowView]
    coverage: list[CoverageView]
    url: str


def view_digest(digest: NoticeDigest, room: Room) -> DigestView:
    """Return what a reader sees of a digest where there is so much room."""
    period = period_words(digest)
    grave = sum(story["severity"] == Severity.CRITICAL for story in digest["stories"])
    grave_words = f", {grave:,} critical {'story' if grave == 1 else 'stories'}" if grave else ""
    surges, changes = digest.get("surges", []), digest.get("changes", [])
    new_names, new_spellings = digest.get("new_names", [])[: room.names], digest.get("new_spellings", [])[: room.names]
    heading = f"{one_line(digest['title'])} digest" + ("" if digest.get("scheduled", True) else " so far")
    changed = digest.get("edited", 0) + digest.get("withdrawn", 0)
    return DigestView(
        title=f"{heading}, {period}: {count(digest['hits'], 'hit')}{grave_words}",
        name=one_line(digest["name"]),
        heading=heading,
        period=period,
        headlines=headlines(digest),
        stories=[_story(story) for story in digest["stories"][: room.stories]],
        more_stories=digest["stories_total"] - len(digest["stories"][: room.stories]),
        surges=[_surge(one, room) for one in surges[: room.surges]],
        more_surges=max(0, len(surges) - room.surges),
        new_names=[_name(one) for one in new_names],
        new_spellings=[_name(one) for one in new_spellings],
        more_new=digest.get("new_total", 0) - len(new_names) - len(new_spellings),
        changes=[_change(one) for one in changes[: room.changes]],
        more_changes=max(0, changed - len(changes[: room.changes])) if changes else 0,
        watchlists=_rows(digest["watchlists"], room),
        entities=_rows(digest["entities"], room),
        quiet=[_row(row) for row in digest["watchlists"] + digest["entities"] if not row["count"]][: room.rows],
        coverage=coverage_of(digest, feeds=room.feeds, channels=room.channels),
        url=web_link(digest["url"] or ""),
    )


def _story(story: NoticeDigestStory) -> StoryView:
    """Return what a reader sees of a story."""
    severity, mentions = Severity(story["severity"]), story.get("mentions", [])
    feeds = [one_line(feed, NAME_CHARS) for feed in story["feeds"]]
    more = f" and {len(feeds) - FEEDS_SHOWN} more" if len(feeds) > FEEDS_SHOWN else ""
    publishers = story.get("publishers", 0)
    by = f" by {count(publishers, 'publisher')}" if publishers else ""
    first, last = moment(story["first_at"]), moment(story.get("last_at", story["first_at"]))
    return StoryView(
        title=title_spans(story["title"], mentions) or (Span("(no title)"),),
        url=web_link(story["url"]),
        lang=language(story["lang"]),
        severity=severity,
        label=severity.value.capitalize(),
        why=inert(one_line(story["why"])),
        told_by=inert(", ".join(feeds[:FEEDS_SHOWN]) + more),
        reports=f"{count(story['reports'], 'report')}{by}",
        when=first if first == last else f"{first} to {last}",
        excerpt=excerpt_spans(story["title"], story.get("summary", ""), mentions),
        item=story.get("item", ""),
    )


def _rows(rows: Sequence[NoticeDigestRow], room: Room) -> list[RowView]:
    """Return the greatest counts; those that fell to nothing stand elsewhere."""
    return [_row(row) for row in rows if row["count"]][: room.rows]


def _row(row: NoticeDigestRow) -> RowView:
    """Return a count with its change, and what is usual."""
    past = row.get("past", [])
    return RowView(
        name=inert(one_line(row["name"], NAME_CHARS)),
        count=row["count"],
        before=row["before"],
        change=change_words(row["count"], row["before"]),
        usual=usual_words(usual_range(past)),
        chart=_chart([*past, row["count"]]),
    )


def _chart(figures: Sequence[int]) -> ChartView:
    """Return counts with their bars; what is not nothing is seen."""
    most = max([*figures, 1])
    return ChartView(tuple(figures), tuple(math.ceil(BAR_PIXELS * one / most) for one in figures))


def _surge(surge: NoticeDigestSurge, room: Room) -> SurgeView:
    """Return what a reader sees of a surge."""
    usual = usual_words(usual_range(surge["past"]))
    chance = surge["chance"]
    seldom = "hardly ever by chance" if chance < RARE else f"by chance once in {_two_digits(1 / chance)} periods"
    return SurgeView(
        name=inert(one_line(surge["name"], NAME_CHARS)),
        words=f"{count(surge['publishers'], 'publisher')}, {usual or 'usually fewer'}; {seldom}",
        chart=_chart([*surge["past"], surge["publishers"]]),
        articles=[_article(one) for one in surge["articles"][: room.articles]],
    )


def _name(one: NoticeDigestName) -> NameView:
    """Return what a reader sees of what was found for the first time."""
    name, spelling = one_line(one["name"], NAME_CHARS), one_line(one["spelling"], NAME_CHARS)
    article = None if one["article"] is None else _article(one["article"])
    return NameView(inert(name), "" if spelling.casefold() == name.casefold() else inert(spelling), article)


def _change(one: NoticeDigestChange) -> ChangeView:
    """Return what a reader sees of a changed report."""
    label = "Withdrawn" if one["change"] == "withdrawn" else "Headline changed"
    return ChangeView(label, inert(one_line(one["was"])), _article(one["article"]))


def _article(one: NoticeDigestArticle) -> ArticleView:
    """Return what a reader sees of a report."""
    return ArticleView(
        title=inert(one_line(one["title"])) or "(no title)",
        url=web_link(one["url"]),
        lang=language(one["lang"]),
        feed=inert(one_line(one["feed"], NAME_CHARS)),
        at=moment(one["at"]),
        item=one["item"],
    )


def _two_digits(number: float) -> str:
    """Return a number as exact as an estimate is: 2273 is "2,300"."""
    return f"{float(f'{number:.2g}'):,.0f}"
