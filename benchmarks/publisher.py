"""The publisher of the polling benchmarks: a server in a process of its own with any number of made-up feeds.

Each feed has 50 KB in 38 entries, RSS and Atom by turns, with ETag and Last-Modified, packed where the client takes
gzip. What is shown follows from an edition: how often all bodies were touched, and how often one feed in twenty had two
new entries. The same edition is the same bytes. The feeds
are spread over hosts, each an address of the loopback network, so that a poller that is polite to hosts is not held up.
"""

import asyncio
import gzip
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import formatdate
from multiprocessing.connection import Connection

from benchmarks.children import GB, Child
from benchmarks.names import make_names
from benchmarks.prose import make_articles

SEED = 7

ENTRIES = 38
"""Shown by each feed."""

TEXT = 1_000
"""Characters of an entry's text: a summary of two paragraphs, which makes 50 KB of a feed."""

CHANGING = 20
"""Of so many feeds one has news in an edition with news: 5 %."""

NEWS = 2
"""New entries in each of those."""

NAMED = 20
"""Of so many entries one has a name from the list of `benchmarks.names` in its title."""

HOSTS = 250
"""Loopback addresses served."""

EPOCH = 1_690_000_000
"""When the first entry of each feed was published, in Unix time: 22 July 2023; then one entry an hour."""

ARTICLES = 400

RSS = (
    "<?xml version='1.0' encoding='utf-8'?>\n<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:media='http://search.yahoo.com/mrss/'><channel><title>Paper {feed}</title><link>https://p{feed}.example/"
    "</link><description>News</description><image><url>https://p{feed}.example/logo-{rewrite}.png</url><title>Paper"
    "</title><link>https://p{feed}.example/</link></image><language>en</language><lastBuildDate>{date}</lastBuildDate>"
    "{entries}</channel></rss>\n<!-- made by node {touch} -->"
)
RSS_ENTRY = (
    "<item><title>{title}</title><link>https://p{feed}.example/{n}</link><guid isPermaLink='false'>{feed}-{n}</guid>"
    "<pubDate>{date}</pubDate><dc:creator>Desk</dc:creator><category>World</category><media:thumbnail "
    "url='https://p{feed}.example/{n}.jpg'/><description><![CDATA[<p>{text}</p>]]></description></item>\n"
)
ATOM = (
    "<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title>Paper "
    "{feed}</title><id>urn:paper:{feed}</id><link href='https://p{feed}.example/'/><logo>https://p{feed}.example/logo-"
    "{rewrite}.png</logo><updated>{date}</updated>{entries}</feed>\n<!-- made by node {touch} -->"
)
ATOM_ENTRY = (
    "<entry><id>urn:{feed}:{n}</id><title>{title}</title><link href='https://p{feed}.example/{n}'/><updated>{date}"
    "</updated><author><name>Desk</name></author><summary type='html'>&lt;p&gt;{text}&lt;/p&gt;</summary></entry>\n"
)


@dataclass(frozen=True, slots=True)
class Edition:
    """What the feeds show.

    touches    how often the dates around the entries changed, and a comment
    rewrites   how often something else around them did
    news       how often one feed in twenty had news
    """

    touches: int = 0
    rewrites: int = 0
    news: int = 0

    def newest(self, feed: int) -> int:
        """Return the number of a feed's newest entry; they count from 0, and ENTRIES of them are shown."""
        rounds = (self.news + feed % CHANGING) // CHANGING
        return ENTRIES - 1 + NEWS * rounds

    def changing(self, size: int) -> int:
        """Return how many of the first feeds have news in this edition that they had not in the one before."""
        before = replace(self, news=self.news - 1)
        return sum(self.newest(feed) != before.newest(feed) for feed in range(size))


class Press:
    """Makes the bodies."""

    def __init__(self, *, entries: int = ENTRIES, text: int = TEXT) -> None:
        """Take how many entries a feed shows, and how many characters of text each has."""
        articles = make_articles(ARTICLES, [], "english", seed=SEED)
        self._titles = [article.title for article in articles]
        self._texts = [
            article.text[start : start + text].replace("&", "and").replace("<", "")
            for article in articles
            for start in range(0, len(article.text) - text, text)
        ]
        self._names = latin_names()
        self._entries = entries

    def body(self, feed: int, edition: Edition) -> bytes:
        """Return what a feed shows."""
        frame, one = (RSS, RSS_ENTRY) if feed % 2 == 0 else (ATOM, ATOM_ENTRY)
        newest = edition.newest(feed)
        shown = range(newest, newest - self._entries, -1)
        entries = "".join(self._entry(one, feed, n) for n in shown)
        date = _date(EPOCH + 3600 * newest + 60 * edition.touches, atom=feed % 2 == 1)
        around = {"date": date, "touch": edition.touches, "rewrite": edition.rewrites}
        return frame.format(feed=feed, entries=entries, **around).encode()

    def _entry(self, form: str, feed: int, n: int) -> str:
        """Return one entry."""
        number = feed * 7919 + n * 104_729
        title = self._titles[number % len(self._titles)]
        if number % NAMED == 0:
            title = f"{self._names[number % len(self._names)]}: {title}"
        text = self._texts[number % len(self._texts)]
        return form.format(feed=feed, n=n, title=title, text=text, date=_date(EPOCH + 3600 * n, atom=feed % 2 == 1))


def latin_names() -> list[str]:
    """Return the names that stand in some titles, for a watchlist."""
    return [alias for one in make_names(1_000, seed=SEED) for alias in one.aliases if alias.isascii()]


def _date(at: int, *, atom: bool) -> str:
    """Return an instant as a format writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if atom else formatdate(at, usegmt=True)


class _Answers(asyncio.Protocol):
    """One connection: answers GET requests, one after the other."""

    def __init__(self, server: "_Server") -> None:
        self._server = server
        self._waiting = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:])}
            self._transport.write(self._server.answer(lines[0].split(" ")[1], headers))


class _Server:
    """What all connections share: the edition, and how often each status was given."""

    def __init__(self, press: Press) -> None:
        self.edition = Edition()
        self.given: Counter[int] = Counter()
        self._press = press

    def answer(self, path: str, headers: dict[str, str]) -> bytes:
        """Return the answer to one request."""
        feed = int(path.rpartition("/")[2])
        shown = self.edition
        etag = f'"{shown.touches}-{shown.rewrites}-{shown.newest(feed)}"'
        head = f"ETag: {etag}\r\nLast-Modified: {formatdate(EPOCH, usegmt=True)}\r\nDate: {formatdate(usegmt=True)}\r\n"
        if headers.get("if-none-match") == etag:
            self.given[304] += 1
            return f"HTTP/1.1 304 Not Modified\r\n{head}\r\n".encode()
        self.given[200] += 1
        body = self._press.body(feed, self.edition)
        kind = "rss" if feed % 2 == 0 else "atom"
        head += f"Content-Type: application/{kind}+xml; charset=utf-8\r\nVary: Accept-Encoding\r\n"
        if "gzip" in headers.get("accept-encoding", ""):
            body = gzip.compress(body, 1)
            head += "Content-Encoding: gzip\r\n"
        return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Publisher:
    """The server's process; a context manager."""

    def __init__(self, *, entries: int = ENTRIES, text: int = TEXT) -> None:
        """Start it."""
        self._child = Child(_publish, entries, text, memory=4 * GB)
        self._port: int = self._child.receive(60)

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.__exit__()

    def urls(self, count: int) -> list[str]:
        """Return the addresses of the first feeds."""
        return [f"http://127.0.1.{feed % HOSTS + 1}:{self._port}/feed/{feed}" for feed in range(count)]

    def show(self, edition: Edition) -> None:
        """Show an edition from now on."""
        self._child.send(edition)
        self._child.receive(10)

    def given(self) -> Counter[int]:
        """Return how many answers of each status were given since it was last asked."""
        self._child.send(None)
        counted: Counter[int] = self._child.receive(10)
        return counted


def _publish(connection: Connection, entries: int, text: int) -> None:
    """Serve until nobody asks any more."""
    asyncio.run(_serve(connection, _Server(Press(entries=entries, text=text))))


async def _serve(connection: Connection, server: _Server) -> None:
    """Listen on all hosts at one port, which is told, and take editions."""
    loop = asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Answers(server), "127.0.1.1", 0, backlog=1_000)
    port = first.sockets[0].getsockname()[1]
    hosts: Sequence[str] = [f"127.0.1.{number}" for number in range(2, HOSTS + 1)]
    await loop.create_server(lambda: _Answers(server), hosts, port, backlog=1_000)
    ended = asyncio.Event()
    threading.Thread(target=_obey, args=(connection, server, loop, ended), daemon=True).start()
    connection.send(port)
    await ended.wait()


def _obey(connection: Connection, server: _Server, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Take an edition, or give the counts, whenever the parent says so."""
    with suppress(EOFError):
        while True:
            wanted = connection.recv()
            if wanted is None:
                counted, server.given = server.given, Counter()
                connection.send(counted)
            else:
                server.edition = wanted
                connection.send(True)
    loop.call_soon_threadsafe(ended.set)
