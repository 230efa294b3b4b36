"""Builds the channels from what the operator wrote."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from monitor.channels.apprise import AppriseChannel
from monitor.channels.base import Channel
from monitor.channels.console import ConsoleChannel
from monitor.channels.discord import DiscordChannel
from monitor.channels.email import EmailChannel, MailServer
from monitor.channels.google_chat import GoogleChatChannel
from monitor.channels.heartbeat import Heartbeat
from monitor.channels.mail import DkimKey, Letterhead
from monitor.channels.matrix import MatrixChannel
from monitor.channels.nats import NatsChannel
from monitor.channels.slack import MattermostChannel, SlackBotChannel, SlackChannel
from monitor.channels.teams import TeamsChannel
from monitor.channels.telegram import TelegramChannel
from monitor.channels.webhook import WebhookChannel
from monitor.config import models
from monitor.config.settings import ChannelSpec, Settings
from monitor.core.rates import Rate

_CHATS: Mapping[str, type[MattermostChannel | TeamsChannel | GoogleChatChannel]] = {
    "mattermost": MattermostChannel,
    "teams": TeamsChannel,
    "google_chat": GoogleChatChannel,
}
"""Chats that are an address and nothing else."""


SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

RATES: Mapping[str, tuple[Rate, ...]] = {
    "slack": (Rate(1, SECOND),),
    "discord": (Rate(5, 2 * SECOND), Rate(30, MINUTE)),
    "teams": (Rate(4, SECOND),),
    "google_chat": (Rate(1, SECOND),),
    "telegram": (Rate(1, SECOND),),
    "matrix": (Rate(10, 50 * SECOND),),
}
"""What each service takes from one channel; the others publish no limit, or leave it to who runs them.

Sources, read in December 2026: docs.slack.dev, "Rate limits": one a second for each incoming webhook, and of an app for
each channel; short bursts pass. Discord publishes none beyond its headers (docs.discord.com, "Rate limits"); one of its
developers names 5 in 2 s for each webhook and 30 a minute for each channel (github.com/discord/discord-api-docs, issue
367). learn.microsoft.com, "Create an Incoming Webhook": four requests a second; for workflows no figure was found.
developers.google.com/workspace/chat/limits: 60 writes a minute for each space, of all that write to it; newer editions
of the page count by the second. telegra.ph/Hitting-limits-bot-FAQ, by Telegram's support: one a second for each chat,
sooner refused for texts of more than 500 characters. Matrix leaves it to the server; these are Synapse's defaults
(synapse/config/ratelimiting.py: rc_message, 0.2 a second, bursts of 10). Mattermost limits nobody by default
(docs.mattermost.com, "Rate limiting configuration settings").
"""

TELEGRAM_GROUP = Rate(20, MINUTE)
"""What Telegram takes of a bot in one group, besides (the same source); of channels its support says the same
(github.com/python-telegram-bot, wiki, "Avoiding flood limits")."""


def specs_by_key(settings: Settings) -> dict[str, ChannelSpec]:
    """Return all channels of the configuration by key."""
    return {spec.key: spec for receiver in settings.receivers.values() for spec in receiver.channels}


def rates_of(settings: Settings) -> Mapping[str, tuple[Rate, ...]]:
    """Return for each channel, by key, how many messages it takes: as the operator says, else as its service does."""
    return {
        key: _default_rates(spec) if spec.options.rate is None else spec.options.rate
        for key, spec in specs_by_key(settings).items()
    }


def _default_rates(spec: ChannelSpec) -> tuple[Rate, ...]:
    """Return how many messages the service of a channel takes. Groups of Telegram have negative numbers or a name."""
    found = RATES.get(spec.kind, ())
    match spec.options:
        case models.TelegramModel(chat_id=chat) if str(chat).startswith(("-", "@")):
            return (*found, TELEGRAM_GROUP)
    return found


def build_channels(
    settings: Settings, client: httpx.AsyncClient, *, clock: Callable[[], datetime]
) -> Mapping[str, Channel]:
    """Return the channels of all receivers by key."""
    return {key: build_channel(spec, settings, client, clock=clock) for key, spec in specs_by_key(settings).items()}


def build_heartbeat(
    settings: Settings, client: httpx.AsyncClient, *, clock: Callable[[], datetime]
) -> Heartbeat | None:
    """Return what tells a watch that the daemon works, if there is one."""
    wanted = settings.heartbeat
    return Heartbeat(wanted.url.get_secret_value(), client=client, clock=clock) if wanted else None


def build_channel(
    spec: ChannelSpec, settings: Settings, client: httpx.AsyncClient, *, clock: Callable[[], datetime]
) -> Channel:
    """Return the channel for what the operator wrote."""
    match spec.options:
        case models.ConsoleModel():
            return ConsoleChannel(sys.stdout)
        case models.WebhookModel() as hook:
            return WebhookChannel(
                hook.url.get_secret_value(),
                client=client,
                clock=clock,
                secrets=[secret.get_secret_value() for secret in hook.secret],
                headers={name: value.get_secret_value() for name, value in hook.headers.items()},
            )
        case models.EmailModel(to=recipients):
            assert settings.smtp is not None, "the loader refuses mail without a server"
            return EmailChannel(mail_server(settings), letterhead=letterhead(settings), recipients=recipients)
        case models.NatsModel() as nats:
            return NatsChannel(
                [server.get_secret_value() for server in nats.servers],
                nats.subject,
                timeout=settings.http.timeout,
                username=nats.username,
                password=_reveal(nats.password),
                token=_reveal(nats.token),
            )
        case models.AppriseModel(url=url):
            return AppriseChannel(url.get_secret_value())
    return _build_chat(spec, client, clock=clock)


def _build_chat(spec: ChannelSpec, client: httpx.AsyncClient, *, clock: Callable[[], datetime]) -> Channel:
    """Return the channel to a chat."""
    match spec.options:
        case models.SlackModel(token=token, channel=channel, api=api) if token is not None and channel is not None:
            return SlackBotChannel(token.get_secret_value(), channel, client=client, clock=clock, api=api)
        case models.SlackModel(url=url) if url is not None:
            return SlackChannel(url.get_secret_value(), client=client, clock=clock)
        case models.DiscordModel(url=url, forum=forum):
            return DiscordChannel(url.get_secret_value(), client=client, clock=clock, forum=forum)
        case models.TelegramModel(token=token, chat_id=chat, topic=topic, api=api):
            return TelegramChannel(token.get_secret_value(), chat, client=client, clock=clock, topic=topic, api=api)
        case models.MatrixModel(homeserver=server, token=token, room=room):
            return MatrixChannel(server, token.get_secret_value(), room, client=client, clock=clock)
        case models.ChatModel(url=url):
            return _CHATS[spec.kind](url.get_secret_value(), client=client, clock=clock)
    raise AssertionError(f"no channel for {spec.kind}")


def _reveal(secret: SecretStr | None) -> str | None:
    """Return what a secret holds."""
    return secret.get_secret_value() if secret else None


def mail_server(settings: Settings) -> MailServer:
    """Return the mail server of the configuration."""
    smtp = settings.smtp
    assert smtp is not None
    return MailServer(
        host=smtp.host,
        port=smtp.port,
        starttls=smtp.starttls,
        tls=smtp.tls,
        username=smtp.username,
        password=smtp.password.get_secret_value() if smtp.password else None,
        timeout=settings.http.timeout,
    )


def letterhead(settings: Settings) -> Letterhead:
    """Return what all mails have in common."""
    smtp, dkim = settings.smtp, settings.dkim
    assert smtp is not None
    return Letterhead(smtp.from_, smtp.reply_to, DkimKey(dkim.domain, dkim.selector, dkim.key) if dkim else None)
