"""A backup that was made while the daemon ran is put into a clean folder, and the daemon goes on from it."""

from pathlib import Path

import pytest

from monitor.store.backup import back_up
from tests.e2e.conftest import TestHouse, hasty
from tests.e2e.test_copy import state
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver


@pytest.mark.slow
async def test_a_restored_backup_goes_on_where_the_daemon_was(house: TestHouse, tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    restored = TestHouse(tmp_path / "restored")
    async with publisher() as paper, receiver() as desk:
        desk.status = 503
        paper.publish("IS-K says it struck Bajaur")
        for one in (house, restored):
            one.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running(clock=hasty()) as daemon:
            await desk.until(lambda: bool(desk.server.requests))
            back_up(daemon.status.db, restored.folder / "monitor.db")
        [feed], sending = state(f"sqlite:///{restored.folder}/monitor.db")
        desk.status, asked = 200, len(paper.server.requests)
        async with restored.running(clock=hasty()):
            await desk.until(lambda: bool(desk.notices), 30)
            await desk.until(lambda: len(paper.server.requests) > asked)
    assert [id_ for _, id_, *_ in sending] == list(desk.notices)
    assert paper.server.requests[asked].headers["if-none-match"] == feed[1]
