"""What an update of an alert says: reports that are new, and what became of those that the receiver knows.

Notices from before items had versions lack what is told here; they wait in the outbox over an upgrade.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.occasion import CHANGED
from monitor.core.types import Change, NoticeHit, NoticeItem, Severity
from monitor.render.plain import count, isolate, moment, one_line

SEVERAL = {
    Change.WITHDRAWN: ("report", "withdrawn"),
    Change.RESTORED: ("report", "published again"),
    Change.HEADLINE: ("headline", "changed"),
}
"""Changes as they are counted."""


@dataclass(frozen=True, slots=True)
class Note:
    """What became of an item after it was first seen: a label, and words such as the new headline, or ""."""

    label: str
    words: str = ""


def update_title(severity: Severity, headline: str, groups: Sequence[Sequence[NoticeHit]]) -> str:
    """Return "Critical, 2 new reports: title" or "Critical, headline changed: new title".

    groups   the hits of each item
    """
    changes = _changes(groups)
    if len(groups) == 1 and changes:
        item = groups[0][0]["item"]
        now_titled = one_line(item.get("headline") or "") or headline
        return f"{severity.capitalize()}, {CHANGED[changes[0]]}: {isolate(now_titled)}"
    return f"{severity.capitalize()}, {', '.join(_counted(groups))}: {isolate(headline)}"


def update_summary(groups: Sequence[Sequence[NoticeHit]]) -> str:
    """Return how much there is to read: "2 new reports from 2 feeds, 1 headline changed"."""
    new = [group for group in groups if change_of(group) is None]
    parts = _counted(groups)
    return ", ".join([from_feeds(parts[0], new), *parts[1:]] if new else parts)


def from_feeds(reports: str, groups: Sequence[Sequence[NoticeHit]]) -> str:
    """Return "2 reports from 2 feeds"."""
    return f"{reports} from {count(len({hit['item']['feed']['url'] for group in groups for hit in group}), 'feed')}"


def change_of(hits: Sequence[NoticeHit]) -> Change | None:
    """Return what changed of an item all of whose hits the receiver knows, else None: it is told as a new report."""
    changes = [hit["item"].get("change") for hit in hits]
    return Change(changes[0]) if changes[0] and all(changes) else None


def version_of(hit: NoticeHit) -> int:
    """Return the number of the version that a hit was made from."""
    return hit["item"].get("version", 1)


def notes_of(item: NoticeItem, hits: Sequence[NoticeHit]) -> tuple[Note, ...]:
    """Return what became of an item.

    item   as it is shown, in the newest of the versions that `hits` were made from
    """
    notes = []
    if withdrawn_at := item.get("withdrawn_at"):
        notes.append(Note("Withdrawn by the publisher", f"(found {moment(withdrawn_at)})"))
    changes = {hit["item"].get("change") for hit in hits}
    if headline := item.get("headline"):
        notes.append(Note("Headline changed, now:", one_line(headline)))
    elif Change.HEADLINE in changes:
        before = next((hit["item"]["title"] for hit in hits if hit["item"].get("headline")), "")
        notes.append(Note("Headline changed, before:", one_line(before)) if before else Note("Headline changed back"))
    if Change.RESTORED in changes and not withdrawn_at:
        notes.append(Note("Published again"))
    return tuple(notes)


def _changes(groups: Sequence[Sequence[NoticeHit]]) -> list[Change]:
    """Return the changes of known items."""
    return [change for change in map(change_of, groups) if change is not None]


def _counted(groups: Sequence[Sequence[NoticeHit]]) -> list[str]:
    """Return what there is of each kind: "2 new reports", "1 headline changed"."""
    changes = _changes(groups)
    new = len(groups) - len(changes)
    parts = [count(new, "new report")] if new or not changes else []
    for change, (noun, became) in SEVERAL.items():
        if number := changes.count(change):
            parts.append(f"{count(number, noun)} {became}")
    return parts
