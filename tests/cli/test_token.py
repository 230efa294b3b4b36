"""`monitor token` and `monitor hits export`, as a person and as a program calls them."""

import json
from pathlib import Path

import pytest
import stix2

from monitor.errors import MonitorError, UnknownIdError
from tests.cli.test_commands import ask, call, house

__all__ = ["house"]


def test_a_token_is_shown_once_listed_without_itself_and_taken_back(house: Path) -> None:
    code, said = call(house, "token", "add", "screen", "--for", "90d")
    token = said.splitlines()[-1]
    assert (code, token.startswith("evm_")) == (0, True)
    [row] = ask(house, "token", "list")
    assert (row["name"], row["scope"], row["good"], row["used_at"]) == ("screen", "read", True, None)
    assert token not in json.dumps(row)
    with pytest.raises(MonitorError, match="already"):
        call(house, "token", "add", "screen")
    assert call(house, "token", "revoke", "screen") == (0, "token 'screen' is revoked\n")
    assert ask(house, "token", "list") == []
    assert [one["good"] for one in ask(house, "token", "list", "--all")] == [False]
    assert ask(house, "token", "add", "robot", "--scope", "act")["scope"] == "act"
    with pytest.raises(UnknownIdError, match="no token 'nobody'"):
        call(house, "token", "revoke", "nobody")


@pytest.mark.parametrize("words", [["--scope", "all"], ["--for", "soon"]])
def test_a_token_for_nothing_sensible_is_refused(house: Path, words: list[str]) -> None:
    assert call(house, "token", "add", "x", *words)[0] == 2
    assert ask(house, "token", "list", "--all") == []


def test_hits_are_exported_in_each_form(house: Path) -> None:
    lines = call(house, "hits", "export", "--format", "jsonl", "--since", "10y")[1].splitlines()
    assert [json.loads(line)["item"]["title"] for line in lines] == ["IS-K 0", "IS-K 1"]
    table = call(house, "hits", "export", "--format", "csv", "--since", "10y")[1]
    assert table.splitlines()[0].startswith("id,created_at,severity,rule,watchlist")
    assert len(table.splitlines()) == 3
    bundle = stix2.parse(call(house, "hits", "export", "--format", "stix", "--since", "10y")[1])
    assert [one.type for one in bundle.objects].count("report") == 2
    assert call(house, "hits", "export", "--format", "xml")[0] == 2


def test_watchlists_that_cannot_be_read_keep_no_hits_from_being_exported(house: Path) -> None:
    [folder] = house.glob("watchlists")
    (folder / "broken.yaml").write_text("watchlist: [")
    code, said = call(house, "hits", "export", "--format", "stix", "--since", "10y")
    assert (code, said.count('"report"')) == (0, 2)
    assert "broken.yaml" in said
