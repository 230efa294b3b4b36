"""A database for a test: SQLite always, PostgreSQL where MONITOR_TEST_POSTGRES names a server.

Migrations run once per worker. A SQLite test gets a copy of the migrated file, a PostgreSQL test the database of its
worker, emptied after each, and one that changes the tables a copy of that.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, groupby, islice
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from xdist.workermanage import WorkerController

from monitor.store import migrate
from monitor.store.database import Database
from tests import contract_report, loopback, manners_report, postgres
from tests.browser import running_browser
from tests.tables import lay_tables

settings.register_profile("whole", deadline=None)
settings.register_profile("quick", max_examples=25, deadline=None)
settings.load_profile("whole")
"""How many examples a property has: few, and others in each run, in `make test`. None has a limit of 200 ms, which a
machine that does something else meanwhile breaks."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note which rule of behaviour, or which law of channels, a test is about."""
    manners_report.note_rule(item)
    contract_report.note_law(item)


def takes_long(item: pytest.Item) -> bool:
    """Return whether a test is known to take seconds: it is marked slow, or has a limit of time of its own."""
    return item.get_closest_marker("slow") is not None or item.get_closest_marker("timeout") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each process begin with its share of what takes long, so that none is left with it when the others are done.

    Of the list each of them gets an equal part, and those that are done early take over from the ends of the others'
    (xdist's worksteal). Tests of one module stay together: they may share a browser or a daemon.
    """
    count = int(getattr(config, "workerinput", {}).get("workercount", 1))
    slow = [item for item in items if takes_long(item)]
    if count == 1 or not slow:
        return
    modules = [list(group) for _, group in groupby(slow, key=lambda item: item.path)]
    shares: list[list[pytest.Item]] = [[] for _ in range(count)]
    for module in sorted(modules, key=len, reverse=True):
        min(shares, key=len).extend(module)
    rest = iter([item for item in items if not takes_long(item)])
    left = len(items)
    for number, share in enumerate(shares):
        size = left // (count - number)
        share.extend(islice(rest, max(0, size - len(share))))
        left -= size
    items[:] = [*chain.from_iterable(shares), *rest]


LEFT = pytest.StashKey[int]()
"""How many slow tests were left out."""


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count the slow tests that are left out."""
    for item in items:
        item.config.stash[LEFT] = item.config.stash.get(LEFT, 0) + (item.get_closest_marker("slow") is not None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell whoever runs this process for him, if anybody does, what was counted here."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = session.config.stash.get(LEFT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Take what a process counted; all count the same."""
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out; print rules of behaviour, or laws of channels, and whether they are kept, when asked for."""
    if left := config.stash.get(LEFT, 0):
        terminalreporter.line(f"{left} slow tests were left out; they run with: make test-all")
    for asked, table in (("manners", manners_report.table), ("contract", contract_report.table)):
        if asked in str(config.getoption("markexpr")):
            outcomes = ("passed", "failed", "error", "skipped")
            reports = [report for key in outcomes for report in terminalreporter.getreports(key)]
            terminalreporter.section(asked)
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


@pytest.fixture(scope="session")
def readers() -> Iterator[None]:
    """Let all houses of this process read with the same processes: each takes up to a second to start one."""
    from monitor.feeds.apart import Apart

    with Apart() as apart, pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.app.Apart", lambda: nullcontext(apart))
        yield


@pytest.fixture(scope="session")
def browser_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run one browser for all tests of this process that open a tab; return the port at which it is told what to do."""
    with running_browser(tmp_path_factory.mktemp("browser")) as port:
        yield port


DIALECTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all tables, to be copied."""
    return lay_tables(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def migrated(worker_id: str) -> Iterator[str]:
    """Return the address of a PostgreSQL database with all tables, in which test after test works."""
    if not postgres.SERVER:
        pytest.skip("MONITOR_TEST_POSTGRES names no PostgreSQL server")
    with postgres.database(f"event_monitor_{os.getpid()}_{worker_id}") as url:
        db = Database.open(url)
        migrate.upgrade(db)
        db.close()
        yield url


@pytest.fixture(params=DIALECTS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """Return the address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    if not postgres.SERVER:
        pytest.skip("MONITOR_TEST_POSTGRES names no PostgreSQL server")
    with postgres.database(f"event_monitor_{os.getpid()}_{worker_id}_empty") as url:
        yield url


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database with all tables, which stay as they are, and no rows."""
    if request.param == "sqlite":
        yield f"sqlite:///{lay_tables(tmp_path)}"
        return
    made: str = request.getfixturevalue("migrated")
    yield made
    postgres.clear(made)


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    """Return a database with all tables, which stay as they are, and no rows."""
    one = Database.open(url)
    yield one
    one.close()


@pytest.fixture(params=DIALECTS)
def own_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return a database with all tables and no rows for who changes the tables."""
    made: AbstractContextManager[str] = nullcontext(f"sqlite:///{lay_tables(tmp_path)}")
    if request.param == "postgresql":
        made = postgres.copied(request.getfixturevalue("migrated"))
    with made as url:
        one = Database.open(url)
        yield one
        one.close()
