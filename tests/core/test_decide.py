"""Which places count: context, ownership, other spellings."""

from collections.abc import Iterable, Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.decide import MAX_ROUNDS, decide
from monitor.core.trial import Find, Spelled
from monitor.core.types import Alias, Kind, Tier


def find(
    name: str,
    start: int,
    end: int,
    *,
    context: str | None = None,
    kind: Kind | None = Kind.PERSON,
    tier: Tier = Tier.EXACT,
    reason: str = "",
) -> Find:
    """Return a place where an alias of `name` stands."""
    return Find(Spelled(name, kind, Alias(f"{name}-{start}-{end}", context=context)), start, end, tier, reason)


def names(needs: Iterable[str], so_far: Sequence[Find]) -> Mapping[str, bool]:
    """A context holds when the name it says is found."""
    found = {one.spelled.name for one in so_far}
    return {need: need in found for need in needs}


def counted(finds: Sequence[Find], spellings: Sequence[Find] = ()) -> list[tuple[str, int, int]]:
    """Return what counts."""
    return [(one.spelled.name, one.start, one.end) for one in decide(finds, spellings, {}, names)]


def test_a_find_inside_a_longer_one_of_its_kind_is_refused_with_the_longer_ones_name() -> None:
    inner = find("taliban", 10, 17)
    assert counted([inner, find("ttp", 0, 17)]) == [("ttp", 0, 17)]
    assert inner.reason == "inside a longer name: ttp-0-17"


def test_kinds_and_phrases_do_not_hide_each_other() -> None:
    finds = [
        find("bajaur", 0, 6, kind=Kind.PLACE),
        find("blast", 0, 12, kind=Kind.EVENT),
        find('"p"', 0, 20, kind=None),
    ]
    assert counted(finds) == [("bajaur", 0, 6), ("blast", 0, 12), ('"p"', 0, 20)]


def test_of_one_entity_the_longest_of_overlapping_finds_counts() -> None:
    assert counted([find("a", 0, 5), find("a", 3, 12), find("a", 20, 22)]) == [("a", 3, 12), ("a", 20, 22)]


def test_contexts_are_judged_round_by_round_and_no_circle_holds_itself_up() -> None:
    circle = [find("a", 0, 1, context="b"), find("b", 2, 3, context="a")]
    assert counted(circle) == []
    assert {one.reason for one in circle} == {"no context: a", "no context: b"}
    assert len(counted([find("a", 0, 1, context="b"), find("b", 2, 3, context="c"), find("c", 4, 5)])) == 3


def test_a_chain_of_contexts_ends_somewhere() -> None:
    chain = [find("0", 0, 1)] + [find(str(n), 2 * n, 2 * n + 1, context=str(n - 1)) for n in range(1, 2 * MAX_ROUNDS)]
    assert len(counted(chain)) == MAX_ROUNDS + 1


def test_another_spelling_gives_way_to_what_is_surer() -> None:
    def other(start: int, end: int, name: str = "omari") -> Find:
        return find(name, start, end, tier=Tier.SPELLING)

    assert counted([find("omar", 0, 10)], [other(0, 10)]) == [("omar", 0, 10)]
    assert counted([find("omar", 4, 12)], [other(0, 10)]) == [("omar", 4, 12)]
    assert counted([find("omar", 7, 10)], [other(0, 10)]) == [("omari", 0, 10), ("omar", 7, 10)]
    assert counted([find("omari", 0, 9)], [other(0, 10)]) == [("omari", 0, 9)], "an ending is no other spelling"
    assert counted([find("kabul", 0, 10, kind=Kind.PLACE)], [other(0, 10)]) == [("kabul", 0, 10), ("omari", 0, 10)]
    assert counted([find("omari", 0, 10, reason="not before 'khan'")], [other(0, 10)]) == [], "its author had said no"


SPANS = st.tuples(
    st.sampled_from("abc"), st.integers(0, 30), st.integers(1, 12), st.sampled_from([Kind.PERSON, Kind.PLACE])
).map(lambda one: find(one[0] + one[3], one[1], one[1] + one[2], kind=one[3]))


@given(st.lists(SPANS, max_size=25))
def test_a_find_counts_exactly_when_no_longer_one_of_its_kind_holds_it(finds: list[Find]) -> None:
    kept = {id(one) for one in decide(finds, [], {}, names)}
    for one in finds:
        owned = any(
            other.spelled.kind is one.spelled.kind
            and other.start <= one.start
            and one.end <= other.end
            and other.end - other.start > one.end - one.start
            for other in finds
        )
        assert bool(one.reason) == owned
        if id(one) in kept:
            assert not owned
