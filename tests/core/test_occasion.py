"""Why a receiver is told now, and whether it is pinged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.occasion import Occasion, Standing, after_quiet_hours, held_back, occasion_of, repeated
from monitor.core.types import Change, EntityRef, Hit, Kind, Severity
from tests.render.samples import NOW, make_alert, make_hit, make_item

TOLD = make_alert(notified_at=NOW)
KNOWN = Standing(7, 4, Severity.HIGH, frozenset({"jui-f", "bajaur"}))
HIGH = make_hit(severity=Severity.HIGH)


def named(*entities: EntityRef) -> Hit:
    return replace(HIGH, entities=(*HIGH.entities, *entities))


def person(id_: str, name: str) -> EntityRef:
    return EntityRef(id_, name, Kind.PERSON)


def test_the_first_notice_of_an_alert_is_loud() -> None:
    assert occasion_of(make_alert(), [HIGH], Standing()) == Occasion(1, 1, False, "first report")


def test_a_further_report_is_counted_quietly() -> None:
    assert occasion_of(TOLD, [HIGH], KNOWN) == Occasion(7, 4, True, "now 7 reports from 4 publishers")
    alone = occasion_of(TOLD, [HIGH], replace(KNOWN, reports=1, publishers=1))
    assert alone.reason == "now 1 report from 1 publisher"


def test_a_higher_severity_is_loud_and_a_lower_one_is_not() -> None:
    rise = occasion_of(TOLD, [HIGH, make_hit(2, severity=Severity.CRITICAL)], KNOWN)
    assert (rise.quiet, rise.reason) == (False, "severity rose to critical; now 7 reports from 4 publishers")
    assert occasion_of(TOLD, [make_hit(2, severity=Severity.LOW)], KNOWN).quiet


def test_the_first_mention_of_an_entity_is_loud_and_that_of_a_theme_is_not() -> None:
    new = occasion_of(TOLD, [named(person("omari", "Abbas Omari"))], KNOWN)
    assert (new.quiet, new.reason) == (False, "first mention of Abbas Omari; now 7 reports from 4 publishers")
    assert occasion_of(TOLD, [named(EntityRef("attack", "Attack", Kind.THEME))], KNOWN).quiet


def test_of_many_first_mentions_three_are_named() -> None:
    hit = named(*(person(f"p{number}", f"P{number}") for number in range(5)))
    assert occasion_of(TOLD, [hit], KNOWN).reason.startswith("first mention of P0, P1, P2 and 2 more; ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change.HEADLINE, "headline changed"),
        (Change.WITHDRAWN, "withdrawn by the publisher"),
        (Change.RESTORED, "published again"),
    ],
)
def test_a_change_of_what_was_told_is_quiet_whatever_its_severity(change: Change, reason: str) -> None:
    hit = replace(named(person("omari", "Abbas Omari")), severity=Severity.CRITICAL, change=change)
    assert occasion_of(TOLD, [hit], KNOWN) == Occasion(7, 4, True, reason)


def test_what_a_silence_hid_is_told_quietly_when_it_ends() -> None:
    hidden = make_alert(silence_id=3, story_id=None)
    assert occasion_of(hidden, [HIGH], Standing(1, 1)) == Occasion(1, 1, True, "silence ended, it hid 1 hit")
    assert occasion_of(hidden, [HIGH, HIGH], Standing(2, 1)).reason == "silence ended, it hid 2 hits"


def test_what_was_told_before_its_severity_was_kept_rises_from_nothing() -> None:
    assert occasion_of(TOLD, [HIGH], Standing(2, 1, None, frozenset({"jui-f", "bajaur"}))).quiet


def test_what_was_held_says_until_when() -> None:
    assert after_quiet_hours(occasion_of(make_alert(), [HIGH], Standing())).reason == "quiet hours ended"
    later = after_quiet_hours(occasion_of(TOLD, [HIGH], KNOWN))
    assert later == Occasion(7, 4, True, "quiet hours ended; now 7 reports from 4 publishers")
    assert held_back([HIGH, make_hit(2), make_hit(3, make_item(2))], KNOWN).reason == "and 2 more held back"


@pytest.mark.parametrize(("minutes", "span"), [(240, "4 h"), (90, "1 h 30 min"), (5, "5 min"), (0, "a minute")])
def test_what_nobody_acknowledged_is_told_again_loudly(minutes: int, span: str) -> None:
    again = repeated(KNOWN, since=timedelta(minutes=minutes))
    assert again == Occasion(7, 4, False, f"not acknowledged in {span}", repeated=True)
