"""A database for an engine, and how to wait."""

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import SERVER, address, execute

FAR = 10 * 365 * 86_400.0
"""Seconds until a tick that no test sees."""


@pytest.fixture
def rows(worker_id: str) -> Iterator[str]:
    """Return the address of a PostgreSQL database with nothing in it."""
    if not SERVER:
        pytest.skip("MONITOR_TEST_POSTGRES names no PostgreSQL server")
    name = f"event_monitor_{os.getpid()}_{worker_id}_runtime"
    execute(f"CREATE DATABASE {name}")
    yield address(name)
    execute(f"DROP DATABASE {name} WITH (FORCE)")


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until `condition()` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
