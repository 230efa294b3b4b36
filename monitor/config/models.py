"""The configuration file as pydantic models: every key, its type, its default, its meaning.

The docstrings and descriptions here are what `monitor config schema` prints; docs/configuration.md tells the same in
order.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from monitor.config.units import (
    RATE_PATTERN,
    SIZE_PATTERN,
    SPAN_PATTERN,
    parse_duration,
    parse_instant,
    parse_rate,
    parse_size,
    parse_times,
)
from monitor.core.addresses import is_file
from monitor.core.quiet import covers_all
from monitor.core.rates import Rate
from monitor.core.types import GROUP_KEYS, Kind, QuietHours, RouteMatch, Severity, SilenceSpec, Tier

LEAST_BEAT = timedelta(seconds=10)
"""Shortest time between two signs of life: watches count in minutes, and each is a write to the database."""


def _http_url(url: str) -> str:
    """Refuse what is not an address on the web."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address that begins with http:// or https://")
    return url


def _feed_url(url: str) -> str:
    """Refuse what is neither on the web nor a file; whether a file may be read depends on `feed_folders`."""
    return url if is_file(url) else _http_url(url)


def _secret_url(url: SecretStr) -> SecretStr:
    """Refuse what is not an address, without repeating it."""
    _http_url(url.get_secret_value())
    return url


Span = Annotated[
    timedelta, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": SPAN_PATTERN})
]
Size = Annotated[
    int, BeforeValidator(parse_size), WithJsonSchema({"type": ["string", "integer"], "pattern": SIZE_PATTERN})
]
Instant = Annotated[datetime, BeforeValidator(parse_instant), WithJsonSchema({"type": "string"})]
Url = Annotated[str, AfterValidator(_http_url)]
FeedUrl = Annotated[str, AfterValidator(_feed_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


def _one_or_many(value: object) -> object:
    """Let a single value stand for a list of one."""
    return [value] if isinstance(value, str | int | float) else value


def _some(value: object) -> object:
    """Let nothing stand for an empty list, and words in one text, as a file of secrets has them, for a list."""
    return () if value is None else value.split() if isinstance(value, str) else value


Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_some)]

Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


def _host_name(name: str) -> str:
    """Return the name of a host as requests have it; refuse what is more than that."""
    name = name.strip().lower()
    if not name or re.search(r"[/*@?#\s]|:\d+$", name):
        raise ValueError("expected the name of a host alone, such as news.google.com")
    return name


HostNames = Annotated[tuple[Annotated[str, AfterValidator(_host_name)], ...], BeforeValidator(_one_or_many)]


class Model(BaseModel):
    """What all parts of the file share: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=False)

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - pydantic's signature
        """Replace each `<key>_file` by `<key>` with what the file says."""
        if not isinstance(data, dict) or not info.context:
            return data
        data = dict(data)
        for key in [key for key in data if isinstance(key, str) and key.endswith("_file")]:
            name = key.removesuffix("_file")
            if key not in cls.model_fields and name in cls.model_fields:
                if data.get(name) is not None:
                    raise ValueError(f"{name} and {key} are both given; keep one")
                data[name] = _read_secret(str(data.pop(key)), key, info.context)
        return data


def _read_secret(name: str, key: str, context: Mapping[str, Any]) -> str:
    """Return what a secret's file says, without the line break at its end."""
    path = Path(context["folder"]) / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "is not text"
        raise ValueError(f"{key}: {path} cannot be read ({said}); check its path, owner and mode") from error
    context["files"].append(path)
    if not text.strip():
        raise ValueError(f"{key}: {path} is empty")
    return text.rstrip("\r\n")


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


def is_mail_address(text: str) -> bool:
    """Return whether a text is "a@example.org" or "Name <a@example.org>", on one line; a comma would make it two."""
    address = r"[^@\s<>,]+@[^@\s<>,]+"
    return re.fullmatch(rf'{address}|("[^"\r\n<>]+"|[^",\r\n<>]+) <{address}>', text) is not None


class DkimModel(Model):
    """The key that signs our mails, where the server does not sign them itself."""

    domain: Name = Field(description="That the key speaks for: the one of `from`, or one above it.")
    selector: Name = Field(description="Under which the DNS shows the public half: SELECTOR._domainkey.DOMAIN.")
    key_file: Name = Field(description="File with the private half: RSA, in PEM.")

    @field_validator("domain", "selector")
    @classmethod
    def _in_dns(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name):
            raise ValueError("expected a name as the DNS has it, such as example.org")
        return name.lower()


class SmtpModel(Model):
    """The server that takes our mails."""

    host: Name
    port: int = Field(587, ge=1, le=65_535)
    starttls: Literal["required", "optional", "never"] = Field("required", description="Encryption by STARTTLS.")
    tls: bool = Field(False, description="Encryption from the first byte on (port 465).")
    username: str | None = None
    password: SecretStr | None = None
    from_: Name = Field(alias="from", description='Sender: "Event Monitor <monitor@example.org>".')
    reply_to: Name | None = Field(
        None, description="Address of people who read answers and take readers off; else that of `from`."
    )
    dkim: DkimModel | None = Field(None, description="Signs each mail; needs event-monitor[dkim].")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password (or password_file) come together")
        if not is_mail_address(self.from_):
            raise ValueError('from: expected an address such as "Event Monitor <monitor@example.org>"')
        if self.reply_to is not None and not is_mail_address(self.reply_to):
            raise ValueError("reply_to: expected an address such as desk@example.org")
        return self


Rates = Annotated[
    tuple[
        Annotated[Rate, BeforeValidator(parse_rate), WithJsonSchema({"type": "string", "pattern": RATE_PATTERN})], ...
    ],
    BeforeValidator(_one_or_many),
]


class WayModel(Model):
    """What all kinds of channels share."""

    rate: Rates | None = Field(
        None, description="At most so many messages: 30/1m, or a list of such; [] for no limit. Default: the service's."
    )


class WebhookModel(WayModel):
    """A program that takes notices as JSON, signed as Standard Webhooks ask."""

    url: SecretUrl
    secret: Secrets = Field(
        (), description="whsec_ and base64, 24 to 64 bytes; of several the newest first. Without it nothing is signed."
    )
    headers: dict[str, SecretStr] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _signing(self) -> Self:
        for secret in self.secret:
            check_webhook_secret(secret.get_secret_value())
        return self


def check_webhook_secret(secret: str) -> None:
    """Refuse a secret that cannot sign. Source: Standard Webhooks specification, "Signature scheme"."""
    import base64
    import binascii

    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        size = 0
    if not 16 <= size <= 256:
        raise ValueError(
            "secret: expected whsec_ and base64 of 24 to 64 random bytes; make one with: "
            "python3 -c \"import base64,os; print('whsec_' + base64.b64encode(os.urandom(32)).decode())\""
        )


class ChatModel(WayModel):
    """An incoming webhook of a chat; the address is the secret."""

    url: SecretUrl


class SlackModel(WayModel):
    """A channel of Slack: an incoming webhook, or an app's token and a channel, which keeps alerts in threads."""

    url: SecretUrl | None = Field(None, description="Address of an incoming webhook.")
    token: SecretStr | None = Field(None, description="Bot token of an app with the scope chat:write (xoxb-...).")
    channel: str | None = Field(None, description="Id of the channel, such as C0123456789; goes with token.")
    api: Url = Field("https://slack.com/api", description="Where Slack's methods are; GovSlack has another address.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.url is None) == (self.token is None) or (self.token is None) != (self.channel is None):
            raise ValueError("expected either url: (an incoming webhook) or token: and channel: (an app)")
        return self


class DiscordModel(WayModel):
    """An incoming webhook of Discord."""

    url: SecretUrl
    forum: bool = Field(False, description="The webhook is that of a forum, where each alert becomes a thread.")


class EmailModel(WayModel):
    """People who get mail."""

    to: Annotated[tuple[Name, ...], BeforeValidator(_one_or_many)] = Field(min_length=1)

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        for one in self.to:
            if not is_mail_address(one):
                raise ValueError(f"to: {one!r} is no mail address")
        return self


class ConsoleModel(WayModel):
    """The terminal in which the daemon runs."""


class TelegramModel(WayModel):
    """A Telegram chat."""

    token: SecretStr = Field(description="Token of the bot, from @BotFather.")
    chat_id: str | int = Field(description="Number of the chat, or @name of a channel.")
    topic: int | None = Field(None, description="Number of a topic, in a group with topics.")
    api: Url = Field("https://api.telegram.org", description="Where bots are served.")


class MatrixModel(WayModel):
    """A Matrix room that is not encrypted."""

    homeserver: Url = Field(description="Address of the account's server, such as https://matrix.example.org.")
    token: SecretStr = Field(description="Access token of an account that has joined the room.")
    room: Name = Field(description="Id of the room, begins with !.")

    @model_validator(mode="after")
    def _id(self) -> Self:
        if not self.room.startswith("!"):
            raise ValueError("room: expected its id, which begins with ! and stands in the room's settings, Advanced")
        return self


def _nats_server(url: SecretStr) -> SecretStr:
    """Refuse what is no address of NATS, without repeating it."""
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("nats", "tls") or not parts.hostname:
        raise ValueError("expected an address that begins with nats:// or tls://")
    return url


class NatsModel(WayModel):
    """A stream of NATS JetStream, for machines."""

    servers: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(_nats_server)], ...], BeforeValidator(_one_or_many)
    ] = Field(description="Addresses of one cluster: nats://host:4222; tls:// insists on encryption.")
    subject: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")] = Field(
        "event-monitor", description="Events go to <subject>.alert.created and the like."
    )
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None

    @model_validator(mode="after")
    def _login(self) -> Self:
        if not self.servers:
            raise ValueError("servers: expected at least one address")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password (or password_file) come together")
        return self


class AppriseModel(WayModel):
    """Anything else, by apprise."""

    url: SecretStr = Field(description="Address as apprise has it, such as ntfy://topic.")


class ChannelModel(Model):
    """One way out: a mapping with exactly one key, the kind."""

    console: ConsoleModel | None = None
    webhook: WebhookModel | None = None
    slack: SlackModel | None = None
    mattermost: ChatModel | None = None
    email: EmailModel | None = None
    discord: DiscordModel | None = None
    teams: ChatModel | None = None
    google_chat: ChatModel | None = None
    telegram: TelegramModel | None = None
    matrix: MatrixModel | None = None
    nats: NatsModel | None = None
    apprise: AppriseModel | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.options is None:
            kinds = ", ".join(type(self).model_fields)
            raise ValueError(f"expected exactly one kind of channel with its options: {kinds}")
        return self

    @property
    def kind(self) -> str:
        """Return the kind."""
        return next(iter(self.model_fields_set))

    @property
    def options(self) -> WayModel | None:
        """Return the options of the kind."""
        options: WayModel | None = getattr(self, self.kind)
        return options


class ReceiverModel(Model):
    """Somebody who is told; without channels, hits go to the digest only."""

    name: Name
    channels: tuple[ChannelModel, ...] = ()


def _publishers(value: object) -> int:
    """Return the number in ">=2"."""
    found = re.fullmatch(r">=\s*(\d+)", value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) < 1:
        raise ValueError('expected a comparison such as ">=2"')
    return int(found[1])


class MatchModel(Model):
    """Conditions on a hit: within a key any value will do, all keys must hold."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(_one_or_many)] = ()
    watchlist: Names = ()
    rule: Names = ()
    entity: Names = ()
    kind: Annotated[tuple[Kind, ...], BeforeValidator(_one_or_many)] = ()
    tags: Names = ()
    feed: Names = ()
    lang: Names = ()
    publishers: Annotated[
        int, BeforeValidator(_publishers), WithJsonSchema({"type": "string", "pattern": "^>= ?[0-9]+$"})
    ] = 0
    tier: Annotated[tuple[Tier, ...], BeforeValidator(_one_or_many)] = Field(
        (), description="How sure the words are: exact, inflected, spelling."
    )

    def conditions(self) -> RouteMatch:
        """Return the conditions as routing reads them."""
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        sets: dict[str, Any] = {name: frozenset(one) for name, one in given.items() if isinstance(one, tuple)}
        return RouteMatch(**given | sets)


Times = Annotated[
    tuple[time, time], BeforeValidator(parse_times), WithJsonSchema({"type": "string", "pattern": "^.+:.+-.+:.+$"})
]


class MuteModel(Model):
    """Quiet hours: what is due in them is told when they end."""

    times: Annotated[tuple[Times, ...], BeforeValidator(_one_or_many)] = Field((), description='Such as "22:00-07:00".')
    timezone: str = Field("UTC", description="Such as Asia/Karachi.")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"timezone: {self.timezone!r} is no time zone; expected a name such as Asia/Karachi or UTC"
            ) from None
        if covers_all(self.hours()):
            raise ValueError("times: they leave no minute of the day; nothing would ever be told")
        return self

    def hours(self) -> QuietHours:
        """Return the quiet hours as routing reads them."""
        return QuietHours(self.times, ZoneInfo(self.timezone))


class InhibitModel(Model):
    """What need not be told where something graver of the same story is told to the same receiver."""

    source: MatchModel
    target: MatchModel

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if MatchModel() in (self.source, self.target):
            raise ValueError("expected at least one condition each in source and in target")
        return self


class RouteModel(Model):
    """A node of the routing tree; what it does not say it has from its parent."""

    receiver: Name | None = None
    match: MatchModel = MatchModel()
    group_by: Annotated[
        tuple[Literal["story", "rule", "watchlist", "entity", "feed", "severity"], ...] | None,
        BeforeValidator(_one_or_many),
    ] = None
    group_wait: Span | None = None
    group_interval: Span | None = None
    repeat_interval: Span | None = None
    mute: MuteModel | None = None
    max_per_hour: int | None = Field(None, ge=0, description="Alerts told one by one in any hour; 0 for no limit.")
    continue_: bool = Field(False, alias="continue", description="Let later siblings look, too.")
    routes: tuple["RouteModel", ...] = ()


class FeedNoticesModel(Model):
    """Who is told of feeds in trouble, and when."""

    receiver: Name | None = Field(
        None, description="Who is told; else the root route's, or the first one with a channel when that has none."
    )
    after_failures: int = Field(3, ge=1, le=1_000, description="A failing feed is told of after so many in a row.")
    after: Span = Field(timedelta(hours=1), description="And only when they took so long; 0s tells at once.")
    quiet: bool = Field(True, description="Tell of feeds that fall silent against their own rhythm.")
    missed: bool = Field(True, description="Tell of feeds whose entries may have gone by unseen.")


class DigestModel(Model):
    """A summary that goes out on a schedule."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    schedule: str = Field(description='Five-field cron line: "0 7 * * mon".')
    timezone: str = "UTC"
    receiver: Name


class SilenceModel(Model):
    """A span in which matching hits alert nobody; what it hid is told when it ends."""

    match: MatchModel
    start: Instant | None = Field(None, description="From when on; else from when the daemon first reads it.")
    end: Instant = Field(description="Until when: 2026-12-05, 2026-12-05T18:00+05:00; UTC without an offset.")
    author: str = ""
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.match == MatchModel():
            raise ValueError(
                "match: expected at least one condition; for everything: severity: [low, medium, high, critical]"
            )
        if self.start is not None and self.start >= self.end:
            raise ValueError("expected a start before the end")
        return self

    def spec(self) -> SilenceSpec:
        """Return the silence as the store takes it."""
        return SilenceSpec(self.match.conditions(), self.start, self.end, self.author, self.reason)


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


assert set(GROUP_KEYS) == {"story", "rule", "watchlist", "entity", "feed", "severity"}
