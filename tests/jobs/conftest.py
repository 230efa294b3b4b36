"""The jobs of many houses, one after the other."""

import pytest


@pytest.fixture(autouse=True)
def _readers(readers: None) -> None:
    """Read with processes that are there already."""
