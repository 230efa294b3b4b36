"""Files and folders as feeds: only where the operator opened a folder, cheap when nothing changed, nothing lost."""

import asyncio
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from aiohttp import web

from monitor.core.types import Feed, FetchResult
from monitor.errors import FetchError, NotAFeedError, RefusedError
from monitor.feeds.fetch import Fetcher
from monitor.feeds.files import FileReader
from monitor.feeds.parse import parse_feed, split_feed
from monitor.sources import feed_address, file_of
from tests.servers.http import HttpServer

NOW = datetime(2023, 7, 30, tzinfo=UTC)


def rss(*titles: str) -> str:
    """Return a feed with these titles."""
    items = "".join(f"<item><title>{one}</title><guid>{one}</guid></item>" for one in titles)
    return f"<rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>"


def feed(path: Path, etag: str | None = None) -> Feed:
    """Return a feed that is a file or a folder."""
    url = path.as_uri() + ("/" if path.is_dir() else "")
    return Feed(1, url, "Paper", (), None, False, {}, "config", True, NOW, etag)


def reader(*folders: Path, max_body: int = 100_000) -> FileReader:
    """Return what reads below these folders."""
    return FileReader([one.resolve() for one in folders], max_body=max_body, timeout=timedelta(seconds=5))


def titles(result: FetchResult) -> list[str]:
    """Return the titles of what an answer holds."""
    return sorted(entry.title for entry in parse_feed(result, now=NOW).entries)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Return an opened folder."""
    (tmp_path / "box").mkdir()
    return tmp_path / "box"


async def refused(files: FileReader, path: Path | Feed) -> FetchError:
    """Return why a path is not read."""
    with pytest.raises(FetchError) as caught:
        await files.fetch(path if isinstance(path, Feed) else feed(path))
    return caught.value


async def test_a_file_is_read_once_and_again_when_it_changed(box: Path) -> None:
    file = box / "paper.xml"
    file.write_text(rss("a"))
    files = reader(box)
    first = await files.fetch(feed(file))
    assert (first.status, titles(first), first.not_modified) == (200, ["a"], False)
    again = await files.fetch(feed(file, first.etag))
    assert (again.not_modified, again.body, again.etag) == (True, b"", first.etag)
    before = file.stat()
    file.write_text(rss("b"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # as a copy does that keeps the times
    assert titles(await files.fetch(feed(file, first.etag))) == ["b"]


async def test_new_files_of_a_folder_bring_new_entries_and_the_old_ones_are_not_read(box: Path) -> None:
    (box / "one.xml").write_text(rss("a"))
    (box / "two.json").write_text(
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "b"}]}'
    )
    (box / "notes.txt").write_text("nothing")
    (box / ".three.xml").write_text(rss("half"))
    files = reader(box)
    first = await files.fetch(feed(box))
    assert (titles(first), split_feed(first)) == (["a", "b"], None)
    assert (await files.fetch(feed(box, first.etag))).not_modified
    (box / "three.xml").write_text(rss("c"))
    second = await files.fetch(feed(box, first.etag))
    assert titles(second) == ["c"]
    assert second.body != first.body
    (box / "one.xml").unlink()
    assert (await files.fetch(feed(box, second.etag))).not_modified, "what went away brings nothing"


async def test_files_whose_poll_was_not_stored_are_read_again(box: Path) -> None:
    (box / "one.xml").write_text(rss("a"))
    files = reader(box)
    stored = (await files.fetch(feed(box))).etag
    (box / "two.xml").write_text(rss("b"))
    assert titles(await files.fetch(feed(box, stored))) == ["b"]  # and then the database was away
    assert titles(await files.fetch(feed(box, stored))) == ["b"]
    (box / "three.xml").write_text(rss("c"))
    assert titles(await files.fetch(feed(box, stored))) == ["b", "c"]


async def test_after_a_restart_an_unchanged_folder_is_known_and_another_is_read_whole(box: Path) -> None:
    (box / "one.xml").write_text(rss("a"))
    stored = (await reader(box).fetch(feed(box))).etag
    files = reader(box)
    assert (await files.fetch(feed(box, stored))).not_modified
    (box / "two.xml").write_text(rss("b"))
    assert titles(await files.fetch(feed(box, stored))) == ["b"]
    assert titles(await reader(box).fetch(feed(box, stored))) == ["a", "b"]


async def test_a_large_folder_is_read_in_several_polls_the_newest_files_first(box: Path) -> None:
    for number in range(10):
        (box / f"{number}.xml").write_text(rss(str(number)))
        os.utime(box / f"{number}.xml", (number, number))
    files, etag, seen = reader(box, max_body=3 * len(rss("0"))), None, []
    while not (result := await files.fetch(feed(box, etag))).not_modified:
        seen.append(titles(result))
        etag = result.etag
    assert seen == [["7", "8", "9"], ["4", "5", "6"], ["1", "2", "3"], ["0"]]


async def test_a_broken_file_of_a_folder_spoils_no_other_and_is_told(box: Path) -> None:
    (box / "good.xml").write_text(rss("a"))
    (box / "bad.xml").write_text("<html>no feed</html>")
    (box / "large.xml").write_text(rss("x" * 2_000))
    result = await reader(box, max_body=1_000).fetch(feed(box))
    parsed = parse_feed(result, now=NOW)
    assert [entry.title for entry in parsed.entries] == ["a"]
    assert sorted(one.partition(":")[0] for one in parsed.unread) == ["bad.xml", "too large"]
    (box / "good.xml").unlink()
    (box / "large.xml").unlink()
    with pytest.raises(NotAFeedError, match=r"bad\.xml"):
        parse_feed(await reader(box).fetch(feed(box)), now=NOW)


async def test_an_empty_folder_is_a_feed_without_entries(box: Path) -> None:
    result = await reader(box).fetch(feed(box))
    assert (titles(result), parse_feed(result).title) == ([], "box")


async def test_what_lies_outside_is_refused_also_at_the_end_of_a_link(box: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(rss("secret"))
    (box / "link.xml").symlink_to(secret)
    (box / "up").symlink_to(tmp_path)
    files = reader(box)
    for path in (secret, box / "link.xml", box / "up" / "secret.xml", tmp_path):
        assert (await refused(files, path)).reason == "closed file"
    dotted = replace(feed(box), url=f"{box.as_uri()}/../secret.xml")
    assert (await refused(files, dotted)).reason == "closed file"
    dotted = replace(feed(box), url=f"{box.as_uri()}/%2e%2e/secret.xml")
    assert (await refused(files, dotted)).reason == "closed file"
    (box / "good.xml").write_text(rss("a"))
    result = await files.fetch(feed(box))
    assert (titles(result), len(result.unread)) == (["a"], 1)


async def test_a_link_that_is_put_in_place_after_the_look_leads_nowhere(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.xml").write_text(rss("secret"))
    (box / "paper.xml").write_text(rss("a"))
    opening = os.open

    def swapped(path: Path, flags: int) -> int:
        (box / "paper.xml").unlink()
        (box / "paper.xml").symlink_to(tmp_path / "secret.xml")
        return opening(path, flags)

    monkeypatch.setattr("monitor.feeds.files.os.open", swapped)
    assert (await refused(reader(box), box / "paper.xml")).reason == "closed file"


@pytest.fixture
def odd(box: Path) -> Iterator[list[Path]]:
    """Return what is no plain file: a pipe, a socket."""
    os.mkfifo(box / "pipe.xml")
    with socket.socket(socket.AF_UNIX) as listening:
        folder = os.open(box, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{folder}/socket.xml")  # paths of sockets are short
        yield [box / "pipe.xml", box / "socket.xml"]
        os.close(folder)


async def test_pipes_and_sockets_and_devices_are_not_opened(box: Path, odd: list[Path]) -> None:
    files = reader(box, Path("/dev"))
    for path in (*odd, Path("/dev/zero")):
        assert (await refused(files, path)).reason == "no file"
    (box / "good.xml").write_text(rss("a"))
    result = await files.fetch(feed(box))
    assert (titles(result), sorted(result.unread)) == (
        ["a"],
        ["no file: pipe.xml is a pipe", "no file: socket.xml is a socket"],
    )


async def test_what_is_missing_or_too_large_is_told_in_a_word(box: Path) -> None:
    assert (await refused(reader(box), box / "none.xml")).reason == "no such file"
    (box / "large.xml").write_text("x" * 101)
    assert (await refused(reader(box, max_body=100), box / "large.xml")).reason == "too large"


async def test_a_fetcher_reads_files_below_opened_folders_only_and_no_redirect_leads_to_one(box: Path) -> None:
    (box / "paper.xml").write_text(rss("a"))

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": (box / "paper.xml").as_uri()})

    def fetching(files: FileReader | None) -> Fetcher:
        seconds = timedelta(seconds=2)
        return Fetcher(
            timeout=seconds, max_body=9_999, allow_private_networks=True, proxy=None, user_agent="test", files=files
        )

    async with fetching(None) as closed:
        with pytest.raises(FetchError, match="feed_folders"):
            await closed.fetch(feed(box / "paper.xml"))
    async with HttpServer(answer) as server, fetching(reader(box)) as opened:
        assert titles(await opened.fetch(feed(box / "paper.xml"))) == ["a"]
        with pytest.raises(FetchError, match="bad address"):
            await opened.fetch(replace(feed(box), url=server.url()))


@pytest.mark.parametrize(
    "url",
    ["file://elsewhere/box/x.xml", "file:box/x.xml", "file:///box/x.xml?a", "file:///box/x.xml#a", "file:///box/%00.xml", "file:"],
)  # fmt: skip
def test_an_address_of_a_file_is_absolute_and_of_this_machine(url: str) -> None:
    with pytest.raises(RefusedError):
        file_of(url, [Path("/")])


async def test_a_drive_that_hangs_stops_no_other_work(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, began = Event(), monotonic()
    monkeypatch.setattr("monitor.feeds.files.file_of", lambda *_: go_on.wait(30))
    files = FileReader([box], max_body=1_000, timeout=timedelta(seconds=0.1))
    found = await asyncio.gather(*(refused(files, feed(box / f"{number}.xml")) for number in range(40)))
    await asyncio.to_thread(str)  # the threads that all other work is done in
    assert monotonic() - began < 10
    go_on.set()
    assert {error.reason for error in found} == {"timeout"}


def test_an_address_of_a_file_may_hold_any_name() -> None:
    odd = Path("/box/a b?#%é.xml")
    assert file_of(odd.as_uri(), [Path("/box")]) == odd
    assert file_of("file://localhost/box/x.xml", [Path("/box")]) == Path("/box/x.xml")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" https://a.example/rss ", "https://a.example/rss"),
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
    ],
)
def test_an_address_of_a_feed_is_taken_as_readers_write_it(text: str, address: str) -> None:
    assert feed_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "rss", "ftp://a.example/", "http:///x", "http://[a/", "http://a:b/", "javascript:alert(1)", "http://a/ b", "http://a/\x1b[2J", "file:///x", "http://a/" + "x" * 4_000],
)  # fmt: skip
def test_what_is_no_address_of_a_feed_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|feed_folders"):
        feed_address(text)
