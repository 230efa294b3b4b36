"""Lists of feeds in and out."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.feedlist import parse_list, read_list, read_opml, write_opml
from monitor.config.folders import distinct, tidy
from monitor.core.types import FeedSpec
from monitor.errors import ConfigError


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    feeds = (
        FeedSpec("https://a.example/?x=1&y=2", 'A "quoted" <name>', ("pakistan", "en")),
        FeedSpec("https://b.example/", "روزنامہ"),
    )
    (tmp_path / "f.opml").write_text(write_opml(feeds))
    assert read_opml(tmp_path / "f.opml") == feeds


def test_folders_and_categories_are_tags_and_an_address_counts_once(tmp_path: Path) -> None:
    (tmp_path / "f.opml").write_text(
        '<opml version="1.0"><body><outline title="Asia"><outline text="Pakistan">'
        '<outline text="A" xmlUrl="https://a.example/" category="/news/daily,en"/></outline></outline>'
        '<outline text="A again" xmlUrl="https://a.example/"/></body></opml>'
    )
    assert read_opml(tmp_path / "f.opml") == (
        FeedSpec("https://a.example/", "A", ("Asia/Pakistan", "Asia", "Pakistan", "news/daily", "en")),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<opml><body>", r"f.opml:1: is not OPML: no element found"),
        ("<html></html>", r"f.opml:1: is not OPML: expected <opml> at its top"),
        ('<opml><body><outline text="x" xmlUrl="file:///etc/passwd"/></body></opml>', r"f.opml:1: xmlUrl of 'x' is no address"),
        ('<!DOCTYPE o [<!ENTITY a "b">]>\n<opml/>', r"f.opml:1: declares entities"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_feeds_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "f.opml").write_text(text)
    with pytest.raises(ConfigError, match=expected):
        read_opml(tmp_path / "f.opml")


READERS = Path(__file__).parent / "readers"
PAPER = "https://paper.example/rss"


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (
            "feedly",
            [
                FeedSpec("https://paper.example/rss?a=1&b=2", "The Paper", ("Asia, South", "Desk")),
                FeedSpec("https://daily.example/feed", "روزنامہ", ("Asia, South",)),
            ],
        ),
        (
            "inoreader",
            [FeedSpec(PAPER, "The Paper", ("Asia",)), FeedSpec("https://lone.example/rss", "No folder's feed")],
        ),
        (
            "netnewswire",
            [FeedSpec(PAPER, "The Paper"), FeedSpec("https://desk.example/feed.json", "Desk & Co", ("Asia",))],
        ),
        ("freshrss", [FeedSpec(PAPER, "The Paper", ("Uncategorized",))]),
        (
            "miniflux",
            [
                FeedSpec(PAPER, "The Paper", ("Asia",)),
                FeedSpec("https://bote.example/atom.xml", "Der Bote", ("Europe",)),
            ],
        ),
        ("newsboat", [FeedSpec(PAPER, "The Paper"), FeedSpec("https://nameless.example/rss")]),
        ("ttrss", [FeedSpec(PAPER, "The Paper", ("Asia/Pakistan", "Asia", "Pakistan"))]),
    ],
)
def test_lists_of_other_readers_are_read_and_come_back_as_they_were(reader: str, expected: list[FeedSpec]) -> None:
    found = read_list(READERS / f"{reader}.opml")
    assert [listed.spec for listed in found.feeds] == expected
    assert read(write_opml(expected)) == expected


def test_what_freshrss_reads_out_of_a_page_is_refused_with_its_line() -> None:
    found = read_list(READERS / "freshrss.opml")
    [problem] = found.refused
    assert (problem.line, "is read out of a page (HTML+XPath)" in problem.message) == (10, True)


def read(text: str | bytes, folders: tuple[Path, ...] = ()) -> list[FeedSpec]:
    """Return the feeds of a document in which nothing is wrong."""
    found = parse_list("f.opml", text.encode() if isinstance(text, str) else text, folders)
    assert (found.refused, found.warnings) == ((), ())
    return [listed.spec for listed in found.feeds]


WORDS = st.text(st.characters() | st.sampled_from(",/\"'&<>\\;#\n\t\0[]"), max_size=20)
SPECS = st.builds(
    FeedSpec,
    url=st.text("abcdefghij", min_size=1, max_size=3).map(lambda name: f"https://{name}.example/?a=1&b=%2C'\"<>"),
    name=WORDS,
    tags=st.lists(WORDS, max_size=4).map(tuple),
    interval=st.none() | st.integers(1, 10**9).map(lambda seconds: timedelta(seconds=seconds)),
    full_text=st.booleans(),
)


@given(st.lists(SPECS, max_size=6, unique_by=lambda spec: spec.url))
def test_what_is_exported_is_imported_as_it_was_whatever_its_words(specs: list[FeedSpec]) -> None:
    expected = {spec.url: replace(spec, name=tidy(spec.name), tags=distinct(map(tidy, spec.tags))) for spec in specs}
    assert {spec.url: spec for spec in read(write_opml(specs))} == expected


@given(st.lists(SPECS, max_size=6, unique_by=lambda spec: spec.url))
def test_words_that_a_list_can_hold_are_not_changed_again(specs: list[FeedSpec]) -> None:
    once = read(write_opml(specs))
    assert {spec.url: spec for spec in read(write_opml(once))} == {spec.url: spec for spec in once}


@given(
    st.binary(max_size=300)
    | st.text(alphabet="<>!?-[]opmlutine=\"' &;#x0/", max_size=300).map(lambda text: f"<opml>{text}".encode())
)
def test_no_bytes_end_in_anything_but_a_list_or_a_told_error(data: bytes) -> None:
    try:
        found = parse_list("f.opml", data)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - either way is right
    else:
        assert all(listed.line >= 1 for listed in found.feeds)


def test_other_readers_see_one_outline_per_feed_in_the_folder_of_its_first_tag() -> None:
    specs = [
        FeedSpec("https://a.example/", "A", ("Asia/Pakistan", "en")),
        FeedSpec("https://b.example/", "B", ("Asia", "en")),
        FeedSpec("https://c.example/", "C"),
        FeedSpec("https://d.example/", "D", ("Asia/Pakistan", "ur"), timedelta(minutes=90), full_text=True),
    ]
    body = ET.fromstring(write_opml(specs)).find("body")
    assert body is not None

    def shape(node: ET.Element) -> list[object]:
        return [
            child.get("category") or child.get("text") if child.get("xmlUrl") else (child.get("text"), shape(child))
            for child in node
        ]

    assert shape(body) == [("Asia", [("Pakistan", ["/Asia/Pakistan,en", "/Asia/Pakistan,ur"]), "Asia,en"]), "C"]
    assert [feed.get("text") for feed in body.iter("outline") if feed.get("xmlUrl")] == ["A", "D", "B", "C"]


def test_plain_tags_need_no_attribute_of_ours_so_a_list_can_be_changed_by_hand() -> None:
    plain = FeedSpec("https://a.example/", "A", ("pakistan", "en"))
    nested = FeedSpec("https://b.example/", "B", ("Asia/Pakistan", "Asia", "Pakistan"))
    assert "monitor:tags" not in write_opml([plain, nested])
    assert "monitor:tags" in write_opml([replace(plain, tags=("pakistan", "a,b"))])


def test_our_attributes_are_known_by_their_namespace_not_by_its_prefix() -> None:
    written = write_opml([FeedSpec("https://a.example/", "A", ("x", "a,b"), timedelta(minutes=10), full_text=True)])
    [spec] = read(written.replace("monitor:", "ns0:").replace("xmlns:monitor", "xmlns:ns0"))
    assert (spec.tags, spec.interval, spec.full_text) == (("x", "a,b"), timedelta(minutes=10), True)


def test_user_and_password_are_written_only_when_asked_for() -> None:
    spec = FeedSpec("https://user:secret@a.example:8443/rss")
    assert "secret" not in write_opml([spec], secrets=False)
    assert read(write_opml([spec], secrets=False)) == [FeedSpec("https://a.example:8443/rss")]
    assert read(write_opml([spec])) == [spec]


FEED = '<outline text="{0}" xmlUrl="https://a.example/"/>'
CONTROLS = FEED.format("A &#0;&#x1F;\x01 B")


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ('<opml version="1.1"><body><outline TEXT="A" XMLURL="https://a.example/"/></body></opml>', "A"),
        ('<opml><body><outline title="A" xmlurl=" https://a.example/ "/></body></opml>', "A"),
        ('<opml><body><outline type="rss" text="A" url="https://a.example/"/></body></opml>', "A"),
        ('<opml><body><outline text="A" xmlUrl="feed:https://a.example/"/></body></opml>', "A"),
        (f"<opml><body>{FEED.format('Caf&eacute; &nbsp;&amp; &bogus; & more')}</body></opml>", "Café & &bogus; & more"),
        (f"\n\n<?xml version='1.0'?><opml><body>{CONTROLS}</body></opml>", "A \ufffd\ufffd\ufffd B"),
        (f"<opml><body>{FEED.format('a&#10;b')}</body></opml>", "a b"),
        (f"\ufeff<opml><body>{FEED.format('Ж')}</body></opml>", "Ж"),
        (f"<opml><body>{FEED.format('Ж')}</body></opml>".encode("utf-16"), "Ж"),
        (f"<?xml version='1.0' encoding='windows-1251'?><opml><body>{FEED.format('Ж')}</body></opml>".encode("cp1251"), "Ж"),
        (f"<?xml version='1.0' encoding='iso-8859-1'?><opml><body>{FEED.format('Ж')}</body></opml>", "Ж"),
        (f"<?xml version='1.0' encoding='no-such'?><opml><body>{FEED.format('é')}</body></opml>".encode("cp1252"), "é"),
        (f'<!DOCTYPE opml SYSTEM "http://127.0.0.1:1/opml.dtd"><opml><body>{FEED.format("A")}</body></opml>', "A"),
    ],
)  # fmt: skip
def test_lists_are_read_however_carelessly_they_were_written(document: str | bytes, name: str) -> None:
    assert read(document) == [FeedSpec("https://a.example/", name)]


def test_one_bad_line_spoils_no_other_and_is_told_with_its_line() -> None:
    found = parse_list(
        "f.opml",
        b'<opml><body>\n<outline text="A" xmlUrl="https://a.example/"/>\n<outline text="B" xmlUrl="ftp://b.example"/>\n'
        b'<outline text="C" xmlUrl="http://[c/"/>\n<outline text="D" xmlUrl="https://d.example/"/></body></opml>',
    )
    assert [(listed.spec.name, listed.line) for listed in found.feeds] == [("A", 2), ("D", 5)]
    assert [str(problem).partition(" is no")[0] for problem in found.refused] == [
        "f.opml:3: xmlUrl of 'B'",
        "f.opml:4: xmlUrl of 'C'",
    ]


def test_other_lists_are_named_and_what_is_commented_out_is_not_there() -> None:
    found = parse_list(
        "f.opml",
        b'<opml><body><outline text="more" type="include" url="https://x.example/more.opml"/>'
        b'<outline text="old" isComment="true"><outline text="A" xmlUrl="https://a.example/"/></outline>'
        b'<outline text="B" xmlUrl="https://b.example/"/></body></opml>',
    )
    assert [listed.spec.name for listed in found.feeds] == ["B"]
    [warning] = found.warnings
    assert "names another list, 'https://x.example/more.opml', which is not read" in warning.message


def test_our_attributes_with_nonsense_in_them_are_told_and_left_out() -> None:
    found = parse_list(
        "f.opml",
        b"<opml><body><outline text='A' category='x' xmlUrl='https://a.example/' monitor:tags='{' monitor:interval='soon'/>"
        b"</body></opml>",
    )
    assert [listed.spec for listed in found.feeds] == [FeedSpec("https://a.example/", "A", ("x",))]
    assert len(found.warnings) == 2


def test_addresses_may_stand_one_on_each_line() -> None:
    text = "\ufeff# the desk's\nhttps://a.example/rss\n\n  http://b.example/  \nnonsense\nhttps://a.example/rss\n"
    found = parse_list("urls", text.encode())
    assert [(listed.spec.url, listed.line) for listed in found.feeds] == [
        ("https://a.example/rss", 2),
        ("http://b.example/", 4),
    ]
    assert [problem.line for problem in found.refused] == [5]
    with pytest.raises(ConfigError, match="urls:1: is no list of feeds"):
        parse_list("urls", b"just\nwords")


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><opml><body/></opml>',
        '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;"/></body></opml>',
        '<!DOCTYPE o [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]><opml><body/></opml>',
    ],
)
def test_entities_are_refused_before_one_is_expanded_or_fetched(bomb: str) -> None:
    with pytest.raises(ConfigError, match="declares entities"):
        parse_list("f.opml", bomb.encode())


def test_a_large_list_and_a_deep_one_are_read_at_once() -> None:
    feeds = [FeedSpec(f"https://h{n}.example/rss?a=1&b=2", f"Feed {n}", (f"tag {n % 50}", "en")) for n in range(10_000)]
    began = time.perf_counter()
    assert len(read(write_opml(feeds))) == 10_000
    deep = "<outline text='d'>" * 20_000 + FEED.format("A") + "</outline>" * 20_000
    [spec] = read(f"<opml><body>{deep}</body></opml>")
    assert time.perf_counter() - began < 10
    assert len(spec.tags) == 2


def test_a_list_leads_to_files_only_where_the_operator_opened_a_folder(tmp_path: Path) -> None:
    url = (tmp_path / "x.xml").as_uri()
    text = f'<opml><body><outline text="A" xmlUrl="{url}"/></body></opml>'
    assert read(text, (tmp_path.resolve(),)) == [FeedSpec(url, "A")]
    [problem] = parse_list("f.opml", text.encode()).refused
    assert "feed_folders" in problem.message
