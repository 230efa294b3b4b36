"""What the rest of the house knows about whatever runs it: four methods, and two things to look at."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

Handler = Callable[[str], Awaitable[None]]
"""Does whatever is due under one key, and may be called at any time: twice, late, or for nothing."""

Due = Callable[[], Collection[str]]
"""Returns the keys under which something is due now, found in one cheap look; called in a thread."""


class Runtime(Protocol):
    """Calls handlers when their time has come or their bell was rung; hardly ever two at once under one kind and key.

    Work is level-triggered: what is due stands in rows, so a lost bell costs one tick and a call too many costs
    nothing. A handler that raises is logged and called again after a pause; it never stops the others. Where a machine
    hung for so long that another one took its work over, both may be at work under one key for a moment: every write of
    a handler is keyed, so that this is harmless.
    """

    @property
    def troubles(self) -> Mapping[str, str]:
        """Return what does not work in this process: "kind key", or a part of the runtime, to the error in words."""

    @property
    def turn_seconds(self) -> float:
        """Return after how long a call should come to its end although more is due, so that others can go on with it.

        Infinite where there are no others.
        """

    def every(self, kind: str, seconds: float, keys: Sequence[str], due: Due | None = None) -> None:
        """Call handler `kind` every `seconds` with each of `keys`, the first time at once.

        due   tells which of the keys have something to do; a runtime whose calls are dear leaves out the others
        """

    def cron(self, kind: str, expression: str) -> None:
        """Call handler `kind` with the key "" whenever the five-field cron line `expression` says so, in UTC."""

    def ring(self, kind: str, key: str) -> None:
        """Call handler `kind` with `key` soon. Safe from any thread; ring after the commit, never inside it."""

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work until cancelled; then let what runs come to its end for a few seconds.

        handlers   of the kinds that this process works on; where other processes share the work, these may be a part
        """
