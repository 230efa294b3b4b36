"""What happened to an item and why: facts in, steps out.

What was stored when it happened is told as such. What was not, such as the words that nearly counted in an item without
hits, is found again by the watchlists in force, and told as theirs where they are others than then.
"""

from collections.abc import Iterable, Iterator, Sequence

from monitor.core.addresses import without_user
from monitor.core.explain_told import conclude, told_steps
from monitor.core.explanation import Basis, Explanation, Facts, Present, Step, Turn
from monitor.core.trial import BORDER
from monitor.core.types import ArticleState, Hit, MatchResult, Mention, Verdict
from monitor.core.why import place_of

REASON_CHARS = 160
"""Characters of a reason that a person takes in at a glance; the alternatives of one rule may take thousands."""


def explain(facts: Facts, present: Present, *, asked: str = "", also: Sequence[int] = ()) -> Explanation:
    """Return what happened to an item, in the order in which it happens to every item, as far as it came."""
    steps = [_fetched(facts), _read(facts, present), _mentions(facts, present), _rules(facts, present)]
    if facts.hits:
        steps += [_age(facts), _story(facts), *told_steps(facts, present)]
    elif facts.old_news:
        steps.append(Step("age", Turn.NOTED, f"a hit would alert nobody, it is old news: {facts.old_news}"))
    turn, summary, stopped_at = conclude(steps)
    return Explanation(facts.item, turn, summary, stopped_at, tuple(steps), asked, tuple(also))


def _fetched(facts: Facts) -> Step:
    """Return where and when an item was found, and how its words changed since."""
    item = facts.item
    address = without_user(item.feed_url)
    edits = [
        Step("edit", Turn.NOTED, f'version {one.number}: "{one.title}"', one.seen_at)
        for one in facts.versions
        if one.number > 1
    ]
    if item.withdrawn_at is not None:
        edits.append(Step("withdrawal", Turn.NOTED, "its publisher took it back", item.withdrawn_at))
    feed = f"{item.feed_name}, {address}" if item.feed_name else address
    return Step("fetched", Turn.PASSED, f"from {feed}", item.fetched_at, parts=tuple(edits))


def _read(facts: Facts, present: Present) -> Step:
    """Return which words of an item were matched."""
    item = facts.item
    own = len(item.text) if item.own_chars is None else item.own_chars
    words = [part for part, there in (("its title", item.title), (f"{_count(own, 'character')} of text", own)) if there]
    said = f"{' and '.join(words) or 'no words'}; {_article(facts)}"
    result = present.results.get(item.version)
    if result is not None and result.unread:
        said += f"; the last {result.unread:,} characters are not looked at: it names more than any news does"
    return Step("read", Turn.PASSED if words else Turn.STOPPED, said)


def _article(facts: Facts) -> str:
    """Return what is known of the article behind an item."""
    article, item = facts.article, facts.item
    if article is None:
        return (
            "it has no article to read"
            if facts.feed and facts.feed.full_text
            else "articles of its feed are not read (full_text)"
        )
    if article.course.state is ArticleState.READ:
        return f"with {_count(len(item.text) - (item.own_chars or 0), 'character')} of its article"
    error = f": {article.course.error}" if article.course.error else ""
    return f"its article is {article.course.state}{error}"


def _count(number: int, what: str) -> str:
    """Return "1 rule", "2,000 rules"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


# --- what its words name ----------------------------------------------------------------------------------------------


def _basis(facts: Facts, present: Present) -> Basis:
    """Return what the watchlists in force tell of: of then, when they are the same."""
    return Basis.THEN if facts.watchlist_version == present.version else Basis.WATCHLISTS


def _mentions(facts: Facts, present: Present) -> Step:
    """Return the mentions that count, and those that do not with the reason."""
    basis, result = _basis(facts, present), present.results.get(facts.item.version, MatchResult())
    stored = {(one.entity, one.field, one.start): one for hit in facts.hits for one in hit.mentions}
    found = {(one.entity, one.field, one.start): one for one in result.mentions}
    further = [one for key, one in found.items() if key not in stored]
    parts = [Step("mention", Turn.PASSED, _told(facts, one)) for one in sorted(stored.values(), key=place_of)]
    parts += [Step("mention", Turn.PASSED, _told(facts, one), basis=basis) for one in further]
    refused = tuple(
        Step("mention", Turn.STOPPED, f"{_told(facts, one.mention)}: {one.reason}", basis=basis)
        for one in sorted(result.rejections, key=lambda one: one.reason.startswith(BORDER))
    )
    if parts:
        said = f"{len(parts)} {'counts' if len(parts) == 1 else 'count'}"
        return Step("mentions", Turn.PASSED, said, basis=Basis.THEN if stored else basis, parts=(*parts, *refused))
    if not present.version:
        return Step("mentions", Turn.NOTED, "not kept of an item without hits, and the watchlists cannot be read now")
    said = _nearest("nothing that is named counts", refused) if refused else "nothing is named that is watched"
    return Step("mentions", Turn.STOPPED, said, basis=basis, parts=refused)


def _told(facts: Facts, mention: Mention) -> str:
    """Return a mention in words: what it names, where it stands, and how it was recognised."""
    own = facts.item.own_chars
    on_page = mention.field == "text" and own is not None and mention.start >= own
    place = f"the {mention.field}{' of the article' if on_page else ''} at {mention.start}"
    said = f'{mention.entity}: "{" ".join(mention.surface.split())}" in {place}'
    if mention.tier.rank or mention.surface.casefold() != mention.alias.casefold():
        said += f", {mention.tier} of {mention.alias}" if mention.tier.rank else f", alias {mention.alias}"
    return f"{said}, beside {mention.context}" if mention.context else said


def _rules(facts: Facts, present: Present) -> Step:
    """Return the rules that held, those that nearly did, and which of them the watchlists in force decide otherwise."""
    basis, result = _basis(facts, present), present.results.get(facts.item.version, MatchResult())
    parts = [part for hit in facts.hits for part in _hit(hit)]
    changes = tuple(_changes(facts, present))
    misses = sorted(result.misses, key=lambda one: one.reason.endswith(": not found"))
    missed = [Step("rule", Turn.STOPPED, f"{one.rule}: {one.reason}", basis=basis) for one in misses]
    if facts.hits:
        said = f"{_count(len(facts.hits), 'rule')} {'holds' if len(facts.hits) == 1 else 'hold'}"
        return Step("rules", Turn.PASSED, said, facts.hits[0].created_at, parts=(*parts, *changes, *missed))
    at = facts.item.edited_at or facts.item.fetched_at
    if not present.version:
        return Step("rules", Turn.STOPPED, "no rule held", at)
    if changes:
        return Step("rules", Turn.STOPPED, "no rule held then; one would now", at, parts=(*changes, *missed))
    return Step("rules", Turn.STOPPED, _nearest("no rule holds", missed), at, basis=basis, parts=tuple(missed))


def _nearest(said: str, parts: Sequence[Step]) -> str:
    """Return what is said of parts that all stopped, with the reason of one that is alone."""
    more = f"{len(parts)} nearly did" if len(parts) > 1 else "".join(shorten(part.reason) for part in parts)
    return f"{said}; {more}" if more else said


def shorten(reason: str) -> str:
    """Return a reason of at most REASON_CHARS: one that spells a long rule out is read in full where it is wanted."""
    return reason if len(reason) <= REASON_CHARS else reason[: REASON_CHARS - 1].rstrip() + "…"


def _hit(hit: Hit) -> Iterator[Step]:
    """Yield a hit, and what a person said of it."""
    yield Step("hit", Turn.PASSED, f"{hit.severity}: {hit.why}", hit.created_at, id=str(hit.id))
    if hit.mark is not None:
        yield Step(
            "mark", Turn.NOTED, f"{hit.rule} marked {hit.mark} by {hit.marked_by}", hit.marked_at, id=str(hit.id)
        )


def _changes(facts: Facts, present: Present) -> Iterator[Step]:
    """Yield what the watchlists in force decide otherwise than those of then."""
    known = {hit.rule for hit in facts.hits}
    newest = present.results.get(facts.item.version, MatchResult())
    for match in newest.matches:
        if match.rule not in known:
            why = _why_changed(facts.watchlist_version, present.version)
            said = f"{match.rule} of watchlist {match.watchlist} would hit now: {why}"
            yield Step("change", Turn.NOTED, said, basis=Basis.WATCHLISTS)
    for hit in facts.hits:
        result = present.results.get(hit.item.version)
        if result is not None and hit.rule not in {match.rule for match in result.matches}:
            why = _why_changed(hit.watchlist_version, present.version)
            said = f"{hit.rule} of watchlist {hit.watchlist} would not hit now: {why}"
            yield Step("change", Turn.NOTED, said, basis=Basis.WATCHLISTS, id=str(hit.id))


def _why_changed(then: str, now: str) -> str:
    """Return what a decision that is another now comes from."""
    if then == now:
        return "the watchlists are the same; what is known of its feed or its language is not, or the program"
    return f"the watchlists changed since (version {then or 'not kept'}, now {now})"


# --- whether it is news, and of what ----------------------------------------------------------------------------------


def _age(facts: Facts) -> Step:
    """Return whether the item was news when it was found."""
    old = [hit for hit in facts.hits if hit.verdict is Verdict.OLD_NEWS]
    notes: Iterable[str] = dict.fromkeys(hit.verdict_note for hit in old)
    published = "published {}" if facts.item.published_at else "no date"
    if not old:
        said = published.format(f"{facts.item.published_at:%Y-%m-%d %H:%MZ}" if facts.item.published_at else "")
        return Step("age", Turn.PASSED, f"news when it was found: {said}")
    turn = Turn.STOPPED if len(old) == len(facts.hits) else Turn.NOTED
    return Step("age", turn, f"old news alerts nobody: {'; '.join(notes)}", old[0].created_at)


def _story(facts: Facts) -> Step:
    """Return which story the item tells, and with how many others."""
    number = facts.item.story_id
    if facts.story is None:
        return Step("story", Turn.NOTED, "none")
    told = f"{_count(facts.reports, 'report')} from {_count(facts.publishers, 'publisher')} by now"
    told += f"; {facts.placed}" if facts.placed else ""
    if facts.first_item == facts.item.id:
        return Step("story", Turn.PASSED, f"story {number}, which it opened; {told}")
    said = f'story {number}, "{facts.story}", which item {facts.first_item} opened; {told}'
    return Step("story", Turn.PASSED, said)
