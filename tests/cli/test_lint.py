"""`monitor watchlists lint`: what it prints, and how it exits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app

LIST = """\
watchlist: test
title: Test
entities: [{id: is-k, kind: organisation, name: IS-K}, {id: bajaur, kind: place, name: Bajaur}]
rules:
  - id: both
    title: Both
    when: is-k AND bajaur
    examples: {match: [IS-K in Bajaur], no_match: [IS-K in Kabul]}
"""
SHORT = LIST.replace("name: Bajaur", "name: Dir")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one good watchlist."""
    (tmp_path / "test.yaml").write_text(LIST)
    return tmp_path


def lint(folder: Path, *options: str) -> tuple[int, str]:
    """Return exit code and output, paths cut to the file."""
    result = CliRunner().invoke(app, ["watchlists", "lint", str(folder), *options])
    return result.exit_code, result.output.replace(f"{folder}/", "")


def test_a_clean_folder_ends_with_how_much_was_looked_at(folder: Path) -> None:
    summary = "1 file, 2 entities, 2 aliases, 1 rule, 2 examples, 0 failed, 0 findings\n"
    assert lint(folder, "--strict") == (0, summary)


def test_what_there_is_one_of_is_told_in_the_singular(folder: Path) -> None:
    (folder / "test.yaml").write_text(
        "{watchlist: test, title: Test, entities: [{id: is-k, kind: organisation, name: IS-K}]}"
    )
    assert lint(folder) == (0, "1 file, 1 entity, 1 alias, 0 rules, 0 examples, 0 failed, 0 findings\n")


def test_a_failing_example_is_an_error_at_its_line(folder: Path) -> None:
    (folder / "test.yaml").write_text(LIST.replace("IS-K in Kabul", "IS-K in Bajaur again"))
    code, output = lint(folder)
    assert code == 1
    assert output.startswith("test.yaml:8: error: example-fails: rule both hits: IS-K in Bajaur again | rule both: ")
    assert output.endswith("2 examples, 1 failed, 1 finding\n")


def test_a_warning_fails_only_when_asked_to_be_strict(folder: Path) -> None:
    (folder / "test.yaml").write_text(SHORT.replace("IS-K in Bajaur", "IS-K in Dir"))
    code, output = lint(folder)
    assert (code, "test.yaml:3: warning: short-alias: 'Dir' has fewer than 4 letters" in output) == (0, True)
    assert lint(folder, "--strict") == (1, output)


def test_a_note_never_fails(folder: Path) -> None:
    (folder / "test.yaml").write_text(LIST.replace(", no_match: [IS-K in Kabul]", ""))
    code, output = lint(folder, "--strict")
    assert (code, "test.yaml:5: note: no-example: rule both has no example: no_match" in output) == (0, True)


def test_an_unknown_id_is_a_finding_and_means_that_nothing_could_be_checked(folder: Path) -> None:
    (folder / "test.yaml").write_text(LIST.replace("is-k AND bajaur", "is-k AND bajur"))
    code, output = lint(folder)
    assert code == 2
    assert output.startswith(
        "test.yaml:7: error: invalid: rules[0].when: unknown entity 'bajur'; did you mean 'bajaur'?"
    )


@pytest.mark.parametrize("text", ["watchlist: [", "a list", None])
def test_a_file_that_cannot_be_read_is_a_finding(folder: Path, text: str | None) -> None:
    file = folder / "test.yaml"
    file.unlink() if text is None else file.write_text(text)
    code, output = lint(folder)
    assert (code, output.count(": error: invalid: "), output.splitlines()[-1]) == (2, 1, "1 finding")
    assert ": :" not in output


def test_programs_get_the_same_as_json(folder: Path) -> None:
    (folder / "test.yaml").write_text(SHORT.replace("IS-K in Bajaur", "IS-K in Dir"))
    code, output = lint(folder, "--json")
    found = json.loads(output)
    assert (code, found["summary"]["findings"]) == (0, 1)
    [finding] = found["findings"]
    assert (finding["file"], finding["line"], finding["level"], finding["code"]) == (
        "test.yaml",
        3,
        "warning",
        "short-alias",
    )
    (folder / "test.yaml").write_text("watchlist: [")
    code, output = lint(folder, "--json")
    assert (code, [one["code"] for one in json.loads(output)["findings"]]) == (2, ["invalid"])
