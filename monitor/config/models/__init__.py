"""The configuration file as pydantic models: every key, its type, its default, its meaning.

The docstrings and descriptions here are what `monitor config schema` prints; docs/configuration.md tells the same in
order.
"""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from monitor.config.models.base import Model, Name, Names, SecretUrl, Span, Url
from monitor.config.models.channels import (
    AppriseModel,
    ChannelModel,
    ChatModel,
    ConsoleModel,
    DiscordModel,
    EmailModel,
    MatrixModel,
    NatsModel,
    ReceiverModel,
    SlackModel,
    SmtpModel,
    TelegramModel,
    WayModel,
    WebhookModel,
)
from monitor.config.models.feeds import FeedModel, FeedNoticesModel, HttpModel, PollingModel
from monitor.config.models.routes import InhibitModel, MatchModel, RouteModel, SilenceModel

LEAST_BEAT = timedelta(seconds=10)
"""Shortest time between two signs of life: watches count in minutes, and each is a write to the database."""


class DigestModel(Model):
    """A summary that goes out on a schedule."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    schedule: str = Field(description='Five-field cron line: "0 7 * * mon".')
    timezone: str = "UTC"
    receiver: Name


class WebModel(Model):
    """The dashboard, metrics and health."""

    listen: str = "127.0.0.1:8080"
    token: SecretStr | None = Field(None, description="Asked for on every page; needed beyond loopback.")
    public_url: Url | None = Field(None, description="Address of the dashboard as readers of alerts reach it.")


class HeartbeatModel(Model):
    """A watch of somebody else, who is told again and again that the daemon works, and raises the alarm when not."""

    url: SecretUrl
    every: Span = Field(timedelta(minutes=1), description="How often; the watch should be patient for thrice as long.")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.every < LEAST_BEAT:
            raise ValueError(f"every: expected at least {LEAST_BEAT.total_seconds():.0f}s")
        return self


class RetentionModel(Model):
    """How long rows are kept."""

    items: Span = timedelta(days=180)
    hits: Span = timedelta(days=5 * 365)
    deliveries: Span = timedelta(days=90)


class LogModel(Model):
    """What the daemon says on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class RuntimeModel(Model):
    """What does the work: this process alone, or this one and others with the same database."""

    engine: Literal["embedded", "cluster"] = Field(
        "embedded", description="cluster: several machines share the work; needs PostgreSQL and event-monitor[cluster]."
    )
    shards: int | None = Field(
        None, ge=1, le=4096, description="Parts that the feeds are divided into, by host; 8, or 256 in a cluster."
    )
    lanes: int | None = Field(
        None, ge=1, le=1024, description="Parts that the channels are divided into; 4, or 64 in a cluster."
    )


class FileModel(Model):
    """The whole file."""

    database: str = "sqlite:///data/monitor.db"
    watchlists: str = "watchlists"
    http: HttpModel = HttpModel()
    polling: PollingModel = PollingModel()
    feeds: tuple[FeedModel, ...] = ()
    feed_folders: Names = Field((), description="Folders whose files may be feeds (file:); none by default.")
    smtp: SmtpModel | None = None
    receivers: tuple[ReceiverModel, ...] = (
        ReceiverModel(name="console", channels=(ChannelModel(console=ConsoleModel()),)),
    )
    route: RouteModel | None = None
    inhibit: tuple[InhibitModel, ...] = ()
    feed_notices: FeedNoticesModel = FeedNoticesModel()
    digests: tuple[DigestModel, ...] = ()
    silences: tuple[SilenceModel, ...] = ()
    web: WebModel = WebModel()
    heartbeat: HeartbeatModel | None = None
    retention: RetentionModel = RetentionModel()
    runtime: RuntimeModel = RuntimeModel()
    log: LogModel = LogModel()


__all__ = [
    "AppriseModel",
    "ChannelModel",
    "ChatModel",
    "ConsoleModel",
    "DigestModel",
    "DiscordModel",
    "EmailModel",
    "FeedModel",
    "FeedNoticesModel",
    "FileModel",
    "HeartbeatModel",
    "HttpModel",
    "InhibitModel",
    "LogModel",
    "MatchModel",
    "MatrixModel",
    "Model",
    "NatsModel",
    "PollingModel",
    "ReceiverModel",
    "RetentionModel",
    "RouteModel",
    "RuntimeModel",
    "SilenceModel",
    "SlackModel",
    "SmtpModel",
    "TelegramModel",
    "WayModel",
    "WebModel",
    "WebhookModel",
]
