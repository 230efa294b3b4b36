"""What `monitor db copy` takes for a million items, beside a naive copy; into PostgreSQL, and back into SQLite.

python -m benchmarks.copy --database postgresql+psycopg://postgres@127.0.0.1/postgres [--items 1000000] [--hits 100000]

Makes databases of its own on the server and drops them. The source is that of benchmarks.pages, made where there is
none. The peers: items as a careful user would copy them in a few lines (SQLAlchemy, typed rows, executemany, a thousand
a transaction; nothing compared, nothing to go on from), and pgloader where there is one.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import psycopg
from sqlalchemy import insert, make_url, select

from benchmarks.pages import made_database
from monitor.store import migrate
from monitor.store.copy import Copied, copy
from monitor.store.database import Database
from monitor.store.stories import ITEM

MB = 1_000_000
NAIVE_ITEMS = 100_000
NAIVE_CHUNK = 1_000


class Parts:
    """Notes how long each part of a copy took."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self.seconds: dict[str, float] = {}

    @contextmanager
    def watch(self, part: str, _: int | None) -> Iterator[object]:
        """Note how long a part took."""
        begun = time.perf_counter()
        yield lambda _: None
        self.seconds[part] = time.perf_counter() - begun


def measured(source: Database, target: Database) -> Copied:
    """Copy and print what it took."""
    parts, begun, cpu = Parts(), time.perf_counter(), time.process_time()
    copied = copy(source, target, watch=parts.watch)  # type: ignore[arg-type]  # what it yields takes a count
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    rows, size = sum(table.rows for table in copied.tables), source.size() / MB
    told = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in parts.seconds.items())
    print(
        f"{source.dialect} to {target.dialect}: {rows:,} rows, {size:,.0f} MB in {took:.0f} s, {used:.0f} s of CPU here"
    )
    print(f"  {rows / took:,.0f} rows/s, {size / took:.0f} MB/s; {told}", flush=True)
    copying = parts.seconds["copying"]
    print(f"  copying alone: {rows / copying:,.0f} rows/s, {size / copying:.0f} MB/s", flush=True)
    return copied


def naive(source: Database, target: Database) -> None:
    """Copy items as one would in a few lines, and print what it took."""
    migrate.upgrade(target)
    with target.load() as into, into.begin():
        into.exec_driver_sql("ALTER TABLE item DROP CONSTRAINT fk_item_feed_id, DROP CONSTRAINT fk_item_story_id")
    begun = time.perf_counter()
    with source.read() as rows:
        found = rows.execute(
            select(ITEM).order_by(ITEM.c.id).limit(NAIVE_ITEMS).execution_options(yield_per=NAIVE_CHUNK)
        )
        for part in found.mappings().partitions(NAIVE_CHUNK):
            with target.write() as into:
                into.execute(insert(ITEM), [dict(row) for row in part])
    took = time.perf_counter() - begun
    print(f"naive: {NAIVE_ITEMS:,} items by executemany in {took:.1f} s, {NAIVE_ITEMS / took:,.0f} rows/s", flush=True)


def items_alone(source: Database, target: Database) -> None:
    """Copy as many items as the naive way did, as `monitor db copy` does, and print what it took."""
    from monitor.store.half import TABLES, begin
    from monitor.store.portable import checksum, read_rows, write_rows

    migrate.upgrade(target)
    with target.load() as into, into.begin():
        begin(into, "benchmark", "none")
    begun, count = time.perf_counter(), 0
    with source.snapshot() as rows, target.load() as into:
        [table] = [one for one in TABLES if one.name == "item"]
        for part in read_rows(rows, table):
            checksum(part)
            with into.begin():
                write_rows(into, table, part)
            count += len(part)
            if count >= NAIVE_ITEMS:
                break
    took = time.perf_counter() - begun
    print(f"ours:  {count:,} items by COPY in {took:.1f} s, {count / took:,.0f} rows/s", flush=True)


def pgloader(source: Database, address: str) -> None:
    """Let pgloader copy all tables, and print what it took."""
    program = which("pgloader")
    if program is None:
        print("pgloader is not installed")
        return
    begun = time.perf_counter()
    plain = address.replace("+psycopg", "")
    command = [program, f"sqlite://{source.path}", plain]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    took = time.perf_counter() - begun
    total = next((line for line in ended.stdout.splitlines() if "Total import time" in line), "it failed")
    print(f"pgloader: {took:.0f} s in all; {' '.join(total.split())}", flush=True)


@contextmanager
def own_database(server: str, name: str) -> Iterator[str]:
    """Give the address of a new database on a server, and drop it at the end."""
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copy", description=__doc__.partition("\n")[0])
    parser.add_argument("--database", required=True, help="a PostgreSQL server on which databases may be made")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--hits", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    source = made_database(given.folder, given.items, given.hits)
    for peer in (naive, items_alone):
        with own_database(given.database, "benchmark_copy_peer") as url:
            target = Database.open(url)
            peer(source, target)
            target.close()
    with own_database(given.database, "benchmark_copy_pgloader") as url:
        pgloader(source, url)
    with own_database(given.database, "benchmark_copy") as url, tempfile.TemporaryDirectory(dir=given.folder) as folder:
        target = Database.open(url)
        there = measured(source, target)
        back = Database.open(f"sqlite:///{folder}/back.db")
        assert measured(target, back).tables == there.tables
        back.close()
        target.close()
    source.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
