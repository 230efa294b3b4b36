"""Silences: those of the configuration follow it, those made by command stay."""

from datetime import timedelta

from monitor.core.types import RouteMatch, Severity, SilenceSpec, Tier
from monitor.store import silences
from monitor.store.database import Database
from tests.store.rows import NOW

HOUR = timedelta(hours=1)
MATCH = RouteMatch(severity=frozenset({Severity.LOW}), tier=frozenset({Tier.SPELLING}), publishers=2)


def spec(reason: str = "why", *, hours: int = 1) -> SilenceSpec:
    return SilenceSpec(MATCH, None, NOW + hours * HOUR, "ana", reason)


def test_a_silence_is_kept_as_it_was_made(db: Database) -> None:
    made = silences.add_silence(db, spec(), now=NOW)
    assert silences.find_silence(db, made.id) == made
    assert (made.match, made.start_at, made.end_at, made.origin) == (MATCH, NOW, NOW + HOUR, "added")
    assert (made.author, made.reason, made.created_at, made.hidden) == ("ana", "why", NOW, 0)
    assert silences.find_silence(db, made.id + 1) is None


def test_a_silence_that_was_ended_is_over(db: Database) -> None:
    made = silences.add_silence(db, spec(), now=NOW)
    silences.expire_silence(db, made.id, now=NOW + HOUR / 2)
    assert silences.list_silences(db, ending_after=NOW + HOUR / 2) == []
    assert [one.end_at for one in silences.list_silences(db)] == [NOW + HOUR / 2]


def test_those_of_the_configuration_begin_and_end_with_it(db: Database) -> None:
    silences.add_silence(db, spec("by command"), now=NOW)

    def active(*specs: SilenceSpec, after: timedelta) -> list[tuple[str, int]]:
        silences.sync_silences(db, specs, now=NOW + after)
        return [(one.reason, one.id) for one in silences.list_silences(db, ending_after=NOW + after)]

    one, other = spec("one"), spec("other", hours=3)
    assert active(one, after=timedelta(0)) == [("by command", 1), ("one", 2)]
    assert active(one, other, after=HOUR / 4) == [("by command", 1), ("one", 2), ("other", 3)]
    assert active(other, after=HOUR / 2) == [("by command", 1), ("other", 3)]
    assert active(one, other, after=3 * HOUR / 4) == [("by command", 1), ("one", 2), ("other", 3)]
    assert active(one, other, after=2 * HOUR) == [("other", 3)]
    assert len(silences.list_silences(db)) == 3
