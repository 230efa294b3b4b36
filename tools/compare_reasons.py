"""Why an entry of ours may differ from feedparser's reading of it: the whole list, and how each case is told.

A reason is judged by the values themselves and by further readings of the same bytes, never by a file's name. What no
reason explains is an error of ours until it is looked at.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from monitor.core.identity import canonical_url
from monitor.core.types import Entry
from monitor.feeds.dates import FIRST_YEAR, read_date
from monitor.feeds.entries import web_address
from monitor.feeds.plain import to_line
from tools.compare_peers import Raw

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
TWELVE_HOURS = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
SLASHES = re.compile(r"\s*\d{4}/\d{1,2}/\d{1,2}\s")


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry, read by both.

    ours        our entry
    theirs      feedparser's, cleaned
    raw         feedparser's, as it is
    at_site     feedparser's when it is told that the document is at the feed's site, cleaned; None when it has others
    raw_there   the same, as it is
    ours_told   feedparser's when it is given the text that we made of the bytes; None when it has others
    base        the document's address
    """

    ours: Entry
    theirs: Entry
    raw: Raw
    at_site: Entry | None
    raw_there: Raw | None
    ours_told: Entry | None
    base: str


def _charset(pair: Pair, field: str) -> bool:
    """Return whether feedparser agrees once it has our text."""
    return pair.ours_told is not None and value(pair.ours_told, field) == value(pair.ours, field)


def _controls(pair: Pair, field: str) -> bool:
    """Return whether it is the title, and only control characters differ in it."""
    plain = to_line(CONTROLS.sub(" ", pair.raw.title))
    same = plain == pair.ours.title != pair.theirs.title
    return same and (field == "title" or (field == "id" and pair.ours.guid.startswith("sha256:")))


def _id_as_written(pair: Pair, field: str) -> bool:
    """Return whether feedparser's id is ours, joined to the document's address."""
    return field == "id" and _is_joined(pair)


def _is_joined(pair: Pair) -> bool:
    """Return whether feedparser made an address of an id that is none."""
    ours, theirs = pair.ours.guid, pair.raw.id
    return bool(theirs) and not ours.startswith(("http://", "https://")) and urljoin(pair.base, ours) == theirs


def _id_is_no_address(pair: Pair, field: str) -> bool:
    """Return whether feedparser's link is but such an id, for want of any other."""
    theirs = pair.raw.link == pair.raw.id and _is_joined(pair)
    return field == "link" and theirs and pair.ours.url in {"", *_links(pair)}


def _other_kind(pair: Pair, field: str) -> bool:
    """Return whether feedparser has no link, and ours is among the entry's further ones."""
    other = not pair.raw.link and pair.ours.url in _links(pair)
    return other and (field == "link" or _id_is_address(pair, field))


def _from_the_site(pair: Pair, field: str) -> bool:
    """Return whether feedparser agrees with our link once it takes the site for the document's address."""
    agrees = pair.at_site is not None and pair.ours.url == pair.at_site.url
    return agrees and pair.ours.url != pair.theirs.url and (field == "link" or _id_is_address(pair, field))


def _no_date_for_peer(pair: Pair, field: str) -> bool:
    """Return whether only we read what is written."""
    ours = pair.ours.published_at
    return field == "date" and pair.raw.date is None and ours is not None and read_date(pair.raw.written) == ours


def _before_the_web(pair: Pair, field: str) -> bool:
    """Return whether the date is some software's zero."""
    at = pair.raw.date
    return field == "date" and pair.ours.published_at is None and at is not None and at.year < FIRST_YEAR


def _misread(pattern: re.Pattern[str]) -> Callable[[Pair, str], bool]:
    """Return a reason: a date in a form that feedparser takes for another one."""
    return lambda pair, field: field == "date" and bool(pattern.search(pair.raw.written)) and bool(pair.raw.date)


def _id_is_address(pair: Pair, field: str) -> bool:
    """Return whether an entry has no id, so that its address stands for it."""
    return field == "id" and not pair.raw.id and pair.ours.guid == canonical_url(pair.ours.url)


def _links(pair: Pair) -> set[str]:
    """Return all addresses of an entry, absolute."""
    there = pair.raw_there.links if pair.raw_there else ()
    return {web_address(link, pair.base) for link in (*pair.raw.links, *there)} - {""}


REASONS: dict[str, Callable[[Pair, str], bool]] = {
    "control characters, which no database takes, are spaces": _controls,
    "charset: we go by the bytes, then by WHATWG's table": _charset,
    "an id stays as written; feedparser joins it to the feed's address": _id_as_written,
    "an id that is no address is no link": _id_is_no_address,
    "the only link is a file, or of another type": _other_kind,
    "a relative link in RSS starts at the feed's site": _from_the_site,
    "a date that the peer does not read": _no_date_for_peer,
    "a date before the web is none": _before_the_web,
    "a clock of twelve hours, of which feedparser drops a.m. and p.m.": _misread(TWELVE_HOURS),
    "a day with slashes, which feedparser takes for a year and a week": _misread(SLASHES),
}


def value(entry: Entry, field: str) -> object:
    """Return what is compared of an entry."""
    return {"id": entry.guid, "link": entry.url, "title": entry.title, "date": entry.published_at}[field]


def reason(pair: Pair, field: str) -> str:
    """Return why a field differs; "" when nothing explains it."""
    return next((name for name, holds in REASONS.items() if holds(pair, field)), "")
