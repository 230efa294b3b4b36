"""A hundred kills, full disks and dying receivers while news come in: nothing lost, repeats only under the same id.

    python -m benchmarks.chaos [--faults 100] [--seed 7] [--database postgresql+psycopg://postgres@127.0.0.1/NEWDB]
    python -m benchmarks.chaos --nodes 3 [--faults 30] [--seed 7]     # benchmarks/chaos_cluster.py

The real daemon, `monitor run`, on SQLite on a small disk of its own or on a PostgreSQL database that is made for it,
with feeds, a webhook receiver and a mail server on loopback. Every entry matches. In the end, when all is quiet, each
law below is checked; the exit code is 1 when one is broken.
"""

import argparse
import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml
from sqlalchemy import make_url, text

from benchmarks.chaos_faults import Chaos, Kind, Limited, Tmpfs, draw, small_disk
from benchmarks.chaos_world import Feeds, World
from benchmarks.own_postgres import free_port
from monitor.store.database import Database

DISK = "64m"
FEEDS = 30
PAUSE = 0.5
"""Seconds between two entries, in the mean."""

LONGEST_FAULT = 6.0
"""Seconds that a disk is full or a receiver away at most."""

LONGEST_INTERVAL = 4.0
"""Seconds after which a feed is asked again at the latest, by the configuration."""

PATIENCE = 420.0
"""Seconds until the daemon is given up: the longest rest of a channel (core/channel_rest.py), and more."""

WATCHLIST = {
    "watchlist": "chaos", "title": "Chaos", "severity": "high",
    "entities": [{"id": "is-k", "kind": "organisation", "name": "Islamic State Khorasan", "aliases": ["IS-K"]}],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Laws:
    """What was published, what came of it, and which laws are broken, each in words."""

    published: int
    stored: int
    delivered: dict[str, int]
    repeats: int
    other_id: int
    lost: int
    broken: tuple[str, ...]


def write_config(folder: Path, data: Path, world: World, *, database: str | None, port: int, **other: object) -> Path:
    """Write the configuration of the daemon: short waits, a receiver of alerts with two channels, one of digests."""
    (folder / "watchlists").mkdir(parents=True)
    (folder / "watchlists" / "chaos.yaml").write_text(yaml.safe_dump(WATCHLIST), encoding="utf-8")
    config = {
        "database": database or f"sqlite:///{data}/monitor.db",
        "watchlists": str(folder / "watchlists"),
        "http": {"allow_private_networks": True, "timeout": "5s"},
        "polling": {"interval": "2s", "min_interval": "1s", "max_interval": f"{LONGEST_INTERVAL:g}s", "websub": False},
        "feeds": [{"url": url} for url in world.feeds.urls],
        "smtp": {"host": "127.0.0.1", "port": world.mails.port, "starttls": "never", "from": "m@example.org"},
        "receivers": [
            {
                "name": "desk",
                "channels": [
                    {"webhook": {"url": f"http://127.0.0.1:{world.hook.port}/"}},
                    {"email": {"to": ["desk@example.org"]}},
                ],
            },
            {"name": "readers", "channels": [{"webhook": {"url": f"http://127.0.0.1:{world.readers.port}/"}}]},
        ],
        "route": {"receiver": "desk", "group_by": ["story"], "group_wait": "0s", "group_interval": "0s"},
        "web": {"listen": f"127.0.0.1:{port}"},
        **other,
    }
    file = folder / "monitor.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


@contextmanager
def own_database(url: str | None) -> Iterator[None]:
    """Make the PostgreSQL database, and drop it in the end; nothing for SQLite."""
    if url is None:
        yield
        return
    name, server = make_url(url).database, make_url(url).set(database="postgres", drivername="postgresql")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def pending(database: str) -> int:
    """Return how many deliveries are not sent."""
    db = Database.open(database)
    with db.read() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM delivery WHERE state <> 'sent'")).scalar_one()
    db.close()
    return found


async def wait_until_quiet(world: World, database: str, *, seconds: float) -> float:
    """Wait until all was told and marked, or for so long; return how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if not any(world.untold().values()) and not await asyncio.to_thread(pending, database):
            break
        await asyncio.sleep(0.25)
    return time.monotonic() - began


def judge(world: World, database: str, more: Mapping[str, object]) -> Laws:
    """Return what came of everything published.

    more   further laws as they are told when they are broken, and whatever breaks them
    """
    broken = []
    published = world.feeds.published.keys()
    db = Database.open(database)
    with db.read() as connection:
        guids = Counter(int(guid) for guid in connection.execute(text("SELECT guid FROM item")).scalars())
        hits = Counter(
            int(guid)
            for guid in connection.execute(
                text("SELECT item.guid FROM hit JOIN item ON item.id = hit.item_id WHERE hit.verdict = 'alerted'")
            ).scalars()
        )
        states: dict[str, int] = dict(
            connection.execute(text("SELECT state, count(*) FROM delivery GROUP BY state")).all()
        )
        if db.dialect == "sqlite":
            said = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            if said != ["ok"]:
                broken.append(f"the file is damaged: {said}")
    db.close()
    untold = world.untold()
    lost = (published - guids.keys()) | (published - hits.keys()) | set().union(*untold.values())
    other_id = sum(len(ids) - 1 for one in world.receivers.values() for ids in one.told.values())
    changed = [id_ for one in world.receivers.values() for id_, contents in one.seen.items() if len(contents) > 1]
    laws = {
        f"{len(published - guids.keys())} entries were not stored": published - guids.keys(),
        f"{len(published - hits.keys())} entries have no hit that alerted": published - hits.keys(),
        **{f"{len(missing)} entries were not told to {name}": missing for name, missing in untold.items()},
        "entries were stored twice": [n for n, count in guids.items() if count > 1],
        "entries have two hits": [n for n, count in hits.items() if count > 1],
        f"{other_id} entries were told again under another id": other_id,
        f"{len(changed)} ids came with other contents": changed,
        f"deliveries are left: {states}": states.keys() - {"sent"},
        **more,
    }
    broken += [law for law, cases in laws.items() if cases]
    delivered = {name: len(published & one.told.keys()) for name, one in world.receivers.items()}
    repeats = sum(one.repeats for one in world.receivers.values())
    return Laws(len(published), len(guids), delivered, repeats, other_id, len(lost), tuple(broken))


async def endure(
    folder: Path, disk: Tmpfs | Limited, *, database: str | None, faults: int, seed: int,
    longest: float = LONGEST_FAULT, pause: float = PAUSE, feeds: int = FEEDS, patience: float = PATIENCE,
) -> tuple[Chaos, Laws, float]:  # fmt: skip
    """Let the daemon endure so many faults; return what happened, what came of it, and how long until it was quiet.

    longest   seconds that a fault lasts at most
    pause     seconds between two entries in the mean
    """
    world, port = World(Feeds(feeds, random.Random(f"feeds {seed}"))), free_port()
    async with world.open():
        config = write_config(folder, disk.folder, world, database=database, port=port)
        chaos = Chaos(world, config, disk, f"http://127.0.0.1:{port}", folder / "log", database)
        address = database or f"sqlite:///{disk.folder}/monitor.db"
        async with chaos.running():
            async with world.publishing(pause=pause):
                await chaos.settle(patience)
                drawn = draw(faults, random.Random(seed), disk=database is None, longest=longest)
                await chaos.suffer(drawn, patience=patience)
                await chaos.settle(patience)
            quiet = await wait_until_quiet(world, address, seconds=patience)
        more = {
            f"/readyz did not tell of a full disk: {chaos.full_told}": not all(chaos.full_told),
            f"stops that took too long: {chaos.slow_stops}": chaos.slow_stops,
            f"the daemon ended by itself: {chaos.ended}": chaos.ended,
        }
        return chaos, judge(world, address, more), quiet


def show(chaos: Chaos, laws: Laws, *, quiet: float) -> None:
    """Print what happened."""
    log = chaos.log.read_text(errors="replace")
    rested = Counter(re.findall(r"(host rests|channel rests|feed rolled over|job failed|cannot start yet)", log))
    for kind in Kind:
        if chaos.faults[kind]:
            found = chaos.recovered.get(kind, [])
            took = f"{statistics.median(found):5.1f} s, at most {max(found):5.1f} s ({len(found)})" if found else "-"
            print(f"{chaos.faults[kind]:4} {kind:46} recovered after {took}")
    print(f"writes without room, told          {len(chaos.full_told)} times, {sum(chaos.full_told)} at /readyz")
    print(f"said in the log                    {dict(rested)}")
    print(f"published, stored                  {laws.published}, {laws.stored}")
    print(f"told                               {laws.delivered}")
    print(f"repeats under the same id          {laws.repeats}")
    print(f"repeats under another id           {laws.other_id}")
    print(f"lost                               {laws.lost}")
    print(f"quiet after the last entry         {quiet:.1f} s")
    print("\n".join(f"BROKEN: {law}" for law in laws.broken) or "all laws hold")


def main(arguments: Sequence[str] | None = None) -> int:
    """Let it happen, and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", help="of PostgreSQL; it is made, and dropped in the end")
    parser.add_argument("--nodes", type=int, default=0, help="so many at once, on a PostgreSQL server of their own")
    parser.add_argument("--keep", type=Path, help="folder for the daemon's log, to look into afterwards")
    wanted = parser.parse_args(arguments)
    if wanted.nodes:
        from benchmarks import chaos_cluster  # it has much of this module

        return chaos_cluster.report(wanted.nodes, faults=wanted.faults, seed=wanted.seed, keep=wanted.keep)
    with tempfile.TemporaryDirectory() as name, own_database(wanted.database):
        folder, data = Path(name), Path(name) / "disk"
        data.mkdir()
        with small_disk(data, size=DISK) as disk:
            print(f"{wanted.faults} faults, seed {wanted.seed}; {wanted.database or f'SQLite on {disk.described}'}")
            began = time.monotonic()
            try:
                chaos, laws, quiet = asyncio.run(
                    endure(folder, disk, database=wanted.database, faults=wanted.faults, seed=wanted.seed)
                )
            finally:
                if wanted.keep and (folder / "log").exists():
                    wanted.keep.mkdir(parents=True, exist_ok=True)
                    (wanted.keep / "log").write_bytes((folder / "log").read_bytes())
            show(chaos, laws, quiet=quiet)
            print(f"took                               {time.monotonic() - began:.0f} s")
    return 1 if laws.broken else 0


if __name__ == "__main__":
    sys.exit(main())
