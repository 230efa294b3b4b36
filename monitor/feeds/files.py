"""Feeds that are files of this machine: one file, or a folder in which each file is one, new ones as they appear.

Only what lies below a folder of `feed_folders` is read, and of it only what is a plain file: looked at before it is
opened, and again once it is, so that no link and no swap in between leads anywhere else.
"""

import asyncio
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from monitor.core.types import Feed, FetchResult
from monitor.errors import FetchError, RefusedError
from monitor.sources import file_of, kind_of

SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json"})
"""Ends of the names of what counts as a feed in a folder; names that begin with a dot are files still being written."""

MAX_FILES = 2_000
"""Files read of a folder in one poll, the newest first; the others follow in the next ones."""

KEPT = 2
"""States remembered of a folder: that of the last poll that was stored, and that of one which may yet be."""

READERS = 4
"""Threads that read files and nothing else: those of asyncio do all other work of the house, and each that waits for a
network drive that hangs is lost until the drive is back."""

Signs = Mapping[str, str]
"""A state of a folder: for each name the sign of its file, which changes whenever the file does."""


class FileReader:
    """Reads files as `Fetcher` fetches addresses, with validators and all."""

    def __init__(self, folders: Sequence[Path], *, max_body: int, timeout: timedelta) -> None:
        """Take the limits.

        folders    resolved; nothing outside of them is read
        max_body   bytes of a file; of a folder no more files are read in one poll once they have as many together
        timeout    for one feed; a network drive may hang
        """
        self._folders = folders
        self._max_body = max_body
        self._timeout = timeout
        self._states: dict[str, dict[str, Signs]] = {}
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="files")

    async def fetch(self, feed: Feed) -> FetchResult:
        """Return what a file or a folder holds that is new. Raises FetchError."""
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, feed)
        except TimeoutError as error:
            raise FetchError("timeout", "the file was not read within http.timeout") from error
        except RefusedError as error:
            raise FetchError(error.reason, error.detail) from error
        except OSError as error:
            raise FetchError(*_trouble(error)) from error

    def _read(self, feed: Feed) -> FetchResult:
        """Return what is at an address."""
        path = file_of(feed.url, self._folders)
        if path.is_dir():
            return self._folder(feed, path)
        sign = _sign(path.stat())
        if sign == feed.etag:
            return _unchanged(feed)
        return _answer(feed.url, self._body(path), sign)

    def _body(self, path: Path) -> bytes:
        """Return what a file holds. Raises FetchError for what is no plain file, lies outside, or is too large."""
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise FetchError("no file", f"{path.name} is {kind_of(mode)}")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            opened, real = os.fstat(file.fileno()), path.resolve()
            inside = any(real.is_relative_to(folder) for folder in self._folders)
            if not inside or not os.path.samestat(opened, real.lstat()) or not stat.S_ISREG(opened.st_mode):
                raise FetchError("closed file", f"{path.name} lies in no folder of feed_folders")
            body = file.read(self._max_body + 1)
        if len(body) > self._max_body:
            raise FetchError("too large", f"{path.name} has more than http.max_body ({self._max_body} bytes)")
        return body

    def _folder(self, feed: Feed, folder: Path) -> FetchResult:
        """Return the files of a folder that are new or changed since the state that was stored with the feed.

        The validator names a state. What it was is remembered; after a restart, a folder in any other state is read
        anew, and the entries that are known are found out later, as those of any feed.
        """
        found = _looked_at(folder)
        now = {name: _sign(status) for name, status in found.items()}
        if feed.etag == _name(now):
            self._remember(feed.url, now)
            return _unchanged(feed)
        known = self._states.get(feed.url, {}).get(feed.etag or "")
        changed = [name for name in now if known is None or known.get(name) != now[name]]
        if known is not None and not changed:
            return _unchanged(feed)
        parts, unread = self._files(feed, folder, sorted(changed, key=lambda name: -found[name].st_mtime_ns))
        if unread and not parts:
            raise FetchError("cannot be read", "; ".join(unread.values()))
        kept = {name: sign for name, sign in (known or {}).items() if now.get(name) == sign}
        state = kept | {name: now[name] for name in (*parts, *unread)}
        self._remember(feed.url, state)
        etag = _name(state)
        return _answer(feed.url, etag.encode(), etag, parts=tuple(parts.values()), unread=tuple(unread.values()))

    def _files(self, feed: Feed, folder: Path, names: Sequence[str]) -> tuple[dict[str, FetchResult], dict[str, str]]:
        """Return what could be read of some files within the limits of one poll, and of others why not, by name."""
        parts: dict[str, FetchResult] = {}
        unread: dict[str, str] = {}
        left = self._max_body
        for name in names[:MAX_FILES]:
            if left <= 0:
                break
            try:
                body = self._body(folder / name)
            except FetchError as error:
                unread[name] = str(error)
            except OSError as error:
                unread[name] = f"{name}: {_trouble(error)[1]}"
            else:
                parts[name] = _answer(f"{feed.url.rstrip('/')}/{name}", body, None)
                left -= len(body)
        return parts, unread

    def _remember(self, url: str, state: Signs) -> None:
        """Keep a state of a folder beside the one before it."""
        states = self._states.setdefault(url, {})
        states.pop(_name(state), None)
        states[_name(state)] = state
        while len(states) > KEPT:
            del states[next(iter(states))]


def _looked_at(folder: Path) -> dict[str, os.stat_result]:
    """Return what stands in a folder under the name of a feed; what vanishes meanwhile is left out."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if Path(entry.name).suffix.lower() in SUFFIXES and not entry.name.startswith("."):
                try:
                    found[entry.name] = entry.stat()
                except FileNotFoundError:
                    continue
    return found


def _sign(status: os.stat_result) -> str:
    """Return what is another when a file was written, replaced or given other rights."""
    return f"{status.st_mtime_ns:x}-{status.st_ctime_ns:x}-{status.st_size:x}-{status.st_ino:x}"


def _name(state: Signs) -> str:
    """Return the validator of a folder in a state."""
    written = "\n".join(f"{name}\0{sign}" for name, sign in sorted(state.items()))
    return hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()


def _unchanged(feed: Feed) -> FetchResult:
    """Return the answer that nothing is new."""
    return FetchResult(304, feed.url, {}, b"", feed.etag, None, not_modified=True)


def _answer(
    url: str, body: bytes, etag: str | None, *, parts: tuple[FetchResult, ...] | None = None, unread: Sequence[str] = ()
) -> FetchResult:
    """Return an answer as a server would give it."""
    return FetchResult(200, url, {}, body, etag, None, parts=parts, unread=tuple(unread))


def _trouble(error: OSError) -> tuple[str, str]:
    """Return in a word why a file could not be read, and what a person should know."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file", "nothing is there; check the path and whether its drive is there"
    if isinstance(error, PermissionError):
        return "no permission", "the daemon may not read it; check owner and mode of the file and its folders"
    return "cannot be read", error.strerror or type(error).__name__
