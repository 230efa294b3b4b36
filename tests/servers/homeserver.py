"""A real Matrix homeserver, Synapse, on loopback: SQLite, no federation, accounts for whoever asks.

It is started with the Python that MONITOR_TEST_SYNAPSE names, which has matrix-synapse installed (`make homeserver`).
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

PYTHON = os.environ.get("MONITOR_TEST_SYNAPSE", "")
"""The Python that has it, or "" for none."""

START_SECONDS = 120
"""How long it may take to make its database and listen: some seconds, but for a machine that is busy otherwise."""

CONFIG = """\
server_name: localhost
pid_file: {folder}/homeserver.pid
listeners: [{{bind_addresses: [127.0.0.1], port: {port}, type: http, resources: [{{names: [client]}}]}}]
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
media_store_path: {folder}/media
signing_key_path: {folder}/localhost.signing.key
trusted_key_servers: []
report_stats: false
enable_registration: true
enable_registration_without_verification: true
"""
"""What is not said here is its default, its limits among it."""


@dataclass(frozen=True)
class Account:
    """Somebody with an account."""

    url: str
    token: str
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Return an answer of the client-server API."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = await self.client.request(method, f"{self.url}/_matrix/client/{path}", headers=headers, **options)
        answer.raise_for_status()
        return dict(answer.json())


@asynccontextmanager
async def homeserver(folder: Path, *names: str) -> AsyncIterator[list[Account]]:
    """Run a homeserver and yield an account for each name, all in the rooms that they join."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    (folder / "homeserver.yaml").write_text(CONFIG.format(folder=folder, port=port))
    arguments = ("-m", "synapse.app.homeserver", "--config-path", str(folder / "homeserver.yaml"))
    with (folder / "homeserver.log").open("wb") as log:
        made = await asyncio.create_subprocess_exec(PYTHON, *arguments, "--generate-keys", stdout=log, stderr=log)
        assert await made.wait() == 0, (folder / "homeserver.log").read_text()
        process = await asyncio.create_subprocess_exec(PYTHON, *arguments, stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{port}"
            await _until_it_answers(client, url)
            yield [Account(url, await _register(client, url, name), client) for name in names]
    finally:
        process.terminate()
        await process.wait()


async def _until_it_answers(client: httpx.AsyncClient, url: str) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                await client.get(f"{url}/_matrix/client/versions")
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
            else:
                return


async def _register(client: httpx.AsyncClient, url: str, name: str) -> str:
    """Return the access token of a new account."""
    body = {"username": name, "password": f"{name}-password", "auth": {"type": "m.login.dummy"}}
    made = await Account(url, "", client).ask("POST", "v3/register", json=body)
    return str(made["access_token"])


async def join_room(host: Account, *others: Account) -> str:
    """Return the id of a new room that everybody is in."""
    room = str((await host.ask("POST", "v3/createRoom", json={"preset": "public_chat"}))["room_id"])
    for one in others:
        await one.ask("POST", f"v3/join/{quote(room)}", json={})
    return room
