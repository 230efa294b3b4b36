"""Which hits say less than another of their story."""

from monitor.core.inhibition import inhibitor_of
from monitor.core.types import Hit, Inhibition, Route, RouteMatch, Severity, Verdict
from tests.render.samples import make_hit, make_item

CRITICAL, LOW = (RouteMatch(severity=frozenset({one})) for one in (Severity.CRITICAL, Severity.LOW))
RULES = (Inhibition(source=CRITICAL, target=LOW),)
ROOT = Route("", "desk", routes=(Route("0", "pager", match=CRITICAL, proceed=True), Route("1", "desk")))
GRAVE, PLAIN = make_hit(1), make_hit(2, make_item(2), severity=Severity.LOW)


def found(hit: Hit, *others: Hit, receiver: str = "desk") -> Hit | None:
    return inhibitor_of(RULES, hit, others, root=ROOT, receiver=receiver, publishers=1)


def test_a_plain_hit_gives_way_to_a_graver_one_of_its_story() -> None:
    assert found(PLAIN, PLAIN, GRAVE) == GRAVE
    assert found(GRAVE, PLAIN, GRAVE) is None
    assert found(PLAIN, PLAIN) is None


def test_what_nobody_is_told_of_keeps_nothing_back() -> None:
    for verdict in (Verdict.SILENCED, Verdict.OLD_NEWS, Verdict.DIGEST_ONLY, Verdict.INHIBITED):
        assert found(PLAIN, make_hit(1, verdict=verdict)) is None
    assert found(PLAIN, make_hit(1, verdict=Verdict.ALERTED)) is not None


def test_a_receiver_who_is_not_told_of_the_graver_one_is_told_of_the_plain_one() -> None:
    assert found(PLAIN, GRAVE, receiver="pager") == GRAVE
    assert found(PLAIN, GRAVE, receiver="archive") is None


def test_hits_that_match_both_sides_are_all_told() -> None:
    rules = (Inhibition(source=RouteMatch(), target=RouteMatch()),)
    assert inhibitor_of(rules, PLAIN, [PLAIN, GRAVE], root=ROOT, receiver="desk", publishers=1) is None
