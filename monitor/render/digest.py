"""A digest in words: what happened, told on one page of mail, and as plain text that stands alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import accumulate
from zoneinfo import ZoneInfo

from monitor.core.types import Notice, NoticeDigest, NoticeDigestFeed, NoticeDigestRow, NoticeDigestStory, Severity
from monitor.render.environment import environment
from monitor.render.plain import count, moment, one_line, span_words, web_link
from monitor.render.reports import COLOURS

COLOUR = "#1f4e79"
"""Colour bar of a digest."""

FEEDS_SHOWN = 4
"""Publishers named beside a story; the others are counted."""

ROWS_SHOWN = 12
"""Watchlists, and entities, shown with a bar: those with most hits."""

FAILED_SHOWN = 20
"""Failed feeds told one by one; after an outage of our own network they are all of them, and are counted."""

UNCOVERED_SHOWN = 10
"""Feeds shown one by one that are quiet, may have lost items, or were given up: of each the first ones."""

STORY_BYTES = 55_000
"""Room for stories in the HTML. Gmail clips a mail at 102 KB; the rest of a digest takes some 40 KB at most."""

STORY_MARKUP_BYTES = 800
"""What the HTML of a story takes beside its words."""

NAME_CHARS = 80
"""Longest name of a feed, a watchlist or an entity."""

BAR_PERCENT = 100
"""Width of the longest bar."""


@dataclass(frozen=True, slots=True)
class RowView:
    """A count as a reader sees it: `change` against the period before, `percent` the width of its bar."""

    name: str
    count: int
    before: int
    change: str
    percent: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as a reader sees it."""

    title: str
    url: str
    lang: str | None
    severity: Severity
    label: str
    why: str
    told_by: str
    reports: str
    first: str


@dataclass(frozen=True, slots=True)
class FailureView:
    """A feed that failed, and in words how: its last error, how often, how long, until when."""

    name: str
    words: str
    failing: bool
    length: timedelta


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Feeds from which something is missing, though they did not fail: a heading, a line for each, how many more."""

    title: str
    feeds: list[FailureView]
    more: int


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest as a reader sees it; `headlines` are the lines at its top."""

    title: str
    period: str
    headlines: list[str]
    stories: list[StoryView]
    more_stories: int
    watchlists: list[RowView]
    entities: list[RowView]
    quiet: list[RowView]
    failed: list[FailureView]
    more_failed: int
    uncovered: list[CoverageView]
    url: str
    name: str


def digest_title(notice: Notice) -> str:
    """Return the subject: "Weekly digest, 24 to 31 Jul 2023: 12 hits, 2 critical stories"."""
    return _view(notice["data"]["digest"]).title


def digest_text(notice: Notice) -> str:
    """Return the digest as plain text."""
    return environment().get_template("digest.txt.j2").render(digest=_view(notice["data"]["digest"]))


def digest_html(notice: Notice) -> str:
    """Return the digest as HTML for mail: bars are cells, no image, no outside address but the reports' links."""
    view = _view(notice["data"]["digest"])
    template = environment().get_template("digest.html.j2")
    return template.render(
        digest=view, title=view.title, preview=" ".join(view.headlines), colour=COLOUR, colours=COLOURS
    )


def _view(digest: NoticeDigest) -> DigestView:
    """Return what a reader sees of a digest."""
    stories = _fitting([_story(story) for story in digest["stories"]])
    period = _period(digest)
    failed = _failures(digest)
    grave = sum(story.severity is Severity.CRITICAL for story in stories)
    grave_words = f", {grave} critical {'story' if grave == 1 else 'stories'}" if grave else ""
    return DigestView(
        title=f"{one_line(digest['title'])} digest, {period}: {count(digest['hits'], 'hit')}{grave_words}",
        period=period,
        headlines=_headlines(digest, stories),
        stories=stories,
        more_stories=digest["stories_total"] - len(stories),
        watchlists=_rows(digest["watchlists"]),
        entities=_rows(digest["entities"]),
        quiet=[_row(row, 1) for row in digest["watchlists"] + digest["entities"] if not row["count"]],
        failed=failed[:FAILED_SHOWN],
        more_failed=max(0, len(failed) - FAILED_SHOWN),
        uncovered=_uncovered(digest),
        url=web_link(digest["url"] or ""),
        name=one_line(digest["name"]),
    )


def _headlines(digest: NoticeDigest, stories: list[StoryView]) -> list[str]:
    """Return what happened in a few lines."""
    read = f"{count(digest['items'], 'item')} from {count(digest['feeds_total'], 'feed')}"
    if not digest["hits"]:
        lines = [f"Nothing on the watchlists in {read}."]
    else:
        before = digest["hits_before"]
        change = f"{_change(digest['hits'], before)} against {before:,}" if before else "none"
        lines = [f"{count(digest['hits'], 'hit')} in {read}; {change} in the period before."]
        lines.append(_told(stories, digest["stories_total"]))
    edited, withdrawn = digest.get("edited", 0), digest.get("withdrawn", 0)
    if edited or withdrawn:
        lines.append(f"{count(edited, 'report')} edited since, {count(withdrawn, 'report')} withdrawn.")
    failed = len({feed["url"] for feed in digest["feeds_failed"]})
    failing = len({feed["url"] for feed in digest["feeds_failed"] if feed["until"] is None})
    if failed:
        lines.append(
            f"{count(failed, 'feed')} failed, {failing} of them still: what they published may be missing here."
        )
    elif not digest.get("feeds_retired"):
        lines.append("Every feed answered throughout.")
    if uncovered := _uncovered_words(digest):
        lines.append(uncovered)
    if digest["deliveries_failed"]:
        given_up = digest["deliveries_failed"]
        lines.append(f"{given_up:,} {'delivery was' if given_up == 1 else 'deliveries were'} given up.")
    return lines


def _told(stories: list[StoryView], total: int) -> str:
    """Return how many stories there are of each severity, of those that are shown."""
    by_severity = [(level, sum(story.severity is level for story in stories)) for level in reversed(Severity)]
    told = ", ".join(f"{number} {level}" for level, number in by_severity if number)
    all_told = f"{total:,} {'story' if total == 1 else 'stories'}"
    return f"{all_told}: {told}." if len(stories) == total else f"{all_told}; the gravest {len(stories)}: {told}."


def _fitting(stories: list[StoryView]) -> list[StoryView]:
    """Return the first stories, as many as a mail has room for; letters beyond ASCII take two or three bytes each."""
    sizes = [
        STORY_MARKUP_BYTES + len(escape(f"{one.title}{one.url}{one.told_by}{one.why}{one.lang}").encode())
        for one in stories
    ]
    return [one for one, end in zip(stories, accumulate(sizes), strict=True) if end <= STORY_BYTES]


def _period(digest: NoticeDigest) -> str:
    """Return the days of a period in the digest's time zone: "24 to 31 Jul 2023"."""
    zone = ZoneInfo(digest["timezone"])
    start = datetime.fromisoformat(digest["period_start"]).astimezone(zone)
    end = datetime.fromisoformat(digest["period_end"]).astimezone(zone)
    if start.date() == end.date():
        return f"{end.day} {end:%b %Y}"
    first = f"{start.day} {start:%b %Y}" if start.year != end.year else f"{start.day} {start:%b}"
    return f"{start.day if (start.year, start.month) == (end.year, end.month) else first} to {end.day} {end:%b %Y}"


def _story(story: NoticeDigestStory) -> StoryView:
    """Return what a reader sees of a story."""
    severity = Severity(story["severity"])
    feeds = [one_line(feed, NAME_CHARS) for feed in story["feeds"]]
    more = f" and {len(feeds) - FEEDS_SHOWN} more" if len(feeds) > FEEDS_SHOWN else ""
    return StoryView(
        title=one_line(story["title"]) or "(no title)",
        url=web_link(story["url"]),
        lang=story["lang"],
        severity=severity,
        label=severity.value.capitalize(),
        why=one_line(story["why"]),
        told_by=", ".join(feeds[:FEEDS_SHOWN]) + more,
        reports=count(story["reports"], "report"),
        first=moment(story["first_at"]),
    )


def _rows(rows: list[NoticeDigestRow]) -> list[RowView]:
    """Return the greatest counts; those that fell to nothing stand elsewhere."""
    most = max((row["count"] for row in rows), default=0)
    return [_row(row, most) for row in rows if row["count"]][:ROWS_SHOWN]


def _row(row: NoticeDigestRow, most: int) -> RowView:
    """Return a count with its change and the width of its bar beside the greatest one, `most`."""
    return RowView(
        name=one_line(row["name"], NAME_CHARS),
        count=row["count"],
        before=row["before"],
        change=_change(row["count"], row["before"]),
        percent=max(1, round(BAR_PERCENT * row["count"] / most)),
    )


def _change(now: int, before: int) -> str:
    """Return a change in words that need no colour."""
    if before == 0:
        return "new" if now else "="
    return f"\u25b2 {now - before:,}" if now > before else f"\u25bc {before - now:,}" if now < before else "="


def _uncovered_words(digest: NoticeDigest) -> str:
    """Return in a line how many feeds something is missing from, though they did not fail."""
    quiet, missed = len(digest.get("feeds_quiet", [])), len(digest.get("feeds_missed", []))
    retired = len(digest.get("feeds_retired", []))
    parts = [
        f"{count(quiet, 'feed')} fell quiet" if quiet else "",
        f"{count(missed, 'feed')} may have lost items" if missed else "",
        f"{count(retired, 'feed')} {'was' if retired == 1 else 'were'} given up" if retired else "",
    ]
    return ", ".join(part for part in parts if part) + "." if any(parts) else ""


def _uncovered(digest: NoticeDigest) -> list[CoverageView]:
    """Return the feeds from which something is missing, though they did not fail: the newest troubles first."""
    end_at = datetime.fromisoformat(digest["period_end"])
    found = []
    for title, feeds, words in (
        ("Feeds that fell quiet", digest.get("feeds_quiet", []), "no news for {length}, since {since}"),
        ("Feeds that may have lost items", digest.get("feeds_missed", []), "all was new at once, last on {since}"),
        ("Feeds given up", digest.get("feeds_retired", []), "{error}, asked no more since {since}"),
    ):
        lines = [_line(feed, words, end_at) for feed in sorted(feeds, key=lambda feed: feed["since"], reverse=True)]
        if lines:
            found.append(CoverageView(title, lines[:UNCOVERED_SHOWN], max(0, len(lines) - UNCOVERED_SHOWN)))
    return found


def _line(feed: NoticeDigestFeed, words: str, end_at: datetime) -> FailureView:
    """Return a feed with what is to be said of it."""
    length = max(end_at - datetime.fromisoformat(feed["since"]), timedelta())
    error, since = one_line(feed["error"]) or "failing", moment(feed["since"])
    said = words.format(length=span_words(length), since=since, error=error)
    return FailureView(one_line(feed["name"], NAME_CHARS), said, failing=True, length=length)


def _failures(digest: NoticeDigest) -> list[FailureView]:
    """Return the feeds that failed: those that still do first, then those that did so longest."""
    by_url: dict[str, list[NoticeDigestFeed]] = {}
    for feed in digest["feeds_failed"]:
        by_url.setdefault(feed["url"], []).append(feed)
    failures = [_failure(spans, digest["period_end"]) for spans in by_url.values()]
    return sorted(failures, key=lambda one: (not one.failing, -one.length, one.name))


def _failure(spans: list[NoticeDigestFeed], period_end: str) -> FailureView:
    """Return how one feed failed, in one span of time or in several."""
    length = timedelta()
    for span in spans:
        until_at = datetime.fromisoformat(span["until"] or period_end)
        length += max(until_at - datetime.fromisoformat(span["since"]), timedelta())
    last = max(spans, key=lambda span: datetime.fromisoformat(span["since"]))
    failing = last["until"] is None
    often = f"{len(spans)} times, " if len(spans) > 1 else ""
    until = f"still failing, since {moment(last['since'])}" if failing else f"until {moment(last['until'])}"
    words = f"{one_line(last['error'])}, {often}for {span_words(length)}, {until}"
    return FailureView(one_line(last["name"], NAME_CHARS), words, failing, length)
