"""Unpacking a body slice by slice."""

import gzip
import zlib
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.feeds.inflate import MEMBERS, SLICE, Inflater


def unpack(chunks: Sequence[bytes], coding: str = "gzip") -> bytes:
    """Return what all chunks unpack to; no piece is larger than a slice."""
    inflater = Inflater(coding)
    pieces = [piece for chunk in chunks for piece in inflater.feed(chunk)]
    inflater.finish()
    assert coding == "" or max(map(len, pieces), default=0) <= SLICE
    return b"".join(pieces)


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Return data in chunks."""
    ends = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


bodies = st.binary(max_size=300).flatmap(lambda part: st.integers(0, 2_000).map(lambda times: part * times))


@given(
    st.lists(bodies, min_size=1, max_size=3), st.lists(st.integers(0, 3_000), max_size=6), st.sampled_from([1, 6, 9])
)
def test_what_was_packed_in_one_or_more_parts_comes_out_whole_however_it_is_cut(
    parts: list[bytes], places: list[int], level: int
) -> None:
    packed = b"".join(gzip.compress(part, level) for part in parts)
    assert unpack(cut(packed, places)) == b"".join(parts)


@given(st.binary(max_size=2_000), st.lists(st.integers(0, 2_000), max_size=4))
def test_any_bytes_are_unpacked_or_refused(data: bytes, places: list[int]) -> None:
    for packed in (data, gzip.compress(b"x")[:12] + data, gzip.compress(data)[:-1]):
        try:
            unpack(cut(packed, places))
        except FetchError as error:
            reason = error.reason
        else:
            reason = "bad encoding"
        assert reason == "bad encoding"


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_what_is_not_packed_passes(coding: str) -> None:
    assert unpack([b"<rss", b"/>"], coding) == b"<rss/>"


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip,br", "x" * 1000])
def test_what_was_not_asked_for_is_refused_unread(coding: str) -> None:
    with pytest.raises(FetchError, match="bad encoding: packed with"):
        Inflater(coding)


def test_padding_after_the_last_part_is_left_out() -> None:
    assert unpack([gzip.compress(b"<rss/>") + b"\0" * 100, b"\0"], "x-gzip") == b"<rss/>"


def test_data_that_ends_too_early_is_not_taken_for_whole() -> None:
    packed = gzip.compress(b"<rss/>" * 100)
    for end in (1, 10, len(packed) - 8, len(packed) - 1):
        with pytest.raises(FetchError, match="ends too early"):
            unpack([packed[:end]])
    assert unpack([]) == b""


def test_damage_is_told() -> None:
    packed = bytearray(gzip.compress(b"<rss/>" * 100))
    packed[-5] ^= 1  # the checksum
    for data in (bytes(packed), b"not gzip at all", zlib.compress(b"<rss/>")):
        with pytest.raises(FetchError, match="damaged"):
            unpack([data])


def test_a_body_of_countless_parts_is_refused() -> None:
    assert unpack([gzip.compress(b"a") * MEMBERS]) == b"a" * MEMBERS
    with pytest.raises(FetchError, match="parts"):
        unpack([gzip.compress(b"") * (MEMBERS + 1)])


def test_a_bomb_is_unpacked_no_further_than_is_asked() -> None:
    pieces = Inflater("gzip").feed(gzip.compress(b"\0" * 20_000_000, 9))
    assert len(next(pieces)) == SLICE
