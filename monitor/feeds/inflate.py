"""Unpack the body of an answer while it comes in, a slice at a time: a bomb is noticed before it takes memory."""

import zlib
from collections.abc import Iterator

from monitor.errors import FetchError

ACCEPTED = "gzip"
"""What is asked for in Accept-Encoding. Deflate is ambiguous (RFC 9110, 8.4.1.2); Brotli and Zstandard would each need
a dependency, for a body that is small already; and what was not asked for is not unpacked."""

SLICE = 64 * 1024
"""Bytes unpacked at a time. One call on 16 KiB of gzip could otherwise give 16 MiB."""

MEMBERS = 1_000
"""Parts of a gzip body; packers that cut into blocks of 64 KiB need 160 for 10 MiB, a hostile one could send 500000."""

_GZIP = 31
"""zlib's window of 32 KiB (15), with gzip's header and checksum around it (16)."""


class Inflater:
    """Unpacks one body.

    for chunk in chunks:
        for piece in inflater.feed(chunk): ...
    inflater.finish()
    """

    def __init__(self, coding: str) -> None:
        """Take the Content-Encoding header. Raises FetchError for one that was not asked for, or more than one."""
        coding = coding.strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError("bad encoding", f"packed with {coding[:20]!r}, only {ACCEPTED} was asked for")
        self._packed = "gzip" in coding
        self._member: zlib._Decompress | None = None
        self._members = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk unpacks to, in pieces of at most SLICE bytes. Raises FetchError for damaged data."""
        if not self._packed:
            yield chunk
            return
        rest = chunk
        while rest:
            if self._member is None:
                rest = self._next_member(rest)
                continue
            piece, rest = self._step(self._member, rest)
            yield piece

    def finish(self) -> None:
        """Say that no more chunks come. Raises FetchError when the data ends in the middle."""
        if self._packed and self._member is not None:
            raise FetchError("bad encoding", "the gzip data ends too early")

    def _next_member(self, data: bytes) -> bytes:
        """Begin a part of the data, as several may follow each other (RFC 1952, 2.2); what is none is padding.

        Returns what is left to unpack.
        """
        if self._members and not data.startswith(b"\x1f"):
            return b""
        self._members += 1
        if self._members > MEMBERS:
            raise FetchError("bad encoding", f"the gzip data has more than {MEMBERS} parts")
        self._member = zlib.decompressobj(wbits=_GZIP)
        return data

    def _step(self, member: "zlib._Decompress", data: bytes) -> tuple[bytes, bytes]:
        """Return one slice and the data that is not used yet."""
        try:
            piece = member.decompress(data, SLICE)
        except zlib.error as error:
            raise FetchError("bad encoding", "the gzip data is damaged") from error
        if member.eof:
            self._member = None
            return piece, member.unused_data
        return piece, member.unconsumed_tail
