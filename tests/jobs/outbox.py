"""An outbox with channels to real servers on loopback, and the delivery job to empty it, clock in hand."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx

from monitor.channels.base import Channel
from monitor.channels.http import open_client
from monitor.channels.webhook import WebhookChannel
from monitor.config.settings import DELIVER_LANES, POLL_SHARDS, RuntimeSettings
from monitor.core.rates import Rate
from monitor.core.types import Delivery, DeliveryState, Severity
from monitor.jobs.context import Context
from monitor.jobs.deliver import DeliverJob
from monitor.store import channels, deliveries
from monitor.store.database import Database
from tests.render.samples import NOW, alert_delivery

ALONE = RuntimeSettings("embedded", POLL_SHARDS, DELIVER_LANES)
"""Settings of one process that does everything."""

TIMEOUT = timedelta(seconds=10)
"""Longest time of an answer: more than a busy machine needs."""


@dataclass
class Outbox:
    """Deliveries on their way. The clock stands still but when a test, or a wait of the job, moves it on."""

    db: Database
    client: httpx.AsyncClient
    now: datetime = NOW
    channels: dict[str, Channel] = field(default_factory=dict)
    rates: Mapping[str, Sequence[Rate]] = field(default_factory=dict)
    job: DeliverJob = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is stored, as after a kill."""
        self.job = DeliverJob(self.context, sleep=self._sleep)

    def context(self) -> Context:
        """Return the state of the house, as far as the job looks at it."""
        nothing = cast("Any", None)
        settings = cast("Any", SimpleNamespace(runtime=ALONE))
        return Context(
            settings=settings, db=self.db, matcher=nothing, entities={}, titles={}, fetcher=nothing, apart=nothing,
            channels=self.channels, ring=lambda *_: None, clock=lambda: self.now, jitter=lambda: 0.0, rates=self.rates,
        )  # fmt: skip

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def webhook(self, key: str, url: str) -> None:
        """Add a channel to a webhook."""
        self.channels[key] = WebhookChannel(url, client=self.client, clock=lambda: self.now)

    def add(self, *ids: str, channel: str = "desk/webhook", severity: str = "high", **changes: Any) -> None:
        """Put deliveries into the outbox, each of an alert of its own, a second older than the one after it."""
        for place, id_ in enumerate(ids):
            at = self.now - timedelta(seconds=len(ids) - place)
            made = alert_delivery()
            made.notice["data"]["alert"]["severity"] = Severity(severity).value
            one = replace(
                made, id=id_, channel=channel, thread=f"alr_{id_}", created_at=at, next_attempt_at=at, error=None
            )
            deliveries.add(self.db, [replace(one, **changes)])

    async def deliver(self, after: float = 0.0) -> None:
        """Let so many seconds pass, and send what is due through all channels."""
        self.now += timedelta(seconds=after)
        async with asyncio.timeout(20):
            await asyncio.gather(*(self.job(str(lane)) for lane in range(DELIVER_LANES)))

    async def deliver_for(self, span: timedelta, *, step: float = 10.0) -> None:
        """Let time pass in steps, and send what is due at each."""
        end = self.now + span
        while self.now < end:
            await self.deliver(step)

    def all(self) -> dict[str, Delivery]:
        """Return all deliveries by id."""
        return {one.id: one for one in deliveries.list_deliveries(self.db, limit=10_000)}

    def states(self) -> dict[str, tuple[DeliveryState, int]]:
        """Return the state and the attempts of all deliveries by id."""
        return {id_: (one.state, one.attempts) for id_, one in self.all().items()}

    def of(self, state: DeliveryState) -> set[str]:
        """Return the ids of the deliveries in a state."""
        return {id_ for id_, one in self.all().items() if one.state is state}

    def resting(self) -> dict[str, float]:
        """Return for how many seconds each channel that is shut rests from now on."""
        return {
            name: (rest.until_at - self.now).total_seconds()
            for name, rest in channels.list_rests(self.db).items()
            if rest.shut
        }


@asynccontextmanager
async def outbox(folder: Path, migrated: Path, *, patience: timedelta = TIMEOUT) -> AsyncIterator[Outbox]:
    """Run an outbox over a database of its own."""
    shutil.copy(migrated, folder / "monitor.db")
    db = Database.open(f"sqlite:///{folder}/monitor.db")
    try:
        async with open_client(timeout=patience, allow_private_networks=True, proxy=None, user_agent="t") as client:
            yield Outbox(db, client)
    finally:
        db.close()
