"""Reads what strangers wrote in processes of their own, which can be killed.

A megabyte is enough to keep feedparser busy for a minute, and nothing can stop a thread. Elsewhere the reading of a
document has a limit of time and of memory, and the event loop goes on turning meanwhile, on the other core. It is a
plain process and no pool of multiprocessing's for the reasons in `config/apart.py`.
"""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from monitor.errors import FetchError, MonitorError

WORKERS = 2
"""Processes at most: while one is held up by a hostile document, the other goes on. Each has some 30 MB."""

READ_SECONDS = 30.0
"""Longest time for one document. Feeds of 10 MiB (the default of http.max_body) took 0.4 to 4 s, one made of three
million tags 31 s."""

MEMORY_BYTES = 2 * 1024**3
"""Address space of a process: reading 10 MiB took 120 to 270 MB, and a hostile document must not take the machine's."""

LEAVE_BYTES = 300 * 1024**2
"""Memory from which on a process is replaced after its document: Python seldom gives back what it once took."""

GRACE_SECONDS = 5
"""How long after its limit a process ends by itself, should nobody be there any more to kill it."""

STARTS = 2
"""Attempts at one document: a process that died of itself, by the machine's lack of memory say, is replaced once."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Apart:
    """Runs functions in processes of their own, a few at a time; a context manager that owns the processes.

    Functions must be importable by name, arguments and results must pickle. A process is started when it is needed.
    """

    def __init__(self, workers: int = WORKERS) -> None:
        """Start nothing yet; one thread waits for each process."""
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="apart")
        self._own = threading.local()
        self._workers: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill all processes; what they were reading is not read."""
        self._closed = True
        for worker in list(self._workers):
            worker.kill()
        self._threads.shutdown(cancel_futures=True)

    async def run(
        self,
        function: Callable[Arguments, Result],
        seconds: float,
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Return what `function` returns, called elsewhere; raise what it raises, where that is a MonitorError.

        Raises FetchError when it takes longer than `seconds`, or its process dies.
        """
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(self._threads, self._call, function, args, kwargs, seconds)
        return cast("Result", await done)

    def _call(self, function: Callable[..., object], args: object, kwargs: object, seconds: float) -> object:
        """Let the process of this thread do a piece of work."""
        for _ in range(STARTS):
            worker = self._worker()
            try:
                done, value, leaves = worker.work(function, args, kwargs, seconds)
            except TimeoutError:
                self._dismiss(worker)
                text = f"the document takes longer than {seconds:g} s to read; it is hostile, or larger than any feed"
                raise FetchError("too slow to read", text) from None
            except (EOFError, OSError):
                self._dismiss(worker)
                continue
            if leaves:
                self._dismiss(worker)
            if done:
                return value
            raise value if isinstance(value, MonitorError) else RuntimeError(str(value))
        raise FetchError(
            "not read", "the process that reads documents died twice over it; was there too little memory?"
        )

    def _worker(self) -> "_Worker":
        """Return the process of this thread, a new one where there is none. Raises FetchError while closing."""
        if self._closed:
            raise FetchError("not read", "the daemon is stopping")
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            worker = self._own.worker = _Worker()
            self._workers.add(worker)
        return worker

    def _dismiss(self, worker: "_Worker") -> None:
        """End a process; the next piece of work gets a new one."""
        worker.kill()
        self._workers.discard(worker)
        self._own.worker = None


class _Worker:
    """A process that does one piece of work at a time."""

    def __init__(self) -> None:
        """Start it, with one end of a pair of sockets."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "monitor.feeds.apart", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        self._line: Connection[Any, Any] = Connection(ours.detach())

    def work(
        self, function: Callable[..., object], args: object, kwargs: object, seconds: float
    ) -> tuple[bool, object, bool]:
        """Return whether the work was done, what came of it, and whether the process leaves.

        Raises TimeoutError, and EOFError or OSError when the process died.
        """
        self._line.send((function, args, kwargs, seconds))
        if not self._line.poll(seconds):
            raise TimeoutError
        answer: tuple[bool, object, bool] = self._line.recv()
        return answer

    def kill(self) -> None:
        """End the process at once; whoever waits for it sees the line break."""
        self._process.kill()
        self._process.wait()


def main(descriptor: int) -> None:
    """Do one piece of work after the other until nobody asks any more."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # they reach the whole group; whoever started us decides
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    line: Connection[Any, Any] = Connection(descriptor)
    leaves = False
    while not leaves:
        try:
            function, args, kwargs, seconds = line.recv()
        except (EOFError, ConnectionResetError):
            return
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)  # its signal ends us
        try:
            done, value = True, function(*args, **kwargs)
        except MonitorError as error:
            done, value = False, error
        except Exception as error:  # noqa: BLE001 - told to whoever asked, who knows what it was about
            done, value = False, f"{type(error).__name__}: {error}"
        signal.setitimer(signal.ITIMER_REAL, 0)
        leaves = _used_bytes() > LEAVE_BYTES
        with suppress(BrokenPipeError):  # nobody waits for it any more; the next look says so
            line.send((done, value, leaves))


def _used_bytes() -> int:
    """Return how much memory this process has now, where the system tells, else the most it ever had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:  # not Linux, where this would tell of whoever started us, too
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(int(sys.argv[1]))
