"""What the nodes of `benchmarks.cluster` stand on: a million feeds in PostgreSQL, and 100,000 aliases."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import yaml

from benchmarks.names import make_names
from benchmarks.own_postgres import Server, free_port
from benchmarks.publisher import SEED
from monitor.clock import utcnow
from monitor.core.polling import shard_of
from monitor.core.types import FeedSpec
from monitor.store import feeds, migrate
from monitor.store.database import Database

INTERVAL = timedelta(minutes=15)
"""How often each feed is due."""

EACH = 4
"""Feeds of one host."""

LISTS = 10
"""Files that the aliases stand in."""

CONCURRENCY = 256
"""Requests in flight of a node."""


def urls(count: int) -> Iterator[tuple[str, str]]:
    """Yield addresses and their hosts."""
    for number in range(count):
        host = f"h{number // EACH}.example"
        yield f"https://{host}/{number}", host


def lay_feeds(server: Server, database: str, *, count: int, shards: int) -> None:
    """Make the tables, and feeds as after some weeks, each due at another moment of the interval that begins now.

    One feed is added as its user would, the others are copies of its row.
    """
    db = Database.open(server.url(database))
    migrate.upgrade(db)
    feeds.add_feed(db, FeedSpec(url="https://first.example/"), shards=shards, now=utcnow())
    db.close()
    with server.connect(database) as connection:
        connection.execute("CREATE TEMP TABLE wanted (url text, host text, shard int)")
        with connection.cursor().copy("COPY wanted FROM STDIN") as copy:
            for url, host in urls(count):
                copy.write_row((url, host, shard_of(url, shards)))
        own = {"url": "wanted.url", "host": "wanted.host", "shard": "wanted.shard", "etag": "'1'"}
        own |= dict.fromkeys(("polled_at", "ok_at", "first_polled_at"), "now() - interval '30 days'")
        names = [column.name for column in feeds.FEED.columns if column.name != "id"]
        values = ", ".join(own.get(name, f"feed.{name}") for name in names)
        connection.execute(f"INSERT INTO feed ({', '.join(names)}) SELECT {values} FROM feed, wanted".encode())  # noqa: S608 - ours
        connection.execute("DELETE FROM feed WHERE url = 'https://first.example/'")
    spread(server, database)


def spread(server: Server, database: str) -> None:
    """Make each feed due at another moment of the interval that begins now, and leave the tables tidy."""
    seconds = INTERVAL.total_seconds()
    with server.connect(database) as connection:
        connection.execute("UPDATE feed SET next_poll_at = now() + random() * %s * interval '1 second'", (seconds,))
        connection.execute("VACUUM (FULL, ANALYZE) feed")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def lay_lists(folder: Path, *, aliases: int) -> Path:
    """Write watchlists with so many aliases and return their folder."""
    lists = folder / f"watchlists-{aliases}"
    lists.mkdir()
    named = make_names(aliases, seed=SEED)
    for number in range(LISTS):
        entities = [
            {"id": one.id, "kind": one.kind.value, "name": one.aliases[0], "aliases": list(one.aliases[1:])}
            for one in named[number::LISTS]
        ]
        text = {"watchlist": f"list-{number}", "title": f"List {number}", "severity": "low", "entities": entities}
        (lists / f"{number}.yaml").write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")
    return lists


def write_config(folder: Path, database: str, lists: Path, runtime: Mapping[str, object]) -> Path:
    """Write the configuration of a node, with a port of its own, and return the file."""
    port = free_port()
    config = {
        "database": database,
        "watchlists": str(lists),
        "http": {"allow_private_networks": True, "concurrency": CONCURRENCY},
        "polling": {"interval": f"{int(INTERVAL.total_seconds())}s", "websub": False},
        "receivers": [{"name": "nobody"}],
        "route": {"receiver": "nobody"},
        "web": {"listen": f"127.0.0.1:{port}"},
        **({"runtime": dict(runtime)} if runtime else {}),
    }
    file = folder / f"node-{port}.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file
