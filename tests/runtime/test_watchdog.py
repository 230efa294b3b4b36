"""A process that cannot work any more ends, says why and where it hangs; one that was stopped meanwhile does not."""

import signal
import subprocess
import sys
import time

import pytest

STUCK_LOOP = "loop.call_later(0.1, time.sleep, 600)"
STUCK_THREADS = "[loop.run_in_executor(None, time.sleep, 600) for _ in range(64)]"
WELL = "None"

PROGRAM = """
import asyncio, sys, time
from monitor.runtime import watchdog

watchdog.LOOK_SECONDS, watchdog.LOOP_LOOKS, watchdog.WORK_LOOKS = 0.1, 5, 10

async def work(dog):
    while True:
        await asyncio.to_thread(time.sleep, 0.01)
        dog.worked()

async def main():
    dog, loop = watchdog.Watchdog(), asyncio.get_running_loop()
    {fault}
    dog.start()
    task = asyncio.create_task(work(dog))
    print("ready", flush=True)
    for _ in range({turns}):
        await asyncio.sleep(0.05)
        dog.turned()
    dog.stop()

asyncio.run(main())
"""


def start(fault: str, *, turns: int = 600) -> subprocess.Popen[str]:
    """Start a process that is well but for a fault, and stops after so many turns of its event loop, 20 a second."""
    program = PROGRAM.format(fault=fault, turns=turns)
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.parametrize(
    ("fault", "why", "where"),
    [
        (STUCK_LOOP, "the event loop has not turned for 0.5 s", "in _run_once"),
        (STUCK_THREADS, "no thread came back for 1 s: the database or a disk hangs", "thread.py"),
    ],
)
def test_a_process_that_hangs_ends_with_all_stacks_and_the_reason(fault: str, why: str, where: str) -> None:
    process = start(fault)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 70, "a service manager starts it again"
    assert why in said
    assert "most recent call first" in said
    assert where in said


def test_one_that_works_is_left_alone_also_when_it_was_stopped_meanwhile() -> None:
    process = start(WELL, turns=16)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.7)
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "")
