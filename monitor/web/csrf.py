"""The token that every form of ours carries, so that no page of somebody else can send one with a reader's cookie.

Templates write `{{ csrf_field() }}` inside each `<form method="post">`; `web/gate.py` refuses what lacks it. A signed
link is its own proof, and its page knows nobody: there the field is nothing.
"""

from urllib.parse import parse_qs

from markupsafe import Markup
from starlette.datastructures import Headers

from monitor.core import access
from monitor.web.callers import Caller, current

FIELD = "csrf"
HEADER = "x-csrf-token"

MOST_FIELDS = 1_000
"""Fields of a form that are looked at."""


def csrf_field() -> Markup:
    """Return the hidden field for a form of whoever asks now."""
    caller = current.get()
    if caller is None or not caller.form_token:
        return Markup("")
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, caller.form_token)


def signed_in() -> bool:
    """Return whether whoever asks now signed in, and so may sign out."""
    caller = current.get()
    return caller is not None and caller.by == "session"


def is_ours(caller: Caller, headers: Headers, body: bytes) -> bool:
    """Return whether a form, or what a script of ours sent, carries the token of whoever sends it."""
    given = headers.get(HEADER, "")
    if not given and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        try:
            given = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS).get(FIELD, [""])[0]
        except ValueError:  # more fields
            return False
    return bool(caller.form_token) and access.same(given, caller.form_token)
