"""Watchlists as they were read, kept on disk, because YAML is slow to read: 100,000 aliases take seconds.

An entry is named after the content of the files and the code that read them, so it is never out of date, and what did
not validate is never kept. One that is broken, or somebody else's, is as good as none; deleting them all is safe.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from monitor import __version__
from monitor.config.serial import decode, encode
from monitor.config.watchlists import LoadedWatchlists, contents_of, loaded, no_collections, read_contents, version_of

KEPT = 5
"""Entries kept in a folder: those of the watchlists before a change, and of other folders."""

STALE_SECONDS = 3_600
"""Age at which an entry that was never finished is taken away."""

SUFFIX = ".watchlists"


def cache_folder(database: str, environ: Mapping[str, str]) -> Path | None:
    """Return where to keep entries: beside a SQLite database, else in the user's cache; None where neither is ours.

    Source: XDG Base Directory Specification, $XDG_CACHE_HOME.
    """
    if database.startswith("sqlite:///"):
        data = Path(database.removeprefix("sqlite:///")).parent
        if data.is_dir() and data.stat().st_uid == os.geteuid():  # root who looks on must not leave what is root's
            return _usable(data / "cache")
    given, home = Path(environ.get("XDG_CACHE_HOME", "")), Path(environ.get("HOME", ""), ".cache")
    place = next((one for one in (given, home) if one.is_absolute()), None)  # a relative one is to be ignored
    return _usable(place / "event-monitor") if place else None


def _usable(folder: Path) -> Path | None:
    """Return the folder, made if need be, when only we can write there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:  # a file system that is only read: everything works without a cache
        return None
    return folder if _is_ours(found) and os.access(folder, os.W_OK) else None


def _is_ours(found: os.stat_result) -> bool:
    """Return whether a file or folder is ours, and nobody else may write to it."""
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def load_cached(folder: Path, kept_in: Path | None) -> LoadedWatchlists:
    """Return what `load_watchlists` returns for a folder, from the entry for its content or else leaving one.

    Raises ConfigError as `load_watchlists` does.
    """
    contents = contents_of(folder)
    found = find(contents, kept_in)
    if found is None:
        found = loaded(read_contents(contents))
        keep(found, contents, kept_in)
    return found


def find(contents: Mapping[Path, bytes], kept_in: Path | None) -> LoadedWatchlists | None:
    """Return what was kept for the content of files, None when there is nothing that can be trusted."""
    if kept_in is None:
        return None
    key = _key(contents)
    entry = kept_in / (key[:32] + SUFFIX)
    try:
        with os.fdopen(os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            data = file.read() if _is_ours(os.fstat(file.fileno())) else b""
        body, _, checksum = data.rstrip(b"\n").rpartition(b"\n")
        if checksum != hashlib.sha256(body).hexdigest().encode():
            return None
        head, *lines = body.split(b"\n")
        if head != key.encode():
            return None
        with no_collections():
            lists = decode(lines, tuple(contents))
        os.utime(entry)  # the entries used last are kept
    except (OSError, ValueError, TypeError, LookupError):  # gone, or broken in a way that has a right checksum
        return None
    return lists


def keep(lists: LoadedWatchlists, contents: Mapping[Path, bytes], kept_in: Path | None) -> bool:
    """Keep what was read from the content of files; return whether that was possible."""
    if kept_in is None:
        return False
    key = _key(contents)
    try:
        descriptor, name = tempfile.mkstemp(suffix=".tmp", dir=kept_in)  # with mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                checksum = hashlib.sha256(key.encode())
                file.write(key.encode())
                for line in encode(lists):
                    checksum.update(b"\n" + line)
                    file.write(b"\n" + line)
                file.write(b"\n" + checksum.hexdigest().encode() + b"\n")
            Path(name).replace(kept_in / (key[:32] + SUFFIX))
        except BaseException:
            Path(name).unlink()
            raise
        _prune(kept_in)
    except OSError:  # no room, say: everything works without a cache
        return False
    return True


def _prune(kept_in: Path) -> None:
    """Take away all entries but those used last, and what a process that was killed left."""
    times: dict[Path, float] = {}
    for entry in kept_in.iterdir():
        with suppress(FileNotFoundError):  # another process prunes, too
            times[entry] = entry.stat().st_mtime
    entries = sorted((one for one in times if one.suffix == SUFFIX), key=lambda one: -times[one])
    now = times[entries[0]] if entries else 0.0
    stale = [one for one in times if one.suffix == ".tmp" and times[one] < now - STALE_SECONDS]
    for entry in (*entries[KEPT:], *stale):
        entry.unlink(missing_ok=True)


def _key(contents: Mapping[Path, bytes]) -> str:
    """Return what an entry must be for: the content of the files, read by this code."""
    digests = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    return hashlib.sha256(f"{_reader()} {version_of(digests)}".encode()).hexdigest()


@cache
def _reader() -> str:
    """Return what tells this release from others, a change that is being worked on included."""
    code = hashlib.sha256(__version__.encode())
    for folder in ("config", "core"):
        for module in sorted((Path(__file__).parent.parent / folder).glob("*.py")):
            code.update(module.read_bytes())
    return code.hexdigest()
