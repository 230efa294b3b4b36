"""`monitor route test`: who would be told of a hit, and when."""

from pathlib import Path

import pytest

from tests.cli.test_commands import CONFIG, ask, call, house

__all__ = ["house"]

ROUTES = """
receivers:
  - {name: console, channels: [{console: {}}]}
  - {name: pager, channels: [{console: {}}]}
  - {name: archive}
route:
  receiver: console
  routes:
    - {match: {severity: critical}, receiver: pager, group_wait: 0s, continue: true}
    - {match: {tags: bajaur, publishers: ">=2"}, receiver: pager, group_by: [rule]}
    - {match: {feed: Dawn, kind: place, lang: ur, tier: spelling}, receiver: archive}
    - match: {watchlist: test}
      routes: [{match: {rule: entity:is-k}, mute: {times: ["00:00-23:59"]}}]
silences: [{match: {entity: khan}, end: 2099-01-01, reason: calm}]
"""


@pytest.fixture
def routes(house: Path) -> Path:
    """Return a house with a tree of routes."""
    (house / "monitor.yaml").write_text(CONFIG + ROUTES)
    return house


@pytest.mark.parametrize(
    ("words", "receivers"),
    [
        ([], ["console"]),
        (["--severity", "critical"], ["pager"]),
        (["--severity", "critical", "--tag", "bajaur", "--publishers", "2"], ["pager", "pager"]),
        (["--tag", "bajaur"], ["console"]),
        (["--feed", "Dawn", "--kind", "place", "--lang", "ur", "--tier", "spelling"], ["archive"]),
        (["--feed", "Dawn", "--entity", "x", "--kind", "place", "--lang", "ur-PK", "--tier", "spelling"], ["archive"]),
        (["--feed", "Dawn", "--lang", "ur"], ["console"]),
    ],
)
def test_a_hit_goes_where_the_tree_leads(routes: Path, words: list[str], receivers: list[str]) -> None:
    assert [row["receiver"] for row in ask(routes, "route", "test", *words)] == receivers


def test_the_way_the_channels_the_group_and_the_time_are_told(routes: Path) -> None:
    [row] = ask(routes, "route", "test", "--tag", "bajaur", "--publishers", "3", "--rule", "both")
    assert row["route"] == "root > [1] tags bajaur, publishers >=2"
    assert (row["channels"], row["group"], row["due"]) == (["pager/console"], "rule both", "in 30 s")
    [quiet] = ask(routes, "route", "test", "--watchlist", "test", "--rule", "entity:is-k")
    assert quiet["route"] == "root > [3] watchlist test > [0] rule entity:is-k"
    assert quiet["due"].startswith("quiet hours, ") or quiet["due"] == "in 30 s"
    [silent] = ask(routes, "route", "test", "--entity", "khan")
    assert silent["kept back by"] == "silence 0 until 2099-01-01 00:00Z"
    code, table = call(
        routes, "route", "test", "--feed", "Dawn", "--kind", "place", "--lang", "ur", "--tier", "spelling"
    )
    assert (code, "digest only" in table) == (0, True)


def test_words_are_matched_with_the_watchlists(routes: Path) -> None:
    rows = ask(routes, "route", "test", "--text", "IS-K struck Bajaur")
    assert {(row["hit"], row["receiver"]) for row in rows} == {
        ("both", "pager"),
        ("both", "console"),
        ("entity:is-k", "console"),
        ("entity:bajaur", "console"),
    }
    assert "nobody is told" in call(routes, "route", "test", "--text", "Weather")[1]


def test_it_answers_without_a_database(routes: Path) -> None:
    (routes / "monitor.db").unlink()
    assert ask(routes, "route", "test")
    assert not (routes / "monitor.db").exists()


def test_a_value_that_is_none_is_refused(routes: Path) -> None:
    code, said = call(routes, "route", "test", "--kind", "ghost")
    assert (code, "--kind" in said) == (2, True)
