"""The processes that share the work: each names itself on its connections, and PostgreSQL knows who is connected.

Nothing is written, and a process that died is gone with its connections; one that hangs is told by when it last asked.
Source: PostgreSQL's manual, 28.2.3, pg_stat_activity; a name has 63 bytes (NAMEDATALEN).
"""

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from monitor.store.database import Database

MARK = "monitor"
"""First word of the names: other programs may be connected, too."""

NAME_BYTES = 63

NAME_WORDS = 4
"""MARK, release, roles, process and machine."""

SILENT = timedelta(seconds=30)
"""After how long without a question a process is told to be silent; one that works asks each second, one that has only
pages each five."""


@dataclass(frozen=True, slots=True)
class Node:
    """A process: where it runs ("4711@host"), of which release, for what, and how long ago it asked the database.

    quiet   by the clock of the database
    """

    name: str
    version: str
    roles: tuple[str, ...]
    quiet: timedelta

    @property
    def silent(self) -> bool:
        """Return whether it seems to hang."""
        return self.quiet > SILENT


def connection_name(version: str, roles: Sequence[str]) -> str:
    """Return what this process calls its connections; what is too long of the machine's name is left out."""
    named = f"{MARK} {version} {','.join(roles)} {os.getpid()}@{socket.gethostname()}"
    return named.encode("ascii", "replace")[:NAME_BYTES].decode()


def list_nodes(db: Database) -> list[Node]:
    """Return the processes that work on this database, by name; none for SQLite, where there is one at most."""
    if db.dialect == "sqlite":
        return []
    query = text(
        "SELECT application_name AS name, now() - max(state_change) AS quiet FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE :mark GROUP BY application_name"
    )
    with db.read() as connection:
        rows = connection.execute(query, {"mark": f"{MARK} %"}).all()
    whole = [row for row in rows if row.name.count(" ") == NAME_WORDS - 1 and row.quiet is not None]
    return sorted((_node(row.name.split(" "), row.quiet) for row in whole), key=lambda node: node.name)


def idle_roles(nodes: Sequence[Node], roles: Iterable[str]) -> list[str]:
    """Return which of `roles` no node has that works; none where no node is known at all."""
    awake = {role for node in nodes if not node.silent for role in node.roles}
    return [role for role in roles if role not in awake] if nodes else []


def _node(words: Sequence[str], quiet: timedelta) -> Node:
    """Return what the words of a name say."""
    _, version, roles, name = words
    return Node(name, version, tuple(roles.split(",")), quiet)
