"""What needs a library that is an extra of the package: whether it is there, and whether it can do what is asked."""

from collections.abc import Iterator
from importlib.util import find_spec

from monitor.config import models

NO_DKIM = "signing mails needs a part that is not installed: pip install 'event-monitor[dkim]'"

NO_CLUSTER = "a cluster needs a part that is not installed: pip install 'event-monitor[cluster]'"

DKIM_BITS = 1_024
"""Smallest RSA key that receivers take (RFC 8301, 3.2)."""

DKIM_CURE = "make one with: openssl genrsa -out dkim.pem 2048"
"""How a key is made that signs."""


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


def cluster_installed() -> bool:
    """Return whether the extra is installed that shares work among machines, without loading it."""
    return find_spec("procrastinate") is not None


def dkim_installed() -> bool:
    """Return whether the extra is installed that signs mails, without loading it."""
    return find_spec("dkim") is not None


def dkim_problem(key: bytes) -> str | None:
    """Return what keeps a key from signing mails, with the cure, or None."""
    if b"ENCRYPTED" in key:
        return f"the key has a passphrase, and nobody is there to type it; {DKIM_CURE}"
    import dkim

    try:
        bits = dkim.crypto.parse_pem_private_key(key)["modulus"].bit_length()
    except (dkim.crypto.UnparsableKeyError, ValueError, LookupError, TypeError):
        return f"this is no private RSA key in PEM; {DKIM_CURE}"
    if bits < DKIM_BITS:
        return f"the key has {bits} bits, and receivers take none below {DKIM_BITS}; {DKIM_CURE}"
    return None
