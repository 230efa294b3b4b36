"""Where requests go."""

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.targets import _read, read_target


@pytest.mark.parametrize(
    ("url", "host", "port", "line"),
    [
        ("https://news.example", "news.example", None, "/"),
        ("https://news.example/a%7Eb/%2f;c?d=%20&e#f", "news.example", None, "/a%7Eb/%2f;c?d=%20&e"),
        ("http://news.example:8080/a", "news.example", 8080, "/a"),
        ("https://news.example:443/a", "news.example", None, "/a"),
        ("https://Nachrichten-Übersicht.example/ü?ä", "nachrichten-übersicht.example", None, "/%C3%BC?%C3%A4"),
    ],
)
def test_the_host_is_read_and_the_rest_stays_as_it_was_given(url: str, host: str, port: int | None, line: str) -> None:
    target = read_target(url)
    assert (target.host, target.port, target.url.raw_path_qs) == (host, port, line)
    assert target.url.host_subcomponent == (host if host.isascii() else "xn--nachrichten-bersicht-0ec.example")


@pytest.mark.parametrize("url", ["http://news.example:65536/", "http://[::g]/", "http://256.256.256.256.256/\n"])
def test_what_is_no_address_is_told_as_such(url: str) -> None:
    with pytest.raises(httpx.InvalidURL):
        read_target(url)


@pytest.mark.parametrize("url", ["http:127.0.0.1", "http:[]@", "http:u@127.0.0.1/a", "http://"])
def test_an_address_without_a_host_gets_none(url: str) -> None:
    target = read_target(url)
    assert (target.host, target.url.raw_host) == ("", None)


@settings(deadline=None)
@given(st.text(alphabet="a1.-:/?&=%~2fF@;,'\"\\[]{}|^`", max_size=30), st.sampled_from(["http://", "https://"]))
def test_a_plain_address_is_read_as_any_other(rest: str, scheme: str) -> None:
    url = scheme + rest
    assume(not url.endswith("?"))  # which stays where it is plain
    try:
        expected = _read(url)
    except (httpx.InvalidURL, ValueError):
        return  # its host is no name; that is the guard's to say, which looks at it in any case
    assert read_target(url) == expected
