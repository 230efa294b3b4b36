"""A PostgreSQL server of our own, on a port of its own: to be stopped, killed and looked into.

with own_server() as server:
    server.make_database("news")
    server.crash()
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psycopg

from benchmarks.children import cpu_of, family

OWNER = "postgres"
"""Whom the server runs as where we are root: it refuses to be root's."""

START_SECONDS = 120
"""How long a start may take: after a crash the server reads its log again."""


class NoServerError(Exception):
    """There are no programs of a PostgreSQL server on this machine."""


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def programs() -> Path:
    """Return the folder with initdb and pg_ctl, of the newest release. Raises NoServerError."""
    folders = {Path(found).resolve().parent} if (found := shutil.which("initdb")) else set()
    folders |= {found.parent for found in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    folders |= {found.parent for found in Path("/usr").glob("pgsql-*/bin/initdb")}
    if not folders:
        raise NoServerError("no initdb in PATH, /usr/lib/postgresql or /usr/pgsql-*: install the PostgreSQL server")
    return max(folders, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()])


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, in `folder`, on `port` of loopback."""

    bin: Path
    folder: Path
    port: int

    def url(self, database: str) -> str:
        """Return the address of a database as the configuration wants it."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{database}"

    def libpq(self, database: str) -> str:
        """Return the address of a database as libpq wants it."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """Return a connection; each statement is a transaction of its own."""
        return psycopg.connect(self.libpq(database), autocommit=True)

    def make_database(self, name: str) -> str:
        """Make a database and return its address."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def crash(self) -> None:
        """End all processes of the server at once, as a power cut does, and start it again."""
        _run(self.bin / "pg_ctl", "restart", "-w", "-t", START_SECONDS, "-m", "immediate", *self._there())

    def start(self) -> None:
        """Start."""
        _run(self.bin / "pg_ctl", "start", "-w", "-t", START_SECONDS, *self._there())

    def stop(self) -> None:
        """End all processes of the server at once; its folder is not needed any more."""
        _run(self.bin / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.folder / "data")

    def cpu_of_parts(self, application: str = "") -> dict[str, float]:
        """Return the CPU seconds of its processes: of the connections that call themselves so, and of all others.

        Connections that are closed count among the others.
        """
        with self.connect() as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
            pids = {int(str(pid)) for (pid,) in connection.execute(query, (application,)).fetchall()}
        head, *others = self._pids()
        own = sum(cpu_of(pid) for pid in others if pid in pids)
        rest = sum(cpu_of(pid) for pid in (head, *others) if pid not in pids)
        return {"application": own, "rest": rest + _ended_cpu(head)}

    def _there(self) -> tuple[str | Path, ...]:
        return "-D", self.folder / "data", "-l", self.folder / "log"

    def _pids(self) -> list[int]:
        head = int((self.folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])
        return [head, *family(head)]


@contextmanager
def own_server(settings: Mapping[str, str | int] = MappingProxyType({})) -> Iterator[Server]:
    """Make a server, start it, and take it away in the end. Raises NoServerError.

    settings   of postgresql.conf, beside those it has from its makers; what is committed survives a crash
    """
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = Server(found, folder, free_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        _run(found / "initdb", "-D", folder / "data", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale")
        ours = {"port": server.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, **settings}
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in ours.items())
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str | Path | int) -> None:
    """Run a program of the server as whom it may run."""
    owner = pwd.getpwnam(OWNER) if os.geteuid() == 0 else None
    done = subprocess.run(  # noqa: S603 - ours
        [str(part) for part in command],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd="/",
        user=owner.pw_uid if owner else None, group=owner.pw_gid if owner else None, extra_groups=[] if owner else None,
    )  # fmt: skip
    if done.returncode:
        raise OSError(f"{' '.join(str(part) for part in command)}: {done.stderr.decode(errors='replace')}")


def _ended_cpu(pid: int) -> float:
    """Return the CPU seconds of the processes that `pid` started and that have ended (proc(5), cutime and cstime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
