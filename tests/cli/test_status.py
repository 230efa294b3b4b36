"""How everything is, on one screen of 24 lines and 80 columns."""

import asyncio
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from fcntl import ioctl
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from typer.testing import CliRunner

from monitor.cli.glance import ask_daemon
from monitor.cli.main import app
from monitor.clock import utcnow
from monitor.config.settings import WebSettings
from monitor.core.channel_rest import ChannelRest
from monitor.core.types import FeedSpec
from monitor.store import acks, alerts, channels, deliveries, feeds, meta
from monitor.store.database import Database
from monitor.store.nodes import connection_name
from tests.e2e.conftest import free_port
from tests.store.rows import NOW, make_alert, make_delivery, make_hits, make_outcome, record

CONFIG = """\
watchlists: watchlists
database: sqlite:///monitor.db
feeds: [{{url: https://news.example/rss, name: Paper}}]
digests:
  - {{name: weekly, schedule: "0 7 * * mon", timezone: Asia/Karachi, receiver: console}}
  - {{name: daily, schedule: "0 6 * * *", receiver: console}}
web: {{listen: "127.0.0.1:{port}"}}
"""
LIST = "{watchlist: test, title: Test, entities: [{id: is-k, kind: organisation, name: IS-K}]}"


@pytest.fixture
def house(migrated_file: Path) -> Iterator[Path]:
    """Give a folder with a configuration and a database in which much is wrong; its path is as short as an operator's."""
    with TemporaryDirectory(prefix="monitor-") as folder:
        _fill(Path(folder), migrated_file)
        yield Path(folder)


def _fill(folder: Path, migrated_file: Path) -> None:
    """Lay a configuration and a database."""
    (folder / "watchlists").mkdir()
    (folder / "watchlists" / "test.yaml").write_text(LIST)
    (folder / "monitor.yaml").write_text(CONFIG.format(port=free_port()))
    (folder / "monitor.db").write_bytes(migrated_file.read_bytes())
    now = utcnow()
    with closing(Database.open(f"sqlite:///{folder}/monitor.db")) as db:
        hits = make_hits(db, 2)
        make_alert(db, hits)
        alerts.notify(db, "alr_1", hits=hits, deliveries=[], now=now)
        with db.write() as connection:
            connection.exec_driver_sql("UPDATE alert SET updated_at = :now", {"now": str(now)[:26]})
            connection.exec_driver_sql("UPDATE hit SET created_at = :now", {"now": str(now)[:26]})
            channels.keep_rest(
                connection, "desk/webhook", ChannelRest(9, now, now + timedelta(hours=1), "answered 401", True)
            )
        deliveries.add(db, [make_delivery("dead"), make_delivery("waiting")])
        deliveries.mark_failed(db, "dead", error="gone", next_attempt_at=None)
        for number in range(15):
            one = feeds.add_feed(db, FeedSpec(f"https://{number}.example/", f"Radio {number:02}"), shards=8, now=NOW)
            record(db, make_outcome(one, error="timeout: no complete answer within 20 s", at=now))
        meta.put(db, meta.INSTALLED, (now - timedelta(days=30)).isoformat())


def ask(house: Path, *words: str) -> dict[str, object]:
    """Return what a command says as JSON."""
    result = CliRunner().invoke(app, [*words, "--json", "--config", str(house / "monitor.yaml")])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.output)
    return found


def test_what_no_node_does_is_told_with_the_cure(db: Database, url: str, tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(f"database: {url}\nweb: {{listen: '127.0.0.1:{free_port()}'}}\n")
    name = connection_name("1.2.3", ["poll", "alert"])
    with closing(Database.open(url, name=name)):
        told, plain = (
            ask(tmp_path, "status"),
            CliRunner().invoke(app, ["status", "--config", f"{tmp_path}/monitor.yaml"]),
        )
    works = "; the nodes below work" in plain.output
    assert (works, "not running" in plain.output) == ((False, True) if db.dialect == "sqlite" else (True, False))
    cures = [{"text": "no node does: deliver, web", "cure": "monitor run --role deliver,web"}]
    assert told["cures"] == ([] if db.dialect == "sqlite" else cures)


def on_screen(house: Path, *words: str, **environ: str) -> str:
    """Return what a command shows on a terminal of 24 lines and 80 columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    command = [sys.executable, "-m", "monitor", *words, "--config", str(house / "monitor.yaml")]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**kept, "TERM": "xterm", **environ})
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the terminal is gone when the command ends
        while read := os.read(ours, 65_536):
            shown += read
    os.close(ours)
    assert process.wait(20) == 0, shown
    return shown.decode()


def test_all_that_is_wrong_stands_on_one_screen_with_its_cure(house: Path) -> None:
    shown = on_screen(house, "status")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    lines = plain.splitlines()
    assert len(lines) < 24  # the last one is for the next prompt
    assert max(map(len, lines)) <= 80
    words = " ".join(plain.split())
    for expected in (
        "daemon not running: nothing answers at", "hits 2 in 24 h: 2 high", "alerts 1 open, 1 of them acknowledged by nobody",
        "1 waiting", "1 given up", "channels resting: desk/webhook", "daily next", "weekly next Mon", "Asia/Karachi",
        "backup never", "-> monitor db backup FILE", "-> monitor check --send-test", "-> monitor feeds list",
    ):  # fmt: skip
        assert expected in words
    assert "\x1b[1;31m" in shown


def test_no_colour_where_nobody_wants_any_or_a_program_reads(house: Path) -> None:
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", on_screen(house, "status", NO_COLOR="1"))
    assert "\x1b" not in CliRunner().invoke(app, ["status", "--config", str(house / "monitor.yaml")]).output


def test_a_copy_is_known_and_an_acknowledged_alert_is_no_open_question(house: Path) -> None:
    config = str(house / "monitor.yaml")
    assert CliRunner().invoke(app, ["db", "backup", str(house / "copy.db"), "--config", config]).exit_code == 0
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        alert = alerts.find_alert(db, "alr_1")
        assert alert is not None
        acks.acknowledge(db, replace(alert), who="ana", note="", via="command", now=NOW)
    told = ask(house, "status")
    assert isinstance(told["backup"], dict)
    assert told["backup"]["file"] == str(house / "copy.db")
    assert not any("copied" in str(one) for one in told["warnings"])  # type: ignore[attr-defined]  # a list
    assert (told["alerts_open"], told["alerts_unacknowledged"], told["hits_24h"]) == (1, 0, {"high": 2})


@pytest.mark.parametrize(
    ("answer", "state", "wrong"),
    [
        ("200 OK\r\n\r\n" + json.dumps({"ready": True, "checks": {"database": "ok"}}), "ready", ""),
        (
            "503 Away\r\n\r\n"
            + json.dumps({"ready": False, "checks": {"database": "the disk is full", "schedule": "ok"}}),
            "not ready",
            "database: the disk is full",
        ),
        ("200 OK\r\n\r\n<h1>It works!</h1>", "not running", "another program answers there"),
        ("404 Not Found\r\n\r\n", "not running", "another program answers there"),
    ],
)
async def test_the_daemon_is_as_it_says_itself(answer: str, state: str, wrong: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.0 {answer}".encode())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await asyncio.to_thread(ask_daemon, WebSettings("0.0.0.0", port, None, None))
    assert (found.state, found.wrong, found.address) == (state, wrong, f"http://127.0.0.1:{port}")


def test_a_daemon_that_is_not_there_is_told() -> None:
    found = ask_daemon(WebSettings("127.0.0.1", free_port(), None, None))
    assert (found.state, found.wrong) == ("not running", "")
