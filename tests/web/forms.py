"""What a form of ours carries, for tests that send one without having loaded its page."""

from monitor.core.access import form_token
from monitor.store import meta
from monitor.web.csrf import FIELD
from monitor.web.status import Status


def own(status: Status, form: dict[str, str] | None = None, *, of: str = "open") -> dict[str, str]:
    """Return a form with the token of whoever sends it.

    of   "open" where no token is set, else the subject or the session's nonce
    """
    secret = meta.set_once(status.db, meta.SESSION_SECRET, "the secret of this database")
    return {**(form or {}), FIELD: form_token(secret, of)}
