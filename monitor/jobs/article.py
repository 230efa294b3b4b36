"""look again -> fetch -> extract -> is it the article? -> match -> [words of items, hits, what is known of articles].

One call looks at every article that is due: new ones, those whose last answer was of no use, and those of items that
somebody was told of. Of each host one article is asked for at a time, and about one a second: nobody's page is worth a
crowd at the publisher's door. A page that fails is its own trouble alone, be it slow, hostile, or no article at all.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor.core import articles, edits
from monitor.core.addresses import host_of
from monitor.core.own_limits import own_limit
from monitor.core.polling import NOT_ASKED
from monitor.core.types import (
    Article,
    ArticleLook,
    ArticleState,
    Document,
    EditedItem,
    Feed,
    FetchResult,
    StoredArticle,
)
from monitor.errors import FetchError, StoreError
from monitor.feeds.article import READ_SECONDS, read_article
from monitor.feeds.fetch import A_PAGE
from monitor.guard import causes
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.hosts import Hosts, Place
from monitor.jobs.keys import ALERT_KEY
from monitor.jobs.matching import in_turn, match
from monitor.jobs.record import patiently
from monitor.store import articles as stored
from monitor.store import items
from monitor.store.items import StoredWords

AT_ONCE = 16
"""Articles under way: a quarter of the requests that may be in flight, so that the feeds always find room."""

PAUSE_SECONDS = 1.0
"""Least time between two looks at what is due, each of which takes one article of a host."""

log = structlog.get_logger()


class ArticleJob:
    """Looks at the articles that are due."""

    def __init__(self, current: Current, places: Hosts) -> None:
        """Take the state of the house anew for each look.

        places   at the hosts, where the polls ask them, too
        """
        self._current = current
        self._places = places
        self._reading = asyncio.Lock()  # the other process that reads documents is left to the feeds

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, all hosts
        """Look until nothing is due or under way."""
        await self._places.remember()
        async with aclosing(_Round(self._current, self._places, self._reading)) as running:
            while await running.fill() or running.tasks:
                await running.harvest()


@dataclass(frozen=True, slots=True)
class _Looked:
    """What came of one look. `patience` is how long its host asked to be left alone, None when it did not."""

    look: ArticleLook
    outcome: str
    host: str = ""
    patience: timedelta | None = None


@dataclass
class _Round:
    """The looks that are under way. `look_at` is when to find out again what is due, by the clock of the event loop."""

    current: Current
    places: Hosts
    reading: asyncio.Lock
    tasks: dict[asyncio.Task[_Looked | None], tuple[StoredArticle, Context]] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)
    look_at: float = 0.0

    async def fill(self) -> bool:
        """Start looks at what is due, one at a host; return whether there may be more."""
        room, wait = AT_ONCE - len(self.tasks), self.look_at - asyncio.get_running_loop().time()
        if room <= 0 or wait > 0:
            return True
        context = self.current()
        self.look_at = asyncio.get_running_loop().time() + PAUSE_SECONDS
        busy = [row.item_id for row, _ in self.tasks.values()]
        self.resting = {host for host in self.resting if self.places.rests(host)}  # a round may go on for hours
        without = {row.host for row, _ in self.tasks.values()} | self.resting
        due = await asyncio.to_thread(
            stored.due_articles, context.db, now=context.clock(), limit=room, busy=busy, without=without
        )
        for row in due:
            if self.places.rests(row.host):
                self.resting.add(row.host)
            else:
                self.tasks[asyncio.create_task(self._look(context, row))] = row, context
        return bool(due)

    async def harvest(self) -> None:
        """Wait for some look to end, or for the time to start others; commit every one that has."""
        wait = max(self.look_at - asyncio.get_running_loop().time(), 0.0)
        if not self.tasks:
            await asyncio.sleep(wait)
            return
        done, _ = await asyncio.wait(self.tasks, timeout=wait or PAUSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        made: dict[int, tuple[Context, list[_Looked]]] = {}
        for task in done:
            context, looked = self.tasks[task][1], task.result()
            if looked is not None:
                made.setdefault(id(context), (context, []))[1].append(looked)
        for context, looks in made.values():
            await patiently(partial(commit, context, looks), len(looks))
        for task in done:
            del self.tasks[task]

    async def aclose(self) -> None:
        """Cancel what is still under way; its articles stay due."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _look(self, context: Context, row: StoredArticle) -> _Looked | None:
        """Return what one look found, None for an item that is gone; never raises for anything the page did."""
        now = context.clock()
        if not row.wanted:
            return _Looked(articles.unwanted(row, now=now), "not wanted")
        asking = _Asking(self.places, row)
        try:
            result = await asking.fetch(context)
            if result.not_modified:
                return _Looked(articles.after_unchanged(row, now=now), "unchanged")
            async with self.reading:
                article = await context.apart.run(read_article, READ_SECONDS, result)
            return await in_turn(read, context, row, result, article, now=now)
        except FetchError as error:
            return _failed(row, error, asking.host, now=now)
        except StoreError:
            raise  # the database's trouble is not the page's
        except Exception as error:  # a page that trips our reader must not stop the others
            trouble = own_limit(causes(error))
            if trouble is None:
                log.exception("article crashed", url=row.url)
                trouble = FetchError("internal error", f"{type(error).__name__} while reading; please report this page")
            return _failed(row, trouble, asking.host, now=now)


@dataclass
class _Asking:
    """The requests of one look. `host` is the one asked last."""

    places: Hosts
    row: StoredArticle
    host: str = ""

    async def fetch(self, context: Context) -> FetchResult:
        """Return the answer, asked for as a feed is, but without the headers of its feed. Raises FetchError."""
        self.host = _host(self.row.url)
        course = self.row.course
        page = Feed(
            0, self.row.url, "", (), None, False, {}, "added", True, context.clock(), course.etag, course.last_modified
        )
        async with self.places.place(self.host, since_at=context.clock()) as place:
            return await context.fetcher.fetch(page, going_to=lambda host: self._go(place, host), wanted=A_PAGE)

    async def _go(self, place: Place, host: str) -> None:
        """Take the place along."""
        self.host = host
        await place.move(host)


def _host(url: str) -> str:
    """Return the host of an address. Raises FetchError for one that is none of the web."""
    try:
        host = host_of(url)
    except ValueError:
        host = ""
    if not host:
        raise FetchError("bad address", "expected http:// or https:// with a host")
    return host


def _failed(row: StoredArticle, error: FetchError, host: str, *, now: datetime) -> _Looked:
    """Return what came of a look that found nothing."""
    look = articles.after_failure(row, error, now=now)
    log.info("article not read", url=row.url, error=str(error), state=look.course.state.value)
    outcome = "gone" if look.withdrawn else "put off" if error.reason in NOT_ASKED else "failed"
    return _Looked(look, outcome, host, articles.patience(error))


def read(
    context: Context, row: StoredArticle, result: FetchResult, article: Article, *, now: datetime
) -> _Looked | None:
    """Return what a page means for its item, matched; None when the item is gone."""
    words = items.stored_words(context.db, [row.item_id]).get(row.item_id)
    if words is None:
        return None
    own = words.text if words.own_chars is None else words.text[: words.own_chars]
    reason = articles.why_not(words.title, own, row.url, result.url, article)
    if reason is not None:
        log.info("article not used", url=row.url, reason=reason)
        return _Looked(articles.after_other(row, reason, now=now), "not used")
    look = articles.after_article(row, article, etag=result.etag, last_modified=result.last_modified, now=now)
    edit = _edit(context, row, words, own, article)
    first = row.course.state is not ArticleState.READ
    return _Looked(replace(look, edit=edit), "read" if first else "edited" if edit else "unchanged")


def _edit(context: Context, row: StoredArticle, words: StoredWords, own: str, article: Article) -> EditedItem | None:
    """Return the new words of an item, matched; None when its article says nothing new."""
    title = articles.new_title(words.title, row.course.headline, article.headline)
    found = articles.found_text(title, own, article)
    text = f"{own}{articles.BORDER}{found}" if found else words.text
    if not edits.is_edit(words.title, words.text, title, text):
        return None
    lang, tags = row.lang or article.lang, frozenset(row.feed_tags)
    document = Document(id=row.guid, title=title, text=text, lang=lang, feed=row.feed_name, feed_tags=tags)
    return EditedItem(
        item_id=row.item_id,
        title=title,
        text=text,
        own_chars=len(own) if found else words.own_chars,
        matches=match(context, document, url=row.url, feed_url=row.feed_url),
        old_news=row.old_news,
        of_version=words.version,
    )


def commit(context: Context, looks: Sequence[_Looked]) -> None:
    """Store what looks found in one transaction, then tell the alert job."""
    exempt = context.settings.http.exempt_hosts
    recorded = stored.record_looks(
        context.db,
        [one.look for one in looks],
        patience={one.host: one.patience for one in looks if one.patience is not None and one.host not in exempt},
        watchlist_version=context.matcher.version,
        entities=context.entities,
        now=context.clock(),
    )
    for one in looks:
        metrics.ARTICLES.labels(one.outcome).inc()
    metrics.HITS.inc(recorded.hits)
    if recorded.alerting:
        context.ring("alert", ALERT_KEY)
