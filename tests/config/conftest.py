"""A folder with the least that a configuration needs."""

from pathlib import Path

import pytest

WATCHLIST = """\
watchlist: test
title: Test
entities:
  - {id: is-k, kind: organisation, name: IS-K}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one watchlist."""
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(WATCHLIST)
    return tmp_path
