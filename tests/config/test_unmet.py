"""Names that routes and rules ask for: which are told of, and what was probably meant."""

from pathlib import Path

import pytest

from monitor.config.settings import load_settings
from monitor.config.unmet import asks_for_feeds, unmet_names
from monitor.config.watchlists import load_watchlists
from monitor.core.types import FeedSpec

LIST = """\
watchlist: sahel
title: Sahel
tags: [africa]
entities:
  - {id: wagner, kind: organisation, name: Wagner, tags: [mercenaries]}
  - {id: kidal, kind: place, name: Kidal, context: 'wagner AND NOT feed:Paper'}
rules:
  - {id: wagner-in-kidal, title: Wagner in Kidal, when: wagner AND kidal, tags: [urgent]}
"""
FEEDS = "feeds: [{url: https://a.example/rss, name: Paper, tags: [mali]}]\n"


def warnings(folder: Path, match: str, *, feeds: str = FEEDS, lists: str = LIST) -> list[str]:
    """Return what is told of a configuration whose only route has this `match`."""
    (folder / "monitor.yaml").write_text(f"{feeds}route:\n  receiver: console\n  routes:\n    - match: {{{match}}}\n")
    (folder / "watchlists" / "test.yaml").write_text(lists)
    settings = load_settings(folder / "monitor.yaml", {})
    found = unmet_names(settings, load_watchlists(settings.watchlists))
    return [one.replace(f"{folder}/", "") for one in found]


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ("watchlist: sahl", "watchlist: no watchlist 'sahl'; did you mean 'sahel'?"),
        ("rule: wagner-in-kida", "rule: no rule 'wagner-in-kida'; did you mean 'wagner-in-kidal'?"),
        ("rule: entity:wager", "rule: no rule 'entity:wager'; did you mean 'entity:wagner'?"),
        ("entity: [kidal, Wagner]", "entity: no entity 'Wagner'; did you mean 'wagner'?"),
        ("tags: urgnt", "tags: no tag 'urgnt'; did you mean 'urgent'?"),
        ("feed: paper", "feed: no feed 'paper'; did you mean 'Paper'?"),
        ("feed: Gazette", "feed: no feed 'Gazette'; nothing has that name, so it never holds"),
        ("lang: urdu", "lang: 'urdu' is no language code; expected such as ur, fa or fa-AF"),
        ("lang: fa_AF", "lang: 'fa_AF' is no language code; expected such as ur, fa or fa-AF"),
    ],
)
def test_a_name_that_nothing_has_is_told_with_its_place(folder: Path, match: str, message: str) -> None:
    assert warnings(folder, match) == [f"monitor.yaml:5: route.routes[0].match.{message}"]


@pytest.mark.parametrize(
    "match",
    [
        "watchlist: sahel, rule: [wagner-in-kidal, 'entity:kidal'], entity: [wagner, kidal]",
        "tags: [africa, mercenaries, urgent]",
        "feed: [Paper, mali, https://a.example/rss], lang: [ur, fa-AF, fil, zh-Hant-TW]",
    ],
)
def test_what_something_has_is_not_told(folder: Path, match: str) -> None:
    assert warnings(folder, match) == []


def test_the_title_of_a_feed_without_a_name_may_be_what_a_route_means(folder: Path) -> None:
    unnamed = FEEDS.replace(", name: Paper", "")
    lists = LIST.replace("feed:Paper", "feed:MALI")
    assert warnings(folder, "feed: Gazette", feeds=unnamed, lists=lists) == []
    assert "did you mean 'mali'?" in warnings(folder, "feed: malli", feeds=unnamed, lists=lists)[0]


def test_a_feed_that_a_rule_or_a_context_names_must_be_there(folder: Path) -> None:
    lists = LIST.replace("feed:Paper", "feed:papr").replace("wagner AND kidal", "wagner AND kidal AND feed:radio")
    assert [one.partition("watchlists/")[2] for one in warnings(folder, "lang: ur", lists=lists)] == [
        "test.yaml: entity kidal, context: no feed 'papr'; did you mean 'Paper'?",
        "test.yaml: rule wagner-in-kidal, when: no feed 'radio'; nothing has that name, so it never holds",
    ]


def test_feeds_that_are_known_to_be_polled_count_instead_of_those_of_the_file(folder: Path) -> None:
    assert len(warnings(folder, "feed: radio")) == 1
    settings = load_settings(folder / "monitor.yaml", {})
    polled = [*settings.feeds, FeedSpec("https://b.example/rss", "radio")]
    assert unmet_names(settings, load_watchlists(settings.watchlists), polled) == ()


def test_which_feeds_are_polled_matters_only_where_a_route_or_a_rule_names_one(folder: Path) -> None:
    def asks(match: str, lists: str) -> bool:
        warnings(folder, match, lists=lists)
        settings = load_settings(folder / "monitor.yaml", {})
        return asks_for_feeds(settings, load_watchlists(settings.watchlists))

    silent = LIST.replace("feed:Paper", "lang:en")
    assert not asks("lang: ur", silent)
    assert asks("feed: radio", silent)
    assert asks("lang: ur", LIST)


def test_silences_and_inhibitions_are_looked_through_too(folder: Path) -> None:
    (folder / "watchlists" / "test.yaml").write_text(LIST)
    (folder / "monitor.yaml").write_text(
        FEEDS + "silences: [{match: {watchlist: sahl}, end: 2099-01-01, reason: r}]\n"
        "inhibit: [{source: {rule: wagner-in-kida}, target: {entity: kidl}}]\n"
    )
    settings = load_settings(folder / "monitor.yaml", {})
    found = unmet_names(settings, load_watchlists(settings.watchlists))
    assert [one.split(": ")[1] for one in found] == [
        "inhibit[0].source.rule",
        "inhibit[0].target.entity",
        "silences[0].match.watchlist",
    ]
