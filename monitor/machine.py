"""What this process has of its machine: room on a disk, memory, open files. Linux says most; elsewhere less is told."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from monitor.core.vitals import Amount

PROC = Path("/proc/self")

CGROUPS = Path("/sys/fs/cgroup")


def disk_of(folder: Path) -> Amount | None:
    """Return how many bytes are free on the disk of a folder, for others than its owner root, of how many."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return Amount(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def open_files() -> Amount | None:
    """Return how many files and sockets are open, of how many that may be."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        count = len(os.listdir(PROC / "fd"))  # noqa: PTH208 - names alone, of which there may be thousands
    except OSError:
        return None
    return Amount(count, None if most == resource.RLIM_INFINITY else most)


def memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> Amount | None:
    """Return how many bytes of memory are in use, of how many.

    In a control group with a limit, those of all its processes, without what the kernel would give back at once (files
    that nobody reads any more), as containers are judged by it; elsewhere those of this process alone.

    Source: the kernel's Control Group v2: memory.current, memory.max, memory.stat; proc_pid_statm(5).
    """
    limits = list(_limits(proc, cgroups))
    if limits:
        limit, group = min(limits)
        with suppress(OSError, ValueError):
            return Amount(int((group / "memory.current").read_text()) - _idle(group), limit)
    with suppress(OSError, ValueError, IndexError):
        return Amount(int((proc / "statm").read_text().split()[1]) * resource.getpagesize(), _own_limit())
    return None


def _limits(proc: Path, cgroups: Path) -> Iterator[tuple[int, Path]]:
    """Yield the limits on memory of the control group of this process, and of those around it."""
    try:
        lines = (proc / "cgroup").read_text().splitlines()
    except OSError:
        return
    path = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if path is None:
        return
    group = cgroups / path
    for folder in (group, *group.parents):
        with suppress(OSError, ValueError):  # no limit is written "max"
            yield int((folder / "memory.max").read_text()), folder
        if folder == cgroups:
            return


def _idle(group: Path) -> int:
    """Return how many bytes of files a control group holds that nobody reads any more."""
    for line in (group / "memory.stat").read_text().splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0


def _own_limit() -> int | None:
    """Return how much memory this process may have by its resource limits, None for as much as there is."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if most == resource.RLIM_INFINITY else most
