"""What counts as an edit of an item, and which changes of one are worth telling a receiver again."""

import re
import unicodedata
from collections.abc import Iterator

from monitor.core.headlines import likeness, title_words
from monitor.core.identity import canonical_url
from monitor.core.types import Change

HEADLINES_TOLD = 3
"""Changes of one item's headline that are told: the correction, and the correction of that, with one in reserve; what
changes its headline more often is a live report or a test of headlines, and goes on silently in its history."""

CHANGES_TOLD = 5
"""Changes of one item that are told in all: headlines leave room for a withdrawal and its return, and a page that comes
and goes ends there, too."""

REUSED_BELOW = 0.3
"""Share of common words (Jaccard) below which two texts under one id are two reports. A rewritten report keeps more:
names, places and quotations stay."""

COMPARED_CHARS = 4_000
"""Characters of two texts that are compared for that: a report of six hundred words."""

_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Deletes what no reader sees; the joiners of Persian and Urdu (U+200C, U+200D) stay."""

_TYPOGRAPHY = str.maketrans(
    {**dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "..."}
)
"""Letters that a publisher's system puts in place of others by itself."""

_QUERY = re.compile(r"(https?://[^\s?#]{1,2000})[?#]\S*", re.IGNORECASE)
"""An address within a text: what follows the path says where a reader came from, or in which session."""

_NUMBER = r"(?<![\d.,])\d[\d.,]{0,14}[kKmM]?"
"""Begins where a number does and has an end, so that a text of digits is gone through once."""

_AGO = re.compile(
    rf"\b(?:{_NUMBER}|an?|one)\s?(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s+ago\b"
    r"|\b(?:just now|moments? ago)\b"
    rf"|{_NUMBER}\s(?:секунд|минут|час|д(?:ень|ня|ней)\b)\w{{0,4}}\s+назад"
    rf"|{_NUMBER}\s(?:سیکنڈ|منٹ|گھنٹ[ےہ]|گھنٹوں|دن|ثانیه|دقیقه|ساعت|روز|دقیقې|ساعته|ورځې)\s+(?:پہلے|قبل|پیش|مخکې|وړاندې)"
    rf"|(?:منذ|قبل)\s(?:{_NUMBER}\s)?(?:ثانية|ثوان|ثواني|دقيقة|دقائق|ساعة|ساعات|يوم|أيام)\b"
    rf"|{_NUMBER}\s(?:सेकंड|मिनट|घंटे|घंटा|दिन)\s+पहले",
    re.IGNORECASE,
)
"""How long ago something was, in the languages of the starter feeds."""

_COUNTED = "comments?|views?|shares?|likes?|reads?|reactions?|repl(?:y|ies)|retweets?|votes?|readers?"

_COUNTER = re.compile(
    rf"\b(?:{_NUMBER}|no)\s(?:{_COUNTED})\b|\b(?:{_COUNTED})\s?(?:[:(]\s?){_NUMBER}\)?|\b{_NUMBER}[\s-]mins?(?:ute)?\sread\b",
    re.IGNORECASE,
)
"""What readers did with a page."""

_STAMP_PART = (
    r"(?:\d[\d:./-]{0,20}(?:am|pm|st|nd|rd|th|z)?|[ap]\.?m\.?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|utc|gmt|pkt|aft|ist|bst|e[sd]t|cet|cest|at|on)(?![^\W\d_])"
)

_STAMP = re.compile(
    rf"\b(?:last\s)?(?:updated|modified)(?:\s(?:on|at))?\s?[:|-]?\s?{_STAMP_PART}(?:[\s,.|-]{{0,3}}{_STAMP_PART}){{0,9}}",
    re.IGNORECASE,
)
"""When a page was last touched."""

_NOISE = (_AGO, _STAMP, _COUNTER)

_LABEL = re.compile(
    r"^(?:breaking(?: news)?|live(?: updates?)?|just in|developing|exclusive|watch|video|update[ds]?(?: ?\d{1,3})?)"
    r"\s?[:|-]\s?",
    re.IGNORECASE,
)
"""What a desk puts before a headline."""

_OUTLET = re.compile(r"\s[|-]\s[^|-]{2,40}$")
"""The name of a paper behind a headline, as in "... - Dawn"."""

_WORD = re.compile(r"[^\W_]+")


def wording(text: str) -> str:
    """Return what a text says: the same however it is spaced and set, and whatever its counters and clocks show."""
    words = " ".join(_set_plainly(text).split())
    words = _QUERY.sub(r"\1", words)
    for noise in _NOISE:
        words = noise.sub("", words)
    return " ".join(words.split())


def is_edit(old_title: str, old_text: str, title: str, text: str) -> bool:
    """Return whether title or text say anything else than before."""
    return wording(old_title) != wording(title) or wording(old_text) != wording(text)


def headline_changed(old: str, new: str) -> bool:
    """Return whether a headline has other words, or another order of them: "40 killed" is not "54 killed".

    Case, accents, punctuation, labels such as "Breaking:" and an outlet's name at the end are no words.
    """
    return _headline(old) != _headline(new)


def is_other_report(old: tuple[str, str, str], new: tuple[str, str, str]) -> bool:
    """Return whether an id was given to another report, rather than its report edited; each (address, title, text).

    So it is when the addresses are two, no story would join the titles, and the texts share few words. Some publishers
    give every entry the same id, and an edit would then hide a report behind another one.
    """
    if not old[0] or not new[0] or canonical_url(old[0]) == canonical_url(new[0]):
        return False
    if likeness(title_words(old[1]), title_words(new[1])):
        return False
    return not share_words(words_of(f"{old[1]} {old[2]}"), words_of(f"{new[1]} {new[2]}"))


def words_of(text: str) -> frozenset[str]:
    """Return the words of the beginning of a text, without case, accents and vowel marks."""
    return frozenset(_words(text[:COMPARED_CHARS]))


def share_words(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two texts share so many words that one may be the other, rewritten; two without words do."""
    return len(one & other) >= REUSED_BELOW * len(one | other)


def may_tell(change: Change, told: int) -> bool:
    """Return whether a change of an item is told to those who were told of the item.

    told   how many changes of it were told before
    """
    return told < (HEADLINES_TOLD if change is Change.HEADLINE else CHANGES_TOLD)


def _set_plainly(text: str) -> str:
    """Return a text in composed letters, without unseen ones and without typography."""
    return unicodedata.normalize("NFC", text).translate(_UNSEEN).translate(_TYPOGRAPHY)


def _headline(title: str) -> list[str]:
    """Return the words of a headline, in their order."""
    plain = wording(title)
    plain = _LABEL.sub("", plain)
    return list(_words(_OUTLET.sub("", plain))) or list(_words(plain))


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text without case, accents and vowel marks."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    yield from _WORD.findall(plain.casefold())
