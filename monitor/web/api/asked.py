"""What programs ask: filters, spans, and where in a list to go on."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from monitor.config.units import SPAN_PATTERN, parse_duration, parse_instant
from monitor.core.types import Severity
from monitor.errors import UnknownIdError
from monitor.store.items import HitFilter
from monitor.web.api.operations import Refused

MOST_LISTED = 1_000
"""Most rows of one answer; the rest is asked for by its `next`."""

LARGEST_ID = 2**31 - 1
"""Largest id of a row: PostgreSQL's "integer", which refuses to compare with more (postgresql.org, "Numeric Types")."""

ADDRESS_CHARS = 2_000
"""Longest address that is looked for: a longer one is none that a reader can open."""

NAME_CHARS = 500
"""Longest name that is looked for."""


def _moment(text: str) -> str:
    """Refuse what is neither a span nor an instant."""
    if not re.fullmatch(SPAN_PATTERN, text.strip()):
        try:
            parse_instant(text)
        except (ValueError, OverflowError):
            raise ValueError(
                "expected a span such as 90s, 15m, 6h or 7d, or an instant such as 2026-12-05T18:00Z"
            ) from None
    else:
        parse_duration(text)
    return text


Moment = Annotated[str, Field(max_length=64), AfterValidator(_moment)]
Name = Annotated[str, Field(max_length=NAME_CHARS)]
Cursor = Annotated[str | None, Field(None, max_length=NAME_CHARS, description="`next` of the answer before.")]
Limit = Annotated[int, Field(100, ge=1, le=MOST_LISTED, description="At most so many.")]


class Asked(BaseModel):
    """What all lists take."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit
    cursor: Cursor


class AskedSpan(Asked):
    """A list that can be asked for a span of time."""

    since: Moment | None = Field(None, description="From when on: a span ago (6h, 7d) or an instant.")
    until: Moment | None = Field(None, description="Until before when, likewise.")


class AskedItems(AskedSpan):
    """Which items."""

    feed: Name | None = Field(None, description="Name or address of the feed.")
    lang: Name | None = Field(None, description="Language, as the feed or the words tell it.")


class HitConditions(BaseModel):
    """Which hits; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(None, description="From when on: a span ago (6h, 7d) or an instant.")
    until: Moment | None = Field(None, description="Until before when, likewise.")
    severity: Severity | None = Field(None, description="This one and graver.")
    watchlist: Name | None = Field(None, description="Id of the watchlist.")
    rule: Name | None = Field(None, description="Id of the rule; `entity:ID` for an entity by itself.")
    entity: Name | None = Field(None, description="Id of an entity that is named.")
    feed: Name | None = Field(None, description="Name or address of the feed.")
    lang: Name | None = Field(None, description="Language, as the feed or the words tell it.")

    def filter(self, now: datetime, **more: Any) -> HitFilter:  # noqa: ANN401 - fields of the filter
        """Return the conditions as the store takes them."""
        return HitFilter(
            since_at=moment(self.since, now),
            until_at=moment(self.until, now),
            severity=self.severity,
            watchlist=self.watchlist,
            rule=self.rule,
            entity=self.entity,
            feed=self.feed,
            lang=self.lang,
            **more,
        )


class AskedHits(HitConditions):
    """Which hits, and how many."""

    limit: Limit
    cursor: Cursor


class AskedExport(HitConditions):
    """Which hits, in which form."""

    format: Literal["csv", "jsonl", "stix"] = Field("jsonl", description="csv, JSON lines, or a bundle of STIX 2.1.")


class AskedStream(HitConditions):
    """Which hits to follow; what is older than the last one seen is not told."""

    after: Annotated[str | None, Field(None, pattern="^[0-9]{1,10}$", description="Like the header Last-Event-ID.")]


class AskedItem(BaseModel):
    """Which item is meant."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field(
        min_length=1, max_length=ADDRESS_CHARS, description="An id, an address, a guid, hit:ID or an alert's id."
    )
    feed: str | None = Field(None, max_length=ADDRESS_CHARS, description="Address of its feed.")


class AskedAlerts(AskedSpan):
    """Which alerts."""

    severity: Severity | None = Field(None, description="This one and graver.")
    receiver: Name | None = Field(None, description="Who is told.")
    story: Annotated[int | None, Field(None, ge=1, le=LARGEST_ID, description="Id of the story.")]


class AskedDeliveries(AskedSpan):
    """Which deliveries."""

    state: Literal["pending", "sent", "dead"] | None = Field(None, description="dead were given up.")
    channel: Name | None = Field(None, description="receiver/kind, such as desk/slack.")
    thread: Name | None = Field(None, description="Id of the alert or digest they tell of.")


class AskedDigests(AskedSpan):
    """Which digests, by when their period ended."""

    name: Name | None = Field(None, description="Name of the digest in the configuration.")


class AskedFeeds(Asked):
    """Which feeds."""

    state: Name | None = Field(None, description="healthy, quiet, failing, ..., as on the page of the feeds.")
    tag: Name | None = Field(None, description="One of the feed's tags.")
    text: Name | None = Field(None, description="Words in its name or address, in any case.")


class AskedSilences(Asked):
    """Which silences."""

    all: bool = Field(False, description="Also those that are over.")


class AskedPreview(BaseModel):
    """Whether a silence is made, or only looked at."""

    model_config = ConfigDict(extra="forbid")

    preview: bool = Field(False, description="Only say what it would have hidden.")
    since: Moment = Field("7d", description="The past that is looked at.")


def moment(text: str | None, now: datetime) -> datetime | None:
    """Return the instant that a span ago or an instant means."""
    if text is None:
        return None
    if not re.fullmatch(SPAN_PATTERN, text.strip()):
        return parse_instant(text)
    span: timedelta = parse_duration(text)
    return now - span


def number(text: str, name: str) -> int:
    """Return an id that counts up. Raises UnknownIdError for what is none."""
    if not re.fullmatch("[0-9]{1,10}", text) or not 0 < int(text) <= LARGEST_ID:
        raise UnknownIdError(f"no {name} {text[:50]}")
    return int(text)


def cursor_of(*place: str | int | datetime) -> str:
    """Return a cursor for the place after a row, by what the list is ordered by; what comes in front moves nothing."""
    said = [one.isoformat() if isinstance(one, datetime) else one for one in place]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def place_of_id(cursor: str | None) -> int | None:
    """Return the id that a cursor names. Raises Refused."""
    if cursor is None:
        return None
    match _read(cursor):
        case [int() as last] if 0 <= last <= LARGEST_ID:
            return last
    raise _bad_cursor()


def place_in_time(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the instant and the id that a cursor names. Raises Refused."""
    if cursor is None:
        return None
    match _read(cursor):
        case [str() as at, str() as last]:
            try:
                return datetime.fromisoformat(at).astimezone(UTC), last
            except (ValueError, OverflowError):
                raise _bad_cursor() from None
    raise _bad_cursor()


def _bad_cursor() -> Refused:
    """Return what is said of a cursor that is none of ours."""
    return Refused(400, "Bad question", "cursor: expected `next` of an answer before, as it was")


def _read(cursor: str) -> object:
    """Return what a cursor says. Raises Refused."""
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_cursor() from None
