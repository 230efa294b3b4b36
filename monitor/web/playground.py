"""The playground: what the watchlists in force find in a text that somebody pasted, and why the rest does not count.

Nothing is stored. A text may be hostile, and a thread cannot be stopped: what bounds the work is the length of the
text, and one text is looked through at a time, off the event loop.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.core.matcher import Matcher
from monitor.core.types import Document, Entity, Match, MatchResult, Mention, Miss, Rejection, Rule
from monitor.web.forms import Form, read_form
from monitor.web.frame import page
from monitor.web.pages import Span, marked
from monitor.web.policy import SCRIPTED
from monitor.web.status import Status

MOST_CHARS = 50_000
"""Characters of title and text that are looked through: a long report. The worst of those that we tried took 0.5 s."""

FORM_BYTES = 12 * MOST_CHARS + 1_000
"""Longest form that is read: a character beyond the Basic Multilingual Plane takes 12 bytes in it."""

WAIT_SECONDS = 5.0
"""How long a reader waits for the texts of others and for the answer."""

SHOWN = 100
"""Lines of each list; a text full of names has thousands."""


MISSES_SHOWN = 6
"""Rules that nearly hold which are seen at once, gravest first; the others unfold."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a text, for a person to read.

    mentions   each wording of an entity once, with how often it stands there
    hits       rules that hold, gravest first
    misses     rules that did not hold though something they speak of was found, with the reason of each, gravest first
    rejected   what does not count, with the reason
    unread     characters that no one looked through, as there were more names than are looked at
    """

    title: Sequence[Span]
    text: Sequence[Span]
    mentions: Sequence[tuple[Mention, Entity, int]]
    hits: Sequence[Match]
    misses: Sequence[tuple[Rule | None, Miss]]
    rejected: Sequence[tuple[Rejection, Entity]]
    unread: int


class Playground:
    """Looks through one text at a time."""

    def __init__(self) -> None:
        """Nobody plays yet."""
        self._free = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        return [Route("/playground", self.show), Route("/playground", self.try_out, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """Show the empty form."""
        return _page(request, Form())

    async def try_out(self, request: Request) -> Response:
        """Show what is found in the text of the form."""
        status: Status = request.app.state.status
        form = await read_form(request, limit=FORM_BYTES)
        if isinstance(form, Response):
            return form
        document = Document("playground", form.text("title"), form.text("text"), form.text("lang")[:35] or None)
        if len(document.title) + len(document.text) > MOST_CHARS:
            return _page(request, form, trouble=f"That is too long: at most {MOST_CHARS:,} characters.", code=413)
        if not document.title and not document.text:
            return _page(request, form)
        if status.current is None:
            return _page(request, form, trouble="No watchlist is in force here.", code=503)
        matcher = status.current().matcher
        try:
            result = await self._match(matcher, document)
        except TimeoutError:
            trouble = "Others are trying texts, or this one takes very long: try again in a moment."
            return _page(request, form, trouble=trouble, code=503)
        return _page(request, form, found=_found(status, matcher, document, result))

    async def _match(self, matcher: Matcher, document: Document) -> MatchResult:
        """Return what is in a text. Raises TimeoutError; what was begun is ended before the next text is begun."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._free.acquire()
            work = asyncio.ensure_future(asyncio.to_thread(matcher.match, document, explain=True))
            work.add_done_callback(lambda _: self._free.release())
            return await asyncio.shield(work)


def _page(request: Request, form: Form, *, found: Found | None = None, trouble: str = "", code: int = 200) -> Response:
    """Return the page, whose script asks again while one types; without the script there is a button."""
    status: Status = request.app.state.status
    shown = page(
        request,
        "playground.html.j2",
        code=code,
        now=status.clock(),
        title=form.text("title"),
        text=form.text("text")[:MOST_CHARS],
        lang=form.text("lang")[:35],
        found=found,
        trouble=trouble,
        most=MOST_CHARS,
        shown=SHOWN,
        first=MISSES_SHOWN,
    )
    shown.headers["content-security-policy"] = SCRIPTED
    return shown


def _found(status: Status, matcher: Matcher, document: Document, result: MatchResult) -> Found:
    """Return what was found in words."""
    rules = {rule.id: rule for one in (status.lists.watchlists if status.lists else ()) for rule in one.rules}
    places = Counter(replace(one, start=0, end=0, field="text") for one in result.mentions)
    return Found(
        title=marked(document.title, result.mentions, "title"),
        text=marked(document.text, result.mentions, "text"),
        mentions=[(one, matcher.entities[one.entity], count) for one, count in places.items()],
        hits=result.matches,
        misses=sorted(((rules.get(one.rule), one) for one in result.misses), key=_gravity),
        rejected=[(one, matcher.entities[one.mention.entity]) for one in result.rejections],
        unread=result.unread,
    )


def _gravity(miss: tuple[Rule | None, Miss]) -> int:
    """Return the place of a rule that nearly holds in a list."""
    rule, _ = miss
    return -rule.severity.rank if rule else 0
