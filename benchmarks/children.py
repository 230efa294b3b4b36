"""Child processes in which things are measured, with a limit of memory, so that one cannot spoil another."""

import gc
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

MB = 1024 * 1024
GB = 1024 * MB


def family_cpu() -> float:
    """Return the CPU seconds of this process and of all processes that it started and that they started.

    Those that are gone are known to whoever started them once it waited for them; those that live tell themselves.
    """
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = (cpu_of(pid) for pid in family(os.getpid()))
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(alive)


def family(pid: int) -> list[int]:
    """Return the processes that `pid` started and that live, and those that they started."""
    parents: dict[int, list[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended meanwhile
            parent = int(file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(file.parent.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of another process. Its clock has the number that glibc's clock_getcpuclockid gives."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0  # ended meanwhile


class GoneError(Exception):
    """A child that answered with an error, ran out of memory or time, or died; the text says which."""


def rss() -> int:
    """Return the resident memory of this process, in bytes."""
    gc.collect()
    return rss_of("self")


def rss_of(pid: int | str) -> int:
    """Return the resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def peak(pid: int | str = "self") -> int:
    """Return the highest resident memory that a process had so far, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


class Child:
    """A function running in a process of its own; it receives a connection as its first argument."""

    def __init__(self, work: Callable[..., None], *arguments: object, memory: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_run, args=(theirs, work, arguments, memory), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def send(self, value: object) -> None:
        """Hand a value to the child."""
        self._ours.send(value)

    def receive(self, seconds: float) -> Any:  # noqa: ANN401 - whatever the child sends
        """Return what the child sends next. Raises GoneError when it cannot or takes longer than so many seconds."""
        if not self._ours.poll(seconds):
            raise GoneError(f"took longer than {seconds:g} s")
        try:
            value = self._ours.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode or 0
            raise GoneError(f"died of {signal.Signals(-code).name if code < 0 else f'exit {code}'}") from None
        if isinstance(value, Exception):
            raise GoneError(f"{type(value).__name__}: {value}" if str(value) else type(value).__name__)
        return value

    def peak(self) -> int:
        """Return the highest resident memory of the child so far, in bytes; 0 when it is gone."""
        try:
            return peak(str(self._process.pid))
        except (OSError, StopIteration):
            return 0


def _run(connection: Connection, work: Callable[..., None], arguments: tuple[object, ...], memory: int) -> None:
    """Do the work under a limit of address space; send the exception when there is one."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        work(connection, *arguments)
    except EOFError:
        return  # nobody waits any more
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent tells of it
        connection.send(RuntimeError(f"{type(error).__name__}: {str(error)[:200]}"))


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start
