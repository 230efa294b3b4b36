"""What is too old to alert anybody when it is found, and the words that say so."""

from datetime import datetime, timedelta

from monitor.core.spans import say


def why_old(published_at: datetime | None, *, first: bool, now: datetime, alerts: timedelta, kept: timedelta) -> str:
    """Return why hits of an entry alert nobody, or "" when they do.

    On a first poll that is what was published before `alerts`, or has no date; later an item past its retention that
    the feed still shows.

    first    it was found by the first poll of its feed that went well
    alerts   polling.first_poll_alerts
    kept     retention.items
    """
    if published_at is None:
        return "found by the first poll of its feed, and has no date" if first else ""
    age = now - published_at
    if first and age > alerts:
        return f"found by the first poll of its feed, {say(age)} old: polling.first_poll_alerts is {say(alerts)}"
    if not first and age > kept:
        return f"{say(age)} old when it was found: retention.items is {say(kept)}"
    return ""
