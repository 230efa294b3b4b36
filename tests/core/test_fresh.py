"""What each report of a story says that none before it said."""

from dataclasses import replace

from monitor.core.fresh import Fresh, fresh
from monitor.core.types import EntityRef, Hit, Kind, Severity
from tests.render.samples import make_hit

ISK = EntityRef("is-k", "IS-K", Kind.ORGANISATION)
BAJAUR = EntityRef("bajaur", "Bajaur", Kind.PLACE)
WORDS = EntityRef("lex-attack", "Attack words", Kind.THEME)


def hit(title: str, rule: str, *entities: EntityRef, severity: Severity = Severity.MEDIUM) -> Hit:
    """Return a hit of an item with a headline."""
    made = make_hit(rule=rule, severity=severity)
    return replace(made, item=replace(made.item, title=title), rule_title=rule.title(), entities=entities)


def test_names_rules_and_figures_are_new_once() -> None:
    first = [hit("Blast in Bajaur kills 40 in 2023", "attack", BAJAUR, WORDS), hit("", "entity:bajaur", BAJAUR)]
    again = [hit("Blast in Bajaur kills 40", "attack", BAJAUR)]
    later = [hit("Toll 54, IS-K says 40", "claim", ISK, BAJAUR, severity=Severity.CRITICAL)]
    assert list(fresh([first, again, later])) == [
        Fresh((BAJAUR,), ("Attack",), ("40",), Severity.MEDIUM),
        Fresh(),
        Fresh((ISK,), ("Claim",), ("54",), Severity.CRITICAL),
    ]


def test_a_headline_of_a_megabyte_of_figures_is_read_to_its_beginning() -> None:
    [found] = fresh([[hit("1 " * 500_000, "attack")]])
    assert found.figures == ("1",)
