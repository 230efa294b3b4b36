"""What happened to an item, from what is stored and what is in force; for the command line and the pages alike."""

import re
from collections.abc import Mapping
from datetime import datetime

from monitor.config.settings import Settings
from monitor.core import decisions
from monitor.core.explain import explain
from monitor.core.explanation import Explanation, Facts, Present
from monitor.core.matcher import Matcher
from monitor.core.spans import say
from monitor.core.types import Document, MatchResult
from monitor.errors import UnknownIdError
from monitor.store import explain as stored
from monitor.store.database import Database
from monitor.store.explain import Meant

LARGEST_ID = 2**31 - 1
"""Largest id of a row: PostgreSQL's "integer", which refuses to compare with more (postgresql.org, "Numeric Types")."""

_NUMBER = re.compile(r"(hit:)?([0-9]{1,10})")
_ALERT = re.compile(r"alr_[a-z0-9_]{1,40}")


def explain_item(
    db: Database, asked: str, *, settings: Settings, matcher: Matcher | None, now: datetime, feed_url: str | None = None
) -> Explanation:
    """Return what happened to the item that somebody asks for.

    asked      its id, its address, its guid, the id of its alert, or "hit:" and the id of its hit
    matcher    of the watchlists in force, or None where they cannot be read
    feed_url   the feed whose guid or address it is

    Raises UnknownIdError, with the cure, for what is none.
    """
    asked = asked.strip()
    meant = _meant(db, asked, feed_url)
    facts = stored.facts_of(db, meant.ids[0]) if meant.ids else None
    if facts is None:
        raise UnknownIdError(_not_found(db, asked, meant, settings))
    present = Present(
        at=now,
        version=matcher.version if matcher else "",
        results=_results(facts, matcher) if matcher else {},
        ways=decisions.ways(settings.route),
        kept=settings.retention.deliveries,
    )
    is_other = asked.startswith(("hit:", "alr_"))
    return explain(facts, present, asked=asked if is_other else "", also=meant.ids[1:])


def _meant(db: Database, asked: str, feed_url: str | None) -> Meant:
    """Return which items a question means."""
    number = _NUMBER.fullmatch(asked) if feed_url is None else None
    if number and int(number[2]) <= LARGEST_ID:
        found = stored.of_hit(db, int(number[2])) if number[1] else stored.of_item(db, int(number[2]))
        if found.ids or number[1]:
            return found
    if _ALERT.fullmatch(asked):
        return stored.of_alert(db, asked)
    return stored.of_words(db, asked, feed_url=feed_url) if asked else Meant()


def _not_found(db: Database, asked: str, meant: Meant, settings: Settings) -> str:
    """Return what is said of a question that means no item, and what to do."""
    if asked.startswith("hit:"):
        return f"no hit {asked.removeprefix('hit:')!r} is stored; see: monitor hits list"
    said = [f"no item {asked!r} is stored"]
    if asked.isascii() and asked.isdecimal() and (of_hit := _meant(db, f"hit:{asked}", None).ids):
        said.append(f"there is a hit {asked}, of item {of_hit[0]}: monitor explain hit:{asked}")
    said += [f"near it: item {item_id}, {title!r}" for item_id, title in meant.near]
    kept = say(settings.retention.items)
    said.append(
        f"an item without hits is kept for {kept} (retention.items), and one that no poll has seen was never here: "
        "see how its feed is doing with monitor feeds show URL, and what it shows with monitor feeds poll URL"
    )
    return "; ".join(said)


def _results(facts: Facts, matcher: Matcher) -> Mapping[int, MatchResult]:
    """Return what is found in an item now, by version: in the newest, and in those that hits were made from."""
    wanted = {facts.item.version, *(hit.item.version for hit in facts.hits)}
    feed, item = facts.feed, facts.item
    return {
        one.number: matcher.match(
            Document(
                id=item.guid,
                title=one.title,
                text=one.text,
                lang=item.lang,
                feed=feed.name if feed else item.feed_name,
                feed_tags=frozenset(item.feed_tags),
            ),
            explain=True,
        )
        for one in facts.versions
        if one.number in wanted
    }
