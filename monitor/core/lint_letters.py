"""What is wrong with the letters of an alias: two scripts in one word, or a pattern where words are searched for."""

import re
import unicodedata

SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK"})
"""Scripts with letters that look alike, as the names of their characters begin (Unicode, NamesList)."""

_WORD = re.compile(r"\w+(?:[-‐‑]\w+)*")
_PATTERN = re.compile(r"[*?\[|]")
_OPERATOR = re.compile(r"\s(?:AND|OR|NOT|NEAR/\d+)\s")


def mixed_words(text: str) -> list[str]:
    """Return the words of an alias in which letters of two scripts stand.

    Words joined by a hyphen are one where a part is a single letter: IS-К with a Cyrillic К is a slip, RT-Россия is
    none.
    """
    found = []
    for joined in _WORD.findall(text):
        parts = re.split(r"[-‐‑]", joined)
        words = [joined] if any(len(part) == 1 for part in parts) else parts
        found += [word for word in words if len(_scripts(word)) > 1]
    return found


def _scripts(word: str) -> set[str]:
    """Return the scripts of SCRIPTS of which a word has letters."""
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()} & SCRIPTS


def foreign_letters(word: str) -> str:
    """Return the letters of the script that a word has fewest of, each with its name: 'a' is LATIN SMALL LETTER A."""
    by_script: dict[str, list[str]] = {}
    for letter in word:
        name = unicodedata.name(letter, "")
        if name.partition(" ")[0] in SCRIPTS:
            by_script.setdefault(name.partition(" ")[0], []).append(f"{letter!r} is {name}")
    fewest: list[str] = min(by_script.values(), key=len)
    return ", ".join(dict.fromkeys(fewest))


def pattern_in(text: str) -> str | None:
    """Return the sign or word of a pattern or an expression that an alias holds; a name in capitals may have AND."""
    sign = _PATTERN.search(text)
    operator = _OPERATOR.search(text)
    if sign:
        return sign[0]
    return operator[0].strip() if operator and not text.isupper() else None
