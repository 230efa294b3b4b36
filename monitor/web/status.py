"""What the pages know of this process beyond the rows."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.actions import Checked
from monitor.config.watchlists import LoadedWatchlists
from monitor.core import vitals
from monitor.core.channel_rest import ChannelRest
from monitor.core.coverage import Coverage, counted, warnings
from monitor.core.vitals import Vitals
from monitor.errors import StoreError
from monitor.jobs.context import Context
from monitor.jobs.vitals import examine
from monitor.store.database import Database
from monitor.store.nodes import Node, idle_roles
from monitor.web.limits import WRONG, Limit


@dataclass
class Status:
    """Filled and changed by the daemon, read by the pages.

    config_error   why the last reload was refused, or None; the configuration before it is in force
    token          asked for on every page, good for all, or None
    notice         what everybody who looks should be told, or None
    coverage       how the feeds were doing when the daemon last looked, or None before that
    vitals         what the daemon saw when it last looked at itself, or None where it does not
    rests          channels that had failed and not worked since then, by key
    nodes          processes that share the work, this one among them; none for SQLite
    roles          what nodes can be there for
    checks         name of a part to what is wrong with it now, or None
    public_url     address under which others reach the pages, or None
    session_secret signs sessions and forms, "" until one was needed
    wrong_tokens   how many wrong tokens came from where
    watchlist_in_force   version that all nodes should match with, "" where there is one node
    current        returns what the jobs work with now, or None where no job runs
    lists          the watchlists in force, or None before they are read
    checked        what the last check of watchlists found that somebody asked for, or None
    """

    db: Database
    started_at: datetime
    clock: Callable[[], datetime]
    config_path: str
    config_loaded_at: datetime
    config_error: str | None = None
    token: str | None = None
    public_url: str | None = None
    session_secret: str = field(default="", repr=False)
    wrong_tokens: Limit = field(default_factory=lambda: Limit(WRONG), repr=False)
    notice: str | None = None
    coverage: Coverage | None = None
    vitals: Vitals | None = None
    rests: Mapping[str, ChannelRest] = field(default_factory=dict)
    nodes: Sequence[Node] = ()
    roles: tuple[str, ...] = ()
    watchlist_version: str = ""
    watchlist_in_force: str = ""
    watchlists: int = 0
    entities: int = 0
    rules: int = 0
    checks: dict[str, Callable[[], str | None]] = field(default_factory=dict)
    current: Callable[[], Context] | None = None
    lists: LoadedWatchlists | None = None
    checked: Checked | None = None
    _seen: float = 0.0

    def health(self) -> tuple[bool, dict[str, str]]:
        """Return whether the daemon can do its work, and for each part "ok" or what is wrong.

        A refused reload is told but the daemon stays ready: the configuration before it is in force.
        """
        found = {"database": self._database(), **{name: check() for name, check in self.checks.items()}}
        if self.vitals is not None:
            age = timedelta(seconds=time.monotonic() - self._seen)
            found |= vitals.checks(self.vitals, age=age, up=self.clock() - self.started_at)
        parts = {name: problem or "ok" for name, problem in found.items()}
        refused = (
            f"in force since {self.config_loaded_at:%Y-%m-%d %H:%M:%SZ}, a change was refused: {self.config_error}"
        )
        parts["configuration"] = refused if self.config_error else "ok"
        return not any(found.values()), parts

    def troubles(self) -> list[str]:
        """Return why the daemon cannot do its work, in one line for each part, as it saw itself; none is looked for."""
        if self.vitals is None:
            return []
        _, parts = self.health()
        return [f"{name}: {said}" for name, said in parts.items() if said != "ok" and name != "configuration"]

    def warnings(self) -> list[str]:
        """Return what should be looked into although the daemon can do its work; no name of a feed, no row is read."""
        found = ["a change of the configuration was refused"] if self.config_error else []
        shut = sum(rest.rests(self.clock()) for rest in self.rests.values())
        if shut:
            found.append(f"{counted(shut, 'channel')} not working, what waits is kept; see: monitor status")
        found += vitals.warnings(self.vitals) if self.vitals else []
        if idle := idle_roles(self.nodes, self.roles):
            found.append(f"no node does: {', '.join(idle)}; see: monitor status")
        return found + (warnings(self.coverage, now=self.clock()) if self.coverage else [])

    def see(self, found: Vitals) -> None:
        """Take what the daemon saw when it looked at itself just now."""
        self.vitals, self._seen = found, time.monotonic()

    def look(self) -> Vitals:
        """Return how the daemon itself is doing: as it last saw, else as it is now."""
        if self.vitals is not None:
            return self.vitals
        return examine(self.db, now=self.clock(), context=self.current() if self.current else None)

    def _database(self) -> str | None:
        """Return what is wrong with the database, or None; one that is full can be read, and takes nothing.

        One that hangs would hang whoever asks, too: so where the daemon looks by itself, it is told what that found.
        """
        if self.vitals is not None:
            return self.vitals.database or self.db.refusal()
        try:
            self.db.ping()
        except StoreError as error:
            return str(error)
        return self.db.refusal()
