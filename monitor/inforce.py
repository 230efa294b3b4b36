"""Which watchlists are in force: those of our folder or, where several machines share the work, those of the database.

On many machines every matcher has to follow one version, and an old copy of the files on one of them must not become
it. So what is in force stands in the database. Files that change while a node runs are put in force, since somebody
edited them; a node that begins puts its own there only where there are none, and else takes those of the database.
"""

import getpass
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import structlog

from monitor.config.settings import Settings
from monitor.config.watchlists import contents_of, version_of_contents
from monitor.errors import StoreError
from monitor.store import published
from monitor.store.database import Database

PUBLISH = "monitor watchlists publish"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A folder of watchlists to take into force, and what to call with their version when they are."""

    folder: Path
    taken: Callable[[str], None] = lambda _: None


class Lists(Protocol):
    """Where the watchlists in force come from.

    in_force   version that all nodes should match with, as last seen; "" where nobody else matches
    """

    in_force: str

    def choose(self, settings: Settings) -> Chosen:
        """Return what is to be in force now. Raises ConfigError, StoreError."""

    def is_outdated(self) -> bool:
        """Return whether others are in force than were chosen last, although no file of ours changed."""

    def close(self) -> None:
        """Leave nothing behind."""


class OwnLists:
    """The files of this machine, as they are."""

    in_force = ""

    def choose(self, settings: Settings) -> Chosen:
        """Return the folder of the configuration."""
        return Chosen(settings.watchlists)

    def is_outdated(self) -> bool:
        """Return False: whoever watches the files sees it."""
        return False

    def close(self) -> None:
        """Leave nothing behind."""


class SharedLists:
    """Those of the database; belongs to one process, and its methods are called in turn."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        """Know nothing of our own files yet."""
        self._db = db
        self._clock = clock
        self._own: str | None = None
        self._tried: str | None = None
        self.in_force = ""
        self._copy: TemporaryDirectory[str] | None = None

    def choose(self, settings: Settings) -> Chosen:
        """Return our own folder when its files changed since the last look, or nobody put any in force; else a copy."""
        contents = contents_of(settings.watchlists)
        version = version_of_contents(contents)
        known = published.published(self._db)
        before, self._own = self._own, version
        changed = before not in (None, version)
        if known is None or (changed and known.version != version):
            files = {file.name: content for file, content in contents.items()}

            def put(taken: str) -> None:
                if taken != version:  # they changed again while they were read: the next look finds it
                    return
                now = self._clock()
                try:
                    new = published.publish(self._db, files, version=version, by=_who(), now=now, first=known is None)
                except StoreError:
                    self._own = before  # so that the next look finds them changed still, and puts them in force
                    raise
                if new.at == now:
                    log.info("watchlists put in force", version=new.version, by=new.by)
                self._tried = version  # where another node was quicker, the next look finds its own

            return Chosen(settings.watchlists, put)
        self._tried = known.version
        if known.version == version:
            return Chosen(settings.watchlists)
        log.warning(
            "other watchlists are in force than the files here",
            files=version,
            in_force=known.version,
            by=known.by,
            cure=f"to put these in force: {PUBLISH} {settings.watchlists}",
        )
        return Chosen(self._unpack())

    def is_outdated(self) -> bool:
        """Return whether others are in force than were chosen last. Raises StoreError."""
        known = published.published(self._db)
        self.in_force = known.version if known is not None else ""
        return known is not None and known.version != self._tried

    def close(self) -> None:
        """Delete our copy."""
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _unpack(self) -> Path:
        """Return a folder with the files in force; the one before is gone."""
        found = published.read_files(self._db)
        assert found is not None, "what was put in force is replaced, and never taken away"
        known, files = found
        self.close()
        self._copy = TemporaryDirectory(prefix="event-monitor-watchlists-")
        for name, content in files.items():
            (Path(self._copy.name) / name).write_bytes(content)
        self._tried = known.version
        return Path(self._copy.name)


def _who() -> str:
    """Return whose files these are, as far as the system knows: who runs the daemon, and where."""
    name = "?"
    with suppress(OSError, KeyError):  # a container's user may have no name
        name = getpass.getuser()
    return f"{name}@{socket.gethostname()}"


def lists_for(settings: Settings, db: Database, clock: Callable[[], datetime]) -> Lists:
    """Return where the watchlists come from, for what does the work."""
    return SharedLists(db, clock) if settings.runtime.shared else OwnLists()
