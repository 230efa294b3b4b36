"""Runs a program under what a unit of systemd forbids by seccomp: python -m tests.servers.sandbox UNIT PROGRAM ARGUMENT...

System calls outside SystemCallFilter end the process (in the unit they only fail), so that a library that begins to use one is seen.
MemoryDenyWriteExecute and RestrictAddressFamilies refuse as systemd does. Source: systemd.exec(5), seccomp_rule_add(3).
"""

import ctypes
import errno
import mmap
import os
import re
import shutil
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

KILL_PROCESS = 0x8000_0000
ALLOW = 0x7FFF_0000
ERRNO = 0x0005_0000
EQUAL, MASKED_EQUAL = 4, 7
FAMILIES = 64
"""More families of addresses than Linux has."""

LIBRARY = "libseccomp.so.2"

TRIED = ("mbind", "fchown")
"""Forbidden calls that are known to be tried in vain: numpy's OpenBLAS would say in which memory its buffers should lie, and
SQLite, as root alone, whose its journal should be."""


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`: which argument, how, with what."""

    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def missing() -> str | None:
    """Return what this machine lacks, or None."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return f"{LIBRARY} is not installed"
    return None if shutil.which("systemd-analyze") else "systemd-analyze is not installed"


@cache
def groups() -> dict[str, list[str]]:
    """Return systemd's groups of system calls, each with the calls and groups in it."""
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True
    )
    named = re.findall(r"^(@[a-z-]+)\n((?:^ +.*\n?)+)", done.stdout, re.MULTILINE)
    return {name: re.findall(r"^ +(@?[a-z0-9_-]+)$", text, re.MULTILINE) for name, text in named}


def expand(name: str) -> set[str]:
    """Return the system calls of a group ("@system-service"), or the one that is named."""
    return {call for one in groups()[name] for call in expand(one)} if name.startswith("@") else {name}


def allowed(unit: str) -> set[str]:
    """Return the system calls that a unit's text allows: first a list of those, then lists of what is taken from it."""
    calls: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.+)$", unit, re.MULTILINE):
        found = {call for name in line.removeprefix("~").split() for call in expand(name)}
        calls = calls - found if line.startswith("~") else calls | found
    return calls


def confine(unit: str) -> None:
    """Shut this process in, for good and with all that it starts. Raises OSError."""
    library = ctypes.CDLL(LIBRARY, use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(KILL_PROCESS))

    def rule(action: int, call: str, *when: tuple[int, int, int, int]) -> None:
        number = library.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return  # another machine's
        cases = (Comparison * len(when))(*(Comparison(*one) for one in when))
        if library.seccomp_rule_add_array(context, ctypes.c_uint32(action), number, len(when), cases):
            raise OSError(f"seccomp takes no rule about {call}")

    for call in allowed(unit):
        if call not in ("mmap", "mprotect", "pkey_mprotect", "socket"):
            rule(ALLOW, call)
    for call in TRIED:
        rule(ERRNO | errno.EPERM, call)
    both = mmap.PROT_WRITE | mmap.PROT_EXEC
    if "\nMemoryDenyWriteExecute=yes" in unit:
        for forbidden in (0, mmap.PROT_WRITE, mmap.PROT_EXEC):
            rule(ALLOW, "mmap", (2, MASKED_EQUAL, both, forbidden))
        rule(ERRNO | errno.EPERM, "mmap", (2, MASKED_EQUAL, both, both))
        for call in ("mprotect", "pkey_mprotect"):
            rule(ALLOW, call, (2, MASKED_EQUAL, mmap.PROT_EXEC, 0))
            rule(ERRNO | errno.EPERM, call, (2, MASKED_EQUAL, mmap.PROT_EXEC, mmap.PROT_EXEC))
    [families] = re.findall(r"^RestrictAddressFamilies=(.+)$", unit, re.MULTILINE)
    numbers = {getattr(socket, name) for name in families.split()}
    for number in range(FAMILIES):
        rule(ALLOW if number in numbers else ERRNO | errno.EAFNOSUPPORT, "socket", (0, EQUAL, number, 0))
    if library.seccomp_load(context):
        raise OSError("seccomp cannot be loaded")


if __name__ == "__main__":
    confine(Path(sys.argv[1]).read_text())
    os.execv(sys.argv[2], sys.argv[2:])
