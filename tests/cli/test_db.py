"""`monitor db`: what it shows, and that looking and copying change nothing."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.errors import DatabaseBusyError, StoreError
from monitor.store.database import Database
from monitor.store.nodes import connection_name, list_nodes

CONFIG = """\
database: sqlite:///monitor.db
watchlists: watchlists
receivers: [{name: console, channels: [{console: {}}]}]
route: {receiver: console}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration whose database is not made yet."""
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(
        "watchlist: test\ntitle: Test\nentities: [{id: is-k, kind: organisation, name: IS-K}]\n"
    )
    path = tmp_path / "monitor.yaml"
    path.write_text(CONFIG)
    return path


def call(config: Path, *words: str) -> tuple[int, str]:
    """Return exit code and output of `monitor db`; an error of the package is raised as main() would tell it."""
    result = CliRunner().invoke(app, ["db", *words, "--config", str(config)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("words", [["status"], ["backup", "copy.db"]])
def test_where_there_is_no_database_none_is_made(config: Path, words: list[str]) -> None:
    with pytest.raises(StoreError, match="there is no database yet; monitor db upgrade makes one"):
        call(config, *words)
    assert not config.with_name("monitor.db").exists()


def test_status_shows_revision_size_and_rows(config: Path) -> None:
    assert call(config, "upgrade")[0] == 0
    code, output = call(config, "status", "--json")
    shown = json.loads(output)
    assert (code, shown["revision"] == shown["needed"], shown["counts"]["items"]) == (0, True, 0)
    assert shown["bytes"] >= config.with_name("monitor.db").stat().st_size
    assert "this release needs" in call(config, "status")[1]


def test_a_backup_is_of_the_tables_as_they_are(config: Path) -> None:
    old = sqlite3.connect(config.with_name("monitor.db"))
    old.execute("CREATE TABLE of_an_older_release (id INTEGER)")
    old.commit()
    copy = config.with_name("copy.db")
    assert call(config, "backup", str(copy))[0] == 0
    tables = sqlite3.connect(copy)
    assert tables.execute("SELECT name FROM sqlite_master").fetchall() == [("of_an_older_release",)]
    assert call(config, "status")[0] == 1
    assert old.execute("SELECT name FROM sqlite_master").fetchall() == [("of_an_older_release",)]
    for connection in (old, tables):
        connection.close()


def test_a_copy_is_told_table_by_table_and_how_to_use_it(config: Path) -> None:
    assert call(config, "upgrade")[0] == 0
    with sqlite3.connect(config.with_name("monitor.db")) as made:
        made.execute("INSERT INTO meta VALUES ('key', 'value')")
    made.close()
    address = f"sqlite:///{config.with_name('copy.db')}"
    code, output = call(config, "copy", "--to", address, "--json")
    told = json.loads(output)
    assert (code, told["to"], told["rows"], told["rows_found"]) == (0, address, 1, 0)
    [meta] = [table for table in told["tables"] if table["name"] == "meta"]
    assert (meta["rows"], len(meta["checksum"])) == (1, 16)
    _, output = call(config, "copy", "--to", f"sqlite:///{config.with_name('other.db')}")
    assert "copied 1 rows in " in output
    assert "all tables were read back and are the same" in output
    assert f"now put it into the configuration: database: sqlite:///{config.with_name('other.db')}" in output


def test_nodes_that_work_on_what_is_copied_are_named(db: Database, url: str, config: Path) -> None:
    config.write_text(f"database: {url}\n")
    with closing(Database.open(url, name=connection_name("1.2.3", ["poll"]))):
        nodes = list_nodes(db)
        code, output = call(config, "copy", "--to", f"sqlite:///{config.with_name('copy.db')}")
    assert code == 0
    told = [f"{node.name} works on it: what it stores from now on will not be in the copy" in output for node in nodes]
    assert told == ([True] if db.dialect == "postgresql" else [])


def test_a_database_that_a_daemon_runs_on_is_not_copied(config: Path) -> None:
    assert call(config, "upgrade")[0] == 0
    daemon = Database.open(f"sqlite:///{config.with_name('monitor.db')}", exclusive=True)
    with pytest.raises(DatabaseBusyError, match=r"is in use by another Event Monitor .* stop that one first"):
        call(config, "copy", "--to", f"sqlite:///{config.with_name('copy.db')}")
    daemon.close()
    assert not config.with_name("copy.db").exists()


@pytest.mark.parametrize("address", ["mysql://host/name", "sqlite://", "postgresql://host/name", "copy.db", ""])
def test_an_address_that_is_none_is_told_with_what_was_expected(config: Path, address: str) -> None:
    assert call(config, "upgrade")[0] == 0
    code, output = call(config, "copy", "--to", address)
    assert code == 2
    assert "expected postgresql+psycopg://user@host/name or sqlite:///file" in " ".join(output.replace("│", "").split())
