"""Why a receiver is told of an alert now, and whether that is worth a ping."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.core.types import Alert, Change, Hit, Kind, Severity

FIRST = "first report"
"""Reason of the first notice of an alert."""

CHANGED = {
    Change.WITHDRAWN: "withdrawn by the publisher",
    Change.RESTORED: "published again",
    Change.HEADLINE: "headline changed",
}
"""What became of a report that was told before."""

NAMES = 3
"""Entities named in a reason; more are counted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands when it is about to be told.

    reports      items that tell its story
    publishers   that tell it independently of each other
    severity     highest that its receiver was told of, or None
    entities     ids of the entities that its receiver was told of
    """

    reports: int = 1
    publishers: int = 1
    severity: Severity | None = None
    entities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a notice says of itself: whether it asks for no ping, why it is sent now, whether it tells nothing new."""

    reports: int
    publishers: int
    quiet: bool
    reason: str
    repeated: bool = False


def occasion_of(alert: Alert, hits: Sequence[Hit], standing: Standing) -> Occasion:
    """Return the occasion of telling `hits`, which the receiver does not know or knows otherwise.

    The first notice of an alert is loud. A later one is only where the severity rises above what was told, or names an
    entity that was not: how many tell it is worth a line, not a ping. Nor is what a silence hid, when it has ended.
    An alert whose first hits were held back and told together with others' goes on as if it had told them.
    """
    if alert.silence_id is not None and alert.notified_at is None:
        hid = f"silence ended, it hid {len(hits)} {'hit' if len(hits) == 1 else 'hits'}"
        return Occasion(standing.reports, standing.publishers, quiet=True, reason=hid)
    if alert.notified_at is None and standing.severity is None:
        return Occasion(standing.reports, standing.publishers, quiet=False, reason=FIRST)
    new = [hit for hit in hits if hit.change is None]
    loud = [*_rise(new, standing), *_first_mentions(new, standing)]
    calm = [_counted(standing)] if new else list(dict.fromkeys(CHANGED[hit.change] for hit in hits if hit.change))
    return Occasion(standing.reports, standing.publishers, quiet=not loud, reason="; ".join([*loud, *calm]))


def after_quiet_hours(occasion: Occasion) -> Occasion:
    """Return the occasion of what was held until quiet hours ended."""
    held = "quiet hours ended"
    return replace(occasion, reason=held if occasion.reason == FIRST else f"{held}; {occasion.reason}")


def held_back(hits: Sequence[Hit], standing: Standing) -> Occasion:
    """Return the occasion of telling together what was too much to be told one by one."""
    more = f"and {len({hit.item.id for hit in hits})} more held back"
    return Occasion(standing.reports, standing.publishers, quiet=False, reason=more)


def repeated(standing: Standing, *, since: timedelta) -> Occasion:
    """Return the occasion of telling again what nobody acknowledged."""
    hours, minutes = divmod(int(since.total_seconds()) // 60, 60)
    span = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    reason = f"not acknowledged in {span or 'a minute'}"
    return Occasion(standing.reports, standing.publishers, quiet=False, reason=reason, repeated=True)


def _rise(new: Iterable[Hit], standing: Standing) -> list[str]:
    """Return that the severity rose, if it did."""
    ranks = [hit.severity.rank for hit in new]
    if standing.severity is None or not ranks or max(ranks) <= standing.severity.rank:
        return []
    return [f"severity rose to {list(Severity)[max(ranks)]}"]


def _first_mentions(new: Iterable[Hit], standing: Standing) -> list[str]:
    """Return which entities nobody was told of yet, if any. A theme is a way to speak, and no news."""
    names = {
        entity.id: entity.name
        for hit in new
        for entity in hit.entities
        if entity.kind is not Kind.THEME and entity.id not in standing.entities
    }
    if not names:
        return []
    shown, more = list(names.values())[:NAMES], len(names) - NAMES
    return [f"first mention of {', '.join(shown)}{f' and {more} more' if more > 0 else ''}"]


def _counted(standing: Standing) -> str:
    """Return "now 7 reports from 4 publishers"."""
    reports, publishers = standing.reports, standing.publishers
    return (
        f"now {reports} {'report' if reports == 1 else 'reports'} from "
        f"{publishers} {'publisher' if publishers == 1 else 'publishers'}"
    )
