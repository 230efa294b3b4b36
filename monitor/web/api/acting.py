"""Acting from programs: acknowledge, mark, silence, retry, with what a person can do by command and on the pages.

`web/gate.py` has let through only who may, with a token that no browser sends by itself.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from monitor import actions
from monitor.config.models import MatchModel, SilenceModel
from monitor.config.units import parse_duration, parse_instant
from monitor.core.silences import as_row
from monitor.core.types import Hit, Mark, SilenceSpec
from monitor.web.api import shapes
from monitor.web.api.asked import AskedPreview, moment, number
from monitor.web.api.operations import Call, Nothing, Operations, Refused, spell
from monitor.web.api.reading import ack_shape
from monitor.web.api.shapes import Body
from monitor.web.callers import current

HITS_SHOWN = 1_000
"""Most hits that a preview lists; the others are counted."""

Span = Annotated[str, Field(max_length=64, description="How long: 90m, 6h, 7d.")]
Instant = Annotated[str, Field(max_length=64, description="2026-12-05, 2026-12-05T18:00+05:00; UTC without an offset.")]
Words = Annotated[str, Field(max_length=5_000)]
Filled = Annotated[str, Field(max_length=5_000, pattern=r"\S")]

ops = Operations()


class Acknowledging(Body):
    """Who knows of an alert."""

    who: Filled
    note: Words = ""


class Marking(Body):
    """What somebody says of a hit; null takes back what was said."""

    verdict: Mark | None
    who: Words | None = None


class Silencing(Body):
    """A silence, in the words of the configuration; `for` where one likes that better than `end`."""

    match: MatchModel
    start: Instant | None = None
    end: Instant | None = None
    span: Span | None = Field(None, alias="for")
    author: Words = ""
    reason: Filled


@ops.add("POST", "alerts/{alert_id}/acknowledge", body=Acknowledging, answers=shapes.AckShape)
def acknowledge(call: Call[Nothing, Acknowledging]) -> shapes.AckShape:
    """Acknowledge an alert: of its story nothing is told any more, unless it gets graver."""
    said, now = call.body, call.status.clock()
    made = actions.acknowledge(call.status.db, call.word("alert_id"), who=said.who, note=said.note, via="api", now=now)
    return ack_shape(made)


@ops.add("POST", "hits/{hit_id}/mark", body=Marking, answers=shapes.Marked)
def mark(call: Call[Nothing, Marking]) -> shapes.Marked:
    """Say of a hit that it is right or wrong."""
    found, verdict, who = number(call.word("hit_id"), "hit"), call.body.verdict, call.body.who or _name()
    actions.mark_hit(call.status.db, found, verdict, who=who, now=call.status.clock())
    return shapes.Marked(hit=str(found), verdict=verdict, who=who)


@ops.add(
    "POST",
    "silences",
    asked=AskedPreview,
    body=Silencing,
    answers={201: shapes.MadeSilence, 200: shapes.SilencePreview},
)
def silence(call: Call[AskedPreview, Silencing]) -> shapes.MadeSilence | shapes.SilencePreview:
    """Make a silence, or with `preview` only say what it would have hidden."""
    db, now = call.status.db, call.status.clock()
    spec, since_at = _spec(call.body, now=now), moment(call.asked.since, now)
    assert since_at is not None
    hidden = actions.preview_silence(db, spec.match, since_at=since_at)
    if call.asked.preview:
        return shapes.SilencePreview(would_have_hidden=len(hidden), hits=[_hidden(one) for one in hidden[:HITS_SHOWN]])
    made = actions.add_silence(db, spec, now=now)
    return shapes.MadeSilence(**as_row(made, now=now), would_have_hidden=len(hidden))


@ops.add("DELETE", "silences/{silence_id}", answers=shapes.SilenceShape)
def expire(call: Call[Nothing, Nothing]) -> shapes.SilenceShape:
    """End a silence now; what it hid is told."""
    now, found = call.status.clock(), number(call.word("silence_id"), "silence")
    ended = actions.expire_silence(call.status.db, found, config_path=call.status.config_path, now=now)
    return shapes.SilenceShape(**as_row(ended, now=now) | {"end_at": now, "state": "expired"})


@ops.add("POST", "deliveries/{delivery_id}/retry", answers=shapes.Retried)
def retry(call: Call[Nothing, Nothing]) -> shapes.Retried:
    """Send a delivery again that was given up."""
    actions.retry_delivery(call.status.db, call.word("delivery_id"), now=call.status.clock())
    return shapes.Retried(delivery=call.word("delivery_id"), state="pending")


def _name() -> str:
    """Return by what name a program is known that gives none: that of its token."""
    caller = current.get()
    return (caller.name if caller else "") or "api"


def _spec(body: Silencing, *, now: datetime) -> SilenceSpec:
    """Return the silence that a body describes."""
    said: dict[str, Any] = {"match": body.match, "author": body.author, "reason": body.reason}
    if body.span is not None and body.end is not None:
        raise Refused(422, "Bad body", "for: give it or end, not both")
    try:
        start_at = now if body.start is None else parse_instant(body.start)
        end = body.end if body.span is None else start_at + parse_duration(body.span)
    except (ValueError, OverflowError) as error:
        raise Refused(422, "Bad body", f"{'for' if body.start is None else 'start or for'}: {error}") from error
    said |= {"start": body.start} if body.start is not None else {}
    said |= {"end": end} if end is not None else {}
    try:
        return SilenceModel.model_validate(said).spec()
    except ValidationError as error:
        raise Refused(422, "Bad body", spell(error, SilenceModel)) from error


def _hidden(hit: Hit) -> shapes.HiddenHit:
    """Return a hit as a preview tells of it."""
    return shapes.HiddenHit(
        id=str(hit.id),
        severity=hit.severity,
        rule=hit.rule,
        title=hit.item.title,
        feed=hit.item.feed_name,
        created_at=hit.created_at,
    )
