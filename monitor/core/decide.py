"""Which of the places where aliases stand count as mentions.

What lies inside a longer name belongs to that name, what needs context waits until it is known which names need none,
and another spelling counts only where nothing surer stands. All of it is linear in the number of finds, but for
sorting.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise

from monitor.core.trial import Find

MAX_ROUNDS = 10
"""Links of the longest chain of names that count only because the one before does; people write two or three."""

INSIDE = "inside a longer name: "
"""How the reason of a find begins that belongs to a longer one."""

Holds = Callable[[Iterable[str], Sequence[Find]], Mapping[str, bool]]
"""Returns for each of some context expressions whether it holds given the finds that count so far."""


def decide(finds: Sequence[Find], spellings: Sequence[Find], contexts: Mapping[str, str], holds: Holds) -> list[Find]:
    """Return the finds that count, in order of offset; the others get their reason.

    finds       exact and inflected ones; those with a reason already are out, but keep the spelling tier out, too
    spellings   those of the spelling tier
    contexts    what each entity asks of an item for any of its aliases to count
    """
    ordered = sorted(finds, key=_order)
    if not spellings and _lie_apart(ordered) and not any(_needs(find, contexts) for find in ordered):
        return [find for find in ordered if not find.reason]  # most texts are so simple
    refused = [find for find in finds if find.reason]
    counted = _settle([find for find in finds if not find.reason], [], contexts, holds)
    left = _left_over([find for find in spellings if not find.reason], finds, counted, refused)
    if left:
        counted += _settle(left, counted, contexts, holds)
    return _longest(counted)


def _order(find: Find) -> tuple[int, int]:
    """Return the order of finds: by offset, the longest first."""
    return (find.start, -find.end)


def _lie_apart(ordered: Sequence[Find]) -> bool:
    """Return whether no find overlaps another."""
    return all(one.end <= other.start for one, other in pairwise(ordered))


def _settle(finds: Sequence[Find], surer: Sequence[Find], contexts: Mapping[str, str], holds: Holds) -> list[Find]:
    """Return those of `finds` that count beside those that do already.

    First come finds that need no context; then those whose context holds given what counts so far, until nothing
    changes. A name that lacks its context does not own what lies inside it.
    """
    needs = {id(find): _needs(find, contexts) for find in finds}
    counted = [find for find in finds if not needs[id(find)]]
    waiting = [find for find in finds if needs[id(find)]]
    _drop_inner(counted, [*surer, *counted])
    if waiting:
        _drop_inner(waiting, [*surer, *counted])
        counted += _admit([find for find in waiting if not find.reason], [*surer, *counted], needs, holds)
        _drop_inner(counted, [*surer, *counted])
        _confirm(counted, surer, needs, holds)
    return [find for find in counted if not find.reason]


def _confirm(
    counted: Sequence[Find], surer: Sequence[Find], needs: Mapping[int, tuple[str, ...]], holds: Holds
) -> None:
    """Take back what was admitted and whose context does not hold beside all that counts in the end.

    A NOT may have been fulfilled only until the name it forbids was admitted, and a name that vouched for others may
    lie inside a longer one. What is taken back stays so: of two names that forbid each other neither counts.
    """
    for _ in range(MAX_ROUNDS):
        standing = [find for find in (*surer, *counted) if not find.reason]
        asked = [find for find in counted if not find.reason and needs[id(find)]]
        held = holds({need for find in asked for need in needs[id(find)]}, standing)
        fallen = [find for find in asked if not all(held[need] for need in needs[id(find)])]
        if not fallen:
            return
        for find in fallen:
            _refuse(find, needs[id(find)], held)
        for find in counted:
            if find.reason.startswith(INSIDE):
                find.reason = ""  # what it lay inside may have fallen
        _drop_inner(counted, [*surer, *counted])


def _refuse(find: Find, needs: Iterable[str], held: Mapping[str, bool]) -> None:
    """Give a find its reason: the contexts that do not hold."""
    find.missing = tuple(need for need in needs if not held[need])
    find.reason = f"no context: {' and '.join(find.missing)}"


def _needs(find: Find, contexts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the contexts that a find needs: its alias's and its entity's."""
    alias, entity = find.spelled.alias.context, contexts.get(find.spelled.name)
    return tuple(need for need in (alias, entity) if need)


def _admit(
    waiting: list[Find], counted: Sequence[Find], needs: Mapping[int, tuple[str, ...]], holds: Holds
) -> list[Find]:
    """Return those that wait and whose context holds, the contexts of each round judged by the rounds before."""
    admitted: list[Find] = []
    held: Mapping[str, bool] = {}
    for _ in range(MAX_ROUNDS):
        so_far = [find for find in (*counted, *admitted) if not find.reason]
        held = holds({need for find in waiting for need in needs[id(find)]}, so_far)
        fit = [find for find in waiting if all(held[need] for need in needs[id(find)])]
        waiting = [find for find in waiting if not all(held[need] for need in needs[id(find)])]
        if not fit:
            break
        admitted += fit
    for find in waiting:
        _refuse(find, needs[id(find)], held)
    return admitted


class _Reach:
    """Finds by how far they reach, so that one that holds or crosses a place is found by bisection."""

    def __init__(self, finds: Iterable[Find]) -> None:
        self._starts: list[int] = []
        self._furthest: list[Find] = []
        self._spans: set[tuple[int, int]] = set()
        for find in sorted(finds, key=_order):
            if not self._furthest or find.end > self._furthest[-1].end:
                self._starts.append(find.start)
                self._furthest.append(find)
            self._spans.add((find.start, find.end))

    def furthest(self, before: int) -> Find | None:
        """Return the find that ends last of those that start before an offset, or None."""
        place = bisect_left(self._starts, before)
        return self._furthest[place - 1] if place else None

    def blocks(self, start: int, end: int) -> bool:
        """Return whether a find overlaps a span without being shorter and inside it."""
        left, right = self.furthest(start), self.furthest(end)
        crosses = (left is not None and left.end > start) or (right is not None and right.end > end)
        return crosses or (start, end) in self._spans

    def touches(self, start: int, end: int) -> bool:
        """Return whether a find overlaps a span."""
        found = self.furthest(end)
        return found is not None and found.end > start


def _grouped(finds: Iterable[Find], key: Callable[[Find], Hashable]) -> dict[Hashable, _Reach]:
    """Return the finds by key."""
    groups: defaultdict[Hashable, list[Find]] = defaultdict(list)
    for find in finds:
        groups[key(find)].append(find)
    return {name: _Reach(each) for name, each in groups.items()}


def _kind(find: Find) -> Hashable:
    return find.spelled.kind


def _name(find: Find) -> Hashable:
    return find.spelled.name


def _drop_inner(finds: Iterable[Find], owners: Iterable[Find]) -> None:
    """Give a reason to every find that lies inside a longer one which owns it.

    A longer mention owns what is of its own kind: Taliban inside Pakistani Taliban is not the Afghan group, Khyber
    inside Khyber Pakhtunkhwa not the district; but "Bajaur bombing" tells of an event and also of Bajaur. Phrases of
    rules (kind None) neither own nor are owned.
    """
    reach = _grouped((one for one in owners if one.spelled.kind is not None and not one.reason), _kind)
    for find in finds:
        if find.reason or find.spelled.kind not in reach:
            continue
        owner = reach[find.spelled.kind].furthest(find.start + 1)
        if owner is not None and owner.end >= find.end and owner.end - owner.start > find.end - find.start:
            find.reason = f"{INSIDE}{owner.spelled.alias.text}"


def _left_over(
    spellings: Sequence[Find], finds: Iterable[Find], counted: Sequence[Find], refused: Iterable[Find]
) -> list[Find]:
    """Return the other spellings that stand where nothing surer does.

    A mention of their own kind keeps them away, unless it lies inside them ("Hussain" in "Doctor Hussein": both count);
    so does any mention of the same entity, and any alias of it that was refused for its letters or its neighbours: its
    author said no.
    """
    if not spellings:
        return []
    kinds = _grouped((one for one in counted if one.spelled.kind is not None), _kind)
    names = _grouped(finds, _name)
    taken = _grouped([*counted, *refused], _name)
    left = []
    for find in spellings:
        kind, name = kinds.get(_kind(find)), names.get(_name(find))
        no = taken.get(_name(find))
        if (
            (kind and kind.blocks(find.start, find.end))
            or (name and name.blocks(find.start, find.end))
            or (no and no.touches(find.start, find.end))
        ):
            continue
        left.append(find)
    return left


def _longest(finds: Iterable[Find]) -> list[Find]:
    """Return finds in order of offset; of those of one entity that overlap the longest, and the surest of those."""
    kept: dict[tuple[str, int], Find] = {}
    last: dict[str, tuple[str, int]] = {}
    for find in sorted(finds, key=lambda one: (one.start, -one.end, one.tier.rank)):
        name = find.spelled.name
        key = last.get(name)
        if key is not None and kept[key].end > find.start:
            if find.end - find.start <= kept[key].end - kept[key].start:
                continue
            del kept[key]
        last[name] = (name, find.start)
        kept[last[name]] = find
    return sorted(kept.values(), key=lambda one: (one.start, one.end))
