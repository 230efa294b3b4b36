"""The commands, called many times in one process."""

from collections.abc import Iterator
from functools import cache

import pytest
from typer.main import get_command


@pytest.fixture(autouse=True, scope="session")
def _made_once() -> Iterator[None]:
    """Make the tree of commands once: their signatures are looked through anew for each call otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield
