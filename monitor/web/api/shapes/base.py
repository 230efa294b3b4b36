"""What all shapes share, and how a problem and a part of a list look."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


def rfc3339(at: datetime) -> str:
    """Return an instant as programs read it."""
    return at.isoformat().replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


class Shape(BaseModel):
    """What all answers share: nothing that is not written here."""

    model_config = ConfigDict(extra="forbid")


class Body(BaseModel):
    """What all bodies share: a word that is unknown is an error, not a wish that is overheard."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What went wrong (RFC 9457); `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str


class Page(Shape):
    """A part of a list; `next` is the cursor of the part after it, null at the end."""

    next: str | None
