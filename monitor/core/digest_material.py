"""What the rows say of a period: the facts that a digest is composed of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.surge import Surge
from monitor.core.types import Change, Mention, Severity


@dataclass(frozen=True, slots=True)
class StoryMaterial:
    """A story with reports in the period: the words of its gravest and first hit, and who told it.

    item_id, text and mentions are of that hit's item in the version that the hit was made from, as is the title;
    publishers tell it independently of each other.
    """

    title: str
    url: str
    severity: Severity
    why: str
    feeds: tuple[str, ...]
    reports: int
    first_at: datetime
    lang: str | None
    last_at: datetime | None = None
    publishers: int = 0
    item_id: int = 0
    text: str = ""
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleMaterial:
    """An item that something rests upon."""

    item_id: int
    title: str
    url: str
    feed: str
    at: datetime
    lang: str | None


@dataclass(frozen=True, slots=True)
class NameMaterial:
    """An entity, or a spelling of one, that was found for the first time within the period."""

    entity: str
    spelling: str
    at: datetime
    article: ArticleMaterial | None


@dataclass(frozen=True, slots=True)
class ChangeMaterial:
    """An item with hits that was withdrawn, or that has another headline than `was`."""

    change: Change
    was: str
    article: ArticleMaterial


@dataclass(frozen=True, slots=True)
class ChannelMaterial:
    """A channel with deliveries that were given up, or that failed and wait."""

    channel: str
    dead: int
    waiting: int
    error: str


@dataclass(frozen=True, slots=True)
class FailureMaterial:
    """A span in which a feed failed or was silent; until_at None while it lasts."""

    name: str
    url: str
    error: str
    since_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits of a period: all, by watchlist, and items by entity they name, with the publishers of those."""

    hits: int
    watchlists: Mapping[str, int]
    entities: Mapping[str, int]
    publishers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DigestMaterial:
    """What the rows say of a period and of those before it.

    past            the periods of the same length before this one that were watched, oldest first
    stories         gravest first, then most reports; the first ones of stories_total
    entity_names    names of all entities counted, by id
    feeds_quiet     that are silent against their own rhythm, feeds_retired those that were given up,
                    feeds_paused those that somebody paused, as it is now
    feeds_missed    entries of which may have gone by unseen within the period
    edited          items with hits whose newest version is of the period; withdrawn those taken back within it
    changes         the first of those that were withdrawn or have another headline
    surges          names that surge, with what they rest upon
    new_entities    found for the first time, new_spellings those of entities that were found before
    """

    items: int
    now: Counts
    before: Counts
    entity_names: Mapping[str, str]
    stories: Sequence[StoryMaterial]
    stories_total: int
    feeds_total: int
    feeds_failed: Sequence[FailureMaterial]
    deliveries_failed: int
    edited: int = 0
    withdrawn: int = 0
    feeds_quiet: Sequence[FailureMaterial] = ()
    feeds_missed: Sequence[FailureMaterial] = ()
    feeds_retired: Sequence[FailureMaterial] = ()
    feeds_paused: Sequence[FailureMaterial] = ()
    past: Sequence[Counts] = ()
    changes: Sequence[ChangeMaterial] = ()
    surges: Sequence[tuple[Surge, Sequence[ArticleMaterial]]] = ()
    new_entities: Sequence[NameMaterial] = ()
    new_spellings: Sequence[NameMaterial] = ()
    channels: Sequence[ChannelMaterial] = ()
