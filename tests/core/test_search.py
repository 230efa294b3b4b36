"""What somebody looks for among the words of news."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.search import MOST_CHARS, Term, searched, terms_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IS-K struck Bajaur.", ["is", "k", "struck", "bajaur"]),
        ("Daʿesh, Da'esh, DAESH", ["daesh"] * 3),
        ("54 dead", ["54", "dead"]),
        ("می‌خواهد", words_of("میخواهد")),
        ("داعش كابل", words_of("داعش کابل")),
        ("... !", []),
        ("", []),
    ],
)
def test_words_are_folded_as_names_are(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_word_may_go_on_and_a_phrase_stands_as_it_is() -> None:
    assert terms_of('bomb "suicide attack" is-k ... ""') == [
        Term(("bomb",), open=True),
        Term(("suicide", "attack"), open=False),
        Term(("is", "k"), open=False),
    ]


def test_what_nobody_types_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 200 characters"):
        terms_of("x" * (MOST_CHARS + 1))
    with pytest.raises(ValueError, match="at most 12 words"):
        terms_of("a b c d e f g h i j k l m")


@given(st.text(max_size=300))
def test_what_is_kept_holds_letters_and_digits_only_so_that_it_can_be_no_query(text: str) -> None:
    for word in searched(text, "").split(" "):
        assert not set(word) & set("\"'&|!():*<>\\ \0")


@given(st.text(max_size=80))
def test_any_search_is_read_or_refused_in_words(asked: str) -> None:
    with suppress(ValueError):  # more words than anybody types
        assert all(term.words and all(term.words) for term in terms_of(asked))
