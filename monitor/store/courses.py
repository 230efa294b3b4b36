"""What polling learnt of a feed, as columns of its row."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from monitor.core import rhythm
from monitor.core.types import Course, Terms


def course_values(course: Course) -> dict[str, Any]:
    """Return the columns of a course."""
    terms = course.terms
    return {
        "moved_to": course.moved_to,
        "retired_at": course.retired_at,
        "not_before_at": course.not_before_at,
        "rolled_over_at": course.rolled_over_at,
        "patience_s": _seconds(course.patience),
        "window_s": _seconds(course.window),
        "terms": {
            "fresh_s": _seconds(terms.fresh),
            "ttl_s": _seconds(terms.ttl),
            "skip_hours": sorted(terms.skip_hours),
            "skip_days": sorted(terms.skip_days),
        },
        **rhythm_values(course),
    }


def rhythm_values(course: Course) -> dict[str, Any]:
    """Return the columns of a rhythm: the beats, and from when on the feed is quiet by them, for a query to find."""
    return {"beats": [int(beat.timestamp()) for beat in course.beats], "quiet_at": rhythm.quiet_at(course)}


def read_course(row: RowMapping) -> Course:
    """Return the course that a row holds; one from before courses were kept knows nothing."""
    terms = row["terms"]
    return Course(
        moved_to=row["moved_to"],
        retired_at=row["retired_at"],
        not_before_at=row["not_before_at"],
        patience=_span(row["patience_s"]),
        terms=_read_terms(terms) if terms else _NO_TERMS,
        beats=tuple(datetime.fromtimestamp(beat, UTC) for beat in row["beats"]),
        window=_span(row["window_s"]),
        rolled_over_at=row["rolled_over_at"],
    )


_NO_TERMS = Terms()


def _read_terms(terms: Mapping[str, Any]) -> Terms:
    """Return the terms that a row holds."""
    return Terms(
        fresh=_span(terms.get("fresh_s")),
        ttl=_span(terms.get("ttl_s")),
        skip_hours=frozenset(terms.get("skip_hours", ())),
        skip_days=frozenset(terms.get("skip_days", ())),
    )


def _seconds(span: timedelta | None) -> int | None:
    """Return whole seconds, begun ones counted: a wait that was asked for is never cut."""
    return None if span is None else -(-span // timedelta(seconds=1))


def _span(seconds: int | None) -> timedelta | None:
    """Return a span."""
    return None if seconds is None else timedelta(seconds=seconds)
