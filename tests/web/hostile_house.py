"""A daemon that polled feeds which try everything on whoever looks at them, for a browser to look at its pages."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from monitor.core.types import DeliveryState
from monitor.store import alerts, deliveries, feeds, items
from monitor.store.database import Database
from tests.e2e.conftest import free_port

ACT = "window.acted=1"
"""What a page says when somebody else's script ran in it."""

EVALUATED = str(7 * 191)
"""What stands in a page that took the words of a feed for a template."""

TURNERS = "\u202e\u2066\u200f"
"""Characters that turn the direction of what follows."""

TITLES = (
    f"IS-K <script>{ACT}</script><img src=x onerror={ACT}>",
    f'IS-K" onmouseover="{ACT}" autofocus onfocus="{ACT}',
    f"IS-K </title></a><svg onload={ACT}><iframe srcdoc='<script>top.{ACT}</script>'>",
    "IS-K {{ 7*191 }} ${7*191} {% include 'base.html.j2' %} #{7*191} <%= 7*191 %>",
    f"IS-K {TURNERS}gnp.exe was here",
    "IS-K " + "endless" * 150_000,
    "IS-K داعش در خراسان خبر تازه‌ای منتشر کرد",
)
"""What the entries of the hostile feed are called; one of them takes a megabyte."""

LINKS = (f"javascript:{ACT}", f"data:text/html,<script>{ACT}</script>", f"https://x.example/?\" onclick='{ACT}'", "")

WATCHLIST = """
watchlist: hostile
title: Hostile <script>window.acted=1</script> list
severity: high
entities:
  - {id: is-k, kind: organisation, name: Islamic State Khorasan, aliases: [IS-K, Daesh, داعش]}
"""

CONFIG = """
database: sqlite:///monitor.db
watchlists: watchlists
http: {{timeout: 5s, allow_private_networks: true}}
polling: {{interval: 1h, first_poll_alerts: 24h}}
feeds:
  - {{url: "{paper}/hostile", name: "Paper <script>window.acted=1</script> {{{{ 7*191 }}}}", tags: ["<b>tag", pakistan]}}
  - {{url: "{paper}/gone?<script>window.acted=1</script>", name: "Gone \\u202e daily"}}
receivers:
  - {{name: desk, channels: [{{webhook: {{url: "{paper}/refuses"}}}}, {{slack: {{url: "{paper}/takes"}}}}]}}
route: {{receiver: desk, group_by: [feed], group_wait: 0s}}
digests: [{{name: weekly, schedule: "0 7 * * mon", timezone: Asia/Karachi, receiver: desk}}]
web: {{listen: "127.0.0.1:{port}", public_url: "http://127.0.0.1:{port}"}}
log: {{level: warning}}
"""

PATIENCE = 50.0
"""Seconds that a daemon on a busy machine may take until all is polled and told."""


@dataclass(frozen=True, slots=True)
class House:
    """A daemon that runs: its address, and what stands in for the ids in the paths of its pages."""

    address: str
    ids: dict[str, object]

    def url(self, path: str) -> str:
        """Return the address of a page; `path` with the names of ids in braces."""
        return self.address + path.format(**self.ids)


@contextmanager
def hostile_house(folder: Path) -> Iterator[House]:
    """Run the daemon over the feeds, until every hit was told or given up."""
    (folder / "watchlists").mkdir()
    (folder / "watchlists" / "hostile.yaml").write_text(WATCHLIST, encoding="utf-8")
    port = free_port()
    with _publishing() as paper:
        config = folder / "monitor.yaml"
        config.write_text(CONFIG.format(paper=paper, port=port), encoding="utf-8")
        command = [sys.executable, "-m", "monitor", "run", "--config", str(config)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ, cwd=Path(__file__).parents[2])
            try:
                address = f"http://127.0.0.1:{port}"
                _until(lambda: _is_ready(address) or process.poll() is not None, folder / "log")
                yield House(address, _told(folder))
            finally:
                process.terminate()
                process.wait()


def _told(folder: Path) -> dict[str, object]:
    """Wait until somebody was told of the feeds; return the ids of one of each kind of rows."""
    db = Database.open(f"sqlite:///{folder / 'monitor.db'}")

    def settled() -> bool:
        states = {state for _, state in deliveries.counts(db)}
        polled = all(feed.first_polled_at is not None or feed.failures for feed in feeds.list_feeds(db))
        return polled and states == {DeliveryState.SENT, DeliveryState.DEAD}

    try:
        _until(settled, folder / "log")
        [told] = [one for one in alerts.list_alerts(db, limit=9) if one.group.startswith("feed ")]
        notice = next(one.notice for one in deliveries.list_deliveries(db, limit=99) if one.thread == told.id)
        hit = items.list_hits(db, items.HitFilter(limit=1))[0]
        feed = next(one for one in feeds.list_feeds(db) if "hostile" in one.url)
        ack = urlsplit(str(notice["data"]["alert"]["ack_url"])).path
        return {"feed": feed.id, "item": hit.item.id, "hit": hit.id, "alert": told.id, "ack": ack}
    finally:
        db.close()


def _until(condition: Callable[[], bool], log: Path) -> None:
    """Wait for a condition; fail with what the daemon said."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)


def _is_ready(address: str) -> bool:
    """Return whether the daemon says that it is."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def _publishing() -> Iterator[str]:
    """Serve the feeds and take the notices; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Paper)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Paper(BaseHTTPRequestHandler):
    """A publisher whose feed is hostile, and a receiver that refuses with markup."""

    def do_GET(self) -> None:
        self._answer(200, _feed()) if self.path.startswith("/hostile") else self._answer(404, b"<h1>gone</h1>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(200, b"ok") if self.path == "/takes" else self._answer(404, f"<script>{ACT}</script>".encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/rss+xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _feed() -> bytes:
    """Return the hostile feed, published now."""
    at = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    entries = "".join(
        f"<item><title>{escape(title)}</title><link>{escape(LINKS[number % len(LINKS)])}</link>"
        f"<guid isPermaLink='false'>{number}</guid><pubDate>{at}</pubDate><author>{escape(TITLES[0])}</author>"
        f"<dc:language>{escape(TITLES[1])}</dc:language>"
        f"<description>{escape(f'<p onclick={quoteattr(ACT)}>IS-K {escape(title[:300])} <script>{ACT}</script>')}</description></item>"
        for number, title in enumerate(TITLES)
    )
    head = f"<title>{escape(TITLES[2])}</title><link>javascript:{ACT}</link><language>{escape(TITLES[1])}</language>"
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0"?><rss version="2.0" {space}><channel>{head}{entries}</channel></rss>'.encode()
