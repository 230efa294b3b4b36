"""The subscription to the hub that a feed names, as columns beside those of its feed."""

from sqlalchemy import ColumnElement, RowMapping

from monitor.core.types import HubMode, Subscription
from monitor.store.tables import SubscriptionRow

SUBSCRIPTION = SubscriptionRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

_FIELDS = (
    "id",
    "hub",
    "topic",
    "named",
    "asking",
    "attempts",
    "next_attempt_at",
    "lease_until_at",
    "verified_at",
    "denied_at",
    "pushed_at",
    "missed_at",
    "error",
)

NAMED_ONE: ColumnElement[bool] = SUBSCRIPTION.c.named
"""The condition for the one that is named; the index of the same words finds it."""

NAMED_COLUMNS = tuple(SUBSCRIPTION.c[name].label(f"subscription_{name}") for name in _FIELDS)
"""Columns of a subscription under names that no column of a feed has."""


def read_named(row: RowMapping) -> Subscription | None:
    """Return the subscription in a row with NAMED_COLUMNS, or None where there is none."""
    if row["subscription_id"] is None:
        return None
    values = {name: row[f"subscription_{name}"] for name in _FIELDS}
    return Subscription(**values | {"asking": HubMode(values["asking"]) if values["asking"] else None})
