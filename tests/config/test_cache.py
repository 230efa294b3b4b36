"""What watchlists say is kept as long as nothing changed, and nothing that is kept is trusted blindly."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import cache
from monitor.config.cache import KEPT, cache_folder, load_cached
from monitor.config.serial import decode, encode
from monitor.config.watchlists import LoadedWatchlists, load_watchlists
from monitor.core.findings import Example
from monitor.core.types import Watchlist
from monitor.errors import ConfigError
from tests.config.test_watchlists import LIST

FILES = (Path("lists/a.yaml"), Path("lists/b.yaml"))
st.register_type_strategy(float, st.floats(allow_nan=False))  # no number is like itself that is none
LISTS = st.builds(
    LoadedWatchlists,
    watchlists=st.lists(st.from_type(Watchlist), max_size=2).map(tuple),
    version=st.text(),
    files=st.just(FILES),
    examples=st.lists(st.builds(Example, file=st.sampled_from([str(file) for file in FILES])), max_size=3).map(tuple),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a watchlist."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.yaml").write_text(LIST)
    return tmp_path / "lists"


@pytest.fixture
def kept_in(tmp_path: Path) -> Path:
    """Return a folder to keep entries in."""
    found = cache_folder("", {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert found is not None
    return found


def entry_of(kept_in: Path) -> Path:
    """Return the only entry."""
    [entry] = kept_in.iterdir()
    return entry


def refuse(*_: object) -> Any:
    """Read nothing."""
    raise AssertionError("read again")


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])  # such values are slow to make up
@given(LISTS)
def test_whatever_watchlists_say_comes_back_the_same(lists: LoadedWatchlists) -> None:
    assert decode(encode(lists), lists.files) == lists


def test_half_a_surrogate_pair_comes_back_too() -> None:
    lists = LoadedWatchlists((replace(load_one(), title="\ud800"),), "v", (), ())
    assert decode(encode(lists), ()) == lists


def load_one() -> Watchlist:
    """Return a shipped watchlist."""
    return load_watchlists(Path(__file__).parent.parent.parent / "watchlists").watchlists[0]


def test_the_second_time_nothing_is_read_again(folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_cached(folder, kept_in)
    assert first == load_watchlists(folder)
    monkeypatch.setattr(cache, "read_contents", refuse)
    assert load_cached(folder, kept_in) == first


def test_an_entry_serves_the_same_files_in_another_folder_under_their_new_names(
    folder: Path, kept_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_cached(folder, kept_in)
    moved = folder.rename(tmp_path / "moved")
    monkeypatch.setattr(cache, "read_contents", refuse)
    lists = load_cached(moved, kept_in)
    assert lists.files == (moved / "a.yaml",)
    assert {example.file for example in lists.examples} == {str(moved / "a.yaml")}


def test_a_change_of_the_files_or_of_the_code_is_a_new_entry(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_cached(folder, kept_in)
    (folder / "a.yaml").write_text(LIST.replace("title: Leaders", "title: Heads"))
    after = load_cached(folder, kept_in)
    assert (after.watchlists[0].title, after.version == before.version) == ("Heads", False)
    assert len(list(kept_in.iterdir())) == 2
    monkeypatch.setattr(cache, "_reader", lambda: "the next release")
    load_cached(folder, kept_in)
    assert len(list(kept_in.iterdir())) == 3


def test_what_does_not_validate_is_never_kept(folder: Path, kept_in: Path) -> None:
    (folder / "a.yaml").write_text(LIST.replace("kind: person", "kind: human"))
    for _ in range(2):
        with pytest.raises(ConfigError, match="found 'human'"):
            load_cached(folder, kept_in)
    assert list(kept_in.iterdir()) == []


def test_only_we_can_read_what_is_kept(folder: Path, kept_in: Path) -> None:
    load_cached(folder, kept_in)
    assert stat.S_IMODE(kept_in.stat().st_mode) == 0o700
    assert stat.S_IMODE(entry_of(kept_in).stat().st_mode) == 0o600


def checked(body: bytes) -> bytes:
    """Return a body with its right checksum."""
    return body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: b"",
        lambda good: good[:-80],
        lambda good: good[: len(good) // 2],
        lambda good: good.replace(b"Leaders", b"Ieaders"),
        lambda good: checked(b"0" * 64 + b"\n" + good.partition(b"\n")[2].rstrip().rpartition(b"\n")[0]),
        lambda good: checked(good.partition(b"\n")[0]),
        lambda good: checked(good.partition(b"\n")[0] + b"\n{not json"),
        lambda good: checked(good.partition(b"\n")[0] + b'\n["v",["a.yaml"],[]]\n["short"]'),
        lambda good: checked(good.partition(b"\n")[0] + b'\n["v",["a.yaml"],[]]\n["a","b","grave",[],[],0]'),
        lambda good: checked(good.partition(b"\n")[0] + b'\n["v",["a.yaml"],[]]\n["a","b","low",[],[],2]\n[]'),
        lambda good: checked(good.partition(b"\n")[0] + b'\n["v",["a.yaml"],[[null,null,[],true,"z.yaml",1]]]'),
        lambda good: checked(good.partition(b"\n")[0] + b'\n["v",["other.yaml"],[]]'),
    ],
)
def test_a_broken_entry_is_as_good_as_none_and_made_anew(
    folder: Path, kept_in: Path, spoil: Callable[[bytes], bytes]
) -> None:
    lists = load_cached(folder, kept_in)
    entry = entry_of(kept_in)
    good = entry.read_bytes()
    entry.write_bytes(spoil(good))
    assert entry.read_bytes() != good
    assert load_cached(folder, kept_in) == lists
    assert entry.read_bytes() == good


def test_an_entry_that_another_user_may_have_written_is_not_read(
    folder: Path, kept_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = load_cached(folder, kept_in)
    entry = entry_of(kept_in)
    forged = entry.read_bytes().partition(b"\n")[0] + b'\n["v",["a.yaml"],[]]'
    entry.write_bytes(checked(forged))
    assert load_cached(folder, kept_in).watchlists == ()  # such an entry would be believed, were it ours
    entry.chmod(0o666)
    assert load_cached(folder, kept_in) == lists
    entry.write_bytes(checked(forged))
    elsewhere = entry.rename(tmp_path / "forged")
    entry.symlink_to(elsewhere)
    assert load_cached(folder, kept_in) == lists
    entry.unlink()
    elsewhere.rename(entry)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert load_cached(folder, kept_in) == lists


def test_the_entries_used_last_are_kept_and_what_was_never_finished_is_taken_away(folder: Path, kept_in: Path) -> None:
    for number in range(KEPT + 3):
        (folder / "a.yaml").write_text(LIST + f"# {number}\n")
        load_cached(folder, kept_in)
        for entry in kept_in.iterdir():  # a minute passes
            os.utime(entry, (0, entry.stat().st_mtime - 60))
        if number == 0:
            [first] = kept_in.iterdir()
            (kept_in / "killed.tmp").write_text("half")
            os.utime(kept_in / "killed.tmp", (0, 0))
            (kept_in / "writing.tmp").write_text("half")
        os.utime(first)
    left = sorted(entry.name for entry in kept_in.iterdir())
    assert first.name in left
    assert "killed.tmp" not in left
    assert "writing.tmp" in left
    assert len(left) == KEPT + 1


def test_where_nothing_can_be_kept_everything_works(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", no_room)
    assert load_cached(folder, kept_in) == load_cached(folder, None) == load_watchlists(folder)
    assert list(kept_in.iterdir()) == []


def test_what_was_half_written_when_the_disk_filled_up_is_taken_away(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(lists: LoadedWatchlists) -> Any:
        yield b"[]"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "encode", half)
    assert load_cached(folder, kept_in) == load_watchlists(folder)
    assert list(kept_in.iterdir()) == []


def test_entries_lie_beside_the_database_or_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    own = {"XDG_CACHE_HOME": str(tmp_path / "xdg"), "HOME": str(home)}
    (tmp_path / "data").mkdir()
    database = f"sqlite:///{tmp_path}/data/monitor.db"
    assert cache_folder(database, own) == tmp_path / "data" / "cache"
    assert cache_folder(f"sqlite:///{tmp_path}/later/monitor.db", own) == tmp_path / "xdg" / "event-monitor"
    assert cache_folder("postgresql+psycopg://db/x", own) == tmp_path / "xdg" / "event-monitor"
    for relative in ("", "relative"):
        assert cache_folder("", {"XDG_CACHE_HOME": relative, "HOME": str(home)}) == home / ".cache" / "event-monitor"
    assert cache_folder("", {}) is None
    (tmp_path / "file").write_text("")
    assert cache_folder("", {"XDG_CACHE_HOME": str(tmp_path / "file")}) is None
    (tmp_path / "xdg" / "event-monitor").chmod(0o777)
    assert cache_folder("", own) is None
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache_folder(database, {"HOME": str(home)}) is None  # neither the database's folder nor the home is ours
