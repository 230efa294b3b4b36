"""The article behind an item, for feeds whose articles are read."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.core.types.items import EditedItem


@dataclass(frozen=True, slots=True)
class Article:
    """What the page behind an item holds.

    headline   what the page says its title is, on one line; "" for none
    text       plain text without what surrounds an article, paragraphs apart by blank lines; "" when none was found
    url        the address that the page gives as its own, or ""
    lang       language that the page declares, or None
    """

    headline: str
    text: str
    url: str = ""
    lang: str | None = None


class ArticleState(StrEnum):
    """What is known of the article behind an item."""

    WAITING = "waiting"  # not read yet
    READ = "read"  # its text belongs to the item
    UNUSED = "not used"  # what stands at its address is not the article
    FAILED = "failed"  # given up
    GONE = "gone"  # was read once, and is there no more


@dataclass(frozen=True, slots=True)
class ArticleCourse:
    """What asking for an article taught; see `core/articles.py` for what makes each of the states.

    state                 of the article
    attempts              failures in a row
    missing_since_at      first of the answers in a row that said there is no such page, or None
    etag, last_modified   validators as the server sent them with the words that are stored
    headline              of the page, as it was last told; "" while unknown
    error                 why there is none, or why it is not used; None when it was read
    """

    state: ArticleState = ArticleState.WAITING
    attempts: int = 0
    missing_since_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    headline: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """The article behind an item, about to be looked at.

    feed_name, feed_tags, feed_url, guid, lang   of its item
    host           of its address
    alerting       whether hits of it alert, and `old_news` why they do not; as for its item
    wanted         False when its feed is polled no more, or its articles are not read any more
    told_at        when somebody was first told of the item, or None
    withdrawn_at   when its publisher was found to have taken it back, or None
    """

    item_id: int
    url: str
    host: str
    guid: str
    lang: str | None
    feed_name: str
    feed_tags: tuple[str, ...]
    feed_url: str
    alerting: bool
    wanted: bool
    course: ArticleCourse
    told_at: datetime | None = None
    withdrawn_at: datetime | None = None
    old_news: str = ""


@dataclass(frozen=True, slots=True)
class ArticleLook:
    """Everything one look at an article changes, committed in one transaction.

    course      what is known of it from here on
    again_at    when to ask again because the answer was of no use; None leaves that to the schedule of looks
    edit        new words of its item, or None
    withdrawn   True when the publisher took the item back, False when it is there again, None when neither
    """

    item_id: int
    looked_at: datetime
    course: ArticleCourse
    again_at: datetime | None = None
    edit: EditedItem | None = None
    withdrawn: bool | None = None
