"""The pages of the watchlists: what is in them, how often their hits were right, and what a check of them finds."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor import actions
from monitor.core.findings import Finding
from monitor.core.marks import Score, Scores, scores
from monitor.core.types import Alias, Entity, Rule, Watchlist
from monitor.errors import FetchError, MonitorError, StoreError
from monitor.store.marks import marked_hits
from monitor.web.forms import read_form, refusal
from monitor.web.frame import page
from monitor.web.status import Status

PAGE_SIZE = 50
"""Entities on one page of a watchlist."""

CHECK_SECONDS = 120.0
"""Longest time for a check: the shipped watchlists, of 139 entities with all their spellings, take 2 s of CPU time."""

FINDINGS_SHOWN = 200
"""Findings that a page lists; the command shows all."""


@dataclass(frozen=True, slots=True)
class EntityLine:
    """An entity with its aliases, each with how often hits that name it were right."""

    entity: Entity
    aliases: Sequence[tuple[Alias, Score | None]]


def listing(request: Request) -> Response:
    """List the watchlists in force, with how often their marked hits were right."""
    status: Status = request.app.state.status
    known, lists = scores(marked_hits(status.db)), status.lists.watchlists if status.lists else ()
    found = Counter(_owner(status, one) for one in _findings(status))
    return page(
        request,
        "watchlists.html.j2",
        now=status.clock(),
        lines=[(one, known.watchlists.get(one.id), found[one.id]) for one in lists],
        checked=_checked(status),
        findings=_findings(status)[:FINDINGS_SHOWN],
    )


def one(request: Request) -> Response:
    """Show one watchlist: its rules, entities and aliases with their precision; `?text=` finds an entity."""
    status: Status = request.app.state.status
    found = _find(status, request.path_params["watchlist_id"])
    if found is None:
        return page(request, "missing.html.j2", code=404, now=status.clock(), what="watchlist")
    known = scores(marked_hits(status.db))
    text = request.query_params.get("text", "").strip()
    chosen = [entity for entity in found.entities if _speaks_of(entity, text)]
    last = max(1, -(-len(chosen) // PAGE_SIZE))
    number = min(_number(request.query_params.get("page", "1")), last)
    return page(
        request,
        "watchlist.html.j2",
        now=status.clock(),
        watchlist=found,
        score=known.watchlists.get(found.id),
        rules=_rules(found, known),
        feeds=sorted((feed, score) for (owner, feed), score in known.feeds.items() if owner == found.id),
        entities=[_line(entity, known) for entity in chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]],
        chosen=len(chosen),
        text=text,
        number=number,
        last=last,
        before=_address(found, text, number - 1) if number > 1 else "",
        after=_address(found, text, number + 1) if number < last else "",
        checked=_checked(status),
        findings=[one for one in _findings(status) if _owner(status, one) == found.id][:FINDINGS_SHOWN],
    )


async def check(request: Request) -> Response:
    """Check the watchlists, in a process of its own that is killed when it takes too long, and show what was found."""
    status: Status = request.app.state.status
    form = await read_form(request)
    if isinstance(form, Response):
        return form
    if status.current is None or status.lists is None:
        return refusal(request, 503, "No watchlist is in force here.")
    context = status.current()
    if _checked(status) is None:
        try:
            status.checked = await context.apart.run(
                actions.check_watchlists, CHECK_SECONDS, context.settings.watchlists
            )
        except FetchError:
            why = f"The check takes longer than {CHECK_SECONDS:.0f} s here; run it by: monitor watchlists lint"
            return refusal(request, 503, why)
        except StoreError:
            raise
        except MonitorError as error:
            return refusal(request, 409, str(error))
    then = await asyncio.to_thread(_find, status, form.text("watchlist"))
    return RedirectResponse(f"/watchlists/{then.id}#check" if then else "/watchlists#check", 303)


def routes() -> list[Route]:
    """Return the routes of these pages."""
    return [
        Route("/watchlists", listing),
        Route("/watchlists/check", check, methods=["POST"]),
        Route("/watchlists/{watchlist_id}", one),
    ]


def _find(status: Status, watchlist_id: str) -> Watchlist | None:
    """Return a watchlist in force."""
    lists = status.lists.watchlists if status.lists else ()
    return next((one for one in lists if one.id == watchlist_id), None)


def _checked(status: Status) -> actions.Checked | None:
    """Return what was found in the watchlists that are in force, when somebody has had them checked."""
    if status.checked is None or status.lists is None or status.checked.version != status.lists.version:
        return None
    return status.checked


def _findings(status: Status) -> Sequence[Finding]:
    """Return what was found in the watchlists in force; nothing before they are checked."""
    checked = _checked(status)
    return checked.findings if checked else ()


def _owner(status: Status, finding: Finding) -> str:
    """Return the id of the watchlist that a finding is about, "" for none."""
    assert status.lists is not None
    owners = {str(file): one.id for file, one in zip(status.lists.files, status.lists.watchlists, strict=True)}
    return owners.get(finding.file, "")


def _rules(watchlist: Watchlist, known: Scores) -> list[tuple[Rule, Score | None]]:
    """Return the rules of a watchlist with how often their hits were right."""
    return [(rule, known.rules.get((watchlist.id, rule.id))) for rule in watchlist.rules]


def _line(entity: Entity, known: Scores) -> EntityLine:
    """Return an entity with its aliases."""
    return EntityLine(entity, [(alias, known.aliases.get((entity.id, alias.text))) for alias in entity.aliases])


def _speaks_of(entity: Entity, text: str) -> bool:
    """Return whether every word stands in an entity's id, name or aliases, in any case."""
    words = text.casefold().split()
    if not words:
        return True
    said = " ".join((entity.id, entity.name, *(alias.text for alias in entity.aliases))).casefold()
    return all(word in said for word in words)


def _number(text: str) -> int:
    """Return the number of a page, 1 for what is none."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _address(watchlist: Watchlist, text: str, number: int) -> str:
    """Return the address of a page of a watchlist's entities."""
    asked = {"text": text, "page": str(number) if number > 1 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/watchlists/{watchlist.id}{'?' + query if query else ''}#entities"
