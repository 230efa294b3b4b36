"""Kills, a full disk and dying receivers while news come in: nothing is lost, and a repeat has the same id.

The long run of the same is `python -m benchmarks.chaos`, on both databases.
"""

from pathlib import Path

import pytest

from benchmarks.chaos import endure
from benchmarks.chaos_faults import small_disk

SEED = 20230730


@pytest.mark.parametrize("faults", [1, pytest.param(11, marks=pytest.mark.slow)])
@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_nothing_told_under_two_ids(tmp_path: Path, faults: int) -> None:
    """One is a kill -9; of eleven each kind is one, and four are kills."""
    data = tmp_path / "disk"
    data.mkdir()
    with small_disk(data, size="32m") as disk:
        chaos, laws, _ = await endure(
            tmp_path, disk, database=None, faults=faults, seed=SEED, longest=2.0, pause=0.5, feeds=10, patience=120.0
        )
    assert laws.broken == ()
    assert chaos.faults.total() == faults
    assert laws.published == laws.stored > faults
