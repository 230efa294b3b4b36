"""A digest in words: what happened, told on one page of mail, and as plain text that stands alone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.core.types import Notice, NoticeDigest, NoticeDigestFeed, NoticeDigestRow, NoticeDigestStory, Severity
from monitor.render.environment import environment
from monitor.render.plain import count, flatten, moment, one_line, web_link
from monitor.render.reports import COLOURS

COLOUR = "#1f4e79"
"""Colour bar of a digest."""

FEEDS_SHOWN = 4
"""Publishers named beside a story; the others are counted."""

ROWS_SHOWN = 12
"""Entities shown with a bar, those with most hits."""

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
class DigestView:
    """A digest as a reader sees it; `headlines` are the lines at its top."""

    title: str
    period: str
    headlines: list[str]
    stories: list[StoryView]
    more_stories: int
    watchlists: list[RowView]
    entities: list[RowView]
    failed: list[str]
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
    stories = [_story(story) for story in digest["stories"]]
    period = _period(digest)
    grave = sum(story.severity is Severity.CRITICAL for story in stories)
    grave_words = f", {grave} critical {'story' if grave == 1 else 'stories'}" if grave else ""
    return DigestView(
        title=f"{one_line(digest['title'])} digest, {period}: {count(digest['hits'], 'hit')}{grave_words}",
        period=period,
        headlines=_headlines(digest, stories),
        stories=stories,
        more_stories=digest["stories_total"] - len(stories),
        watchlists=_rows(digest["watchlists"]),
        entities=_rows(digest["entities"][:ROWS_SHOWN]),
        failed=[_failure(feed) for feed in digest["feeds_failed"]],
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
        by_severity = [(level, sum(story.severity is level for story in stories)) for level in reversed(Severity)]
        told = ", ".join(f"{number} {level}" for level, number in by_severity if number)
        total = digest["stories_total"]
        lines.append(f"{total:,} {'story' if total == 1 else 'stories'}: {told}.")
    failed = len({feed["url"] for feed in digest["feeds_failed"]})
    failing = len({feed["url"] for feed in digest["feeds_failed"] if feed["until"] is None})
    if failed:
        lines.append(
            f"{count(failed, 'feed')} failed, {failing} of them still: what they published may be missing here."
        )
    else:
        lines.append("Every feed answered throughout.")
    if digest["deliveries_failed"]:
        given_up = digest["deliveries_failed"]
        lines.append(f"{given_up:,} {'delivery was' if given_up == 1 else 'deliveries were'} given up.")
    return lines


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
    feeds = [one_line(feed) for feed in story["feeds"]]
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
    """Return counts with their change and the width of their bar."""
    most = max((row["count"] for row in rows), default=0) or 1
    return [
        RowView(
            name=one_line(row["name"]),
            count=row["count"],
            before=row["before"],
            change=_change(row["count"], row["before"]),
            percent=max(1, round(BAR_PERCENT * row["count"] / most)) if row["count"] else 0,
        )
        for row in rows
    ]


def _change(now: int, before: int) -> str:
    """Return a change in words that need no colour."""
    if before == 0:
        return "new" if now else "="
    return f"\u25b2 {now - before:,}" if now > before else f"\u25bc {before - now:,}" if now < before else "="


def _failure(feed: NoticeDigestFeed) -> str:
    """Return a feed's failure in one line."""
    until = "still failing" if feed["until"] is None else f"until {moment(feed['until'])}"
    return flatten(
        f"{one_line(feed['name'])}: {one_line(feed['error'])}, since {moment(feed['since'])}, {until}"
    ).strip()
