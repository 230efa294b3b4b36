"""What a poll that finds one or two new entries costs, against parsing the whole feed by feedparser; CPU time.

python -m benchmarks.split [--size 50000] [--rounds 30]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.prose import make_articles
from monitor.core.types import FetchResult
from monitor.feeds.parse import parse_feed, split_feed

GOAL = 10.0
"""Times that a poll with one new entry must be cheaper than parsing the whole."""

TEXT = 600
"""Characters of an entry's text: a summary, as most feeds show."""

RSS = (
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:media='http://search.yahoo.com/mrss/'><channel><title>Paper</title><link>https://paper.example/</link>"
    "<language>en</language><ttl>15</ttl>"
)
ATOM = (
    "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title>Paper</title>"
    "<link href='https://paper.example/'/><updated>2023-07-30T10:00:00Z</updated>"
)
FRAME = {"rss": (RSS, "</channel></rss>"), "atom": (ATOM, "</feed>")}

ENTRY = {
    "rss": "<item><title>{title}</title><link>https://paper.example/{n}</link><guid isPermaLink='false'>{n}</guid>"
    "<pubDate>Sun, 30 Jul 2023 11:25:00 +0000</pubDate><dc:creator>Desk</dc:creator><category>World</category>"
    "<media:thumbnail url='https://paper.example/{n}.jpg'/><description><![CDATA[<p>{text}</p>]]></description></item>\n",
    "atom": "<entry><id>urn:{n}</id><title>{title}</title><link href='https://paper.example/{n}'/><updated>"
    "2023-07-30T10:00:00Z</updated><author><name>Desk</name></author><summary type='html'>&lt;p&gt;{text}&lt;/p&gt;"
    "</summary></entry>\n",
}


def make_feed(kind: str, size: int) -> FetchResult:
    """Return the answer of a server with a feed of about so many bytes."""
    head, tail = FRAME[kind]
    entries: list[str] = []
    articles = make_articles(2_000, [], "english", seed=5)
    while sum(map(len, entries)) < size:
        article = articles[len(entries) % len(articles)]
        entries.append(ENTRY[kind].format(n=len(entries), title=article.title, text=article.text[:TEXT]))
    body = (head + "".join(entries) + tail).encode()
    return FetchResult(200, "https://paper.example/feed", {"content-type": "application/xml"}, body, None, None)


def cost(work: Callable[[], object], rounds: int) -> float:
    """Return the median CPU milliseconds of a call."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return 1000 * statistics.median(times[1:] or times)


def measure(kind: str, size: int, rounds: int) -> float:
    """Print what one kind of feed costs; return the ratio at one new entry."""
    result = make_feed(kind, size)
    pieces = split_feed(result)
    if pieces is None:
        raise RuntimeError(f"the {kind} feed was not cut")
    whole = cost(lambda: parse_feed(result, quick=False), rounds)
    print(f"{kind}: {len(result.body):,} bytes, {len(pieces.entries)} entries; whole {whole:.2f} ms", flush=True)
    print(f"  whole, quickly {cost(lambda: parse_feed(result), rounds):7.2f} ms")
    print(f"  cut alone      {cost(lambda: split_feed(result), rounds):7.2f} ms")
    ratio = 0.0
    for new in (0, 1, 2, len(pieces.entries)):
        seen = frozenset(pieces.hashes[new:])
        spent = cost(lambda seen=seen: parse_feed(result, split_feed(result), seen), rounds)  # type: ignore[misc]  # bound now
        ratio = whole / spent if new == 1 else ratio
        print(f"  {new:2} new entries {spent:7.2f} ms, {whole / spent:5.2f} times cheaper than the whole", flush=True)
    return ratio


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.split", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=30)
    wanted = parser.parse_args(arguments)
    for kind in FRAME:
        ratio = measure(kind, wanted.size, wanted.rounds)
        print(f"  goal at 1 new entry: {GOAL:g} times cheaper: {'met' if ratio >= GOAL else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
