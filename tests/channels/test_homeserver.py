"""Messages to a real Matrix homeserver: taken, threaded, silent, told apart from a repeat, refused when there are too many."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from monitor.channels.http import open_client
from monitor.channels.matrix import MatrixChannel
from monitor.core.types import Delivery
from monitor.errors import DeliveryError
from monitor.outgoing import RATES
from monitor.render.message import render
from tests.channels.counterparts import utcnow
from tests.channels.notices import ATTACKS, flood, hostile, quiet
from tests.render.samples import alert_delivery, make_delivery
from tests.servers.homeserver import PYTHON, Account, homeserver, join_room

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="MONITOR_TEST_SYNAPSE names no Python with matrix-synapse"),
    pytest.mark.timeout(300),
]


class Room:
    """A room with the daemon's account in it, and a reader."""

    def __init__(self, channel: MatrixChannel, reader: Account, room: str) -> None:
        self._channel, self.reader, self._room = channel, reader, room

    async def send(self, delivery: Delivery, *, parent: str | None = None) -> str:
        """Send a delivery; return the id of its event."""
        event = await self._channel.send(render(delivery, kind="matrix", parent=parent))
        assert event is not None
        return event

    async def ask(self, path: str) -> dict[str, object]:
        """Return what the reader is told of the room."""
        return await self.reader.ask("GET", path.format(room=quote(self._room)))

    async def pinged(self) -> list[str]:
        """Return the events that the reader was notified of."""
        told = await self.reader.ask("GET", "v3/notifications?limit=50")
        return [one["event"]["event_id"] for one in told["notifications"]]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return a room on a homeserver of its own."""
    async with (
        homeserver(tmp_path, "monitor", "reader") as (monitor, reader),
        open_client(timeout=timedelta(seconds=20), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        id_ = await join_room(reader, monitor)
        yield Room(MatrixChannel(monitor.url, monitor.token, id_, client=client, clock=utcnow), reader, id_)


async def test_a_homeserver_keeps_the_contract(room: Room) -> None:
    first = await room.send(alert_delivery())
    assert await room.send(alert_delivery()) == first, "it knows a repeat by its transaction"
    update = replace(alert_delivery(updated=True), id="dlv_2")
    second = await room.send(update, parent=first)
    third = await room.send(quiet(update), parent=first)
    thread = await room.ask(f"v1/rooms/{{room}}/relations/{quote(first)}/m.thread")
    assert isinstance(thread["chunk"], list)
    assert {one["event_id"] for one in thread["chunk"]} == {second, third}
    told = await room.pinged()
    assert {first, second} <= set(told)
    assert third not in told, "a notice makes no sound"
    huge = await room.send(replace(make_delivery(flood(20, "\U0001f4a5")), id="dlv_3"))
    stored = await room.ask(f"v3/rooms/{{room}}/event/{quote(huge)}")
    assert "more. " in str(stored["content"])


async def test_a_homeserver_takes_what_is_hostile_and_mentions_nobody_and_says_when_it_has_enough(room: Room) -> None:
    rate = RATES["matrix"][0]
    await asyncio.sleep(rate.per.total_seconds() / rate.count)  # that the account joined the room counts as a message
    sent, error = 0, None
    while error is None:
        attack = list(ATTACKS.values())[sent % len(ATTACKS)]
        try:
            await room.send(replace(hostile(attack), id=f"dlv_{sent}"))
        except DeliveryError as refused:
            error = refused
        else:
            sent += 1
    assert sent >= rate.count, "a burst as long as we keep to"
    assert (error.permanent, error.code) == (False, "M_LIMIT_EXCEEDED")
    assert error.retry_after is not None
    assert 0 < error.retry_after <= rate.per.total_seconds() / rate.count
    told = await room.reader.ask("GET", "v3/notifications?only=highlight&limit=50")
    assert told["notifications"] == []
