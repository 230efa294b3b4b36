"""What to do with a hub that a feed names (WebSub), and how far to trust it: pure policy.

    the feed names a hub                     ask it to subscribe us; it verifies that we meant it
    the hub verified                         active until its lease ends; asked again well before that
    the hub refused, is away, or is silent   asked again after 5 minutes, 10, 20, ... a day
    the hub denied                           asked again after a week
    removed, retired, names it no more       ask it to let us go while its lease lasts, then forget it
    the public address changed               ask it anew: the old callback may lead nowhere

Source: W3C Recommendation WebSub (w3.org/TR/websub), whose sections are named below. Numbers of ours say so. The
callback stays the same when a subscription is renewed, where 5.1.1 advises another one: the hub replaces a subscription
by its renewal only under the same callback (5.1), and would push everything twice under two.
"""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit

from monitor.core.addresses import Reach, reach, read_literal
from monitor.core.freshness import LONGEST_ASKED
from monitor.core.types import Feed, HubMode, ParsedFeed, Subscription, SubscriptionState

PATH = "/websub/"
"""Where callbacks are, below the public address; a token follows."""

LEASE = timedelta(days=10)
"""Lease that we ask for: "10 days is a good default" (8.2)."""

LONGEST_LEASE = timedelta(days=30)
"""Longest lease that is believed: who promises a year is asked after a month whether that is still so."""

RENEW_SHARE = 0.8
"""Part of a lease after which it is renewed: of ten days two are left, in which a hub may be away."""

SOONEST_RENEWAL = timedelta(minutes=5)
"""How long a hub is left alone after it verified, however short its lease is."""

FIRST_WAIT = timedelta(minutes=5)
"""Wait after the first request that came to nothing, doubled after each further one; hubs verify within a minute."""

LONGEST_WAIT = timedelta(days=1)
"""Where doubling ends: the feed is polled at its own pace meanwhile, so nothing is urgent."""

DENIED_WAIT = timedelta(days=7)
"""How long a denial is taken as final; hubs deny also what they cannot fetch at that moment."""

LEAVE_ATTEMPTS = 3
"""Requests to be let go; after that a hub hears it by the 404 or 410 that its pushes get."""

JITTER_SHARE = 0.1
"""Part of a wait that chance may add or take, so that subscriptions of one start do not stay in step."""

GRACE = timedelta(minutes=2)
"""How much later than a poll a push may tell the same and still counts as working."""

REGAIN = timedelta(days=1)
"""How long after news that no push told a hub has to work before polls become seldom again."""

ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""Methods of a signature (7.1.1)."""


class Step(Enum):
    """What to do with a subscription that is due."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    FORGET = "forget"


def offer_of(parsed: ParsedFeed) -> tuple[str, str]:
    """Return the hub and the topic that a feed names, "" and "" unless it names both (4).

    Its address is no topic in place of one that it does not name: it may hold a secret that is not the hub's to know.
    """
    return (parsed.hub, parsed.topic) if parsed.hub and parsed.topic else ("", "")


def is_other_offer(subscription: Subscription | None, offer: tuple[str, str] | None) -> bool:
    """Return whether a feed names another hub or topic than before, or none any more; None when it was not read."""
    known = (subscription.hub, subscription.topic) if subscription else ("", "")
    return offer is not None and offer != known


def callback_base(public_url: str | None, *, allow_private: bool) -> str | None:
    """Return what all callbacks begin with, or None where no hub could reach us.

    public_url      the daemon's address as others reach it, or None
    allow_private   whether hubs may be on this machine or in its own network, as `http.allow_private_networks` says
    """
    if public_url is None:
        return None
    parts = urlsplit(public_url)
    if not allow_private and not _is_public(parts.hostname or ""):
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATH}"


def _is_public(host: str) -> bool:
    """Return whether a host may be reached from elsewhere, as far as its name tells."""
    try:
        address = read_literal(host)
    except ValueError:
        return False
    return host != "localhost" if address is None else reach(str(address)) is Reach.PUBLIC


def next_step(subscription: Subscription, *, wanted: bool, now: datetime) -> Step:
    """Return what to do with a subscription that is due.

    wanted   whether its feed is polled and names it, and hubs may push at all
    """
    if wanted:
        return Step.SUBSCRIBE
    tried = subscription.asking is HubMode.UNSUBSCRIBE and subscription.attempts >= LEAVE_ATTEMPTS
    return Step.UNSUBSCRIBE if _has_lease(subscription, now) and not tried else Step.FORGET


def ask_again_at(attempts: int, *, now: datetime, jitter: float, asked: timedelta | None = None) -> datetime:
    """Return when to ask again unless the hub verifies.

    attempts   requests it did not verify, with the one that is made now, at least 1
    jitter     a random number in [0, 1)
    asked      what the hub wants us to wait (Retry-After), or None; at most LONGEST_ASKED of it counts
    """
    wait = min(FIRST_WAIT * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT) * (1 + JITTER_SHARE * jitter)
    return now + max(wait, min(asked or timedelta(0), LONGEST_ASKED))


def lease_of(seconds: str | None) -> timedelta:
    """Return the lease that a hub gives (5.3), LEASE where it does not say, as older hubs do."""
    if seconds is None or not (seconds.isascii() and seconds.isdecimal()):
        return LEASE
    return min(timedelta(seconds=int(seconds[:12])), LONGEST_LEASE)


def renew_at(lease: timedelta, *, now: datetime, jitter: float) -> datetime:
    """Return when to renew a lease that begins now: before its end by a fifth, chance making it sooner."""
    return now + max(lease * RENEW_SHARE * (1 - JITTER_SHARE * jitter), SOONEST_RENEWAL)


def confirms(subscription: Subscription, mode: str | None, topic: str | None, *, now: datetime) -> bool:
    """Return whether we meant what a hub asks us to confirm (5.3.1).

    Subscribing: what was asked for, and what is in force, as hubs may look whether it still is (5).
    """
    if topic != subscription.topic:
        return False
    if mode == HubMode.SUBSCRIBE:
        pending = subscription.asking is HubMode.SUBSCRIBE
        in_force = subscription.asking is None and _has_lease(subscription, now)
        return subscription.named and (pending or in_force)
    return mode == HubMode.UNSUBSCRIBE and subscription.asking is HubMode.UNSUBSCRIBE


def may_deny(subscription: Subscription, topic: str | None, *, now: datetime) -> bool:
    """Return whether there is something that a hub can deny (5.2)."""
    return topic == subscription.topic and (subscription.asking is not None or _has_lease(subscription, now))


def is_signed(secret: str, signature: str | None, body: bytes) -> bool:
    """Return whether a push was signed with `secret`.

    signature   its X-Hub-Signature, "method=hexadecimal" (7.1), or None
    """
    method, _, given = (signature or "").partition("=")
    algorithm = ALGORITHMS.get(method.strip().lower())
    if algorithm is None:
        return False
    right = hmac.new(secret.encode(), body, algorithm).hexdigest()
    return hmac.compare_digest(right.encode(), given.strip().lower().encode("utf-8", "replace"))


def is_as_safe(subscription: Subscription, feed: Feed) -> bool:
    """Return whether a push can be believed as much as a poll.

    The secret goes to the hub in the request. Where that one is not encrypted, whoever listens can sign; where the feed
    itself is not, he can as well answer our polls.
    """
    return urlsplit(subscription.hub).scheme == "https" or urlsplit(feed.url).scheme == "http"


def state_of(subscription: Subscription, *, now: datetime) -> SubscriptionState:
    """Return how a subscription is doing."""
    if not subscription.named or subscription.asking is HubMode.UNSUBSCRIBE:
        return SubscriptionState.LEAVING
    if _has_lease(subscription, now):
        return SubscriptionState.ACTIVE
    if subscription.denied_at is not None:
        return SubscriptionState.DENIED
    if subscription.verified_at is not None:
        return SubscriptionState.LAPSED
    return SubscriptionState.FOUND if subscription.asking is None else SubscriptionState.ASKED


def delivers(subscription: Subscription | None, *, now: datetime) -> bool:
    """Return whether pushes can be relied on, so that polls may be seldom: verified, and it has told what was new.

    A hub that let a poll find news first is relied on again once it pushed a day later.
    """
    if subscription is None or not subscription.named or not _has_lease(subscription, now):
        return False
    pushed_at, missed_at = subscription.pushed_at, subscription.missed_at
    return pushed_at is not None and (missed_at is None or pushed_at - missed_at >= REGAIN)


def after_push(subscription: Subscription, *, received_at: datetime, brought: bool) -> Subscription:
    """Return a subscription after a push, and whether it `brought` anything that was not stored.

    One that tells no more than what a poll found moments ago was on its way, so nothing was missed.
    """
    missed_at = subscription.missed_at
    if missed_at is not None and not brought and received_at - missed_at <= GRACE:
        missed_at = None
    return replace(subscription, pushed_at=received_at, missed_at=missed_at)


def poll_at(feed: Feed, *, now: datetime, minimum: timedelta) -> datetime:
    """Return when to poll a feed whose hub says that something is new, without saying what.

    At once, but no more often than the operator allows and its publisher asks, and not later than planned.
    """
    apart = max(minimum, feed.course.patience or minimum)
    soonest = max(now, feed.polled_at + apart if feed.polled_at else now, feed.course.not_before_at or now)
    return min(soonest, feed.next_poll_at)


def _has_lease(subscription: Subscription, now: datetime) -> bool:
    """Return whether the hub pushes now, as far as it said."""
    return subscription.lease_until_at is not None and subscription.lease_until_at > now
