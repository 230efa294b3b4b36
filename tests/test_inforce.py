"""Which watchlists are in force where several machines share the work: one version for all, which people decide."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor import actions
from monitor.config.settings import RuntimeSettings, Settings, load_settings
from monitor.config.watchlists import load_watchlists
from monitor.errors import ConfigError, MonitorError, StoreError
from monitor.inforce import SharedLists
from monitor.store import published
from monitor.store.database import Database
from tests.render.samples import NOW

LIST = "watchlist: test\ntitle: Test\nentities:\n  - {id: a, kind: place, name: NAME}\n"


def write(folder: Path, name: str) -> str:
    """Let a folder hold one watchlist with one name; return its version."""
    folder.mkdir(exist_ok=True)
    (folder / "test.yaml").write_text(LIST.replace("NAME", name))
    return load_watchlists(folder).version


class Node:
    """A machine with its own copy of the files."""

    def __init__(self, db: Database, folder: Path, name: str) -> None:
        self.folder = folder / "watchlists"
        folder.mkdir()
        self.version = write(self.folder, name)
        (folder / "monitor.yaml").write_text("watchlists: watchlists\n")
        settings = load_settings(folder / "monitor.yaml", {})
        self.settings: Settings = replace(settings, runtime=RuntimeSettings("cluster", 256, 64))
        self.db = db
        self.lists = SharedLists(db, lambda: NOW)

    def edit(self, name: str) -> str:
        return write(self.folder, name)

    def take(self) -> str:
        """Look what is to be in force, as at the start and after each change; return its version."""
        chosen = self.lists.choose(self.settings)
        lists = load_watchlists(chosen.folder)
        chosen.taken(lists.version)
        return lists.version


def rename(db: Database, table: str, name: str) -> None:
    """Give a table another name, so that whoever writes there fails."""
    with db.write() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")


@pytest.fixture
def node(db: Database, tmp_path: Path) -> Iterator[Callable[[str], Node]]:
    """Return what makes nodes over one database."""
    made: list[Node] = []

    def make(name: str) -> Node:
        made.append(Node(db, tmp_path / f"node{len(made)}", name))
        return made[-1]

    yield make
    for one in made:
        one.lists.close()


def test_the_first_node_puts_its_files_in_force_and_one_that_starts_later_takes_them(
    node: Callable[[str], Node],
) -> None:
    first, second = node("Kabul"), node("Herat")
    assert first.take() == first.version
    with capture_logs() as lines:
        assert second.take() == first.version
    assert lines[0]["event"] == "other watchlists are in force than the files here"
    assert lines[0]["cure"] == f"to put these in force: monitor watchlists publish {second.folder}"
    assert published.published(first.db) == published.Published(first.version, lines[0]["by"], NOW)
    assert second.take() == first.version, "nor does it put its own in force when it looks again"


def test_an_edit_on_a_running_node_is_taken_by_all_others_once(node: Callable[[str], Node]) -> None:
    first, second = node("Kabul"), node("Kabul")
    first.take()
    second.take()
    assert not first.lists.is_outdated()
    edited = second.edit("Herat")
    assert second.take() == edited
    assert not second.lists.is_outdated()
    assert first.lists.is_outdated()
    assert first.take() == edited
    assert not first.lists.is_outdated()


def test_an_edit_that_does_not_validate_is_put_nowhere_and_that_node_goes_on_with_the_others(
    node: Callable[[str], Node],
) -> None:
    first, second = node("Kabul"), node("Kabul")
    first.take()
    second.take()
    (second.folder / "test.yaml").write_text("watchlist: [\n")
    with pytest.raises(ConfigError):
        second.take()
    assert not first.lists.is_outdated()
    edited = first.edit("Herat")
    first.take()
    assert second.lists.is_outdated()
    assert second.take() == edited


def test_an_edit_that_the_database_did_not_take_is_put_in_force_when_it_is_back(node: Callable[[str], Node]) -> None:
    first, second = node("Kabul"), node("Kabul")
    first.take()
    second.take()
    edited = second.edit("Herat")
    rename(first.db, "watchlist_file", "away")
    try:
        with pytest.raises(StoreError):
            second.take()
    finally:
        rename(first.db, "away", "watchlist_file")
    assert not first.lists.is_outdated()
    assert second.take() == edited
    assert first.lists.is_outdated()


def test_somebody_who_publishes_is_kept_with_what_he_put_in_force(node: Callable[[str], Node]) -> None:
    first, second = node("Kabul"), node("Herat")
    first.take()
    at = NOW + timedelta(hours=1)
    made = actions.publish_watchlists(first.db, second.settings, second.folder, by="amina", now=at)
    assert made == published.Published(second.version, "amina", at)
    assert first.lists.is_outdated()
    assert first.take() == second.version
    again = actions.publish_watchlists(first.db, second.settings, second.folder, by="bo", now=at + timedelta(hours=1))
    assert again == made, "what is in force already stays as it was put there"


def test_what_does_not_validate_or_would_mean_nothing_is_not_published(node: Callable[[str], Node]) -> None:
    one = node("Kabul")
    alone = replace(one.settings, runtime=RuntimeSettings("embedded", 8, 4))
    with pytest.raises(MonitorError, match="in force themselves"):
        actions.publish_watchlists(one.db, alone, one.folder, by="amina", now=NOW)
    (one.folder / "test.yaml").write_text("watchlist: [\n")
    with pytest.raises(ConfigError):
        actions.publish_watchlists(one.db, one.settings, one.folder, by="amina", now=NOW)
    assert published.published(one.db) is None
