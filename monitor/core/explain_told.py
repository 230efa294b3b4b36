"""What became of an item's hits: by which routes, in which alerts, through which channels, and who knows of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from monitor.core.explanation import Basis, Facts, Present, Step, Telling, Turn
from monitor.core.grouping import HELD
from monitor.core.spans import clock
from monitor.core.types import Decision, Delivery, DeliveryState, Fate, Hit, Verdict

ON_THE_WAY = ("delivery", "alert", "route")
"""Steps at which an item may wait, the last first."""

_TURNS = {
    None: Turn.WAITS,
    Verdict.ALERTED: Turn.PASSED,
    Verdict.DIGEST_ONLY: Turn.STOPPED,
    Verdict.SILENCED: Turn.STOPPED,
    Verdict.INHIBITED: Turn.STOPPED,
    Verdict.ACKNOWLEDGED: Turn.STOPPED,
}
"""How the route went by what became of a hit."""

_FATES = {
    Fate.JOINED: Turn.PASSED,
    Fate.NO_CHANNEL: Turn.STOPPED,
    Fate.INHIBITED: Turn.STOPPED,
    Fate.SILENCED: Turn.STOPPED,
    Fate.ACKNOWLEDGED: Turn.STOPPED,
    Fate.CAPPED: Turn.NOTED,
}


def told_steps(facts: Facts, present: Present) -> list[Step]:
    """Return the steps from the route to whoever knows of it; none for an item that is old news."""
    hits = [hit for hit in facts.hits if hit.verdict is not Verdict.OLD_NEWS]
    if not hits:
        return []
    steps = [_route(facts, present, hits)]
    tellings = [_by_itself(one, facts.tellings) for one in facts.tellings]
    if tellings:
        steps.append(_whole("alert", [_alert(facts, one, present) for one in tellings]))
    sent = [part for one in tellings for part in _deliveries(one, present)]
    if sent:
        steps.append(_whole("delivery", sent))
    known = [
        Step("acknowledgement", Turn.NOTED, f"by {ack.who}, {ack.via}{f': {ack.note}' if ack.note else ''}", ack.at)
        for ack in dict.fromkeys(ack for one in facts.tellings for ack in one.acks)
    ]
    return [*steps, Step("known", Turn.NOTED, "acknowledged", parts=tuple(known))] if known else steps


def conclude(steps: Sequence[Step]) -> tuple[Turn, str, str | None]:
    """Return how it ended, that in one line, and the step that stopped the item or at which it waits."""
    by_name = {step.name: step for step in steps}
    sent = by_name.get("delivery")
    if sent is not None and sent.turn in (Turn.PASSED, Turn.NOTED):
        return Turn.PASSED, sent.reason, None
    waiting = next((by_name[name] for name in ON_THE_WAY if name in by_name and by_name[name].turn is Turn.WAITS), None)
    if waiting is not None:
        return Turn.WAITS, waiting.reason, waiting.name
    stopped = [step for step in steps if step.turn is Turn.STOPPED]
    last = next((step for step in stopped if step.name in ("read", "mentions", "rules", "age")), None)
    last = last or next((step for step in reversed(stopped)), steps[-1])
    return Turn.STOPPED, last.reason, last.name


def _whole(name: str, parts: Sequence[Step]) -> Step:
    """Return a step that went as its parts did: it passed when one did, else it waits while one does."""
    turns = [part.turn for part in parts]
    turn = next((one for one in (Turn.PASSED, Turn.WAITS, Turn.NOTED) if one in turns), Turn.STOPPED)
    said = dict.fromkeys(part.reason for part in parts if part.turn is turn)
    said |= dict.fromkeys(part.reason for part in parts if part.turn is Turn.STOPPED)
    at = next((part.at for part in parts if part.turn is turn), None)
    return Step(name, turn, "; ".join(said), at, parts=tuple(parts))


# --- route ------------------------------------------------------------------------------------------------------------


def _route(facts: Facts, present: Present, hits: Iterable[Hit]) -> Step:
    """Return what was decided of each hit."""
    return _whole("route", [_hit(facts, present, hit) for hit in hits])


def _hit(facts: Facts, present: Present, hit: Hit) -> Step:
    """Return what was decided of a hit, by each route."""
    decided = facts.decisions.get(hit.id, ())
    parts = [_decision(facts, one) for one in decided] or list(_guessed(facts, present, hit))
    if hit.verdict is None:
        said = "the alert job has not seen it yet; does the daemon run? see: monitor status"
        return Step("hit", Turn.WAITS, f"{hit.rule}: {said}", id=str(hit.id))
    told = f"for {hit.verdict_note}" if hit.verdict is Verdict.ALERTED else hit.verdict_note
    said = f"{hit.rule}: {hit.verdict}{f', {told}' if told else ''}"
    turn = _TURNS[hit.verdict]
    if hit.verdict is Verdict.SILENCED and any(hit.id in one.told_at for one in facts.tellings):
        told_at = next((at for one in facts.tellings if (at := one.told_at.get(hit.id))), None)
        turn = Turn.WAITS if told_at is None else Turn.PASSED
        said += "; told when the silence ends" if told_at is None else f"; told when that ended, {clock(told_at)}"
    return Step("hit", turn, said, decided[0].at if decided else None, id=str(hit.id), parts=tuple(parts))


def _decision(facts: Facts, one: Decision) -> Step:
    """Return a decision in words."""
    fate = one.why if one.fate is Fate.JOINED else ": ".join(filter(None, (one.fate, one.why)))
    said = [f"{one.way or one.route or 'root'} -> {one.receiver}: {fate}"]
    if one.fate is Fate.NO_CHANNEL and not one.why:
        said.append("none of its channels works: for the digest only" if one.alert is None else "when it was due")
    if one.alert is not None and one.alert not in one.why:
        said.append(one.alert)
    if one.due_at is not None:
        said.append(f"due {clock(one.due_at)}{f' ({one.because})' if one.because else ''}")
    if one.publishers > 1:
        said.append(f"{one.publishers} publishers by then")
    turn = _FATES[one.fate]
    if one.fate is Fate.SILENCED and one.due_at is not None:
        ended = next((each for each in facts.tellings if each.alert.id == one.alert), None)
        turn = Turn.PASSED if ended is not None and ended.alert.notified_at is not None else Turn.WAITS
    return Step("route", turn, ", ".join(said), one.at, id=one.alert)


def _guessed(facts: Facts, present: Present, hit: Hit) -> Iterator[Step]:
    """Yield the routes of a hit of which no decision was kept: those of its alerts, as the tree is now."""
    for one in facts.tellings:
        if hit.id in one.told_at:
            way = present.ways.get(one.alert.route, one.alert.route)
            said = f"{way} -> {one.alert.receiver}"
            yield Step("route", Turn.PASSED, said, basis=Basis.CONFIGURATION, id=one.alert.id)


# --- alerts and deliveries --------------------------------------------------------------------------------------------


def _by_itself(one: Telling, tellings: Sequence[Telling]) -> Telling:
    """Return an alert without what was told in its place by the alert of what was held back.

    What an alert told by itself after all is in that other alert no more.
    """
    if one.alert.group == HELD:
        return one
    way = one.alert.receiver, one.alert.route
    held = [each for each in tellings if each.alert.group == HELD and (each.alert.receiver, each.alert.route) == way]
    elsewhere = {hit_id for each in held for hit_id in each.told_at}
    return replace(one, told_at={hit_id: None if hit_id in elsewhere else at for hit_id, at in one.told_at.items()})


def _alert(facts: Facts, one: Telling, present: Present) -> Step:
    """Return whether an alert told of the item, or what it waits for."""
    alert = one.alert
    said = f"{alert.receiver}, {alert.group}"
    told = [at for at in one.told_at.values() if at is not None]
    if told or one.again:
        again = "; a change of it is to be told" if one.again else ""
        left = sum(at is None for at in one.told_at.values()) - len(one.again)
        more = f"; {left} of its hits wait" if left > 0 and alert.notify_at is not None else ""
        return Step("alert", Turn.PASSED, f"{said}: told{again}{more}", min(told, default=None), id=alert.id)
    ours = [each for hit_id in one.told_at for each in facts.decisions.get(hit_id, ())]
    if alert.notify_at is not None:
        because = next((each.because for each in ours if each.alert == alert.id and each.due_at == alert.notify_at), "")
        when = "due since" if alert.notify_at <= present.at else "due"
        reason = f"{said}: {when} {clock(alert.notify_at)}{f' ({because})' if because else ''}"
        return Step("alert", Turn.WAITS, reason, alert.created_at, id=alert.id)
    into = next((each for each in ours if each.fate is Fate.CAPPED and each.alert != alert.id), None)
    if into is not None:
        return Step("alert", Turn.NOTED, f"{said}: {into.why}; told with others' by {into.alert}", into.at, id=alert.id)
    return Step("alert", Turn.STOPPED, f"{said}: {_why_untold(one)}", alert.updated_at, id=alert.id)


def _why_untold(one: Telling) -> str:
    """Return why no time is set for an alert that told nothing of the item."""
    if one.acks:
        who = ", ".join(dict.fromkeys(ack.who for ack in one.acks))
        return f"not told, its story was acknowledged by {who}; it waits for something graver"
    return "not told, and no time is set for it"


def _deliveries(one: Telling, present: Present) -> Iterator[Step]:
    """Yield the deliveries that tell of the item, oldest first, or why there is none."""
    told = {at for at in one.told_at.values() if at is not None}
    ids = {str(hit_id) for hit_id in one.told_at}
    ours = [each for each in one.deliveries if each.created_at in told or ids & _hits_in(each)]
    yield from (_delivery(each) for each in sorted(ours, key=lambda each: each.created_at))
    if ours or not told:
        return
    if max(told) < present.at - present.kept:
        said = f"{one.alert.receiver}: told, its deliveries are past their retention"
        yield Step("delivery", Turn.NOTED, said, max(told))
    else:
        said = f"{one.alert.receiver}: it had no channel when the alert was due"
        yield Step("delivery", Turn.STOPPED, said, max(told))


def _hits_in(delivery: Delivery) -> set[str]:
    """Return the ids of the hits that a delivery tells of."""
    return {hit["id"] for hit in delivery.notice["data"].get("hits", [])}


def _delivery(one: Delivery) -> Step:
    """Return how a delivery fared."""
    alert = one.notice["data"].get("alert")
    reason = alert.get("reason") if alert else None
    about = f"{one.channel}{f' ({reason})' if reason else ''}"
    attempts = f"{one.attempts} attempt{'' if one.attempts == 1 else 's'}"
    match one.state:
        case DeliveryState.SENT:
            receipt = f", the service calls it {one.receipt}" if one.receipt else ""
            said = f"{about}: sent" + (f" at attempt {one.attempts}" if one.attempts > 1 else "") + receipt
            return Step("delivery", Turn.PASSED, said, one.sent_at, id=one.id)
        case DeliveryState.PENDING:
            error = f" after {attempts}, the last: {one.error}" if one.error else ""
            said = f"{about}: next attempt {clock(one.next_attempt_at)}{error}"
            return Step("delivery", Turn.WAITS, said, one.created_at, id=one.id)
        case DeliveryState.DEAD:
            said = f"{about}: given up after {attempts}: {one.error}; again: monitor alerts retry {one.id}"
            return Step("delivery", Turn.STOPPED, said, one.created_at, id=one.id)
