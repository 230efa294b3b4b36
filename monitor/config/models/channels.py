"""Who is told, and how: the mail server, receivers, and their channels of each kind."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema, field_validator, model_validator

from monitor.config.models.base import Model, Name, Secrets, SecretUrl, Url, one_or_many
from monitor.config.units import RATE_PATTERN, parse_rate
from monitor.core.rates import Rate


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
    BeforeValidator(one_or_many),
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

    to: Annotated[tuple[Name, ...], BeforeValidator(one_or_many)] = Field(min_length=1)

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

    servers: Annotated[tuple[Annotated[SecretStr, AfterValidator(_nats_server)], ...], BeforeValidator(one_or_many)] = (
        Field(description="Addresses of one cluster: nats://host:4222; tls:// insists on encryption.")
    )
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
