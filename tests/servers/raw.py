"""A server on loopback that knows no HTTP: it sends the bytes a test gives it, as hostile as they may be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """Where it listens, what it was asked (one entry for each connection), and the bytes it got rid of."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    sent: int = 0

    def url(self, path: str = "/") -> str:
        """Return the address of `path` on this server."""
        return f"http://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def raw_server(answer: Callable[[], AsyncIterator[bytes]], *, greeting: bytes = b"") -> AsyncIterator[RawServer]:
    """Run a server that greets, reads one request on each connection, sends what `answer` yields, and closes."""
    state = RawServer()
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.write(greeting)
            state.requests.append(await reader.readuntil(b"\r\n\r\n"))
            async for piece in answer():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)  # a full buffer alone would let the client have its turn
                state.sent += len(piece)
        writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
