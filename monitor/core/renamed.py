"""Which entries are known reports under another id.

Some publishers put a session or the time of day into an id, so that it is another one at every poll; others count the
edits of a report in it ("#0", "#1"), or make all ids anew when they move to other software. Told as news again, such a
feed would alert at every poll. But ids are there to tell reports apart that look alike, as those of a live blog, or
alarms of one wording: they are passed over only for what nothing else tells apart, and better told twice than never.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.edits import share_words, words_of
from monitor.core.identity import canonical_url
from monitor.core.types import Entry

COMPARED = 5
"""Items of one address, title and moment with whose texts an entry is compared; live blogs have hundreds."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a stored item says, as far as its feed says it."""

    item_id: int
    url: str
    title: str
    text: str
    published_at: datetime | None


def known_reports(new: Sequence[Entry], stored: Iterable[Report], *, listed: int) -> dict[str, int]:
    """Return the items that new entries are, by the entries' ids; an item is at most one of them.

    An entry is an item of the same address, title and moment of publication. Where there is no such moment (none is
    written, or all new entries have the same: that of their making), it is one of the same address and title if no
    other new entry has both, and if the feed plainly changes its ids: most of what it lists is new by id, and most of
    that is known by address and title. Their texts must share words in either case.

    stored   items of the feed that it does not list under their own ids
    listed   how many entries the feed lists, those included that were seen before
    """
    places = Counter(map(_place, new))
    made_at_once = len(new) > 1 and len({entry.published_at for entry in new}) == 1
    left = defaultdict[tuple[str, str], list[Report]](list)
    for report in sorted(stored, key=lambda one: one.item_id, reverse=True):
        left[_place(report)].append(report)
    alike = _Likeness()
    sure, likely = dict[str, int](), dict[str, int]()
    for entry in new:
        here = left.get(_place(entry), []) if entry.url and entry.title else []
        dated = [one for one in here if one.published_at == entry.published_at is not None]
        loose = [one for one in here if made_at_once or None in (one.published_at, entry.published_at)]
        if found := alike.first(entry, dated[:COMPARED]):
            sure[entry.guid] = found.item_id
        elif places[_place(entry)] == 1 and (found := alike.first(entry, loose[:1])):
            likely[entry.guid] = found.item_id
        if found:
            here.remove(found)
    plainly = len(new) > 1 and 2 * len(new) > listed and 2 * (len(sure) + len(likely)) > len(new)
    return sure | likely if plainly else sure


class _Likeness:
    """Compares texts, each of which is taken apart once."""

    def __init__(self) -> None:
        self._words: dict[str, frozenset[str]] = {}

    def first(self, entry: Entry, reports: Sequence[Report]) -> Report | None:
        """Return the first report whose text may be that of the entry, rewritten."""
        return next((one for one in reports if share_words(self._of(entry.text), self._of(one.text))), None)

    def _of(self, text: str) -> frozenset[str]:
        """Return the words of a text."""
        if text not in self._words:
            self._words[text] = words_of(text)
        return self._words[text]


def _place(one: Entry | Report) -> tuple[str, str]:
    """Return an address and a title by which reports are compared; moving to https or to www changes neither."""
    return canonical_url(one.url).partition("://")[2].removeprefix("www."), one.title
