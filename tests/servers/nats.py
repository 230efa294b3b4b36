"""A real NATS server with JetStream on loopback, for as long as a test takes."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

SERVER = shutil.which("nats-server")
"""The program, or None where it is not installed."""


@asynccontextmanager
async def nats_server(folder: Path, *, password: str, more: str = "") -> AsyncIterator[str]:
    """Run a server whose user `monitor` may publish below "news" and "lost" only; yield its address.

    more   further lines of its configuration
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    allowed = '{publish: ["news.>", "lost.>", "$JS.API.>"], subscribe: ">"}'
    (folder / "nats.conf").write_text(
        f'listen: "127.0.0.1:{port}"\njetstream {{store_dir: "{folder}/js"}}\n'
        f'authorization {{users: [{{user: monitor, password: "{password}", permissions: {allowed}}}]}}\n{more}\n'
    )
    assert SERVER is not None
    process = await asyncio.create_subprocess_exec(
        SERVER, "-c", str(folder / "nats.conf"), "-l", str(folder / "nats.log")
    )
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
