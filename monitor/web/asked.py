"""What the address of a page asks for, read; each thing that makes no sense is told in words, none is passed over."""

import re
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from monitor.config.units import parse_duration, parse_instant

LARGEST_ID = 2**31 - 1
"""Largest id of a row: PostgreSQL's "integer", which refuses to compare with more (postgresql.org, "Numeric Types")."""

LONGEST = 300
"""Characters of one value; a longer one is told of, and shown by its beginning."""

_Choice = TypeVar("_Choice", bound=StrEnum)


class Asked:
    """The values of an address by name, and what is wrong with them.

    path    of the page
    given   what is not empty, as it was written
    """

    def __init__(self, request: Request, names: tuple[str, ...]) -> None:
        """Read the values with these names; the first of each counts."""
        self.path: str = request.scope["path"]
        found = {name: request.query_params.get(name, "").strip() for name in names}
        self.given = {name: value[: LONGEST + 1] for name, value in found.items() if value}
        self.problems: list[str] = []
        for name, value in self.given.items():
            if len(value) > LONGEST:
                self.refuse(name, f"expected at most {LONGEST} characters")

    def get(self, name: str) -> str:
        """Return a value as it was written, "" for none."""
        return self.given.get(name, "")

    def refuse(self, name: str, why: object) -> None:
        """Note that a value makes no sense."""
        self.problems.append(f"{name} “{self.get(name)[:60]}”: {why}")

    def address(self, **changes: str) -> str:
        """Return the address of this page with other values; "" takes one away."""
        values = {name: value for name, value in ({**self.given, **changes}).items() if value}
        return f"{self.path}?{urlencode(values)}" if values else self.path

    def instant(self, name: str, *, now: datetime) -> datetime | None:
        """Return the instant of "7d" (so long ago) or of "2026-12-01", with or without a time; None for none."""
        written = self.get(name)
        if not written:
            return None
        try:
            return now - parse_duration(written)
        except (ValueError, OverflowError):
            pass  # no span: then it is an instant
        try:
            return parse_instant(written)
        except (ValueError, OverflowError):
            self.refuse(name, "expected a span such as 7d, or a day such as 2026-12-01")
            return None

    def choice(self, name: str, among: type[_Choice]) -> _Choice | None:
        """Return one of some words; None for none."""
        written = self.get(name)
        if not written:
            return None
        try:
            return among(written)
        except ValueError:
            self.refuse(name, f"expected one of: {', '.join(among)}")
            return None

    def number(self, name: str) -> int | None:
        """Return the id of a row; None for none."""
        written = self.get(name)
        if not written:
            return None
        found = row_id(written)
        if found is None:
            self.refuse(name, "expected a number")
        return found


def row_id(text: str) -> int | None:
    """Return the id of a row that stands in an address; None for what is none."""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,9}", text) and int(text) <= LARGEST_ID else None
