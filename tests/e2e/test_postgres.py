"""Over PostgreSQL: by TLS to the right server only, and over a restart of it."""

import pytest

from monitor.errors import StoreError
from monitor.store.database import Database
from tests.e2e.conftest import TestHouse, free_port, hasty
from tests.servers.postgres import own_server, programs
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.postgres
@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")
async def test_a_daemon_goes_on_by_itself_when_its_server_was_away_and_speaks_tls_to_the_right_one_only(
    house: TestHouse,
) -> None:
    with own_server(free_port()) as server:
        trusted = server.url(f"sslmode=verify-full&sslrootcert={server.ca}")
        with pytest.raises(StoreError, match="does not match host name"):
            Database.open(server.url(f"sslmode=verify-full&sslrootcert={server.ca}", host="other.example"))
        stranger = server.folder / "stranger.crt"
        stranger.write_text((server.data / "server.crt").read_text())
        with pytest.raises(StoreError, match="certificate verify failed"):
            Database.open(server.url(f"sslmode=verify-full&sslrootcert={stranger}"))
        with pytest.raises(StoreError, match="no encryption"):
            Database.open(server.url("sslmode=disable"))
        async with publisher() as paper, receiver() as desk:
            house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
            house.config.write_text(house.config.read_text().replace("sqlite:///monitor.db", trusted))
            async with house.running(clock=hasty()):
                paper.publish("IS-K says it struck Bajaur")
                await desk.until(lambda: len(desk.notices) == 1, 30)
                server.stop()
                paper.publish("IS-K says it struck Kabul, where nobody was hurt on Monday")
                server.start()
                await desk.until(lambda: len(desk.titles()) == 2, 60)
