"""The terminal of the person who started the daemon."""

import asyncio
from typing import ClassVar, TextIO

from rich.console import Console
from rich.text import Text

from monitor.core.types import Message, Severity
from monitor.errors import DeliveryError

STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold",
}
"""How a title looks; a stream that is no terminal gets no colours."""


class ConsoleChannel:
    """Prints messages to a stream."""

    kind: ClassVar[str] = "console"

    def __init__(self, stream: TextIO) -> None:
        """Print to `stream`, usually standard output."""
        self._stream = stream

    async def send(self, message: Message) -> None:
        """Print the message; off the event loop, which a reader that stopped reading would hold up."""
        await asyncio.to_thread(self._print, message)

    def _print(self, message: Message) -> None:
        style = STYLES[message.severity] if message.severity else "bold"
        try:
            console = Console(file=self._stream, soft_wrap=True, highlight=False, markup=False, emoji=False)
            with console.capture() as shown:  # rich itself would end the process when nobody reads the pipe
                console.print(Text(message.title, style=style))
                console.print(Text(message.text), end="\n\n")
            self._stream.write(self._spell(shown.get()))
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            raise DeliveryError(f"console: nothing reads the output any more ({error})") from error

    def _spell(self, text: str) -> str:
        """Return `text` with what the stream's encoding cannot write replaced by "?"."""
        encoding = self._stream.encoding or "utf-8"
        return text.encode(encoding, "replace").decode(encoding)
