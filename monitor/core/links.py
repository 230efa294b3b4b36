"""Links that let whoever was told of an alert acknowledge it and mark its hits: signed, so that nobody can make one up.

What is signed is the alert alone. Whoever holds the link may say of it what whoever got the message may; it opens
nothing else. Opening it changes nothing, since mail scanners and previews of chats open every link.
"""

import base64
import hashlib
import hmac

PATH = "/ack/"
"""Where the links lead, below the dashboard's address."""

TOKEN_LETTERS = 32
"""Letters of a signature: 160 bits in base32."""


def ack_url(public_url: str, secret: str, alert_id: str) -> str:
    """Return the link to acknowledge an alert."""
    return f"{public_url.rstrip('/')}{PATH}{alert_id}/{ack_token(secret, alert_id)}"


def ack_token(secret: str, alert_id: str) -> str:
    """Return the signature of an alert's link (HMAC with SHA-256, RFC 2104; cut as its section 5 allows)."""
    digest = hmac.new(secret.encode(), f"ack:{alert_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:TOKEN_LETTERS]


def may_ack(secret: str, alert_id: str, token: str) -> bool:
    """Return whether a signature is that of an alert's link."""
    return hmac.compare_digest(ack_token(secret, alert_id).encode(), token.encode())
