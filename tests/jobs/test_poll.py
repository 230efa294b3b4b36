"""What was fetched is not fetched again because the database is away."""

from typing import Any, cast

import pytest

from monitor.errors import StoreError
from monitor.jobs import poll
from monitor.jobs.context import Context

NOBODY = cast("Context", None)


def failing(times: int) -> tuple[list[Any], Any]:
    """Return a list of what was committed, and a commit that fails so many times first."""
    tried: list[Any] = []

    def commit(context: Context, outcomes: Any) -> None:
        tried.append(outcomes)
        if len(tried) <= times:
            raise StoreError("the disk is full")

    return tried, commit


async def test_a_commit_is_tried_again_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, commit = failing(2)
    monkeypatch.setattr(poll, "commit", commit)
    monkeypatch.setattr(poll, "COMMIT_PAUSES", (0.0, 0.0, 0.0))
    await poll.commit_patiently(NOBODY, [])
    assert len(tried) == 3


async def test_in_the_end_the_trouble_is_told_and_the_feeds_stay_due(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, commit = failing(99)
    monkeypatch.setattr(poll, "commit", commit)
    monkeypatch.setattr(poll, "COMMIT_PAUSES", (0.0, 0.0))
    with pytest.raises(StoreError, match="the disk is full"):
        await poll.commit_patiently(NOBODY, [])
    assert len(tried) == 3
