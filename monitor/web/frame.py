"""What all pages share: templates in which everything is escaped, and the words for instants and addresses."""

from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor import __version__
from monitor.core.addresses import without_user
from monitor.core.coverage import counted, parts_of
from monitor.core.types import KEPT_BACK, Severity, Tier
from monitor.web.csrf import csrf_field, signed_in
from monitor.web.status import Status

TIER_TITLES = {Tier.SPELLING: "Another transliteration of the name than the watchlist has; less sure"}
"""What the mark beside a hit means that is less sure than others."""

_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
"""Characters that would turn the direction of what follows them."""


def page(request: Request, name: str, *, code: int = 200, **values: object) -> Response:
    """Return a template filled, with what every page shows."""
    status: Status = request.app.state.status
    path = request.scope["path"]
    return HTMLResponse(_templates().get_template(name).render(status=status, path=path, **values), code)


@cache
def _templates() -> Environment:
    """Return the templates; everything that is filled in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ago": ago, "web": web, "plain": plain, "address": address}
    environment.filters |= {"parts": parts_of, "counted": counted}
    environment.globals |= {
        "version": __version__,
        "csrf_field": csrf_field,
        "signed_in": signed_in,
        "severities": list(reversed(Severity)),
        "tier_titles": TIER_TITLES,
        "kept_back_verdicts": KEPT_BACK,
    }
    return environment


def plain(text: str) -> str:
    """Return text of a feed without characters that turn the direction of writing."""
    return text.translate(_DIRECTION)


def address(url: str) -> str:
    """Return an address for people: without user and password, and as `plain` makes it."""
    return plain(without_user(url))


def web(url: str) -> str:
    """Return an address that is safe to link to, else ""."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def ago(instant: datetime | None, now: datetime) -> str:
    """Return how long ago, or in how long, as people say it."""
    if instant is None:
        return "never"
    seconds = (now - instant).total_seconds()
    size, unit = next(
        ((size, unit) for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")) if abs(seconds) >= size), (1, "s")
    )
    number = int(abs(seconds) / size)
    return f"{number} {unit} ago" if seconds >= 0 else f"in {number} {unit}"
