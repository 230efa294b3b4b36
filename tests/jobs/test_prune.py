"""What is past its retention goes once a day, and a day that was missed is made up for."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.jobs.prune import QUIET_HOUR, PruneJob, quiet_hour
from monitor.store import meta
from tests.jobs.newsroom import START, newsroom

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "due_at"),
    [("2026-03-02T02:59:59", "2026-03-01T03:00:00"), ("2026-03-02T03:00:00", "2026-03-02T03:00:00")],
)
def test_the_pruning_of_a_day_is_due_from_its_quiet_hour_on(now: str, due_at: str) -> None:
    assert quiet_hour(datetime.fromisoformat(now)) == datetime.fromisoformat(due_at)
    assert datetime.fromisoformat(due_at).hour == QUIET_HOUR


async def test_a_day_is_pruned_once_whoever_looks(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        pruned = []
        for after in (timedelta(0), DAY / 24, DAY, DAY + DAY / 24, 9 * DAY):
            room.now = START + after
            await PruneJob(room.house.current)("")
            pruned.append(meta.get(room.db, meta.PRUNED))
    first, again, second, once_more, late = pruned
    assert first == again == START.isoformat()
    assert second == once_more == (START + DAY).isoformat()
    assert late == (START + 9 * DAY).isoformat()
