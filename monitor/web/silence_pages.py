"""The page of the silences: what hides which hits until when, and a form that first shows what a new one would hide."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor import actions
from monitor.config.models import MatchModel
from monitor.config.units import parse_duration, parse_instant
from monitor.core.silences import SilenceState, spell, state_of
from monitor.core.types import Hit, RouteMatch, Severity, Silence, SilenceSpec, Tier
from monitor.errors import MonitorError, StoreError, UnknownIdError
from monitor.store import silences
from monitor.web.forms import Form, acting, read_form
from monitor.web.frame import page
from monitor.web.status import Status

CONDITIONS = ("watchlist", "rule", "entity", "tags", "kind", "lang")
"""Conditions that are written as words with commas between them."""

PREVIEWED = timedelta(days=7)
"""The past that a preview looks at: as far as that of the command."""

PREVIEW_SHOWN = 20
"""Hits that a preview lists; the rest is counted."""

ENDED_SHOWN = 20
"""Silences that are over, latest first."""

OFFERED = 500
"""Names that a field offers while one types: more make the page slow."""

USUAL = "6h"
"""How long a silence lasts where nobody says otherwise: a night, and not a weekend that nobody meant."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A silence as it stands in the form.

    words      what was written for each of CONDITIONS
    feeds      feeds, one on each line: their names may have commas
    span, end  how long, or until when
    """

    words: Mapping[str, str] = field(default_factory=dict)
    feeds: str = ""
    severities: Sequence[str] = ()
    tier: str = ""
    span: str = USUAL
    start: str = ""
    end: str = ""
    author: str = ""
    reason: str = ""

    def match(self) -> RouteMatch:
        """Return its conditions. Raises MonitorError."""
        said: dict[str, object] = {name: re.split(r"\s*,\s*", text) for name, text in self.words.items() if text}
        said |= {"feed": self.feeds.splitlines()} if self.feeds else {}
        said |= {"severity": list(self.severities)} if self.severities else {}
        said |= {"tier": [self.tier]} if self.tier else {}
        try:
            found = MatchModel.model_validate(said).conditions()
        except ValidationError as error:
            first = error.errors()[0]
            raise MonitorError(f"{first['loc'][0]}: {first['msg']}, not {first['input']!r}") from error
        if found == RouteMatch():
            raise MonitorError("say what to hide: a silence needs a condition, such as a watchlist or a rule")
        return found

    def spec(self, *, now: datetime) -> SilenceSpec:
        """Return what it asks for. Raises MonitorError."""
        start_at = _instant("start", self.start) if self.start else None
        if self.end:
            end_at = _instant("end", self.end)
        else:
            try:
                end_at = (start_at or now) + parse_duration(self.span)
            except (ValueError, OverflowError) as error:
                raise MonitorError(f"for: {error}") from error
        return SilenceSpec(self.match(), start_at, end_at, self.author, self.reason)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would have hidden of the last PREVIEWED; `trouble` where that cannot be said."""

    words: str = ""
    hits: Sequence[Hit] = ()
    trouble: str = ""


def listing(request: Request) -> Response:
    """List the silences; conditions in the address fill the form and show what they would hide."""
    status: Status = request.app.state.status
    asked = request.query_params
    form = Form({name: asked.getlist(name) for name in asked})
    draft = _draft(form)
    given = any(form.text(name) for name in (*CONDITIONS, "feed", "severity", "tier"))
    return _show(request, draft, _preview(status, draft) if given else None)


async def make(request: Request) -> Response:
    """Make a silence, or show what it would hide: what the form says stays in it until all is well."""
    status: Status = request.app.state.status
    form = await read_form(request)
    if isinstance(form, Response):
        return form
    return await asyncio.to_thread(_make, status, request, form)


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        Route("/silences", listing),
        Route("/silences", make, methods=["POST"]),
        Route("/silences/{silence_id}/expire", acting(_expire), methods=["POST"]),
    ]


def _make(status: Status, request: Request, form: Form) -> Response:
    """Make a silence, or show what it would hide."""
    draft = _draft(form)
    if form.text("do") == "preview":
        return _show(request, draft, _preview(status, draft))
    try:
        made = actions.add_silence(status.db, draft.spec(now=status.clock()), now=status.clock())
    except StoreError:
        raise
    except MonitorError as error:
        return _show(request, draft, Preview(trouble=str(error)), code=422)
    return RedirectResponse(f"/silences#silence-{made.id}", 303)


def _expire(status: Status, request: Request, form: Form) -> str:  # noqa: ARG001 - the form of every act
    """End a silence."""
    asked = request.path_params["silence_id"]
    if not re.fullmatch("[0-9]{1,9}", asked):
        raise UnknownIdError(f"no silence {asked[:50]}")
    actions.expire_silence(status.db, int(asked), config_path=status.config_path, now=status.clock())
    return "/silences"


def _show(request: Request, draft: Draft, preview: Preview | None, *, code: int = 200) -> Response:
    """Return the page with a draft in its form."""
    status: Status = request.app.state.status
    now = status.clock()
    standing: defaultdict[SilenceState, list[Silence]] = defaultdict(list)
    for silence in silences.list_silences(status.db):
        standing[state_of(silence, now=now)].append(silence)
    ended = sorted(standing[SilenceState.EXPIRED], key=lambda one: one.end_at, reverse=True)
    return page(
        request,
        "silences.html.j2",
        code=code,
        now=now,
        groups=[
            ("Active", sorted(standing[SilenceState.ACTIVE], key=lambda one: one.end_at)),
            ("Coming", standing[SilenceState.PENDING]),
            ("Ended", ended[:ENDED_SHOWN]),
        ],
        more_ended=len(ended[ENDED_SHOWN:]),
        spell=spell,
        draft=draft,
        preview=preview,
        preview_shown=PREVIEW_SHOWN,
        tiers=list(Tier),
        offered=_offered(status),
    )


def _preview(status: Status, draft: Draft) -> Preview:
    """Return what a draft would have hidden."""
    try:
        match = draft.match()
    except MonitorError as error:
        return Preview(trouble=str(error))
    hidden = actions.preview_silence(status.db, match, since_at=status.clock() - PREVIEWED)
    return Preview(spell(match), hidden)


def _draft(form: Form) -> Draft:
    """Return the silence that a form describes."""
    known = [one for one in form.all("severity") if one in list(Severity)]
    return Draft(
        words={name: form.text(name) for name in CONDITIONS},
        feeds=form.text("feed"),
        severities=known,
        tier=form.text("tier"),
        span=form.text("for") or USUAL,
        start=form.text("start"),
        end=form.text("end"),
        author=form.text("author"),
        reason=form.text("reason"),
    )


def _instant(name: str, text: str) -> datetime:
    """Return the instant that a field says; UTC without an offset."""
    try:
        return parse_instant(text)
    except ValueError as error:
        raise MonitorError(f"{name}: {error}") from error


def _offered(status: Status) -> dict[str, list[str]]:
    """Return the names that fields offer while one types."""
    lists = status.lists.watchlists if status.lists else ()
    rules = [rule.id for one in lists for rule in one.rules]
    entities = [entity.id for one in lists for entity in one.entities][:OFFERED]
    return {
        "watchlist": [one.id for one in lists][:OFFERED],
        "rule": [*rules, *(f"entity:{one}" for one in entities)][:OFFERED],
        "entity": entities,
    }
