"""Lists of feeds in and out."""

from pathlib import Path

import pytest

from monitor.config.feedlist import read_opml, write_opml
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
