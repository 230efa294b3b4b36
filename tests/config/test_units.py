"""Spans and sizes as operators write them."""

from datetime import timedelta

import pytest

from monitor.config.units import parse_duration, parse_rate, parse_size
from monitor.core.rates import Rate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("6h", 21_600), ("7d", 604_800), ("0s", 0), ("1h30m", 5_400), ("5y", 157_680_000)],
)
def test_spans(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "15 minutes", "-5m", "m", 15, None, "1.5h", "999999y"])
def test_what_is_no_span_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a span"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "size"), [("10MiB", 10 * 2**20), ("500 KiB", 512_000), ("1GB", 10**9), (4096, 4096)])
def test_sizes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "10 mebibytes", -1, 0, True, None, "0MiB"])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        parse_size(text)


@pytest.mark.parametrize(("text", "count", "seconds"), [("30/1m", 30, 60), ("1/1s", 1, 1), ("100/1h30m", 100, 5_400)])
def test_rates(text: str, count: int, seconds: int) -> None:
    assert parse_rate(text) == Rate(count, timedelta(seconds=seconds))


@pytest.mark.parametrize("text", ["", "30", "30/m", "0/1m", "-1/1m", "1/0s", "1.5/1m", "99999/1m", 30, None, "1/1m/1h"])
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="such as 30/1m"):
        parse_rate(text)
