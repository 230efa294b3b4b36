"""Answers that grow when they are unpacked, or never end: what they take of memory is bounded by `http.max_body`.

Each is fetched by a process of its own, which tells how far its memory grew.
"""

import asyncio
import gzip
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.servers.raw import raw_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of a process's memory from /proc")

SIZE = 200_000_000
SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"

CHILD = """
import asyncio, sys
from pathlib import Path
from monitor.errors import FetchError
from tests.feeds.test_hostile import Wire, feed, fetching

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) * 1024

async def run(url, seconds):
    async with fetching(Wire(), private=True, seconds=float(seconds), max_body=10 * 2**20) as fetcher:
        await fetcher.fetch(feed(url))
        before = peak()
        try:
            reason = str(len((await fetcher.fetch(feed(url))).body))
        except FetchError as error:
            reason = error.reason
        print(reason, peak() - before, sep=",")

asyncio.run(run(*sys.argv[1:]))
"""


def zstd(size: int) -> bytes:
    """Return a body that Zstandard unpacks to `size` zeros: blocks of one repeated byte, 4 bytes for 128 KiB each."""
    block = 2**17
    header = (block << 3 | 1 << 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\x00\x58" + (header + b"\0") * (size // block) + b"\x01\0\0"


def packed(coding: str, body: bytes) -> bytes:
    """Return an answer whose body is packed."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@cache
def zeros(wbits: int) -> bytes:
    """Return SIZE zeros, packed by zlib, as gzip or bare as `wbits` says."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join([*(packer.compress(b"\0" * 10**6) for _ in range(SIZE // 10**6)), packer.flush()])


def parts() -> bytes:
    """Return as many zeros in a hundred parts."""
    return gzip.compress(b"\0" * (SIZE // 100)) * 100


GZIP, DEFLATE = 31, 15
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Bomb = tuple[bytes, bytes, str]
"""How an answer begins, how it goes on for ever, and what becomes of it."""

BOMBS: Mapping[str, Callable[[], Bomb]] = {
    "gzip": lambda: (packed("gzip", zeros(GZIP)), b"", "too large"),
    "a body without end": lambda: (b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65_536, "too large"),
    "gzip in many parts": lambda: (packed("gzip", parts()), b"", "too large"),
    "gzip in gzip": lambda: (packed("gzip", gzip.compress(zeros(GZIP))), b"", str(len(zeros(GZIP)))),
    "gzip in gzip, and told": lambda: (packed("gzip, gzip", gzip.compress(zeros(GZIP))), b"", "bad encoding"),
    "twenty encodings": lambda: (packed(", ".join(["gzip"] * 20), zeros(GZIP)), b"", "bad encoding"),
    "encodings in two headers": lambda: (packed("gzip\r\nContent-Encoding: gzip", zeros(GZIP)), b"", "bad encoding"),
    "deflate": lambda: (packed("deflate", zeros(DEFLATE)), b"", "bad encoding"),
    "raw deflate called gzip": lambda: (packed("gzip", zeros(GZIP)[10:-8]), b"", "bad encoding"),
    "zstd": lambda: (packed("zstd", zstd(SIZE)), b"", "bad encoding"),
    "br": lambda: (packed("br", b"\x5b\xff\xff\xef\x0b" * 1_000), b"", "bad encoding"),
    "hints without end": lambda: (b"", b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 1_000, "timeout"),
    "a chunk extension without end": lambda: (CHUNKED + b"5;", b"a" * 65_536, "timeout"),
    "a chunk size without end": lambda: (CHUNKED, b"0" * 65_536, "timeout"),
}
QUICK = 1
"""The first of them, which are fetched each time."""


@pytest.mark.parametrize(
    "name", [*list(BOMBS)[:QUICK], *(pytest.param(name, marks=pytest.mark.slow) for name in list(BOMBS)[QUICK:])]
)
async def test_a_bomb_under_a_limit_of_10_mib_takes_bounded_memory(name: str) -> None:
    first, rest, reason = BOMBS[name]()
    left = iter([(SMALL, b""), (first, rest)])

    async def answer() -> AsyncIterator[bytes]:
        beginning, then = next(left)
        yield beginning
        while then:
            yield then

    async with raw_server(answer) as server:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, server.url(), "2" if reason == "timeout" else "30",
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        said, _ = await child.communicate()
    found, grown = said.decode().strip().split(",")
    assert found == reason
    assert int(grown) < 25 * 2**20  # the limit, once more while the buffer grows, and slack
