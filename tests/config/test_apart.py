"""Large watchlists are read by a process of their own."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.config import apart
from monitor.config.apart import load_apart
from monitor.config.watchlists import load_watchlists
from monitor.errors import ConfigError, MonitorError
from tests.config.test_watchlists import LIST


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a watchlist that counts as large."""
    monkeypatch.setattr(apart, "APART_BYTES", 0)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.yaml").write_text(LIST)
    return tmp_path / "lists"


@pytest.fixture
def kept_in(tmp_path: Path) -> Path:
    """Return a folder to keep entries in."""
    (tmp_path / "cache").mkdir(mode=0o700)
    return tmp_path / "cache"


def ending(code: int, said: str = "", meanwhile: Callable[[], object] = lambda: None) -> Any:
    """Return what stands for a process that ends so."""

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        meanwhile()
        return subprocess.CompletedProcess(command, code, b"", said.encode())

    return run


def test_the_process_leaves_what_it_read_in_the_cache(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = load_apart(folder, kept_in)
    assert lists == load_watchlists(folder)
    assert len(list(kept_in.iterdir())) == 1
    monkeypatch.setattr(subprocess, "run", ending(1))
    assert load_apart(folder, kept_in) == lists


def test_without_a_cache_it_is_handed_over_all_the_same(folder: Path) -> None:
    assert load_apart(folder, None) == load_watchlists(folder)


def test_what_does_not_validate_is_told_as_if_it_were_read_here(folder: Path, kept_in: Path) -> None:
    (folder / "a.yaml").write_text(LIST.replace("kind: person", "kind: human").replace("high", "grave"))
    with pytest.raises(ConfigError) as here:
        load_watchlists(folder)
    with pytest.raises(ConfigError) as there:
        load_apart(folder, kept_in)
    assert there.value.problems == here.value.problems
    assert len(here.value.problems) == 2


def test_small_folders_are_read_here(folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "APART_BYTES", 500_000)
    monkeypatch.setattr(subprocess, "run", ending(1))
    assert load_apart(folder, kept_in) == load_watchlists(folder)


def test_where_the_process_has_no_room_they_are_read_here(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", ending(apart.NOT_KEPT))
    assert load_apart(folder, kept_in) == load_watchlists(folder)


def test_where_no_process_can_be_started_they_are_read_here(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert load_apart(folder, kept_in) == load_watchlists(folder)
    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    assert load_apart(folder, None) == load_watchlists(folder)


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [(-9, "", "ended with -9: it said nothing; was there too little memory?"), (1, "Traceback:\nBoom: x\n", "ended with 1: Boom: x")],
)  # fmt: skip
def test_a_process_that_fails_is_told_of(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str, told: str
) -> None:
    monkeypatch.setattr(subprocess, "run", ending(code, said))
    with pytest.raises(MonitorError) as error:
        load_apart(folder, kept_in)
    assert str(error.value) == f"{folder}: the process that reads it {told}"


def test_files_that_change_while_they_are_read_are_read_again(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, times = subprocess.run, []

    def run(*args: Any, **options: Any) -> subprocess.CompletedProcess[bytes]:
        ended = really(*args, **options)
        times.append(ended.returncode)
        if len(times) == 1:
            (folder / "a.yaml").write_text(LIST.replace("title: Leaders", "title: Heads"))
        return ended

    monkeypatch.setattr(subprocess, "run", run)
    assert load_apart(folder, kept_in).watchlists[0].title == "Heads"
    assert times == [0, 0]


def test_files_that_never_rest_are_given_up(folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", ending(0))
    with pytest.raises(ConfigError, match="its files change faster than they can be read"):
        load_apart(folder, kept_in)
