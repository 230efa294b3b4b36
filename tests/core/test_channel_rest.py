"""When a channel that fails is left in peace."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.channel_rest import BRIEF, ENOUGH, FIRST_REST, LONGEST_REST, ChannelRest, after_failure
from monitor.core.retry import JITTER_SHARE, LONGEST_ASKED
from monitor.errors import DeliveryError

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
AWAY = DeliveryError("webhook at hooks.example answered 503")
REFUSED = DeliveryError("webhook at hooks.example answered 401", permanent=True, whole=True)


def fail(*errors: DeliveryError, jitter: float = 0.0) -> ChannelRest:
    """Return what is known after failures, each at the very end of the rest before."""
    rest: ChannelRest | None = None
    now = NOW
    for error in errors:
        rest = after_failure(rest, error, now=now, jitter=jitter)
        now = rest.until_at
    assert rest is not None
    return rest


def test_two_failures_in_a_row_may_be_by_chance_the_third_shuts_the_channel() -> None:
    first, second, third = (fail(*[AWAY] * count) for count in (1, 2, 3))
    assert [one.shut for one in (first, second, third)] == [False, False, True]
    assert [one.until_at - NOW for one in (first, second, third)] == [timedelta(0), timedelta(0), FIRST_REST]
    assert third.since_at == NOW
    assert third.error == str(AWAY)


def test_rests_double_up_to_five_minutes() -> None:
    rests = [fail(*[AWAY] * count) for count in range(ENOUGH, ENOUGH + 7)]
    ends = [NOW, *(one.until_at for one in rests)]
    seconds = [(end - start).total_seconds() for start, end in pairwise(ends)]
    assert seconds == [10, 20, 40, 80, 160, 300, 300]


def test_a_refusal_of_everything_shuts_the_channel_at_once_and_needs_a_person() -> None:
    rest = fail(REFUSED)
    assert (rest.shut, rest.refused, rest.until_at) == (True, True, NOW + FIRST_REST)
    assert not fail(REFUSED, AWAY).refused


@pytest.mark.parametrize(("asked", "waits"), [(30.0, 30.0), (1e9, LONGEST_ASKED.total_seconds())])
def test_a_service_that_says_when_to_come_back_is_left_alone_until_then(asked: float, waits: float) -> None:
    rest = fail(DeliveryError("429", retry_after=asked))
    assert (rest.until_at - NOW).total_seconds() == waits
    assert not rest.shut
    assert rest.rests(NOW) is (waits > BRIEF.total_seconds())


def test_what_a_message_alone_is_at_fault_for_is_not_the_channels() -> None:
    assert AWAY.whole
    assert REFUSED.whole
    assert not DeliveryError("400", permanent=True).whole
    assert not DeliveryError("one mailbox is full", whole=False).whole


errors = st.builds(
    DeliveryError,
    st.just("x"),
    permanent=st.booleans(),
    retry_after=st.none() | st.floats(0, 1e12),
    whole=st.just(True),
)


@given(st.lists(errors, min_size=1, max_size=2_000), st.floats(0, 1, exclude_max=True))
def test_however_it_fails_a_rest_ends_and_is_counted(made: list[DeliveryError], jitter: float) -> None:
    rest: ChannelRest | None = None
    for number, error in enumerate(made, 1):
        before = rest
        rest = after_failure(before, error, now=NOW, jitter=jitter)
        longest = max(LONGEST_REST * (1 + JITTER_SHARE), LONGEST_ASKED)
        assert NOW <= rest.until_at <= NOW + longest
        assert rest.failures >= number
        assert not (before and before.shut and not rest.shut), "only a success opens a channel"
