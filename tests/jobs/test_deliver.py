"""What the delivery job keeps of a message that was taken, for those that follow in its thread."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from monitor.config.settings import DELIVER_LANES
from monitor.core.types import Delivery, Message
from monitor.errors import DeliveryError
from monitor.jobs.deliver import DeliverJob
from monitor.jobs.keys import lane_of
from monitor.store import deliveries
from monitor.store.database import Database
from tests.jobs.newsroom import Newsroom, newsroom
from tests.render.samples import NOW, alert_delivery


@dataclass
class Chat:
    """A channel that names each message it takes, and loses those that a test says."""

    kind: ClassVar[str] = "slack"
    names: Iterator[str | None]
    lost: set[str] = field(default_factory=set)
    taken: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> str | None:
        if message.id in self.lost:
            self.lost.remove(message.id)
            raise DeliveryError("later")
        self.taken.append(message)
        return next(self.names)


def make(
    id_: str, *, minutes: int = 0, thread: str = "alr_1", channel: str = "desk/slack", quiet: bool = False
) -> Delivery:
    delivery = alert_delivery(updated=bool(minutes))
    delivery.notice["data"]["alert"]["quiet"] = quiet
    at = NOW + timedelta(minutes=minutes)
    return replace(delivery, id=id_, thread=thread, channel=channel, created_at=at, next_attempt_at=at)


async def deliver(room: Newsroom, channel: Chat, *made: Delivery) -> None:
    """Add deliveries and send all that is due."""
    context = replace(room.house.current(), channels={"desk/slack": channel, "desk/slack-2": channel})
    deliveries.add(room.db, made)
    for name in ("desk/slack", "desk/slack-2"):
        await DeliverJob(lambda: context)(lane_of(name, DELIVER_LANES))


def receipts(db: Database) -> dict[str, str | None]:
    return {one.id: one.receipt for one in deliveries.list_deliveries(db, limit=99)}


async def test_what_follows_in_a_thread_is_told_the_name_of_its_first_message(tmp_path: Path) -> None:
    chat = Chat(iter(["m1", "m2", "m3"]))
    async with newsroom(tmp_path) as room:
        room.now = NOW + timedelta(hours=1)
        await deliver(room, chat, make("a"), make("b", minutes=1), make("c", minutes=2))
        assert receipts(room.db) == {"a": "m1", "b": "m2", "c": "m3"}
    assert [(one.id, one.parent) for one in chat.taken] == [("a", None), ("b", "m1"), ("c", "m1")]


async def test_threads_and_channels_are_kept_apart(tmp_path: Path) -> None:
    chat = Chat(iter(["m1", "m2", "m3"]))
    async with newsroom(tmp_path) as room:
        room.now = NOW + timedelta(hours=1)
        await deliver(room, chat, make("a"), make("b", thread="alr_2"), make("c", channel="desk/slack-2"))
    assert [one.parent for one in chat.taken] == [None, None, None]


async def test_a_thread_begins_with_what_the_service_took_and_named(tmp_path: Path) -> None:
    chat = Chat(iter([None, "m2", "m3"]), lost={"a"})
    async with newsroom(tmp_path) as room:
        room.now = NOW + timedelta(minutes=5)
        await deliver(room, chat, make("a"), make("b", minutes=1), make("c", minutes=2))
        assert receipts(room.db) == {"a": None, "b": None, "c": None}, "what follows waits"
        room.now += timedelta(seconds=10)
        await deliver(room, chat)
        assert receipts(room.db) == {"a": None, "b": "m2", "c": "m3"}
    assert [(one.id, one.parent) for one in chat.taken] == [("a", None), ("b", None), ("c", "m2")]


@pytest.mark.parametrize("quiet", [True, False])
async def test_a_notice_that_asks_for_no_ping_is_a_quiet_message(tmp_path: Path, quiet: bool) -> None:
    chat = Chat(iter(["m1"]))
    async with newsroom(tmp_path) as room:
        room.now = NOW + timedelta(hours=1)
        await deliver(room, chat, make("a", quiet=quiet))
    assert chat.taken[0].quiet is quiet
