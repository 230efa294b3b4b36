"""The values that walk through the house, one name for each thing.

feed -> entry -> item -> mention, hit -> story -> alert -> delivery; digest beside them. All are frozen. Instants end
in `_at` and are aware UTC datetimes; spans are `timedelta`. Ids of rows are integers, ids that leave the house strings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Literal, NotRequired, TypedDict

Field = Literal["title", "text"]


class Severity(StrEnum):
    """How much a hit matters, lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for low up to 3 for critical."""
        return _SEVERITY_RANKS[self]


_SEVERITY_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Kind(StrEnum):
    """What an entity is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    EVENT = "event"
    THEME = "theme"


# --- watchlists -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write an entity.

    lang         BCP 47 language of the spelling, or None
    exact_case   the letters' case must be as written ("IS-K" is not "is k")
    not_before   words that must not follow directly ("Khalil" after "Fazlur Rehman")
    not_after    words that must not precede directly
    context      rule expression that must hold in the item for the mention to count, or None
    """

    text: str
    lang: str | None = None
    exact_case: bool = False
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organisation, place, event or theme with an id that never changes.

    type       finer than kind ("armed-group", "district", "leader"), or None
    aliases    includes the name itself unless the watchlist says otherwise
    variants   spelling variants of transliterated names match too
    context    like `Alias.context`, for every alias
    alone      a mention is a hit by itself, under the rule id `entity:<id>`
    severity   of that hit
    location   where it is, for the map: degrees north and east; None where that is nowhere in particular
    """

    id: str
    kind: Kind
    name: str
    watchlist: str
    severity: Severity
    type: str | None = None
    aliases: tuple[Alias, ...] = ()
    tags: frozenset[str] = frozenset()
    variants: bool = False
    context: str | None = None
    alone: bool = True
    notes: str = ""
    source: str = ""
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one item, in the rule language; `tags` include those of its watchlist."""

    id: str
    title: str
    when: str
    watchlist: str
    severity: Severity
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Watchlist:
    """One watchlist file."""

    id: str
    title: str
    severity: Severity
    tags: frozenset[str] = frozenset()
    entities: tuple[Entity, ...] = ()
    rules: tuple[Rule, ...] = ()


# --- matching ---------------------------------------------------------------------------------------------------------


class Tier(StrEnum):
    """How a mention was recognised, surest first."""

    EXACT = "exact"  # the letters of the alias, as folding leaves them
    INFLECTED = "inflected"  # the alias in another grammatical case
    SPELLING = "spelling"  # another transliteration of the name; less sure

    @property
    def rank(self) -> int:
        """Return 0 for the surest."""
        return _TIER_RANKS[self]


_TIER_RANKS = {tier: rank for rank, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Document:
    """What is matched: an item's words and where they came from. `id` is free; offsets count characters of a field."""

    id: str
    title: str = ""
    text: str = ""
    lang: str | None = None
    feed: str = ""
    feed_tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """An alias at an offset: `getattr(document, field)[start:end] == surface`.

    tier      how it was recognised; in the tier `exact`, surface and alias fold to the same letters
    context   the expression that had to hold in the item for the mention to count, and did; None when none was asked
    """

    entity: str
    field: Field
    start: int
    end: int
    surface: str
    alias: str
    tier: Tier = Tier.EXACT
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """An alias that was found but does not count, and why ("no context: kabul OR is-k", "case", ...)."""

    mention: Mention
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds for a document.

    entities   ids of the entities that made it hold, in order of first mention
    mentions   those entities' mentions
    why        one line for a person: which words, which rule
    held       the sub-expressions of the rule that held, each with the words that made it hold, from left to right
    tier       the least sure of the words that are told as its evidence, not always the surest that would have done
    """

    rule: str
    title: str
    watchlist: str
    severity: Severity
    tags: frozenset[str]
    entities: tuple[str, ...]
    mentions: tuple[Mention, ...]
    why: str
    held: tuple[str, ...] = ()
    tier: Tier = Tier.EXACT


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that was asked and did not hold, and the sub-expression that failed, with the words a NOT objected to."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What the matcher found in a document; mentions by field and offset, matches by severity, highest first.

    rejections, misses   what nearly counted, and why it does not; filled only when asked for
    unread               characters at the end of a document that names far more than any news does, not looked at
    """

    mentions: tuple[Mention, ...] = ()
    matches: tuple[Match, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    misses: tuple[Miss, ...] = ()
    unread: int = 0


# --- feeds, entries, items --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as the operator wrote it. `interval` None means the default of the configuration."""

    url: str
    name: str = ""
    tags: tuple[str, ...] = ()
    interval: timedelta | None = None
    full_text: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class FeedState(StrEnum):
    """How a feed is doing; see `core/polling.py` for what makes each of them."""

    HEALTHY = "healthy"
    QUIET = "quiet"
    PAUSED = "paused"
    ROLLED_OVER = "rolled over"
    RESTING = "resting"
    FAILING = "failing"
    NOT_A_FEED = "not a feed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Terms:
    """How often a publisher wants to be asked, as the last body and its headers said; in force until another body.

    fresh        how long an answer stays fresh (Cache-Control, Expires), or None when nothing was said
    ttl          RSS 2.0's <ttl>
    skip_hours   hours of the day in UTC, 0 to 23, in which nobody should ask (RSS 2.0's <skipHours>)
    skip_days    days of the week in UTC, Monday 0 (RSS 2.0's <skipDays>)
    """

    fresh: timedelta | None = None
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Course:
    """What polling learnt of a feed and of its publisher.

    moved_to         where it moved for good (301, 308) and was found to be a feed, or None; asked in place of its url
    retired_at       when polling was given up, or None
    not_before_at    until when the publisher asked to be left alone, or None
    patience         shortest wait that the publisher seems to bear, learnt from 429, or None
    terms            what the publisher asks for
    beats            when the feed had something new, newest first; at most `core/rhythm.py` BEATS
    window           age of the oldest entry that the feed shows, or None while it drops none
    rolled_over_at   when entries were last found to have gone by unseen, or None
    """

    moved_to: str | None = None
    retired_at: datetime | None = None
    not_before_at: datetime | None = None
    patience: timedelta | None = None
    terms: Terms = Terms()
    beats: tuple[datetime, ...] = ()
    window: timedelta | None = None
    rolled_over_at: datetime | None = None


class HubMode(StrEnum):
    """What a hub is asked to do (WebSub, 5.1)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class SubscriptionState(StrEnum):
    """How a subscription is doing; see `core/websub.py` for what makes each of them."""

    FOUND = "found"
    ASKED = "asked"
    ACTIVE = "active"
    LAPSED = "lapsed"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What we have or want at the hub that a feed names (WebSub); its callback and its secret stay in the store.

    named             whether the feed names this hub and topic still
    asking            what the hub was asked for and did not verify yet, or None
    attempts          requests since the hub last verified one
    next_attempt_at   when the hub is asked next
    lease_until_at    how long the hub pushes, as it said when it verified, or None
    denied_at         when the hub denied it, or None
    pushed_at         when a push last told of the feed, or None
    missed_at         when a poll last found what no push had told, or None
    error             what last went wrong with the hub, in words, or None
    """

    id: int
    hub: str
    topic: str
    named: bool
    asking: HubMode | None
    attempts: int
    next_attempt_at: datetime
    lease_until_at: datetime | None = None
    verified_at: datetime | None = None
    denied_at: datetime | None = None
    pushed_at: datetime | None = None
    missed_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HostRest:
    """Until when a host is left alone, and why; kept until it answers, for till then it is asked one feed at a time.

    failures   rests in a row, with no answer in between
    """

    until_at: datetime
    reason: str
    failures: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A feed is not asked until a person resumes it: since when, by whom, and why."""

    at: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A stored feed with the state of its polling.

    etag, last_modified   validators as the server sent them, returned unaltered
    body_hash             of the last parsed body, without the dates around its entries
    failures              consecutive failures; 0 when the last poll went well
    failing_since_at      first of them
    polled_at, ok_at      last poll, last poll that went well
    first_polled_at       None until the first poll that went well
    status                last HTTP status, or None
    error                 last failure in words, or None
    wait_reason           why the next poll is when it is
    course                what polling learnt of it
    subscription          to the hub that it names, or None
    rest                  of the host it is asked at, when that was left alone of late
    """

    id: int
    url: str
    name: str
    tags: tuple[str, ...]
    interval: timedelta | None
    full_text: bool
    headers: Mapping[str, str]
    origin: Literal["config", "added"]
    active: bool
    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = 0
    failing_since_at: datetime | None = None
    polled_at: datetime | None = None
    ok_at: datetime | None = None
    first_polled_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    wait_reason: str = ""
    course: Course = Course()
    subscription: Subscription | None = None
    rest: HostRest | None = None
    paused: Pause | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """The little of a feed that tells how it is doing, for looks at very many; fields as in `Feed`.

    course   its retired_at, rolled_over_at, window and beats only
    """

    id: int
    url: str
    name: str
    next_poll_at: datetime
    failures: int = 0
    failing_since_at: datetime | None = None
    polled_at: datetime | None = None
    ok_at: datetime | None = None
    error: str | None = None
    course: Course = Course()
    rest: HostRest | None = None
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """One answer of a feed's server.

    body          decompressed bytes; empty for a 304
    url           the address that answered, after redirects
    headers       names in lower case
    not_modified  a 304: nothing new since the validators we sent
    moved_to      where redirects that hold for good (301, 308) led, before any other kind; None when nowhere
    parts         of a folder: its files that are new, each as an answer of its own; None for anything else
    unread        of a folder: its new files that could not be read, and why
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    etag: str | None
    last_modified: str | None
    not_modified: bool = False
    moved_to: str | None = None
    parts: tuple["FetchResult", ...] | None = None
    unread: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a body held: the feed's own title and its entries, in the feed's order; and when to ask again (see `Terms`).

    ttl          how long the feed may be kept (RSS 2.0 <ttl>), or None
    period       how often the publisher updates it (RSS module Syndication, updatePeriod / updateFrequency), or None
    skip_hours   hours of the day in UTC, 0 to 23, in which it does not change (RSS 0.91 <skipHours>)
    skip_days    days of the week in UTC, Monday is 0, on which it does not change (RSS 0.91 <skipDays>)
    hub, topic   WebSub: address of the hub that tells of changes, and the feed's own to subscribe to; "" for none
    shown        hashes of all entries the body shows, also of those that were seen before and not read again; None when
                 it could not be cut into entries and was read whole
    unread       of a folder: its new files that are no feeds or could not be read, and why
    """

    title: str
    entries: tuple[Entry, ...]
    ttl: timedelta | None = None
    period: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str = ""
    topic: str = ""
    shown: frozenset[int] | None = None
    unread: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """Everything one poll changes, committed in one transaction.

    feed            the feed as it was read before the poll
    polled_at       when the poll began
    next_poll_at    when to ask again, and `wait_reason` why
    status, error   of this poll; error None when it went well
    etag, last_modified, body_hash   to store; those of `feed` when the answer gave no others
    feed_title      name the feed gives itself, used when the operator gave none
    items, edits    entries that are new, and known ones that say something else now
    shown           hashes of the entries the feed shows now, to be known the next time; None leaves those stored alone
    course          what is known of the feed after this poll
    offer           hub and topic that the body names, both "" for none; None when no body was read
    rests           hosts that rest from now on, by name, and those that answered after a rest: None
    put_off         nothing was learnt of the feed, for a host on the way to it was not asked; only the next poll counts
    """

    feed: Feed
    polled_at: datetime
    next_poll_at: datetime
    wait_reason: str
    status: int | None = None
    error: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    feed_title: str = ""
    items: tuple[NewItem, ...] = ()
    shown: frozenset[int] | None = None
    course: Course = Course()
    edits: tuple[EditedItem, ...] = ()
    offer: tuple[str, str] | None = None
    rests: Mapping[str, HostRest | None] = field(default_factory=dict)
    put_off: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub sent and is not read yet: a whole document, or one with the new entries alone.

    feed      with the subscription that the push came by
    headers   those of use for reading it, names in lower case
    """

    id: int
    feed: Feed
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """Everything one push changes, committed in one transaction.

    Validators, the body's hash and the entries the feed showed last stay: they are those of the last poll.

    items, edits   as of a poll
    beats          as in Course, with this push
    """

    push: Push
    items: tuple[NewItem, ...] = ()
    edits: tuple[EditedItem, ...] = ()
    beats: tuple[datetime, ...] = ()

    @property
    def feed(self) -> Feed:
        """Return the feed that the push is about."""
        return self.push.feed


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


class Verdict(StrEnum):
    """What became of a hit; None in the row means the alert job has not seen it yet."""

    ALERTED = "alerted"
    DIGEST_ONLY = "digest only"  # its route's receiver has no channel
    SILENCED = "silenced"  # its note says by which silence
    INHIBITED = "inhibited"  # its note says by which hit of the same story
    ACKNOWLEDGED = "acknowledged"  # somebody knows of its story, and it is no graver than that
    OLD_NEWS = "old news"  # published too long ago when it was found; its note says how that was seen


class Fate(StrEnum):
    """What was decided of a hit for one receiver."""

    JOINED = "joined"  # an alert, which is told when it is due
    NO_CHANNEL = "no channel"  # the receiver has none that works: for the digest only
    INHIBITED = "inhibited"  # the receiver is told of another hit of the same story in its place
    SILENCED = "silenced"  # until the silence ends
    ACKNOWLEDGED = "acknowledged"  # it waits in its alert until something graver joins that
    CAPPED = "capped"  # the route had told enough for an hour; it is told with others when there is room


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a hit by one route, in words for whoever asks later, when the configuration may be another.

    route        path of the route in the tree
    way          what each route on the way there asks for: "root > [0] severity critical"
    why          what the fate follows from; "" when there is nothing to add
    alert        id of the alert that it joined, or None
    due_at       when that was to be told as things stood, and `because` of what; None when it was not to be
    publishers   that told the story by then
    """

    at: datetime
    route: str
    way: str
    receiver: str
    fate: Fate
    why: str = ""
    alert: str | None = None
    due_at: datetime | None = None
    because: str = ""
    publishers: int = 1


class Mark(StrEnum):
    """What a person said of a hit."""

    RIGHT = "right"
    WRONG = "wrong"


KEPT_BACK = frozenset({Verdict.SILENCED, Verdict.INHIBITED, Verdict.ACKNOWLEDGED})
"""Verdicts of hits that somebody would have been told of; the note beside them says what kept them back."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored item and a rule it satisfies.

    item     in the version that the hit was made from, so that the mentions fit it
    change   for a hit about to be told again: what of its item changed; None for one told for the first time
    mark     what a person said of it, `marked_by` whom and `marked_at` when; None while nobody did
    """

    id: int
    item: Item
    rule: str
    rule_title: str
    watchlist: str
    severity: Severity
    tags: frozenset[str]
    entities: tuple["EntityRef", ...]
    mentions: tuple[Mention, ...]
    why: str
    watchlist_version: str
    created_at: datetime
    verdict: Verdict | None = None
    verdict_note: str = ""
    held: tuple[str, ...] = ()
    tier: Tier = Tier.EXACT
    change: Change | None = None
    mark: Mark | None = None
    marked_by: str | None = None
    marked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity as it was when the hit was made."""

    id: str
    name: str
    kind: Kind


# --- alerts and deliveries --------------------------------------------------------------------------------------------

GROUP_KEYS = ("story", "rule", "watchlist", "entity", "feed", "severity")


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Conditions of a route; an empty one holds always. Within a key any value will do, all keys must hold.

    publishers   at least so many different feeds tell the story (product: ">=2"), or 0
    """

    severity: frozenset[Severity] = frozenset()
    watchlist: frozenset[str] = frozenset()
    rule: frozenset[str] = frozenset()
    entity: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    feed: frozenset[str] = frozenset()
    lang: frozenset[str] = frozenset()
    publishers: int = 0
    tier: frozenset[Tier] = frozenset()


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Spans of the day, by the clock of a time zone, in which a route tells nothing; one may cross midnight."""

    times: tuple[tuple[time, time], ...] = ()
    timezone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Inhibition:
    """A hit that `target` matches is not told where one of its story is told that `source` matches."""

    source: RouteMatch
    target: RouteMatch


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the routing tree with everything inherited from its parent filled in.

    path           where it stands in the tree: "" for the root, "0", "0.2", ...
    mute           its quiet hours
    max_per_hour   alerts told in any hour before the others are told together, or 0 for no limit
    """

    path: str
    receiver: str
    group_by: tuple[str, ...] = ("story",)
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(0)
    mute: QuietHours = QuietHours()
    max_per_hour: int = 0
    match: RouteMatch = RouteMatch()
    proceed: bool = False  # `continue: true` of the configuration
    routes: tuple["Route", ...] = ()


@dataclass(frozen=True, slots=True)
class SilenceSpec:
    """A silence as somebody wrote it: from `start_at` (None: from now on) until before `end_at`."""

    match: RouteMatch
    start_at: datetime | None
    end_at: datetime
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A span in which matching hits alert nobody; what it hid is told when it ends.

    origin   where it was made: in the configuration, or by command
    hidden   hits that it hid so far
    """

    id: int
    match: RouteMatch
    start_at: datetime
    end_at: datetime
    author: str
    reason: str
    origin: Literal["config", "added"]
    created_at: datetime
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """The hits that one receiver is told together.

    id            leaves the house: "alr_" and 26 letters
    group         what its hits have in common, for a person ("story 12")
    silence_id    of the silence that hid its hits, or None; such an alert is told once, when the silence ends
    notify_at     when hits not yet told are due, or None when all are told
    notified_at   last time deliveries were made
    """

    id: str
    receiver: str
    route: str
    group: str
    title: str
    severity: Severity
    story_id: int | None
    created_at: datetime
    updated_at: datetime
    notify_at: datetime | None
    notified_at: datetime | None
    hits: int = 0
    silence_id: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows of a story, or of an alert without one.

    via        by command, by the link in a message, on the dashboard, or by a program
    severity   highest that they know of; only what is graver is told still
    """

    id: int
    story_id: int | None
    alert_id: str | None
    who: str
    note: str
    at: datetime
    via: Literal["command", "link", "dashboard", "api"]
    severity: Severity


class DeliveryState(StrEnum):
    """pending until the channel took it; dead when given up, visible and retried by command."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way through one channel.

    id        "dlv_" and 26 letters; webhook-id and Message-ID, the same over all attempts
    channel   "<receiver>/<kind>", with "-2", "-3" for further channels of one kind
    notice    what is told, in the webhook's shape; rendered anew for each attempt, the same every time
    thread    id of the alert or digest it belongs to
    receipt   what the service called the message it took, or None
    """

    id: str
    channel: str
    receiver: str
    type: str
    notice: "Notice"
    thread: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None = None
    error: str | None = None
    receipt: str | None = None


NoticeType = Literal["alert.created", "alert.updated", "digest.created", "feed.failing", "feed.recovered", "test"]


class NoticeEntity(TypedDict):
    """An entity in a notice."""

    id: str
    name: str
    kind: str


class NoticeMention(TypedDict):
    """A mention in a notice; offsets into the item's title, or into its text, of which `summary` is the beginning."""

    entity: str
    field: str
    start: int
    end: int
    surface: str


class NoticeFeed(TypedDict):
    """A feed in a notice."""

    name: str
    url: str


class NoticeItem(TypedDict):
    """An item in a notice; `title` and `summary` are the first SUMMARY_CHARS characters of its title and text.

    They are those of the `version` that the hit was made from, so that the mentions fit; `headline` is the newest title
    where that says something else, else None. `change` says why the receiver is told of a hit again: "headline",
    "withdrawn" or "restored"; None when it is told for the first time.
    """

    id: str
    title: str
    url: str
    published_at: str | None
    lang: str | None
    summary: str
    feed: NoticeFeed
    version: int
    headline: str | None
    edited_at: str | None
    withdrawn_at: str | None
    change: str | None


class NoticeHit(TypedDict):
    """A hit in a notice."""

    id: str
    rule: str
    watchlist: str
    severity: str
    why: str
    entities: list[NoticeEntity]
    mentions: list[NoticeMention]
    item: NoticeItem


class NoticeAlert(TypedDict):
    """An alert in a notice.

    reports      items that tell its story, also those that this receiver is told nothing of
    publishers   that tell it independently of each other
    quiet        the receiver knows of the alert, and this is not worth a ping
    reason       why it is told now: "first report", "severity rose to critical; now 7 reports from 4 publishers"
    ack_url      page where its story is acknowledged, or None when there is no link to give
    repeated     it tells nothing new: nobody acknowledged what was told
    story_title  title of the report that began it, the same in all its notices; None where it tells several stories

    Notices about feeds, and those of older releases, lack these seven.
    """

    id: str
    title: str
    severity: str
    receiver: str
    story: str | None
    created_at: str
    url: str | None
    reports: NotRequired[int]
    publishers: NotRequired[int]
    quiet: NotRequired[bool]
    reason: NotRequired[str]
    ack_url: NotRequired[str | None]
    repeated: NotRequired[bool]
    story_title: NotRequired[str | None]


class NoticeTroubledFeed(TypedDict):
    """A feed in a notice of trouble, as it is now.

    was            the trouble it had, for one that works again: "failing" or "quiet"; else None
    since, until   the trouble began and ended; `until` None while it lasts
    because        why it is asked next when it is, or why it is asked no more
    next_poll_at   None for a feed that is asked no more
    """

    name: str
    url: str
    state: str
    was: str | None
    since: str
    until: str | None
    failures: int
    error: str | None
    last_ok_at: str | None
    last_news_at: str | None
    next_poll_at: str | None
    because: str


class NoticeDigestRow(TypedDict):
    """A watchlist or an entity in a digest: hits in the period and in the one before.

    past   hits of the known periods before this one, oldest first; older digests lack it
    """

    id: str
    name: str
    count: int
    before: int
    past: NotRequired[list[int]]


class NoticeDigestStory(TypedDict):
    """A story in a digest; `reports` items from `feeds` feeds, first one first. The rest older digests lack.

    publishers   that tell it independently of each other
    last_at      when the last report of the period came
    item         id of the item that it is told by
    summary      a stretch of that item's text around its first mention
    mentions     in the title or the summary, by offsets into them
    """

    title: str
    url: str
    severity: str
    why: str
    feeds: list[str]
    reports: int
    first_at: str
    lang: str | None
    publishers: NotRequired[int]
    last_at: NotRequired[str]
    item: NotRequired[str]
    summary: NotRequired[str]
    mentions: NotRequired[list[NoticeMention]]


class NoticeDigestArticle(TypedDict):
    """An item that something in a digest rests upon."""

    item: str
    title: str
    url: str
    feed: str
    at: str
    lang: str | None


class NoticeDigestSurge(TypedDict):
    """A name that far more publishers told than usual.

    usual      publishers that were to be expected, past those of the known periods before, oldest first
    chance     of so many or more, were all as usual
    articles   of different publishers where there are such
    """

    id: str
    name: str
    publishers: int
    usual: float
    past: list[int]
    chance: float
    articles: list[NoticeDigestArticle]


class NoticeDigestName(TypedDict):
    """An entity that was never found before, or a spelling of one that was not; `article` None when it is gone."""

    id: str
    name: str
    spelling: str
    at: str
    article: NoticeDigestArticle | None


class NoticeDigestChange(TypedDict):
    """An item with hits whose headline changed in the period (`was` is the old one), or that was withdrawn in it."""

    change: str
    was: str
    article: NoticeDigestArticle


class NoticeDigestChannel(TypedDict):
    """A channel with deliveries of the period that were given up, or that failed and wait; `error` is the last one."""

    channel: str
    dead: int
    waiting: int
    error: str


class NoticeDigestFeed(TypedDict):
    """A feed in trouble within the period: `since` when, `until` None while it lasts.

    error   why it failed or was given up; "" for one that is quiet, or may have lost items at `since`
    """

    name: str
    url: str
    error: str
    since: str
    until: str | None


class NoticeDigest(TypedDict):
    """What a period was. Stories highest severity first, then most reports; rows with most hits first.

    `edited` and `withdrawn` count items with hits; `feeds_quiet`, `feeds_missed`, `feeds_retired` and
    `feeds_paused` are as at its end.
    `past` are the hits of the known periods before, oldest first; `new_total` counts names and spellings, of which the
    first are told; `changes` are the first of the edited and withdrawn; `scheduled` is False where somebody asked for
    it in between. Older digests lack all of these.
    """

    id: str
    name: str
    title: str
    period_start: str
    period_end: str
    timezone: str
    items: int
    hits: int
    hits_before: int
    watchlists: list[NoticeDigestRow]
    entities: list[NoticeDigestRow]
    stories: list[NoticeDigestStory]
    stories_total: int
    feeds_total: int
    feeds_failed: list[NoticeDigestFeed]
    deliveries_failed: int
    url: str | None
    edited: NotRequired[int]
    withdrawn: NotRequired[int]
    feeds_quiet: NotRequired[list[NoticeDigestFeed]]
    feeds_missed: NotRequired[list[NoticeDigestFeed]]
    feeds_retired: NotRequired[list[NoticeDigestFeed]]
    feeds_paused: NotRequired[list[NoticeDigestFeed]]
    past: NotRequired[list[int]]
    surges: NotRequired[list[NoticeDigestSurge]]
    new_names: NotRequired[list[NoticeDigestName]]
    new_spellings: NotRequired[list[NoticeDigestName]]
    new_total: NotRequired[int]
    changes: NotRequired[list[NoticeDigestChange]]
    channels: NotRequired[list[NoticeDigestChannel]]
    scheduled: NotRequired[bool]


class NoticeData(TypedDict):
    """What a notice is about; the keys present depend on its type.

    Of an alert: `more_hits` are not listed, as they would make the notice too large for a machine.

    Of trouble with feeds: `feeds` are the first of `feeds_count` that it tells of, `feeds_total` all that are polled,
    `outage` whether hardly any host is reached. Where feeds work again, `still_failing` are the first of those told of
    in that thread that fail, `still_failing_count` all that are not known to work.
    """

    alert: NotRequired[NoticeAlert]
    hits: NotRequired[list[NoticeHit]]
    more_hits: NotRequired[int]
    feeds: NotRequired[list[NoticeTroubledFeed]]
    feeds_count: NotRequired[int]
    feeds_total: NotRequired[int]
    still_failing: NotRequired[list[NoticeTroubledFeed]]
    still_failing_count: NotRequired[int]
    outage: NotRequired[bool]
    digest: NotRequired[NoticeDigest]
    message: NotRequired[str]


class Notice(TypedDict):
    """What a receiver is told, in the shape a webhook gets. JSON values only."""

    type: NoticeType
    timestamp: str
    data: NoticeData


@dataclass(frozen=True, slots=True)
class Message:
    """A notice rendered for one kind of channel.

    id       the delivery's id
    title    one line of plain text
    text     plain text body; empty for webhooks, one line for chats
    html     HTML body; empty where the kind has no use for it
    body     JSON document to post; the notice itself for webhooks, blocks for Slack
    thread   messages with the same thread belong together
    parent   what the service called the first message of the thread, or None: this is the first, or it gave no name
    quiet    nobody need look up for it, where the service can do so
    """

    id: str
    type: str
    title: str
    text: str
    html: str
    body: Mapping[str, object]
    severity: Severity | None
    thread: str
    created_at: datetime
    parent: str | None = None
    quiet: bool = False


# --- digests ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DigestSpec:
    """A digest as the operator wrote it: a cron line in a time zone, and who gets it."""

    name: str
    schedule: str
    timezone: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_at` (included) to `end_at` (excluded)."""

    start_at: datetime
    end_at: datetime


def entities_by_id(watchlists: Sequence[Watchlist]) -> dict[str, Entity]:
    """Return the entities of all watchlists by id."""
    return {entity.id: entity for watchlist in watchlists for entity in watchlist.entities}
