"""What happened, in five lines: sentences made of counts and of the gravest story, the same for the same digest."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.core.surge import LEAST_PAST, usual_range
from monitor.core.types import NoticeDigest, NoticeDigestStory, Severity
from monitor.render.plain import count, inert, isolate, one_line

NAMED = 3
"""Names in a line at the top; the others are counted."""

NAME_CHARS = 60
"""Longest name in such a line."""


def headlines(digest: NoticeDigest) -> list[str]:
    """Return what happened: how much, which stories, the gravest, what is unusual, and what may be missing."""
    lines = [_amount(digest)]
    if digest["stories"]:
        lines += [_stories(digest), _gravest(digest["stories"][0])]
    elif changed := _changed(digest):
        lines.append(changed)
    return [*lines, *_unusual(digest), _coverage(digest)]


def period_words(digest: NoticeDigest) -> str:
    """Return the days of a period in the digest's time zone: "24 to 31 Jul 2023"."""
    zone = ZoneInfo(digest["timezone"])
    start = datetime.fromisoformat(digest["period_start"]).astimezone(zone)
    end = datetime.fromisoformat(digest["period_end"]).astimezone(zone)
    if start.date() == end.date():
        return f"{end.day} {end:%b %Y}"
    first = f"{start.day} {start:%b %Y}" if start.year != end.year else f"{start.day} {start:%b}"
    return f"{start.day if (start.year, start.month) == (end.year, end.month) else first} to {end.day} {end:%b %Y}"


def change_words(now: int, before: int) -> str:
    """Return a change in words that need no colour."""
    if before == 0:
        return "new" if now else "="
    return f"\u25b2 {now - before:,}" if now > before else f"\u25bc {before - now:,}" if now < before else "="


def usual_words(usual: tuple[int, int] | None) -> str:
    """Return a range of counts in words, "" for None."""
    if usual is None:
        return ""
    low, high = usual
    return f"usually {low:,}" if low == high else f"usually {low:,} to {high:,}"


def _amount(digest: NoticeDigest) -> str:
    """Return how much was found, beside what was before and what is usual."""
    read = f"{count(digest['items'], 'item')} from {count(digest['feeds_total'], 'feed')}"
    usual = usual_words(usual_range(digest.get("past", [])))
    if not digest["hits"]:
        return f"Nothing on the watchlists in {read}{f'; {usual} hits' if usual else ''}."
    before = digest["hits_before"]
    change = f"{change_words(digest['hits'], before)} against {before:,}" if before else "none"
    more = f", {usual}" if usual else ""
    return f"{count(digest['hits'], 'hit')} in {read}; {change} in the period before{more}."


def _stories(digest: NoticeDigest) -> str:
    """Return how many stories there are of each severity, and how many of their reports changed."""
    told, total = digest["stories"], digest["stories_total"]
    by_severity = [(level, sum(story["severity"] == level for story in told)) for level in reversed(Severity)]
    parts = ", ".join(f"{number:,} {level}" for level, number in by_severity if number)
    all_told = f"{total:,} {'story' if total == 1 else 'stories'}"
    levels = f"{all_told}: {parts}." if len(told) == total else f"{all_told}; the gravest {len(told)}: {parts}."
    return f"{levels} {_changed(digest)}".rstrip()


def _changed(digest: NoticeDigest) -> str:
    """Return how many reports changed, "" for none."""
    edited, withdrawn = digest.get("edited", 0), digest.get("withdrawn", 0)
    if not edited + withdrawn:
        return ""
    return f"{count(edited, 'report')} edited since, {count(withdrawn, 'report')} withdrawn."


def _gravest(story: NoticeDigestStory) -> str:
    """Return the gravest story, with most reports of those."""
    title = isolate(inert(one_line(story["title"]) or "(no title)"))
    publishers = story.get("publishers", 0)
    by = f" by {count(publishers, 'publisher')}" if publishers else ""
    return f"Gravest: {title} ({count(story['reports'], 'report')}{by})."


def _unusual(digest: NoticeDigest) -> list[str]:
    """Return a line on what is unusual or new; none where a digest from before surges were told says nothing of it."""
    if "surges" not in digest:
        return []
    parts = []
    if digest["surges"]:
        parts.append(f"Far more than usual: {_named([one['name'] for one in digest['surges']])}.")
    new = [one["name"] for one in digest.get("new_names", [])]
    if new:
        parts.append(f"Found for the first time: {_named(new)}.")
    if spellings := digest.get("new_total", 0) - len(new):
        parts.append(f"{count(spellings, 'new spelling')}.")
    if len(digest.get("past", [])) < LEAST_PAST:
        parts.append("Too little has been seen yet to say what is usual.")
    return [" ".join(parts) or "No name was told far more than usual, none for the first time."]


def _named(names: list[str]) -> str:
    """Return the first of some names, and how many more there are."""
    shown = ", ".join(isolate(inert(one_line(name, NAME_CHARS))) for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED:,} more" if len(names) > NAMED else shown


def _coverage(digest: NoticeDigest) -> str:
    """Return what may be missing: feeds that failed, fell quiet or lost items, deliveries that did not arrive."""
    parts = []
    failed = len({feed["url"] for feed in digest["feeds_failed"]})
    failing = len({feed["url"] for feed in digest["feeds_failed"] if feed["until"] is None})
    if failed:
        still = f"{failing:,} of them still"
        parts.append(f"{count(failed, 'feed')} failed, {still}: what they published may be missing here.")
    elif not digest.get("feeds_retired") and not digest.get("feeds_paused"):
        parts.append("Every feed answered throughout.")
    quiet, missed = len(digest.get("feeds_quiet", [])), len(digest.get("feeds_missed", []))
    retired, paused = len(digest.get("feeds_retired", [])), len(digest.get("feeds_paused", []))
    lacking = [
        f"{count(quiet, 'feed')} fell quiet" if quiet else "",
        f"{count(missed, 'feed')} may have lost items" if missed else "",
        f"{count(retired, 'feed')} {'was' if retired == 1 else 'were'} given up" if retired else "",
        f"{count(paused, 'feed')} {'is' if paused == 1 else 'are'} paused" if paused else "",
    ]
    if any(lacking):
        parts.append(", ".join(part for part in lacking if part) + ".")
    if dead := digest["deliveries_failed"]:
        parts.append(f"{dead:,} {'delivery was' if dead == 1 else 'deliveries were'} given up.")
    if waiting := sum(one["waiting"] for one in digest.get("channels", [])):
        parts.append(f"{waiting:,} {'delivery waits' if waiting == 1 else 'deliveries wait'} for a channel that fails.")
    return " ".join(parts)
