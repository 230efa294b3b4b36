"""What the rest of the house knows about whatever runs it: four methods."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

Handler = Callable[[str], Awaitable[None]]
"""Does whatever is due under one key, and may be called at any time: twice, late, or for nothing."""


class Runtime(Protocol):
    """Calls handlers when their time has come or their bell was rung; never two at once under one kind and key.

    Work is level-triggered: what is due stands in rows, so a lost bell costs one tick and a call too many costs
    nothing. A handler that raises is logged and called again after a pause; it never stops the others.
    """

    def every(self, kind: str, seconds: float, keys: Sequence[str]) -> None:
        """Call handler `kind` every `seconds` with each of `keys`, the first time at once."""

    def cron(self, kind: str, expression: str) -> None:
        """Call handler `kind` with the key "" whenever the five-field cron line `expression` says so, in UTC."""

    def ring(self, kind: str, key: str) -> None:
        """Call handler `kind` with `key` soon. Safe from any thread; ring after the commit, never inside it."""

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work until cancelled; then let what runs come to its end for a few seconds."""
