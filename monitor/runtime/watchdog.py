"""Ends a process that cannot work any more, so that whoever keeps services starts it anew.

An event loop that stands still, or threads that all hang, come back by nothing that the process could do itself. What
was under way is done again at the next start. It looks from a thread of its own, and counts its own looks and not the
time: one that was stopped and goes on (SIGSTOP, a machine that slept) has missed none.
"""

import faulthandler
import os
import sys
import threading
from contextlib import suppress

import structlog

LOOK_SECONDS = 1.0
"""Time between two looks."""

LOOP_LOOKS = 45
"""Looks after which an event loop that has not turned is given up: before systemd does (WatchdogSec=60), which would
not say where it hangs, and long after what an overwhelmed machine causes."""

WORK_LOOKS = 450
"""Looks after which threads of which none comes back are given up: more than a statement may run (statement_timeout,
store/database.py) after the longest pause between two looks of the daemon at itself (lookout.py)."""

STUCK = 70
"""Exit status: "internal software error" (sysexits.h), on which a service manager starts the process again."""

LAST_SECONDS = 5.0
"""How long saying why may take: whatever hangs may hold the log, too."""

log = structlog.get_logger()


class Watchdog:
    """Watches over an event loop and its threads until stopped."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._stopped = threading.Event()
        self._missed = {"loop": 0, "work": 0}

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def turned(self) -> None:
        """Say that the event loop turns."""
        self._missed["loop"] = 0

    def worked(self) -> None:
        """Say that a thread did its work."""
        self._missed["work"] = 0

    def _watch(self) -> None:
        """Look again and again."""
        while not self._stopped.wait(LOOK_SECONDS):
            self._missed = {name: count + 1 for name, count in self._missed.items()}
            if self._missed["loop"] > LOOP_LOOKS:
                _end(f"the event loop has not turned for {LOOP_LOOKS * LOOK_SECONDS:g} s")
            if self._missed["work"] > WORK_LOOKS:
                _end(f"no thread came back for {WORK_LOOKS * LOOK_SECONDS:g} s: the database or a disk hangs")


def _end(why: str) -> None:
    """End this process as a kill would, which loses nothing; before that say why, and where each thread is."""
    last = threading.Timer(LAST_SECONDS, os._exit, (STUCK,))
    last.daemon = True
    last.start()
    with suppress(OSError, ValueError):  # nobody reads any more
        faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
    log.critical("ended: cannot work any more", why=why)
    os._exit(STUCK)
