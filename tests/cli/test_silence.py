"""`monitor silence`, as a person and as a program calls it."""

from pathlib import Path

import pytest

from monitor.errors import MonitorError, UnknownIdError
from tests.cli.test_commands import ask, call, house

__all__ = ["house"]

ADD = ["silence", "add", "--rule", "entity:is-k", "--for", "6h", "--by", "ana", "--reason", "calm"]


def test_a_silence_is_made_listed_and_ended(house: Path) -> None:
    code, said = call(house, *ADD)
    assert (code, "silence 1 until " in said, "rule entity:is-k" in said) == (0, True, True)
    [row] = ask(house, "silence", "list")
    assert (row["state"], row["author"], row["reason"], row["hidden"]) == ("active", "ana", "calm", 0)
    assert row["match"] == {"rule": ["entity:is-k"]}
    assert call(house, "silence", "expire", "1") == (0, "silence 1 ended; it hid 0 hits\n")
    assert ask(house, "silence", "list") == []
    assert [one["state"] for one in ask(house, "silence", "list", "--all")] == ["expired"]
    with pytest.raises(MonitorError, match="silence 1 ended"):
        call(house, "silence", "expire", "1")
    with pytest.raises(UnknownIdError, match="no silence 7"):
        call(house, "silence", "expire", "7")


def test_a_preview_says_what_would_have_been_hidden_and_makes_nothing(house: Path) -> None:
    found = ask(house, *ADD, "--preview", "--since", "10y")
    assert [one["title"] for one in found] == ["IS-K 1", "IS-K 0"]
    code, said = call(house, *ADD, "--preview", "--since", "10y")
    assert (code, "IS-K 1" in said) == (0, True)
    assert "nothing of the last 1h" in call(house, *ADD, "--preview", "--since", "1h")[1]
    assert ask(house, "silence", "list", "--all") == []


def test_a_name_that_no_watchlist_knows_is_told(house: Path) -> None:
    words = ["silence", "add", "--entity", "isk", "--for", "6h", "--by", "ana", "--reason", "calm", "--preview"]
    code, said = call(house, *words)
    assert (code, "no watchlist knows the entity 'isk'; did you mean is-k?" in said) == (0, True)
    assert "knows" not in call(house, *ADD, "--preview")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--for", "6h", "--reason", "r"], "needs a condition"),
        (["--rule", "a", "--for", "6h"], "needs a reason"),
        (["--rule", "a", "--reason", "r", "--end", "2020-01-01"], "would hide nothing"),
    ],
)
def test_a_silence_that_means_nothing_is_refused(house: Path, words: list[str], message: str) -> None:
    with pytest.raises(MonitorError, match=message):
        call(house, "silence", "add", *words)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--rule", "a", "--reason", "r"], "--for"),
        (["--rule", "a", "--reason", "r", "--for", "6h", "--end", "2099-01-01"], "--for"),
        (["--rule", "a", "--reason", "r", "--for", "soon"], "--for"),
        (["--rule", "a", "--reason", "r", "--end", "soon"], "--end"),
        (["--severity", "grave", "--reason", "r", "--for", "6h"], "--severity"),
    ],
)
def test_a_wrong_option_is_named(house: Path, words: list[str], option: str) -> None:
    code, said = call(house, "silence", "add", *words)
    assert (code, option in said) == (2, True)


def test_a_silence_of_the_configuration_is_ended_there(house: Path) -> None:
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.store import silences

    config = house / "monitor.yaml"
    config.write_text(config.read_text() + "silences: [{match: {rule: both}, end: 2099-01-01, reason: calm}]\n")
    with open_store(config) as (settings, db):
        silences.sync_silences(db, settings.silences, now=utcnow())
    assert [row["origin"] for row in ask(house, "silence", "list")] == ["config"]
    with pytest.raises(MonitorError, match="take it out there"):
        call(house, "silence", "expire", "1")
