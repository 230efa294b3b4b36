"""Three nodes on one database while one is killed, one hangs, one is stopped, and the database crashes.

The long run of the same is `python -m benchmarks.chaos --nodes 3`, which tells the times, too.
"""

from pathlib import Path

import pytest

from benchmarks.chaos_cluster import endure
from benchmarks.chaos_nodes import Kind
from benchmarks.own_postgres import NoServerError, own_server

SEED = 20230730


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_nodes_that_are_killed_and_hang_lose_nothing_and_tell_nothing_under_two_ids(tmp_path: Path) -> None:
    """Of five faults each kind is one, and two are kills; the clocks of the nodes are two minutes apart."""
    pytest.importorskip("procrastinate", reason="the extra `cluster` is not installed")
    try:
        with own_server() as server:
            found = await endure(server, tmp_path, nodes=3, faults=5, seed=SEED, settled=1.0, patience=180.0)
    except NoServerError as error:
        pytest.skip(str(error))
    assert found.laws.broken == ()
    assert found.nodes.faults.keys() == set(Kind)
    assert found.laws.published == found.laws.stored > 0
