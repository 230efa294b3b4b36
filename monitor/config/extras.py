"""Channels whose library is an extra of the package: whether it is there, and whether it knows what it is asked for."""

from collections.abc import Iterator
from importlib.util import find_spec

from monitor.config import models


def extra_problems(options: models.Model) -> Iterator[str]:
    """Yield what is wrong with a channel beyond its keys, each with the cure."""
    match options:
        case models.NatsModel() if find_spec("nats") is None:
            yield "nats needs a part that is not installed: pip install 'event-monitor[nats]'"
        case models.AppriseModel() if find_spec("apprise") is None:
            yield "apprise needs a part that is not installed: pip install 'event-monitor[apprise]'"
        case models.AppriseModel(url=url) if not _known_to_apprise(url.get_secret_value()):
            yield "url: apprise knows no such address; see https://appriseit.com/services/"


def _known_to_apprise(url: str) -> bool:
    """Return whether apprise can make something of an address."""
    from apprise import Apprise

    return bool(Apprise.instantiate(url, suppress_exceptions=True))
