import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.render.plain import count, flatten, inert, inert_parts, isolate, moment, one_line, web_link

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@settings(deadline=None)
@given(st.text(alphabet=st.characters()), st.integers(1, 50))
def test_any_text_becomes_one_harmless_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line == line.strip()
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in line)
    assert not any(unicodedata.bidirectional(letter) in TURNS for letter in line)
    line.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n\tb", "a b"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\x1b[31mred\x9b0m", "[31mred0m"),
        ("می\u200cگویند", "می\u200cگویند"),
        ("tag\U000e0041", "tag"),
        ("nbsp\u00a0here", "nbsp here"),
        ("\ud800", ""),
    ],
)
def test_controls_go_and_joiners_stay(text: str, line: str) -> None:
    assert flatten(text) == line


@pytest.mark.parametrize("text", ["باجوڑ", "Blast in باجوڑ", "ירושלים"])
def test_text_with_right_to_left_letters_is_isolated(text: str) -> None:
    assert isolate(text) == f"\u2068{text}\u2069"


@pytest.mark.parametrize("text", ["", "Bajaur", "Баджаур", "40%"])
def test_other_text_is_left_alone(text: str) -> None:
    assert isolate(text) == text


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=c&d=%20#e", "http://example.org:8080", "https://例え.jp/ニュース"]
)
def test_web_addresses_are_links(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.org",
        "https://",
        "https://[broken",
        "https://example.org/a b",
        'https://example.org/"onclick=x',
        "https://example.org/|<!channel>",
        "https://example.org/\n",
        "https://example.org/\u202e",
        "https://example.org/" + "a" * 2_000,
    ],
)
def test_everything_else_is_no_link(url: str) -> None:
    assert web_link(url) == ""


def test_times_and_counts_read_as_people_write_them() -> None:
    assert moment("2023-07-30T11:05:00Z") == "30 Jul 2023, 11:05 UTC"
    assert moment(None) == "time not given"
    assert (count(1, "report"), count(1200, "report")) == ("1 report", "1,200 reports")


@given(st.lists(st.text(alphabet="a.@/:#<$ c", max_size=6)))
def test_stretches_of_a_text_are_as_inert_as_the_whole(parts: list[str]) -> None:
    made = inert_parts(parts)
    assert "".join(made) == inert("".join(parts))
    assert [one.replace("\u200b", "") for one in made] == parts


def test_a_name_that_counted_does_not_make_a_domain_with_what_follows_it() -> None:
    assert inert_parts(["See IS-K", ".com", " now"]) == ["See IS-K", ".\u200bcom", " now"]
