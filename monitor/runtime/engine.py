"""Where Procrastinate lives in the database, and how a job of it ends while the database is away."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import structlog
from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from monitor.store.database import CONNECTING, PATIENCE

LOCK_KEY = 0x6576_656E
"""PostgreSQL advisory lock under which one node makes the engine's tables while the others wait ("even")."""

APPLICATION = "event-monitor engine"
"""What the engine's connections are called in pg_stat_activity, so that what they take can be told from the rest."""

END_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between attempts to say that a job has ended: a database restarts within some ten seconds."""

log = structlog.get_logger()


def schema_name() -> str:
    """Return the PostgreSQL schema of the engine's tables, named after how they are made.

    So another release of the engine has tables of its own, and nothing is ever migrated: what is in them may be lost.
    """
    return f"monitor_engine_{hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()[:8]}"


def connection_string(database: str) -> str:
    """Return libpq's form of the address of our rows, where the tables of the engine come first.

    Its connections have the limits of ours: a node that hangs while it gives the engine a job, or vanished, would keep
    all others from giving that one.
    """
    place, _, query = database.partition("?")
    known = [one for one in query.split("&") if one and not one.startswith("prepare_threshold=")]  # no word of libpq
    address = "postgresql" + place.removeprefix("postgresql+psycopg") + ("?" + "&".join(known) if known else "")
    given = conninfo_to_dict(address)
    own = str(given.get("options") or "")
    limits = [f"-c {name}={span}" for name, span in PATIENCE.items() if name not in own]
    options = " ".join([own, *limits, f"-c search_path={schema_name()}"]).strip()
    ways = {name: value for name, value in CONNECTING.items() if name not in given}
    return make_conninfo(address, **(ways | {"options": options, "application_name": APPLICATION}))


async def lay_tables(address: str) -> None:
    """Make the tables of the engine where there are none; one node does, the others wait. Raises psycopg.Error."""
    name = schema_name()
    async with await psycopg.AsyncConnection.connect(address) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        found = await connection.execute("SELECT to_regclass(%s)", [f"{name}.procrastinate_jobs"])
        if await found.fetchone() == (None,):
            await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
            await connection.execute(SchemaManager.get_schema())


class Jobs(JobManager):
    """The engine's own manager of jobs, patient when a job ends while the database is away.

    A job that is not ended stays "running" under a node that lives, and nothing would ever run under its key again.
    """

    def __init__(self, connector: BaseAsyncConnector, stopping: asyncio.Event, held: dict[int, Job]) -> None:
        """Take what is set when the node stops, and where to keep the jobs that it took and has not ended, by id."""
        super().__init__(connector)
        self._stopping = stopping
        self._held = held
        self.on_lost: Callable[[], Any] = lambda: None
        """Called when a job could not be ended: the node has to begin anew, under another name."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take a job, or None where there is none to take."""
        job = await super().fetch_job(queues, worker_id)
        if job is not None and job.id is not None:
            self._held[job.id] = job
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """End a job. One that is not there any more was taken for a dead node's, or the tables were emptied."""
        for pause in (*END_PAUSES, None):
            try:
                await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                if isinstance(error.__cause__, psycopg.errors.RaiseException):
                    log.info("job was ended by others", job=job.lock)
                    self._let_go(job)
                    return
                if pause is None or self._stopping.is_set():
                    log.warning("job not ended", job=job.lock, error=str(error.__cause__ or error))
                    self.on_lost()
                    return
                await asyncio.sleep(pause)
            else:
                self._let_go(job)
                return

    def _let_go(self, job: Job) -> None:
        """Hold a job no longer."""
        if job.id is not None:
            self._held.pop(job.id, None)
