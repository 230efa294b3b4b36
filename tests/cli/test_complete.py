"""What Tab offers, asked as a shell asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MONITOR = "import sys; sys.argv[0] = 'monitor'; from monitor.__main__ import main; main()"

CONFIG = """\
watchlists: watchlists
database: sqlite:///monitor.db
feeds: [{url: "https://user:secret@news.example/rss", name: Paper}, {url: https://other.example/rss}]
receivers: [{name: desk, channels: [{console: {}}]}]
route: {receiver: desk}
digests: [{name: weekly, schedule: "0 7 * * mon", receiver: desk}]
"""
LIST = """\
watchlist: test
title: Test
entities: [{id: is-k, kind: organisation, name: IS-K}, {id: isaf, kind: organisation, name: ISAF}]
rules: [{id: both, title: Both, when: is-k AND isaf}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration without a database."""
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    return tmp_path / "monitor.yaml"


def offered(config: Path, line: str) -> list[str]:
    """Return what bash is offered at the end of a typed line."""
    words = line.split(" ")
    environ = {
        "MONITOR_CONFIG": str(config),
        "_MONITOR_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    found = subprocess.run(
        [sys.executable, "-c", MONITOR], env={**os.environ, **environ}, capture_output=True, text=True, timeout=30
    )
    assert found.stderr == ""
    return found.stdout.split()


@pytest.mark.slow
def test_tab_offers_what_the_configuration_and_the_watchlists_name(config: Path) -> None:
    assert offered(config, "monitor hits list --entity is") == ["is-k", "isaf"]
    assert offered(config, "monitor tail --rule b") == ["both"]
    assert offered(config, "monitor tail --severity c") == ["critical"]
    assert offered(config, "monitor digest preview w") == ["weekly"]
    assert offered(config, "monitor feeds show ") == ["https://news.example/rss", "https://other.example/rss"]
    assert offered(config, "monitor alerts list --receiver d") == ["desk"]
    assert offered(config, "monitor silence add --watchlist t") == ["test"]
    assert offered(config, "monitor stat") == ["status"]


@pytest.mark.slow
def test_tab_says_nothing_where_there_is_no_configuration(tmp_path: Path) -> None:
    assert offered(tmp_path / "none.yaml", "monitor hits list --entity is") == []


HEAVY = {
    "aiohttp",
    "alembic",
    "asyncio",
    "httpx",
    "numpy",
    "psycopg",
    "pydantic",
    "rich",
    "sqlalchemy",
    "sqlmodel",
    "yaml",
}
"""What takes most of the time in which other commands start; all of it together takes seconds."""

LOADED = """
import sys
from monitor.__main__ import main
sys.argv = ["monitor", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def loaded(*words: str) -> set[str]:
    """Return the packages that a command loads."""
    found = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, timeout=30)
    assert found.returncode == 0, found.stderr
    return set(found.stderr.split())


def test_help_loads_nothing_heavy() -> None:
    names = loaded("--help")
    assert "typer" in names
    assert names & HEAVY == set()


def test_help_of_a_command_loads_nothing_heavy_but_what_reads_its_options() -> None:
    assert loaded("hits", "list", "--help") & HEAVY == {"pydantic"}  # typer checks the words of a command with it
