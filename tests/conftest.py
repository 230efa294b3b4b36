"""A database for a test: SQLite always, PostgreSQL where MONITOR_TEST_POSTGRES names a server.

Migrations run once per worker; a SQLite test gets a copy of the migrated file, a PostgreSQL test a database made from a
migrated template.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from sqlalchemy import make_url

from monitor.store import migrate
from monitor.store.database import Database
from tests import loopback
from tests.manners_report import note_rule, table


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note which rule of behaviour a test is about."""
    note_rule(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the rules of behaviour and whether they are kept, when they were asked for."""
    if "manners" in str(config.getoption("markexpr")):
        reports = [report for key in ("passed", "failed", "error") for report in terminalreporter.getreports(key)]
        terminalreporter.section("manners")
        for line in table(reports):
            terminalreporter.line(line)


loopback.watch()


@pytest.fixture(autouse=True)
def no_packet_leaves() -> Iterator[None]:
    """Fail a test that tried to reach anything beyond this machine."""
    loopback.left.clear()
    yield
    assert loopback.left == []


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Take back what a command under test did to the log: it writes to a stream that ends with the test."""
    handlers = list(logging.root.handlers)
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests out of the cache of who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


SERVER = os.environ.get("MONITOR_TEST_POSTGRES", "")
DIALECTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def execute(statement: str) -> None:
    """Run one statement on the server, outside a transaction."""
    with psycopg.connect(SERVER.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement.encode())


def address(name: str) -> str:
    """Return the address of a database on the server."""
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "monitor.db"
    db = Database.open(f"sqlite:///{path}")
    migrate.upgrade(db)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


@pytest.fixture(scope="session")
def template(worker_id: str) -> Iterator[str]:
    """Return the name of a PostgreSQL database with all tables, to be copied."""
    name = f"event_monitor_{os.getpid()}_{worker_id}"
    execute(f"CREATE DATABASE {name}")
    try:
        db = Database.open(address(name))
        migrate.upgrade(db)
        db.close()
        yield name
    finally:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=DIALECTS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """Return the address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    if not SERVER:
        pytest.skip("MONITOR_TEST_POSTGRES names no PostgreSQL server")
    name = f"event_monitor_{os.getpid()}_{worker_id}_empty"
    execute(f"CREATE DATABASE {name}")
    yield address(name)
    execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database with all tables and no rows."""
    if request.param == "sqlite":
        path = tmp_path / "monitor.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    if not SERVER:
        pytest.skip("MONITOR_TEST_POSTGRES names no PostgreSQL server")
    made: str = request.getfixturevalue("template")
    execute(f"CREATE DATABASE {made}_test TEMPLATE {made}")
    yield address(f"{made}_test")
    execute(f"DROP DATABASE {made}_test WITH (FORCE)")


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    """Return a database with all tables and no rows."""
    one = Database.open(url)
    yield one
    one.close()
