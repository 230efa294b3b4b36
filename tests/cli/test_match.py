"""`monitor match` as a program among others: lines in, answers out, while the input is still open."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

LIST = """\
watchlist: test
title: Test
entities: [{id: is-k, kind: organisation, name: IS-K}, {id: bajaur, kind: place, name: Bajaur}]
rules: [{id: both, title: Both, when: is-k AND bajaur, severity: critical}]
"""

LINES = 10_000
BAD = {1, 5_000, 7_777, LINES}
"""Numbers of the lines that are no documents, counted from 1."""


@pytest.fixture
def watchlists(tmp_path: Path) -> Path:
    """Return a folder with one watchlist."""
    folder = tmp_path / "watchlists"
    folder.mkdir()
    (folder / "test.yaml").write_text(LIST)
    return folder


def lines() -> Iterator[str]:
    """Yield the input: every third document mentions both entities, the bad lines are cut short."""
    for number in range(1, LINES + 1):
        line = json.dumps({"id": f"item {number}", "title": "IS-K" if number % 3 == 0 else "News", "text": "in Bajaur"})
        yield line[:-5] if number in BAD else line


def start(watchlists: Path) -> "subprocess.Popen[str]":
    """Return the running program."""
    command = [sys.executable, "-m", "monitor", "match", "-", "--json", "--watchlists", str(watchlists)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


@pytest.mark.slow
def test_ten_thousand_lines_are_answered_in_order_bad_ones_in_place_and_while_the_input_is_open(
    watchlists: Path,
) -> None:
    answered = threading.Event()
    in_time: list[bool] = []

    def write(stdin: IO[str]) -> None:
        """Write half of the lines, wait for an answer, write the others."""
        with stdin:
            for number, line in enumerate(lines(), 1):
                stdin.write(f"{line}\n")
                if number == LINES // 2:
                    stdin.flush()
                    in_time.append(answered.wait(20))

    with start(watchlists) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        writer = threading.Thread(target=write, args=(program.stdin,))
        writer.start()
        answers = []
        for line in program.stdout:
            answered.set()
            answers.append(json.loads(line))
        writer.join()
    assert (in_time, program.returncode) == ([True], 1)
    assert [one["id"] for one in answers] == [None if n in BAD else f"item {n}" for n in range(1, LINES + 1)]
    assert [one["line"] for one in answers if "error" in one] == sorted(BAD)
    assert all(one["error"].startswith("not JSON: ") for one in answers if "error" in one)
    assert [len(one["hits"]) for one in answers if "hits" in one] == [
        3 if n % 3 == 0 else 1 for n in range(1, LINES + 1) if n not in BAD
    ]


def test_bad_lines_before_the_first_document_keep_their_number(watchlists: Path) -> None:
    with start(watchlists) as program:
        output, _ = program.communicate('{"id": 1\n\n{"id": 2, "title": "Bajaur"}\n{"id": 3}\n')
    answers = [json.loads(line) for line in output.splitlines()]
    assert [(one["id"], one.get("line")) for one in answers] == [(None, 1), ("2", None), (None, 4)]


def test_who_writes_one_line_gets_its_answer_before_the_next(watchlists: Path) -> None:
    with start(watchlists) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for number in (1, 2):
            program.stdin.write(json.dumps({"id": number, "title": "Bajaur"}) + "\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["id"] == str(number)
        program.stdin.close()
        assert program.wait(20) == 0
