"""Taking hits elsewhere: live as they come, or all of them as a file; trying a text; asking why.

Server-sent events (WHATWG HTML, "Server-sent events"): a client that lost the line says which hit it saw last, and goes
on from there.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from pydantic import Field
from starlette.datastructures import State
from starlette.responses import Response, StreamingResponse

from monitor.actions import instance_of
from monitor.core import explanation
from monitor.core.matched import as_json
from monitor.core.types import Document, Hit
from monitor.errors import StoreError
from monitor.render.exports import Places, csv_lines, places_of, stix_bundle
from monitor.store import items
from monitor.store.database import Database
from monitor.store.items import HitFilter
from monitor.web.api import shapes
from monitor.web.api.asked import LARGEST_ID, AskedExport, AskedItem, AskedStream
from monitor.web.api.operations import Call, Nothing, Operations, Refused
from monitor.web.api.shapes import Body
from monitor.web.explanations import explained
from monitor.web.status import Status

BATCH = 500
"""Hits read at once for an export: some MB."""

STREAMS = 64
"""Most that follow at one time: each looks once in LOOK_SECONDS."""

LOOK_SECONDS = 1.0
BEAT_SECONDS = 15.0
"""A line without a word is taken for dead by proxies after 30 s or more; the standard advises 15."""

LIFE_SECONDS = 3_600.0
"""How long one answer goes on: whoever follows asks again, and is asked for a token that is still good."""

SETTLED = timedelta(seconds=3)
"""How old a hit is before it is told, on PostgreSQL: of transactions that run at once a later one may commit first, and
its hits would hide those before them. On SQLite there is one writer."""

TEXT_BYTES = 256 * 1024
"""Longest text to try: a book's chapter; one made of nothing but names takes a second or two."""

MATCHES = 1
"""Texts that are tried at one time: the daemon has better to do."""

MEDIA = {"csv": "text/csv", "jsonl": "application/jsonl", "stix": "application/stix+json"}

ops = Operations()


class Trying(Body):
    """A text to try against the watchlists in force."""

    id: Annotated[str, Field(max_length=500)] = "text"
    title: str = ""
    text: str = ""
    lang: Annotated[str | None, Field(max_length=100)] = None
    explain: bool = Field(False, description="Say what nearly counted, too.")


@ops.add("POST", "match", body=Trying, answers=shapes.MatchShape, body_bytes=TEXT_BYTES)
async def match(call: Call[Nothing, Trying]) -> shapes.MatchShape:
    """Match a text against the watchlists in force; nothing is stored."""
    if call.status.current is None:
        raise Refused(503, "Not ready", "no watchlist is in force")
    said, matcher = call.body, call.status.current().matcher
    document = Document(said.id, said.title, said.text, said.lang)
    async with call.request.app.state.matching:
        found = await asyncio.to_thread(matcher.match, document, explain=said.explain)
    return shapes.MatchShape.model_validate(as_json(document, found, explain=said.explain))


@ops.add("GET", "hits/export", asked=AskedExport, media=tuple(MEDIA.values()))
def export(call: Call[AskedExport, Nothing]) -> Response:
    """Take all hits that are as asked, oldest first, as CSV, JSON lines or a bundle of STIX 2.1."""
    form, lists = call.asked.format, call.status.lists
    wanted = call.asked.filter(call.status.clock())
    name = f"hits.{'json' if form == 'stix' else form}"
    return StreamingResponse(
        export_lines(call.status.db, wanted, form, places=places_of(lists.watchlists if lists else ())),
        media_type=MEDIA[form],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def export_lines(db: Database, wanted: HitFilter, form: str, *, places: Places) -> Iterator[str]:
    """Yield hits in one of the forms of MEDIA, piece by piece; `places` say where those are that STIX has on a map."""
    hits = _all(db, wanted)
    if form == "csv":
        return csv_lines(hits)
    if form == "stix":
        return stix_bundle(hits, instance=instance_of(db), places=places)
    return (f"{shapes.HitShape.of(hit).model_dump_json()}\n" for hit in hits)


def _all(db: Database, wanted: HitFilter) -> Iterator[Hit]:
    """Yield all hits that are as wanted, oldest first."""
    found = items.list_hits(db, replace(wanted, after_id=wanted.after_id or 0, limit=BATCH))
    while found:
        yield from found
        found = items.list_hits(db, replace(wanted, after_id=found[-1].id, limit=BATCH))


@ops.add("GET", "hits/stream", asked=AskedStream, media=("text/event-stream",))
async def stream(call: Call[AskedStream, Nothing]) -> Response:
    """Follow hits as they come, as server-sent events; goes on after Last-Event-ID, or after the newest hit."""
    state, db = call.request.app.state, call.status.db
    if state.streams >= STREAMS:
        raise Refused(503, "Too many follow", f"at most {STREAMS} may follow at one time")
    seen = call.request.headers.get("last-event-id") or call.asked.after
    if seen is not None and (not seen.isascii() or not seen.isdecimal() or len(seen) > 10 or int(seen) > LARGEST_ID):
        raise Refused(400, "Bad question", "Last-Event-ID: expected the id of a hit")
    if call.request.method == "HEAD":
        return Response(media_type="text/event-stream")
    last = await asyncio.to_thread(items.newest_hit_id, db) if seen is None else int(seen)
    wanted = call.asked.filter(call.status.clock())
    lines = _follow(call.status, wanted, last, state.closing)
    return StreamingResponse(
        _counted(state, lines), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _counted(state: State, lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield lines, and count who follows."""
    state.streams += 1
    try:
        async for line in lines:
            yield line
    finally:
        state.streams -= 1


async def _follow(status: Status, wanted: HitFilter, last: int, closing: asyncio.Event) -> AsyncIterator[str]:
    """Yield hits newer than `last` as events until the server closes, with a sign of life between them."""
    clock = asyncio.get_running_loop().time
    began = beaten = clock()
    yield "retry: 3000\n\n"
    while not closing.is_set() and clock() - began < LIFE_SECONDS:
        try:
            newest, found = await asyncio.to_thread(_look, status, wanted, last)
        except StoreError:
            newest, found = last, []
            yield ": the database is away\n\n"
        for hit in found:
            yield f"id: {hit.id}\nevent: hit\ndata: {shapes.HitShape.of(hit).model_dump_json()}\n\n"
        last = newest
        if found:
            beaten = clock()
        elif clock() - beaten >= BEAT_SECONDS:
            beaten = clock()
            yield ": nothing new\n\n"
        if len(found) < BATCH:
            try:
                await asyncio.wait_for(closing.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue


def _look(status: Status, wanted: HitFilter, last: int) -> tuple[int, list[Hit]]:
    """Return how far was looked, and the hits after `last` up to there that are as wanted."""
    db = status.db
    settled_at = status.clock() - SETTLED if db.dialect == "postgresql" else None
    newest = max(last, items.newest_hit_id(db, until_at=settled_at))
    if newest == last:
        return last, []
    found = items.list_hits(db, replace(wanted, after_id=last, before_id=newest + 1, limit=BATCH))
    return (found[-1].id if len(found) == BATCH else newest), found


@ops.add("GET", "explain", asked=AskedItem, answers=shapes.Explained)
def explain(call: Call[AskedItem, Nothing]) -> shapes.Explained:
    """Tell what happened to an item, and why somebody was told of it or nobody."""
    return shapes.Explained.model_validate(
        explanation.as_json(explained(call.status, call.asked.item, call.asked.feed))
    )
