"""Read every file of some folders as a feed, by our reader and by feedparser alone, and compare what they say.

    python -m tools.compare_feeds FOLDER ... [--show]

Made for the test data of other readers, which lies elsewhere and never here. Our side reads each file whole; without
what reads quickly ("quick" counts the files for which that is not feedparser); then as polls would, each entry while
all others were seen, each half of them while the other was. All must be equal. The peer is one `feedparser.parse` of
the same bytes with the same headers and switches; JSON Feed and sitemaps, which it does not read, are compared with
what stands in them. Ids, links, titles and dates must be equal, but for the reasons of `tools/compare_reasons.py`.
Files of feedparser say in a comment with which headers they are served ("Header: ...").

The exit code is 1 when a file crashed a reader of ours, was read otherwise in parts or by feedparser than whole, or
differs without a reason. Program text, which may hold feeds in its strings, is left out.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.core.types import Entry, FetchResult
from monitor.errors import NotAFeedError
from monitor.feeds.charset import to_text
from monitor.feeds.entries import Source, web_address
from monitor.feeds.jsonfeed import looks_like_json
from monitor.feeds.markup import read_markup
from monitor.feeds.parse import parse_feed, split_feed
from monitor.feeds.quick import read_quickly
from monitor.feeds.split import Pieces
from tools.compare_peers import Feedparser, Peer, Raw, base_of, clean, read_json, read_sitemap, resolved
from tools.compare_reasons import REASONS, Pair, reason, value

URL = "https://paper.example/feeds/news.xml"
"""Where every file is said to be from."""

FIELDS = ("id", "link", "title", "date")

PROGRAMS = frozenset(".c .cs .go .h .java .js .kt .m .md .php .po .py .rb .rs .rst .swift .ts".split())
"""Endings of program text, and of what is written about it."""

ALONE = 100
"""Entries of a file that are read one at a time."""

HEADER = re.compile(r"^Header:[ \t]+([^:\n]+):(.*)$", re.MULTILINE)

SAME = "entries of one id that say the same are one"

NO_FEED = {"entry": "an Atom entry by itself is no feed"}
"""Why feedparser may see a feed where we see none, by the root."""


@dataclass
class Tally:
    """What was found in a folder."""

    counts: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


def answer(path: Path) -> FetchResult:
    """Return a file as a server would send it."""
    body = path.read_bytes()
    found = HEADER.findall(to_text(body, "")) if b"H" in body else []
    headers = {name.strip().lower(): told.strip() for name, told in found}
    return FetchResult(200, URL, headers, body, None, None)


def read_ours(result: FetchResult) -> tuple[list[Entry], Pieces | None, str]:
    """Return our entries, the pieces, and how another reading differs from the whole ("" when none does)."""
    feed = parse_feed(result)
    whole = list(feed.entries)
    pieces = split_feed(result)
    if parse_feed(result, quick=False) != feed:
        return whole, pieces, "by feedparser"
    if pieces is None:
        return whole, None, ""
    hashes = frozenset(pieces.hashes)
    half = frozenset(pieces.hashes[::2])
    alone = [parse_feed(result, pieces, hashes - {one}).entries for one in pieces.hashes[:ALONE]]
    halves = [parse_feed(result, pieces, half).entries, parse_feed(result, pieces, hashes - half).entries]
    if len(pieces.hashes) <= ALONE and _set(alone) != {*whole}:
        return whole, pieces, "one at a time"
    return whole, pieces, "" if _set(halves) == {*whole} else "in two halves"


def _set(parts: Sequence[Sequence[Entry]]) -> set[Entry]:
    """Return the entries of several readings."""
    return {entry for part in parts for entry in part}


def is_quick(result: FetchResult) -> bool:
    """Return whether a file is read without feedparser's help."""
    markup = read_markup(to_text(result.body, result.headers.get("content-type", "")))
    source = Source(base=base_of(result) if markup.root == "feed" else "")
    return markup.is_feed and read_quickly(markup.text, source) is not None


def compare(path: Path, feedparser: Feedparser, tally: Tally) -> None:
    """Compare the readings of one file."""
    result = answer(path)
    tally.counts["files"] += 1
    try:
        ours, pieces, differs = read_ours(result)
    except NotAFeedError:
        ours, pieces, differs = None, None, ""
    except Exception as error:  # noqa: BLE001 - that there is none is what is shown
        tally.counts["crashes"] += 1
        tally.bad.append(f"{path}: {type(error).__name__}: {error}")
        return
    if differs:
        tally.bad.append(f"{path}: reads otherwise {differs} than whole")
    tally.counts["cut"] += pieces is not None
    tally.counts["quick"] += ours is not None and is_quick(result)
    peer = read_peer(result, feedparser)
    if ours is None or peer is None:
        _one_side(path, result, ours, peer, tally)
        return
    tally.counts["feeds"] += 1
    if peer.error:
        tally.shown.append(f"{path}: feedparser raises {peer.error}")
        return
    _entries(path, result, ours, peer, feedparser, tally)


def read_peer(result: FetchResult, feedparser: Feedparser) -> Peer | None:
    """Return what the peer says, or None when it sees no feed."""
    text = to_text(result.body, result.headers.get("content-type", ""))
    if looks_like_json(text):
        found = read_json(text)
        return resolved(found, base_of(result)) if found else None
    return read_sitemap(result.body) or feedparser.read(
        result.body, {**result.headers, "content-location": base_of(result)}
    )


def _one_side(path: Path, result: FetchResult, ours: list[Entry] | None, peer: Peer | None, tally: Tally) -> None:
    """Count a file that is no feed, or one for one side only."""
    if ours is None and peer is None:
        tally.counts["no feeds"] += 1
        return
    text = to_text(result.body, result.headers.get("content-type", ""))
    root = read_markup(text).root
    why = NO_FEED.get(root, "") if ours is None else ""
    tally.counts["one side"] += 1
    if why:
        tally.reasons[why] += 1
    else:
        tally.bad.append(f"{path}: a feed for {'feedparser' if ours is None else 'us'} only (root {root!r})")


def _entries(
    path: Path, result: FetchResult, ours: list[Entry], peer: Peer, feedparser: Feedparser, tally: Tally
) -> None:
    """Compare the entries of a file that is a feed for both."""
    theirs = clean(peer.entries, base_of(result))
    tally.counts["entries"] += len(theirs)
    if len(ours) != len(theirs):
        _other_count(path, ours, theirs, tally)
        return
    differing = [place for place, (one, (other, _)) in enumerate(zip(ours, theirs, strict=True)) if _differ(one, other)]
    tally.counts["equal"] += len(ours) - len(differing)
    pairs = list(_pairs(result, ours, theirs, peer, feedparser)) if differing else []
    for place in differing:
        pair = pairs[place]
        for name in _differ(pair.ours, pair.theirs):
            tally.fields[name] += 1
            why = reason(pair, name)
            told = f"{path}: {name} {value(pair.ours, name)!r}, {peer.name} {value(pair.theirs, name)!r}"
            tally.reasons[why] += bool(why)
            (tally.shown if why else tally.bad).append(told)


def _other_count(path: Path, ours: list[Entry], theirs: list[tuple[Entry, Raw]], tally: Tally) -> None:
    """Count a file of which we read more or fewer entries."""
    said = {(raw.id, raw.title, tuple(raw.texts), raw.written) for _, raw in theirs}
    if len(said) == len(ours):
        tally.reasons[SAME] += len(theirs) - len(ours)
    else:
        tally.bad.append(f"{path}: {len(ours)} entries of {len(theirs)}")


def _differ(one: Entry, other: Entry) -> list[str]:
    """Return the fields in which two entries differ."""
    return [name for name in FIELDS if value(one, name) != value(other, name)]


def _pairs(
    result: FetchResult, ours: list[Entry], theirs: list[tuple[Entry, Raw]], peer: Peer, feedparser: Feedparser
) -> Iterator[Pair]:
    """Yield each entry with what feedparser says of it under other conditions."""
    base = base_of(result)
    site = web_address(peer.site, base) or base
    text = to_text(result.body, result.headers.get("content-type", ""))
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    told = _same_number(feedparser.read(text.encode("utf-8", "replace"), headers), base, len(ours))
    at_site = _same_number(feedparser.read(result.body, {**result.headers, "content-location": site}), site, len(ours))
    for mine, (their, raw), (there, from_there), (again, _) in zip(ours, theirs, at_site, told, strict=True):
        yield Pair(mine, their, raw, there, from_there, again, base)


def _same_number(peer: Peer | None, base: str, number: int) -> list[tuple[Entry, Raw] | tuple[None, None]]:
    """Return the entries of a reading, or so many times none when it has another number of them."""
    found = clean(peer.entries, base) if peer else []
    return [*found] if len(found) == number else [(None, None)] * number


def files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that are no program text."""
    yield from sorted(one for one in folder.rglob("*") if one.is_file() and one.suffix.lower() not in PROGRAMS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print; return 1 when anything is unexplained."""
    parser = argparse.ArgumentParser(prog="python -m tools.compare_feeds", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--show", action="store_true", help="print every difference that has a reason, too")
    wanted = parser.parse_args(arguments)
    columns = ("files", "feeds", "cut", "quick", "entries", "equal", "no feeds", "one side", "crashes")
    print(f"{'':40}" + "".join(f"{name:>10}" for name in (*columns, *FIELDS, "bad")))
    bad, reasons = list[str](), Counter[str]()
    with Feedparser() as feedparser:
        for folder in wanted.folders:
            tally = Tally()
            for path in files(folder):
                compare(path, feedparser, tally)
            numbers = [tally.counts[name] for name in columns] + [tally.fields[name] for name in FIELDS]
            print(f"{str(folder)[-40:]:40}" + "".join(f"{number:10,}" for number in (*numbers, len(tally.bad))))
            bad += tally.bad
            reasons += tally.reasons
            print(*(tally.shown if wanted.show else ()), sep="\n", end="\n" if wanted.show else "")
    for name in (*REASONS, SAME, *NO_FEED.values()):
        print(f"{reasons[name]:6,}  {name}")
    print(f"{len(bad):6,}  unexplained", *bad, sep="\n        ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
