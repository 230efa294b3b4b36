"""`monitor feeds add|discover|import|export|remove`, against a real server, as a person and as a program call them."""

import asyncio
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from socket import gaierror
from typing import Any, NoReturn

import pytest
from aiohttp import web
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.config.feedlist import parse_list
from monitor.core.types import FeedSpec
from monitor.errors import ConfigError, MonitorError, UnknownIdError
from monitor.store import feeds
from monitor.store.database import Database
from tests.servers.http import HttpServer
from tests.store.rows import NOW

CONFIG = """\
watchlists: watchlists
database: sqlite:///monitor.db
http: {allow_private_networks: true, timeout: 5s}
feed_folders: [box]
feeds:
  - {url: "https://news.example/rss", name: Paper, tags: [Asia/Pakistan], headers: {Authorization: "Bearer secret"}}
"""
LIST = "watchlist: test\ntitle: Test\nentities: [{id: is-k, kind: organisation, name: IS-K}]\n"
PAPER = "https://news.example/rss"


def rss(title: str, *links: str) -> str:
    """Return a feed."""
    items = "".join(f"<item><title>IS-K {one}</title><link>https://p.example/{one}</link></item>" for one in links)
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Path:
    """Return a folder with a configuration, an opened folder and a database that knows the configured feed."""
    for name in ("watchlists", "box"):
        (tmp_path / name).mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    (tmp_path / "monitor.db").write_bytes(migrated_file.read_bytes())
    spec = FeedSpec(PAPER, "Paper", ("Asia/Pakistan",), headers={"Authorization": "Bearer secret"})
    with closing(Database.open(f"sqlite:///{tmp_path}/monitor.db")) as db:
        feeds.sync_feeds(db, [spec], shards=8, now=NOW)
    return tmp_path


@contextmanager
def site(pages: Mapping[str, str]) -> Iterator[str]:
    """Run a server with these pages in a thread; give the address of its root, without the last slash."""

    async def answer(request: web.Request) -> web.StreamResponse:
        text = pages.get(request.path_qs)
        return web.Response(status=404) if text is None else web.Response(text=text, content_type="text/html")

    server, loop = HttpServer(answer), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    try:
        yield server.url("")
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def call(house: Path, *words: str, stdin: str | None = None) -> Result:
    """Return how a command of `monitor feeds` went; an error of the package is raised as main() would tell it."""
    result = CliRunner().invoke(app, ["feeds", *words, "--config", str(house / "monitor.yaml")], input=stdin)
    if isinstance(result.exception, MonitorError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def polled(house: Path) -> dict[str, tuple[str, ...]]:
    """Return the feeds that are polled, beside the configured one, with their tags."""
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        return {feed.url: feed.tags for feed in feeds.list_feeds(db) if feed.url != PAPER}


# --- add and discover -------------------------------------------------------------------------------------------------


def test_of_a_page_its_only_feed_is_added_and_said(house: Path) -> None:
    page = "<title>P</title><link rel=feed href=/rss><link rel=feed href=/comments/feed>"
    pages = {"/": page, "/rss": rss("The Paper", "a"), "/comments/feed": rss("Comments", "c")}
    with site(pages) as root:
        result = call(house, "add", f"{root}/", "--tag", "x")
        assert result.exit_code == 0
        assert f"{root}/ is a page; its feed is {root}/rss (The Paper, RSS, 1 entries)" in result.output
        assert polled(house) == {f"{root}/rss": ("x",)}


def test_the_address_of_a_feed_is_added_as_it_is(house: Path) -> None:
    with site({"/rss": rss("The Paper", "a")}) as root:
        assert call(house, "add", f"{root}/rss").output.startswith(f"added {root}/rss; ")
        assert polled(house) == {f"{root}/rss": ()}


def test_of_several_feeds_a_program_is_told_the_commands_and_nothing_is_added(house: Path) -> None:
    pages = {"/": "<link rel=feed href='/a?x=1&y=2'><link rel=feed href=/b>", "/a?x=1&y=2": rss("A\x1b[2J", "a"), "/b": rss("B", "b")}  # fmt: skip
    with site(pages) as root:
        with pytest.raises(MonitorError) as caught:
            call(house, "add", f"{root}/", "--tag", "two words")
        config = house / "monitor.yaml"
        lines = str(caught.value).splitlines()
        assert lines[0] == f"{root}/ has 2 feeds; choose one:"
        assert (
            lines[2]
            == f"  monitor feeds add {root}/b --tag 'two words' --config {config}  # {root}/b (B, RSS, 1 entries)"
        )
        assert lines[1].startswith(f"  monitor feeds add '{root}/a?x=1&y=2' ")
        assert "\x1b" not in str(caught.value)
        assert polled(house) == {}


@pytest.mark.slow
def test_of_several_feeds_a_person_is_asked_which(house: Path) -> None:
    pages = {"/": "<link rel=feed href=/a><link rel=feed href=/b>", "/a": rss("A", "a"), "/b": rss("B", "b")}
    with site(pages) as root:
        ours, theirs = pty.openpty()
        words = [sys.executable, "-m", "monitor", "feeds", "add", f"{root}/", "--config", str(house / "monitor.yaml")]
        with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL) as running:
            os.close(theirs)
            shown = b""
            while b"Which one" not in shown:
                shown += os.read(ours, 4_096)
            os.write(ours, b"7\n2\n")  # the first is none of them
            assert running.wait(20) == 0
        os.close(ours)
        assert b"1  " + f"{root}/a (A, RSS, 1 entries)".encode() in shown
        assert polled(house) == {f"{root}/b": ()}


def test_where_there_is_no_feed_it_is_said_what_is_there_and_what_to_do(house: Path) -> None:
    with site(
        {"/": "<html><title>The Paper</title>All the news", "/list": "<opml version='2.0'><body/></opml>"}
    ) as root:
        with pytest.raises(
            MonitorError, match=r"no feed at .*: the answer begins 'The Paper.*\(a web page\).*--no-check"
        ):
            call(house, "add", f"{root}/")
        with pytest.raises(MonitorError, match=r"a list of feeds \(OPML\).*give it whole: monitor feeds import"):
            call(house, "add", f"{root}/list")
        with pytest.raises(MonitorError, match=r"http 404.*--no-check"):
            call(house, "add", f"{root}/none")
        assert call(house, "add", f"{root}/none", "--no-check").exit_code == 0
        assert polled(house) == {f"{root}/none": ()}


def test_a_feed_that_is_known_is_taken_up_again_unasked(house: Path) -> None:
    url = "https://unreachable.invalid/rss"
    call(house, "add", url, "--no-check")
    call(house, "remove", url)
    assert call(house, "add", url).exit_code == 0


def test_the_feeds_behind_a_page_are_listed(house: Path) -> None:
    pages = {"/": "<link rel=feed href=/a><a href=/b.rss>RSS</a>", "/a": rss("A", "a"), "/b.rss": rss("B", "b")}
    with site(pages) as root:
        result = call(house, "discover", f"{root}/")
        assert (result.exit_code, "the page declares it" in result.output) == (0, True)
        found = json.loads(call(house, "discover", f"{root}/", "--json").output)
        assert [(one["title"], one["entries"]) for one in found["feeds"]] == [("A", 1), ("B", 1)]
        assert call(house, "discover", f"{root}/b.rss").exit_code == 0
        assert polled(house) == {}
    with site({"/": "nothing"}) as root:
        result = call(house, "discover", f"{root}/")
        assert (result.exit_code, "No feed at" in result.output) == (1, True)


def not_known(host: str, *_: object, **__: object) -> NoReturn:
    """Answer as a name server does that knows no such name."""
    raise gaierror(f"{host} is not known")


def test_an_address_may_be_typed_without_its_beginning(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.guard.getaddrinfo", not_known)
    with pytest.raises(MonitorError, match=r"https://unreachable\.invalid: dns"):
        call(house, "discover", "unreachable.invalid")


def test_a_file_is_added_only_below_an_opened_folder_and_can_be_tried(house: Path) -> None:
    (house / "box" / "paper.xml").write_text(rss("Box", "a"))
    (house / "box" / "bad.xml").write_text("no feed")
    box, outside = (house / "box").as_uri(), (house / "monitor.yaml").as_uri()
    with pytest.raises(MonitorError, match="feed_folders"):
        call(house, "add", outside, "--no-check")
    assert call(house, "add", f"{box}/paper.xml").exit_code == 0
    assert call(house, "add", f"{box}/").exit_code == 0
    assert polled(house) == {f"{box}/paper.xml": (), f"{box}/": ()}
    tried = json.loads(call(house, "poll", f"{box}/", "--json").output)
    assert [entry["hits"] for entry in tried["entries"]] == [["entity:is-k"]]
    assert [one.partition(":")[0] for one in tried["unread"]] == ["bad.xml"]
    with pytest.raises(MonitorError, match="feed_folders"):
        call(house, "poll", outside)


# --- import and export ------------------------------------------------------------------------------------------------

OPML = """<opml version="2.0"><body>
<outline text="Asia"><outline text="A" xmlUrl="{0}/a"/></outline>
<outline text="B" xmlUrl="ftp://b.example/"/>
<outline text="Dead" xmlUrl="{0}/dead"/>
<outline text="Paper" xmlUrl="https://news.example/rss"/>
</body></opml>"""


def imported(house: Path, *words: str, stdin: str | None = None) -> tuple[int, Any]:
    """Return exit code and what an import says as JSON."""
    result = call(house, "import", *words, "--json", stdin=stdin)
    return result.exit_code, json.loads(result.stdout)


def test_an_import_tells_what_it_added_and_what_it_refused_with_its_line(house: Path) -> None:
    (house / "f.opml").write_text(OPML.format("https://x.example"))
    result = call(house, "import", str(house / "f.opml"))
    assert result.exit_code == 1
    assert "f.opml:3: xmlUrl of 'B' is no address" in result.stderr
    assert result.stdout == "added 2 of 4 feeds; 1 were there already, 1 refused\n"
    assert polled(house) == {"https://x.example/a": ("Asia",), "https://x.example/dead": ()}
    assert imported(house, str(house / "f.opml"))[1]["added"] == []


def test_a_dry_run_adds_nothing(house: Path) -> None:
    text = "https://a.example/\nhttps://b.example/\n"
    assert call(house, "import", "-", "--dry-run", stdin=text).stdout == "would add 2 of 2 feeds\n"
    assert polled(house) == {}


def test_a_checked_import_leaves_out_what_does_not_answer_with_a_feed(house: Path) -> None:
    with site({"/a": rss("A", "a")}) as root:
        (house / "f.opml").write_text(OPML.format(root))
        code, said = imported(house, str(house / "f.opml"), "--check")
        assert (code, said["added"], said["there"]) == (1, [f"{root}/a"], 1)
        assert said["refused"][1] == f"{house}/f.opml:4: {root}/dead: http 404: Not Found"
        assert polled(house) == {f"{root}/a": ("Asia",)}


def test_a_feed_that_takes_too_long_to_read_ends_no_import(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.finding.READ_SECONDS", 0.001)
    with site({"/a": rss("A", "a")}) as root:
        code, said = imported(house, "-", "--check", stdin=f"{root}/a\n")
    assert (code, said["added"]) == (1, [])
    assert "too slow to read" in said["refused"][0]


def test_a_list_may_come_from_the_web_but_leads_to_no_file(house: Path) -> None:
    url = (house / "box" / "x.xml").as_uri()
    with site({"/list": f"https://a.example/\n{url}\n"}) as root:
        code, said = imported(house, f"{root}/list")
        assert (code, said["added"], len(said["refused"])) == (1, ["https://a.example/"], 1)
    assert imported(house, "-", stdin=f"{url}\n") == (0, {"added": [url], "there": 0, "refused": [], "warnings": [], "dry_run": False})  # fmt: skip


def test_what_is_no_list_is_an_error_of_usage(house: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        call(house, "import", str(house / "none.opml"))
    with pytest.raises(ConfigError, match="is no list of feeds"):
        call(house, "import", "-", stdin="just words\n")


def test_an_export_holds_what_is_polled_and_says_what_it_leaves_out(house: Path) -> None:
    call(house, "add", "https://me:password@a.example/rss", "--tag", "x", "--no-check")
    result = call(house, "export")
    listed = [one.spec for one in parse_list("out", result.stdout.encode()).feeds]
    assert [(spec.url, spec.tags[:1]) for spec in listed] == [
        ("https://a.example/rss", ("x",)),
        (PAPER, ("Asia/Pakistan",)),
    ]
    assert ("Bearer" in result.output, "password@" in result.output) == (False, False)
    assert "1 feeds need headers" in result.stderr
    assert "--with-secrets keeps them" in result.stderr


def test_an_export_to_a_file_replaces_it_whole_and_keeps_secrets_to_its_owner(house: Path) -> None:
    call(house, "add", "https://me:password@a.example/rss", "--no-check")
    target = house / "out.opml"
    assert "wrote 2 feeds to" in call(house, "export", str(target)).output
    assert (target.stat().st_mode & 0o777, "password@" in target.read_text()) == (0o644, False)
    call(house, "export", str(target), "--with-secrets")
    assert (target.stat().st_mode & 0o777, "password@" in target.read_text()) == (0o600, True)
    assert [path.name for path in house.glob("*out.opml*")] == ["out.opml"]
    with pytest.raises(MonitorError, match="cannot be written"):
        call(house, "export", str(house / "none" / "out.opml"))


def test_several_feeds_are_removed_and_a_wrong_address_keeps_none_of_them(house: Path) -> None:
    call(house, "import", "-", stdin="https://a.example/\nhttps://b.example/\n")
    with pytest.raises(UnknownIdError, match=r"no feed https://x\.example/"):
        call(house, "remove", "https://a.example/", "https://x.example/", "https://b.example/")
    assert polled(house) == {}
