"""Hits as they come: each once, in order, until whoever looks has enough."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from monitor.cli import tail
from monitor.cli.tail import BEFORE, follow
from monitor.core.types import Severity
from monitor.store.database import Database
from monitor.store.items import HitFilter
from tests.store.rows import NOW, make_feed, make_item, make_match, make_outcome, record

CONFIG = "{watchlists: watchlists, database: 'sqlite:///monitor.db', feeds: []}"
LIST = "{watchlist: test, title: Test, entities: [{id: is-k, kind: organisation, name: IS-K}]}"


def report(db: Database, *guids: str, title: str = "IS-K struck", severity: Severity = Severity.HIGH) -> None:
    """Store a report with one hit for each guid."""
    entries = [make_item(guid, title, matches=[make_match(severity=severity)]) for guid in guids]
    record(db, make_outcome(make_feed(db), *entries))


def watched(db: Database, wanted: HitFilter, *steps: Callable[[], None]) -> list[int]:
    """Return the ids of the hits that are seen while one step after the other is taken."""
    left = list(steps)

    def pause() -> bool:
        if not left:
            return False
        left.pop(0)()
        return True

    return [hit.id for hit in follow(db, wanted, since_at=None, pause=pause)]


def test_the_last_hits_come_first_and_then_each_new_one_once(db: Database) -> None:
    report(db, *(f"old {number}" for number in range(BEFORE + 3)))
    ids = watched(db, HitFilter(limit=1_000), lambda: report(db, "a", "b"), lambda: None, lambda: report(db, "c"))
    assert ids == [*range(4, BEFORE + 4), 14, 15, 16]


def test_more_hits_than_one_look_reads_all_come(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "OVERLAP", 2)
    ids = watched(db, HitFilter(limit=5), lambda: report(db, *(f"new {number}" for number in range(12))))
    assert ids == list(range(1, 13))


def test_a_hit_that_another_transaction_stored_late_under_a_lower_id_comes_too(db: Database) -> None:
    report(db, "a", "b", "c")

    def hide(*, hidden: bool) -> None:
        with db.write() as connection:
            connection.exec_driver_sql(f"UPDATE hit SET rule = '{'other' if hidden else 'entity:is-k'}' WHERE id = 2")

    hide(hidden=True)
    assert watched(db, HitFilter(rule="entity:is-k", limit=1_000), lambda: hide(hidden=False)) == [1, 3, 2]


def test_only_what_is_asked_for_is_followed(db: Database) -> None:
    wanted = HitFilter(severity=Severity.CRITICAL, entity="is-k", limit=1_000)
    ids = watched(
        db, wanted, lambda: report(db, "a"), lambda: report(db, "b", severity=Severity.CRITICAL), lambda: None
    )
    assert ids == [2]


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Path:
    """Return a folder with a configuration and a database with one hit."""
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    (tmp_path / "monitor.db").write_bytes(migrated_file.read_bytes())
    with closing(Database.open(f"sqlite:///{tmp_path}/monitor.db")) as db:
        report(db, "a", title="IS-K \x1b[31mstruck\u202e")
    return tmp_path


def start(house: Path, *options: str, out: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start to follow the hits."""
    command = [sys.executable, "-m", "monitor", "tail", "--config", str(house / "monitor.yaml"), *options]
    return subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def said_then_ends(process: subprocess.Popen[bytes], lines: int, end: Callable[[], None]) -> tuple[int, str]:
    """Return exit code and errors of a process that is ended after it printed so many lines."""
    assert process.stdout is not None
    assert process.stderr is not None
    for _ in range(lines):
        process.stdout.readline()
    end()
    code = process.wait(20)
    errors = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    return code, errors


@pytest.mark.slow
def test_ctrl_c_ends_it_with_130_and_a_reader_that_has_enough_ends_it_without_a_word(house: Path) -> None:
    one = start(house)
    assert said_then_ends(one, 2, lambda: one.send_signal(signal.SIGINT)) == (130, "")
    other = start(house)
    assert other.stdout is not None
    assert said_then_ends(other, 2, other.stdout.close) == (0, "")


@pytest.mark.slow
def test_each_hit_is_one_line_of_json_and_comes_within_two_looks(house: Path) -> None:
    process = start(house, "--json", "--since", "10y")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        report(db, "b", title="Another")
    began = time.monotonic()
    second = json.loads(process.stdout.readline())
    assert time.monotonic() - began < 2 * tail.LOOK_SECONDS + 1
    assert [(one["id"], one["severity"], one["rule"]) for one in (first, second)] == [
        (1, "high", "entity:is-k"),
        (2, "high", "entity:is-k"),
    ]
    assert second["mentions"][0]["surface"] == "IS-K"
    assert said_then_ends(process, 0, lambda: process.send_signal(signal.SIGINT)) == (130, "")


def test_a_person_reads_what_and_why_and_no_headline_steers_the_terminal(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.cli.main import app

    monkeypatch.setattr(tail, "_pause", lambda: False)
    app(["tail", "--config", str(house / "monitor.yaml"), "--severity", "high"], standalone_mode=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{NOW:%m-%d %H:%M:%SZ} high     IS-K [31mstruck (Paper)"
    assert second.split() == ["the", "reason", "(hit", "1)"]


@pytest.mark.parametrize("words", [("--severity", "grave"), ("--since", "yesterday")])
def test_a_bad_option_is_told(house: Path, words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.cli.main import app

    with pytest.raises(SystemExit) as ended:
        app(["tail", "--config", str(house / "monitor.yaml"), *words])
    assert (ended.value.code, words[0] in capsys.readouterr().err) == (2, True)
