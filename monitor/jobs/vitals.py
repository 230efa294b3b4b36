"""[rows, machine] -> how the daemon itself is doing; looked at now and then, and told to whoever asks meanwhile."""

from datetime import datetime, timedelta

from monitor.core.vitals import Vitals, Waits
from monitor.errors import StoreError
from monitor.jobs.context import Context
from monitor.jobs.websub import callback_base
from monitor.machine import disk_of, memory, open_files
from monitor.store import migrate, waiting
from monitor.store.database import Database


def examine(db: Database, *, now: datetime, context: Context | None, stall: timedelta = timedelta(0)) -> Vitals:
    """Return how the daemon is doing; call it in a thread.

    context   what the jobs work with, or None where no job runs
    stall     longest time that the event loop stood still since the look before
    """
    waits, schema = None, None
    try:
        waits, schema, trouble = _waits(db, context, now=now), _schema(db), db.refusal()
    except StoreError as error:
        trouble = str(error)
    return Vitals(
        database=trouble,
        schema=schema,
        waits=waits,
        disk=None if db.path is None else disk_of(db.path.parent),
        memory=memory(),
        files=open_files(),
        stall=stall,
    )


def _waits(db: Database, context: Context | None, *, now: datetime) -> Waits:
    """Return how long what is due waits, by what the configuration asks for."""
    if context is None:
        return waiting.waits(db, now=now, pace={}, hubs=False)
    pace = {key: max(rate.per for rate in rates) for key, rates in context.rates.items() if rates}
    return waiting.waits(db, now=now, pace=pace, hubs=callback_base(context.settings) is not None)


def _schema(db: Database) -> str | None:
    """Return why the tables are not those that this release works with, or None."""
    current, head = migrate.status(db)
    if current == head:
        return None
    if current is None or migrate.knows(current):
        return f"the tables are those of an older release ({current}, not {head}): monitor db upgrade, or restart"
    return f"the tables are those of a newer release ({current}, not {head}): install that one, and restart"
