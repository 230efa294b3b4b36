"""A PostgreSQL server of a test's own, which can be stopped, started and reached by TLS only."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

SETTINGS = "fsync = off\nshared_buffers = 16MB\nunix_socket_directories = ''\nlisten_addresses = '127.0.0.1'\n"

ACCESS = "hostssl all all 127.0.0.1/32 trust\n"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's own programs, or None where it is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return places[-1] if places else None


class OwnServer:
    """A server with its data in a folder; `ca` is the certificate that vouches for it, as "localhost"."""

    def __init__(self, folder: Path, port: int) -> None:
        """Make its data, certificates and settings; it is not started yet."""
        self.folder, self.port, self.data = folder, port, folder / "data"
        self.ca = folder / "ca.crt"
        if os.getuid() == 0:  # which no server of PostgreSQL runs as
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self._vouch()
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"{SETTINGS}port = {port}\nssl = on\n")
        (self.data / "pg_hba.conf").write_text(ACCESS)

    def url(self, rest: str = "sslmode=require", *, host: str = "localhost") -> str:
        """Return its address, with parameters."""
        return f"postgresql+psycopg://postgres@{host}:{self.port}/postgres?hostaddr=127.0.0.1&{rest}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as an operator does who has no time."""
        self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def _vouch(self) -> None:
        """Make a certificate for it and the one that vouches for that."""
        ca, key, asked, made = (self.folder / name for name in ("ca.crt", "ca.key", "asked", "server"))
        new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj")
        _openssl(*new, "/CN=test", "-x509", "-days", "2", "-keyout", key, "-out", ca)
        _openssl(*new, "/CN=localhost", "-keyout", self.data / "server.key", "-out", asked)
        made = self.data / "server.crt"
        _openssl("openssl", "x509", "-req", "-in", asked, "-CA", ca, "-CAkey", key, "-days", "2", "-out", made)
        for file in (self.data / "server.key", made):
            file.chmod(0o600)
            if os.getuid() == 0:
                shutil.chown(file, "postgres", "postgres")

    def _run(self, program: str, *words: object) -> None:
        """Run one of its programs as who may."""
        folder = programs()
        assert folder is not None
        as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        command = [*as_other, str(folder / program), *map(str, words)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, text=True)
        assert ended.returncode == 0, ended.stdout


def _openssl(*words: object) -> None:
    """Run openssl."""
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


@contextmanager
def own_server(port: int) -> Iterator[OwnServer]:
    """Run a server for the length of a test."""
    folder = Path(mkdtemp(prefix="monitor-postgres-"))
    folder.chmod(0o755)
    server = OwnServer(folder, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
