"""An item: as a feed shows it, as it is stored, and how it changes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.core.types.matching import Match


@dataclass(frozen=True, slots=True)
class Entry:
    """A news item as one feed shows it, not yet stored.

    guid          identity within its feed: the feed's own id, else the link, else a hash of the content
    title, text   plain text, markup removed; text is the longer of summary and content
    lang          language that feed or entry declares, or None
    """

    guid: str
    title: str
    text: str
    url: str
    published_at: datetime | None
    lang: str | None
    author: str = ""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An entry about to be stored and what the matcher found.

    old_news   why its hits alert nobody (see `core/old_news.py`), or "" when they do
    """

    entry: Entry
    content_hash: str
    matches: tuple[Match, ...] = ()
    old_news: str = ""

    @property
    def alerting(self) -> bool:
        """Return whether its hits alert."""
        return not self.old_news


@dataclass(frozen=True, slots=True)
class EditedItem:
    """New words of an item that is stored, and what the matcher found in them.

    url            "" when it stays as it was
    content_hash   of what the feed itself says now; None when the change was not seen in the feed
    own_chars      characters at the start of `text` that are the feed's own words, what follows comes from the article;
                   None when all are
    old_news       as for new items
    of_version     version of the item that these words were put together from, which must be the newest still when they
                   are stored; None where the feed itself says all there is to say
    """

    item_id: int
    title: str
    text: str
    url: str = ""
    content_hash: str | None = None
    own_chars: int | None = None
    matches: tuple[Match, ...] = ()
    old_news: str = ""
    of_version: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A stored piece of news, in one of its versions: the newest, or for a hit the one it was made from.

    version          number of the version that title and text are of; 1 as it was first seen
    newest_version   number of the newest; greater by one with every edit
    headline         title of the newest version where that says something else than `title`, else None
    edited_at        when the newest version was seen, or None while it was never edited
    withdrawn_at     when its publisher was found to have taken it back, or None
    own_chars        characters at the start of `text` that are the feed's own words, what follows is the article's;
                     None when all are
    """

    id: int
    feed_id: int
    feed_name: str
    feed_url: str
    feed_tags: tuple[str, ...]
    guid: str
    title: str
    text: str
    url: str
    published_at: datetime | None
    fetched_at: datetime
    lang: str | None
    story_id: int | None = None
    version: int = 1
    newest_version: int = 1
    headline: str | None = None
    edited_at: datetime | None = None
    withdrawn_at: datetime | None = None
    own_chars: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What an item said from `seen_at` on, for its history."""

    number: int
    title: str
    text: str
    seen_at: datetime


class Change(StrEnum):
    """What is told of an item to those who were told of it before."""

    HEADLINE = "headline"  # its headline says something else
    WITHDRAWN = "withdrawn"  # its publisher took it back
    RESTORED = "restored"  # and published it again
