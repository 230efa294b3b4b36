"""The tool that holds our reading of feeds against feedparser's finds what differs, and tells what is meant so."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.types import FetchResult, ParsedFeed
from monitor.feeds.parse import parse_feed
from tools import compare_feeds

RSS = "<rss version='2.0'><channel><title>Paper</title><link>https://paper.example/</link>{}</channel></rss>"
ITEM = "<item><title>A blast</title><guid>1</guid><link>https://paper.example/1</link></item>"
JSON = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "A blast", "url": "/1"}]}'
SITEMAP = "<urlset xmlns:n='urn:n'><url><loc>https://paper.example/1</loc><n:news><n:title>A blast</n:title></n:news></url></urlset>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with feeds of three kinds, a page, and a program."""
    (tmp_path / "a.xml").write_text(RSS.format(ITEM + ITEM.replace("1", "2")))
    (tmp_path / "b.json").write_text(JSON)
    (tmp_path / "c.xml").write_text(SITEMAP)
    (tmp_path / "d.html").write_text("<html><body>Sign in</body></html>")
    (tmp_path / "e.py").write_text(f'FEED = "{RSS}"')
    return tmp_path


def test_feeds_that_both_read_alike_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_feeds.main([str(folder)]) == 0
    counts = capsys.readouterr().out.splitlines()[1].split()
    assert counts[1:9] == ["4", "3", "1", "1", "4", "2", "1", "0"]  # files, feeds, cut, quick, entries, equal, ...


def test_an_error_of_ours_is_told_whatever_its_kind(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = parse_feed

    def wrong(result: FetchResult, *parts: object, quick: bool = True) -> ParsedFeed:
        found = read(result, *parts, quick=quick)  # type: ignore[arg-type]  # passed on as they came
        return replace(found, entries=tuple(replace(entry, title="Another") for entry in found.entries))

    monkeypatch.setattr(compare_feeds, "parse_feed", wrong)
    assert compare_feeds.main([str(folder)]) == 1
    assert "title 'Another', feedparser 'A blast'" in capsys.readouterr().out

    def crash(*_: object, quick: bool = True) -> ParsedFeed:
        raise RuntimeError("crash")

    monkeypatch.setattr(compare_feeds, "parse_feed", crash)
    assert compare_feeds.main([str(folder)]) == 1
    assert "a.xml: RuntimeError: crash" in capsys.readouterr().out
