"""What is known of one feed, for people: the same facts on the command line and on its page."""

from datetime import datetime

from monitor.core import rhythm, websub
from monitor.core.addresses import without_user
from monitor.core.polling import next_poll, spell, state_of
from monitor.core.types import Feed, Terms

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Fact = tuple[str, str | int | datetime]
"""What it is, and its value."""


def answer_of(feed: Feed) -> str:
    """Return the last answer in words: "200", "304", or what went wrong."""
    return feed.error or str(feed.status or "-")


def facts_of(feed: Feed, *, now: datetime, pushes: bool = True) -> list[Fact]:
    """Return what is known of a feed; what is not known is left out.

    Its headers are not among it, nor user and password of its address: they may be secrets.

    pushes   whether the configuration lets hubs push
    """
    course = feed.course
    asked = feed.active and course.retired_at is None and feed.paused is None
    next_at, reason = next_poll(feed, now=now)
    pace = rhythm.pace(course, now=now, first_polled_at=feed.first_polled_at)
    found: list[tuple[str, str | int | datetime | None]] = [
        ("feed", feed.name),
        ("address", without_user(feed.url)),
        ("moved to", course.moved_to),
        ("state", state_of(feed, now=now).value if feed.active else "removed"),
        ("paused", feed.paused.at if feed.paused else None),
        ("last poll", feed.polled_at),
        ("last answer", answer_of(feed)),
        ("last that went well", feed.ok_at),
        ("failures in a row", feed.failures or None),
        ("failing since", feed.failing_since_at),
        ("next poll", next_at if asked else None),
        ("because", reason),
        ("rhythm", f"news every {spell(pace, parts=2)}, the last {len(course.beats)} counted" if pace else None),
        ("newest", course.beats[0] if course.beats else None),
        ("entries stay for", spell(course.window, parts=2) if course.window else None),
        ("entries lost", course.rolled_over_at),
        ("publisher asks for", terms_in_words(course.terms)),
        ("not before", course.not_before_at),
        ("patience learnt", spell(course.patience, parts=2) if course.patience else None),
        ("validators", ", ".join(one for one in (feed.etag, feed.last_modified) if one)),
        *_hub_facts(feed, now=now, pushes=pushes),
    ]
    return [(what, value) for what, value in found if value is not None and value != ""]


def _hub_facts(feed: Feed, *, now: datetime, pushes: bool) -> list[tuple[str, str | datetime | None]]:
    """Return what is known of the hub that a feed names."""
    one = feed.subscription
    if one is None:
        return []
    state = websub.state_of(one, now=now).value
    return [
        ("hub", one.hub),
        ("subscription", state if pushes else f"{state}; no hub is asked, see web.public_url and polling.websub"),
        ("lease ends", one.lease_until_at),
        ("hub is asked next", one.next_attempt_at if pushes and feed.active else None),
        ("last push", one.pushed_at),
        ("news no push told", one.missed_at),
        ("trouble with the hub", one.error),
    ]


def terms_in_words(terms: Terms) -> str:
    """Return what a publisher asks for; "" for nothing."""
    found = [
        f"max-age or Expires {spell(terms.fresh)}" if terms.fresh else "",
        f"ttl {spell(terms.ttl)}" if terms.ttl else "",
        f"skip hours {' '.join(str(hour) for hour in sorted(terms.skip_hours))} UTC" if terms.skip_hours else "",
        f"skip {' '.join(DAYS[day] for day in sorted(terms.skip_days))}" if terms.skip_days else "",
    ]
    return "; ".join(one for one in found if one)
