"""What Tab offers, asked as a shell asks."""

import os
import resource
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
    assert offered(config, "monitor stat") == ["status"]


@pytest.mark.slow
def test_tab_says_nothing_where_there_is_no_configuration(tmp_path: Path) -> None:
    assert offered(tmp_path / "none.yaml", "monitor hits list --entity is") == []


def test_help_takes_little_of_the_processor() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "monitor", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0  # 0.3 s on a machine at rest
