"""What was decided of hits, beside them."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from monitor.core.types import Decision, Fate
from monitor.store.hits import HIT

CHUNK = 500
"""Hits in one statement."""


def decision_row(one: Decision) -> dict[str, Any]:
    """Return a decision as it is stored; what is empty or None is left out."""
    given = {field.name: getattr(one, field.name) for field in fields(Decision)}
    stored = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}
    return {name: value for name, value in stored.items() if value not in (None, "") or name == "route"}


def read_decision(row: Mapping[str, Any]) -> Decision:
    """Return a stored decision."""
    due_at = datetime.fromisoformat(row["due_at"]) if "due_at" in row else None
    given = {"way": "", **row, "at": datetime.fromisoformat(row["at"]), "due_at": due_at, "fate": Fate(row["fate"])}
    return Decision(**given)


def add_decision(connection: Connection, hit_ids: Collection[int], decided: Decision) -> None:
    """Put a decision behind those that hits have."""
    ids, row = sorted(hit_ids), decision_row(decided)
    for start in range(0, len(ids), CHUNK):
        query = select(HIT.c.id, HIT.c.decisions).where(HIT.c.id.in_(ids[start : start + CHUNK]))
        rows = [{"hit": one.id, "decided": [*one.decisions, row]} for one in connection.execute(query).all()]
        if rows:
            statement = update(HIT).where(HIT.c.id == bindparam("hit")).values(decisions=bindparam("decided"))
            connection.execute(statement, rows)
