"""Findings are told at their lines, and not where their authors have silenced them."""

from pathlib import Path

import pytest

from monitor.config.lint_places import placed
from monitor.config.watchlists import Read, read_watchlists
from monitor.core.findings import Finding, Subject

LIST = """\
watchlist: test
title: Test
entities:
  - id: dir
    kind: place
    name: Dir
    aliases:
      - Deer
      - {text: Upper Dir, lint: {ignore: {duplicate-alias: told apart by the press}}}
    lint: {ignore: {short-alias: looked at}}
  - id: group
    kind: organisation
    name: The Group
    name_alias: false
    aliases: [Group]
rules:
  - id: both
    title: Both
    when: dir AND group
    lint: {ignore: {no-example: too plain}}
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    (tmp_path / "a.yaml").write_text(LIST)
    return read_watchlists(tmp_path)


def finding(code: str, subject: Subject | None, **place: str | int) -> Finding:
    """Return a finding."""
    return Finding(code, "what", "advice", subject, **place)  # type: ignore[arg-type]  # file and line


ALL = (
    finding("short-alias", Subject("entity", "dir", 0)),
    finding("duplicate-alias", Subject("entity", "dir", 2)),
    finding("no-example", Subject("rule", "both")),
)
"""One for each silence of LIST."""


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        (Subject("entity", "dir"), 4),
        (Subject("entity", "dir", 0), 6),
        (Subject("entity", "dir", 1), 8),
        (Subject("entity", "dir", 2), 9),
        (Subject("entity", "group", 0), 15),
        (Subject("rule", "both"), 17),
    ],
)
def test_a_finding_is_told_at_the_line_of_its_subject(read: Read, subject: Subject, line: int) -> None:
    [told] = placed([finding("common-word", subject), *ALL], read)
    assert (Path(told.file).name, told.line, told.code) == ("a.yaml", line, "common-word")


def test_a_silence_of_an_entity_holds_for_its_aliases_and_for_one_code_only(read: Read) -> None:
    assert placed(ALL, read) == []
    [told] = placed([*ALL, finding("duplicate-alias", Subject("entity", "dir", 1))], read)
    assert told.line == 8


def test_a_silence_that_silences_nothing_is_told(read: Read) -> None:
    told = placed(ALL[1:], read)
    assert [(one.code, one.line, one.what) for one in told] == [
        ("idle-ignore", 10, "lint.ignore.short-alias of dir silences nothing")
    ]


def test_findings_come_in_the_order_of_their_lines(read: Read) -> None:
    found = [
        finding("common-word", Subject("entity", "group", 0)),
        finding("example-fails", Subject("entity", "dir"), file=read[0][0].file, line=12),
        finding("invalid", None, file=read[0][0].file, line=1),
    ]
    assert [one.line for one in placed([*found, *ALL], read)] == [1, 12, 15]
