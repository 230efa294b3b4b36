"""One poll: ask a feed, read the answer, match what is new; what it tells about the host goes along."""

import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import structlog

from monitor.core.own_limits import own_limit
from monitor.core.polling import reason_of
from monitor.core.types import Feed, FetchResult, HostRest, PollOutcome
from monitor.errors import FetchError, StoreError
from monitor.guard import causes
from monitor.jobs import metrics
from monitor.jobs.context import Context
from monitor.jobs.hosts import Hosts, Place
from monitor.jobs.reading import failed, read_answer

log = structlog.get_logger()


async def poll_feed(context: Context, feed: Feed, hosts: Hosts, place: Place) -> PollOutcome:
    """Return what one poll of `feed` found; never raises for anything the feed or its server did.

    place   where the first request goes, with its turn; redirects take it along
    """
    began, polled_at, asking = time.perf_counter(), context.clock(), Asking(hosts, place, feed)
    try:
        result = await asking.fetch(context)
        outcome = await read_answer(context, feed, result, polled_at=polled_at)
    except FetchError as error:
        outcome = failed(context, feed, error, polled_at=polled_at)
    except StoreError:
        raise  # the database's trouble is not the feed's
    except Exception as error:  # a document that trips our reader must not stop the other feeds
        trouble = own_limit(causes(error))
        if trouble is None:
            log.exception("poll crashed", feed=feed.url)
            trouble = FetchError("internal error", f"{type(error).__name__} while reading; please report this feed")
        outcome = failed(context, feed, trouble, polled_at=polled_at)
    seconds = time.perf_counter() - began
    kind = _kind(outcome)
    metrics.POLL_SECONDS.observe(seconds)
    metrics.POLLS.labels(kind).inc()
    if outcome.error is not None and not outcome.put_off:
        metrics.POLL_FAILURES.labels(reason_of(outcome.error)).inc()
    _tell(feed, outcome, seconds)
    return replace(outcome, rests=asking.rests) if asking.rests else outcome


@dataclass
class Asking:
    """The requests of one poll, and what they told about the hosts they went to."""

    hosts: Hosts
    place: Place
    feed: Feed
    rests: dict[str, HostRest | None] = field(default_factory=dict)

    async def fetch(self, context: Context) -> FetchResult:
        """Return the answer. Raises FetchError."""
        try:
            result = await context.fetcher.fetch(self.feed, going_to=self._go)
        except FetchError as error:
            self._note(error)
            raise
        self._note(None)
        return result

    async def _go(self, host: str) -> None:
        """Take the place along; a host that leads to another one has answered."""
        if host != self.place.host:
            self._note(None)
            await self.place.move(host)

    def _note(self, error: FetchError | None) -> None:
        """Keep what the answer of the host at hand tells."""
        self.rests |= self.hosts.judge(self.place.host, feed_id=self.feed.id, error=error)


def _kind(outcome: PollOutcome) -> str:
    """Return in a word what a poll came to."""
    if outcome.put_off:
        return "put off"
    return "failed" if outcome.error else "new" if outcome.items else "edited" if outcome.edits else "unchanged"


def _tell(feed: Feed, outcome: PollOutcome, seconds: float) -> None:
    """Log a poll, and what an operator should know of the feed from here on."""
    tell = log.warning if outcome.error else log.info if outcome.items or outcome.edits else log.debug
    tell(
        "poll",
        feed=feed.name or feed.url,
        status=outcome.status,
        new=len(outcome.items),
        edited=len(outcome.edits),
        hits=sum(len(item.matches) for item in outcome.items),
        error=outcome.error,  # of one put off: why
        seconds=round(seconds, 3),
    )
    before, after = feed.course, outcome.course
    if after.retired_at is not None and before.retired_at is None:
        log.warning("feed retired", feed=feed.url, reason=outcome.wait_reason)
    if after.rolled_over_at is not None and after.rolled_over_at != before.rolled_over_at:
        metrics.ROLLOVERS.inc()
        log.warning("feed rolled over", feed=feed.url, reason="all it shows is new, items before may have been missed")
    if after.moved_to is not None and after.moved_to != before.moved_to:
        log.info("feed moved", feed=feed.url, host=urlsplit(after.moved_to).hostname)
