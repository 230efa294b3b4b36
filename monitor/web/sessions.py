"""Signing in at the dashboard with a token, and out again.

The cookie says by which token somebody signed in, signed by a key of the database; nothing of it is stored. It ends
after DAYS, or with its token: `monitor token revoke`, or another `web.token`.
"""

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from monitor.core import access
from monitor.web.acks import STYLE, STYLED, form_of
from monitor.web.callers import COOKIE, known_by, secret_of
from monitor.web.frame import page
from monitor.web.gate import LOGIN, too_often
from monitor.web.limits import Limit, address_of
from monitor.web.origins import is_own
from monitor.web.status import Status

DAYS = 7
"""How long a session lasts: the dashboard is opened now and then, and the token is long."""


def routes() -> list[Route]:
    """Return the routes."""
    return [
        Route(LOGIN, show),
        Route(LOGIN, sign_in, methods=["POST"]),
        Route("/logout", sign_out, methods=["POST"]),
    ]


def show(request: Request) -> Response:
    """Show the page that asks for a token."""
    return _page(request, _then(request.query_params.get("then", "")))


async def sign_in(request: Request) -> Response:
    """Take a token, and give a cookie for it."""
    status: Status = request.app.state.status
    if not is_own(request):
        return PlainTextResponse("This form was not sent from a page of ours.\n", 403)
    form = await form_of(request)
    if form is None:
        return PlainTextResponse("That is too long.\n", 413)
    now, address, then = status.clock(), address_of(request), _then(form.get("then", ""))
    limit: Limit = status.wrong_tokens
    locked = limit.wait(address, now=now)
    known = await known_by(form.get("token", ""), status, guesses=not locked)
    if known is None and locked:
        return too_often(LOGIN, locked, "too many wrong tokens came from this address")
    if known is None:
        limit.count(address, now=now)
        return _page(request, then, wrong=True)
    session = access.Session(
        known.subject, access.nonce_of(secrets.token_bytes(access.NONCE_BYTES)), now + timedelta(days=DAYS)
    )
    answer = RedirectResponse(then, 303)
    answer.set_cookie(
        COOKIE,
        access.seal(await secret_of(status), session),
        max_age=DAYS * 86_400,
        httponly=True,
        samesite="lax",  # a link in a chat or a mail leads to a page that is shown at once
        secure=_is_https(request, status.public_url),
    )
    return answer


def sign_out(request: Request) -> Response:
    """Take the cookie back."""
    status: Status = request.app.state.status
    answer = RedirectResponse(LOGIN, 303)
    secure = _is_https(request, status.public_url)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)
    return answer


def _page(request: Request, then: str, *, wrong: bool = False) -> Response:
    """Return the page that asks for a token."""
    shown = page(request, "login.html.j2", code=401 if wrong else 200, then=then, wrong=wrong, style=STYLE)
    shown.headers["content-security-policy"] = STYLED
    return shown


def _then(asked: str) -> str:
    r"""Return where to go afterwards: a path of ours, never another host ("//host", "/\host")."""
    if not asked.startswith("/") or asked.startswith(("//", "/\\")) or not asked.isprintable() or "\\" in asked:
        return "/"
    return asked


def _is_https(request: Request, public_url: str | None) -> bool:
    """Return whether a browser speaks HTTPS here, to us or to the proxy before us."""
    public = urlsplit(public_url or "")
    behind_proxy = public.scheme == "https" and request.headers.get("host", "") == public.netloc
    return request.url.scheme == "https" or behind_proxy
