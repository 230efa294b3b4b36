"""What is signed cannot be made up, and what opens a door is not kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.access import Scope, Session, fingerprint, form_token, same, seal, token_of, unseal

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
SESSION = Session("token:7", "nonce", NOW + timedelta(days=7))


def test_each_scope_covers_those_before_it() -> None:
    assert [[one.covers(other) for other in Scope] for one in Scope] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


@given(st.text(max_size=200), st.text(max_size=50))
def test_no_cookie_but_a_signed_one_is_a_session(cookie: str, secret: str) -> None:
    assert unseal("the secret", cookie, now=NOW) is None
    assert unseal(secret, seal("the secret", SESSION), now=NOW) is None


@given(st.integers(0), st.characters())
def test_a_cookie_with_one_letter_changed_is_none(place: int, letter: str) -> None:
    cookie = seal("secret", SESSION)
    at = place % len(cookie)
    if cookie[at] != letter:
        assert unseal("secret", cookie[:at] + letter + cookie[at + 1 :], now=NOW) is None


def test_a_session_is_read_until_it_is_over() -> None:
    cookie = seal("secret", SESSION)
    assert unseal("secret", cookie, now=NOW) == SESSION
    assert unseal("secret", cookie, now=SESSION.expires_at) is None
    assert unseal("secret", cookie, now=SESSION.expires_at - timedelta(seconds=1)) == SESSION


def test_what_is_signed_for_a_form_is_no_cookie_and_differs_from_one_to_another() -> None:
    assert len({form_token(secret, of) for secret in ("a", "b") for of in ("x", "y")}) == 4
    body = seal("secret", SESSION).partition(".")[0]
    assert unseal("secret", f"{body}.{form_token('secret', body)}", now=NOW) is None


def test_a_token_is_long_and_its_fingerprint_says_nothing_of_it() -> None:
    token = token_of(bytes(range(32)))
    assert token == "evm_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert len(fingerprint(token)) == 64
    assert same("é", "é")
    assert not same("é", "e")
