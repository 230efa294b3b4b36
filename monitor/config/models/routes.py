"""Who is told of which hits, together with what, and when not: routes, quiet hours, inhibition, silences."""

import re
from datetime import time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from monitor.config.models.base import Instant, Model, Name, Names, Span, one_or_many
from monitor.config.units import parse_times
from monitor.core.quiet import covers_all
from monitor.core.types import GROUP_KEYS, Kind, QuietHours, RouteMatch, Severity, SilenceSpec, Tier


def _publishers(value: object) -> int:
    """Return the number in ">=2"."""
    found = re.fullmatch(r">=\s*(\d+)", value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) < 1:
        raise ValueError('expected a comparison such as ">=2"')
    return int(found[1])


class MatchModel(Model):
    """Conditions on a hit: within a key any value will do, all keys must hold."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(one_or_many)] = ()
    watchlist: Names = ()
    rule: Names = ()
    entity: Names = ()
    kind: Annotated[tuple[Kind, ...], BeforeValidator(one_or_many)] = ()
    tags: Names = ()
    feed: Names = ()
    lang: Names = ()
    publishers: Annotated[
        int, BeforeValidator(_publishers), WithJsonSchema({"type": "string", "pattern": "^>= ?[0-9]+$"})
    ] = 0
    tier: Annotated[tuple[Tier, ...], BeforeValidator(one_or_many)] = Field(
        (), description="How sure the words are: exact, inflected, spelling."
    )

    def conditions(self) -> RouteMatch:
        """Return the conditions as routing reads them."""
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        sets: dict[str, Any] = {name: frozenset(one) for name, one in given.items() if isinstance(one, tuple)}
        return RouteMatch(**given | sets)


Times = Annotated[
    tuple[time, time], BeforeValidator(parse_times), WithJsonSchema({"type": "string", "pattern": "^.+:.+-.+:.+$"})
]


class MuteModel(Model):
    """Quiet hours: what is due in them is told when they end."""

    times: Annotated[tuple[Times, ...], BeforeValidator(one_or_many)] = Field((), description='Such as "22:00-07:00".')
    timezone: str = Field("UTC", description="Such as Asia/Karachi.")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"timezone: {self.timezone!r} is no time zone; expected a name such as Asia/Karachi or UTC"
            ) from None
        if covers_all(self.hours()):
            raise ValueError("times: they leave no minute of the day; nothing would ever be told")
        return self

    def hours(self) -> QuietHours:
        """Return the quiet hours as routing reads them."""
        return QuietHours(self.times, ZoneInfo(self.timezone))


class InhibitModel(Model):
    """What need not be told where something graver of the same story is told to the same receiver."""

    source: MatchModel
    target: MatchModel

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if MatchModel() in (self.source, self.target):
            raise ValueError("expected at least one condition each in source and in target")
        return self


class RouteModel(Model):
    """A node of the routing tree; what it does not say it has from its parent."""

    receiver: Name | None = None
    match: MatchModel = MatchModel()
    group_by: Annotated[
        tuple[Literal["story", "rule", "watchlist", "entity", "feed", "severity"], ...] | None,
        BeforeValidator(one_or_many),
    ] = None
    group_wait: Span | None = None
    group_interval: Span | None = None
    repeat_interval: Span | None = None
    mute: MuteModel | None = None
    max_per_hour: int | None = Field(None, ge=0, description="Alerts told one by one in any hour; 0 for no limit.")
    continue_: bool = Field(False, alias="continue", description="Let later siblings look, too.")
    routes: tuple["RouteModel", ...] = ()


assert set(GROUP_KEYS) == {"story", "rule", "watchlist", "entity", "feed", "severity"}


class SilenceModel(Model):
    """A span in which matching hits alert nobody; what it hid is told when it ends."""

    match: MatchModel
    start: Instant | None = Field(None, description="From when on; else from when the daemon first reads it.")
    end: Instant = Field(description="Until when: 2026-12-05, 2026-12-05T18:00+05:00; UTC without an offset.")
    author: str = ""
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.match == MatchModel():
            raise ValueError(
                "match: expected at least one condition; for everything: severity: [low, medium, high, critical]"
            )
        if self.start is not None and self.start >= self.end:
            raise ValueError("expected a start before the end")
        return self

    def spec(self) -> SilenceSpec:
        """Return the silence as the store takes it."""
        return SilenceSpec(self.match.conditions(), self.start, self.end, self.author, self.reason)
