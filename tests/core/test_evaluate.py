"""Whether an expression holds, told by the matcher as a whole."""

import pytest

from monitor.core.matcher import compile_matcher
from monitor.core.types import Alias, Document, Entity, Kind, Rule, Severity, Watchlist


def hits(when: str, *, title: str = "", text: str = "", lang: str | None = None) -> bool:
    """Return whether a rule holds for a document; a, b and c are the words Alpha, Bravo and Charlie."""
    names = {"a": "Alpha", "b": "Bravo", "c": "Charlie"}
    entities = tuple(
        Entity(
            one,
            Kind.PLACE if one == "c" else Kind.PERSON,
            name,
            "w",
            Severity.LOW,
            aliases=(Alias(name),),
            tags=frozenset({f"t{one}"}),
        )
        for one, name in names.items()
    )
    rule = Rule("r", "R", when, "w", Severity.LOW)
    matcher = compile_matcher([Watchlist("w", "W", Severity.LOW, entities=entities, rules=(rule,))], version="1")
    document = Document("1", title, text, lang, feed="Dawn", feed_tags=frozenset({"pakistan"}))
    return "r" in {match.rule for match in matcher.match(document).matches}


@pytest.mark.parametrize(
    ("when", "text", "holds"),
    [
        ("a AND b", "Alpha Bravo", True),
        ("a AND b", "Alpha", False),
        ("a OR b", "Bravo", True),
        ("a AND NOT b", "Alpha", True),
        ("a AND NOT b", "Alpha Bravo", False),
        ("kind:person", "Bravo", True),
        ("kind:place", "Bravo", False),
        ("tag:ta", "Alpha", True),
        ("watchlist:w AND c", "Charlie", True),
        ('"quick brown fox"', "the Quick-brown FOX ran", True),
        ('"quick brown fox"', "the quick brown foxes", False),
        ("a NEAR/2 b", "Alpha one Bravo", True),
        ("a NEAR/2 b", "Bravo one Alpha", True),
        ("a NEAR/2 b", "Alpha one two Bravo", False),
        ('a NEAR/3 (b OR "fox")', "fox one two Alpha", True),
        ("SENTENCE(a, b)", "Alpha met Bravo. Charlie left.", True),
        ("SENTENCE(a, c)", "Alpha met Bravo. Charlie left.", False),
        ("SENTENCE(a, c)", "Alpha met Dr. Charlie.", True),
        ("SENTENCE(a, c)", "Alpha met Bravo\n\nCharlie left.", False),
        ("SENTENCE(a, NOT b)", "Alpha met Bravo. Alpha left.", True),
        ("COUNT(a) >= 2", "Alpha, Alpha", True),
        ("COUNT(a) >= 2", "Alpha", False),
        ("COUNT(a OR b) >= 2", "Alpha Bravo", True),
        ("lang:ur AND a", "Alpha", True),
        ("lang:fa AND a", "Alpha", False),
        ("feed:dawn AND a", "Alpha", True),
        ("feed:pakistan AND a", "Alpha", True),
        ("feed:tass AND a", "Alpha", False),
    ],
)
def test_expressions_over_a_text(when: str, text: str, holds: bool) -> None:
    assert hits(when, text=text, lang="ur") is holds


def test_title_looks_at_the_title_alone() -> None:
    assert hits("TITLE(a)", title="Alpha")
    assert not hits("TITLE(a)", text="Alpha")
    assert hits('TITLE(a AND "fox")', title="Alpha fox")
    assert not hits("TITLE(a AND b)", title="Alpha", text="Bravo")


def test_nearness_does_not_cross_from_title_to_text() -> None:
    assert not hits("a NEAR/50 b", title="Alpha", text="Bravo")


def test_a_title_is_one_sentence() -> None:
    assert hits("SENTENCE(a, b)", title="Alpha: what now? Bravo")
    assert not hits("SENTENCE(a, b)", title="Alpha", text="Bravo")
