"""Feeds, how they are reached, how often they are asked, and who is told when they are in trouble."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from monitor.config.models.base import FeedUrl, Model, Name, Names, SecretUrl, Size, Span, one_or_many


def _host_name(name: str) -> str:
    """Return the name of a host as requests have it; refuse what is more than that."""
    name = name.strip().lower()
    if not name or re.search(r"[/*@?#\s]|:\d+$", name):
        raise ValueError("expected the name of a host alone, such as news.google.com")
    return name


HostNames = Annotated[tuple[Annotated[str, AfterValidator(_host_name)], ...], BeforeValidator(one_or_many)]


class HttpModel(Model):
    """How feeds and webhooks are reached."""

    timeout: Span = Field(timedelta(seconds=20), description="Longest time for one answer, from connecting to its end.")
    max_body: Size = Field(10 * 2**20, description="Largest answer, unpacked.")
    concurrency: int = Field(64, ge=1, le=10_000, description="Requests in flight.")
    per_host: int = Field(1, ge=1, le=100, description="Of them to one host.")
    exempt_hosts: HostNames = Field(
        (), description="Hosts never left alone as a whole, whatever they answer to one of their feeds."
    )
    allow_private_networks: bool = Field(
        False, description="Feeds and receivers may be on loopback or private addresses."
    )
    proxy: SecretUrl | None = Field(None, description="HTTP proxy for all requests.")


class PollingModel(Model):
    """How often feeds are asked."""

    interval: Span = Field(
        timedelta(minutes=15), description="Between two polls, when rhythm and publisher say nothing else."
    )
    min_interval: Span = Field(timedelta(minutes=5), description="Never more often.")
    max_interval: Span = Field(timedelta(hours=24), description="Never less often, unless the publisher asks.")
    first_poll_alerts: Span = Field(
        timedelta(hours=24), description="On a feed's first poll only entries younger than this alert."
    )
    websub: bool = Field(True, description="Let hubs push what is new (WebSub); needs `web.public_url`.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta(0) < self.min_interval <= self.interval <= self.max_interval:
            raise ValueError("expected 0s < min_interval <= interval <= max_interval")
        return self


class FeedModel(Model):
    """A feed, or an OPML file of feeds."""

    url: FeedUrl | None = Field(None, description="Address of a feed, or file: and one below `feed_folders`.")
    name: str = Field("", description="What to call it; else the feed's own title.")
    tags: Names = Field((), description="For routes (`feed`) and rules (`feed:`).")
    interval: Span | None = Field(None, description="Between two polls of this feed.")
    full_text: bool = Field(False, description="Fetch and match the article behind each item.")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="Sent with each request.")
    opml: str | None = Field(None, description="Path of an OPML file or a list of addresses; folders become tags.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.url is None) == (self.opml is None):
            raise ValueError("expected either url: (a feed) or opml: (a file of feeds)")
        if self.interval is not None and self.interval <= timedelta(0):
            raise ValueError("interval: expected more than 0s")
        return self


class FeedNoticesModel(Model):
    """Who is told of feeds in trouble, and when."""

    receiver: Name | None = Field(
        None, description="Who is told; else the root route's, or the first one with a channel when that has none."
    )
    after_failures: int = Field(3, ge=1, le=1_000, description="A failing feed is told of after so many in a row.")
    after: Span = Field(timedelta(hours=1), description="And only when they took so long; 0s tells at once.")
    quiet: bool = Field(True, description="Tell of feeds that fall silent against their own rhythm.")
    missed: bool = Field(True, description="Tell of feeds whose entries may have gone by unseen.")
