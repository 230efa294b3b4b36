"""How many messages a channel takes in how much time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.rates import Rate, wait

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_without_rates_nothing_waits() -> None:
    assert wait([NOW] * 100, [], now=NOW) == timedelta(0)


def test_what_the_span_still_holds_is_sent_at_once_and_the_next_waits_for_the_first_to_leave_it() -> None:
    rate = [Rate(2, 10 * SECOND)]
    assert wait([NOW], rate, now=NOW) == timedelta(0)
    assert wait([NOW, NOW + SECOND], rate, now=NOW + 2 * SECOND) == 8 * SECOND
    assert wait([NOW, NOW + SECOND], rate, now=NOW + 10 * SECOND) <= timedelta(0)


def test_the_strictest_of_several_rates_counts() -> None:
    sent = [NOW, NOW + SECOND, NOW + 2 * SECOND]
    assert wait(sent, [Rate(1, SECOND), Rate(3, 60 * SECOND)], now=NOW + 3 * SECOND) == 57 * SECOND


def test_a_clock_that_is_put_back_stops_nothing() -> None:
    assert wait([NOW + timedelta(days=1)], [Rate(1, SECOND)], now=NOW) <= timedelta(0)


rates = st.builds(Rate, st.integers(1, 20), st.integers(1, 600).map(lambda seconds: timedelta(seconds=seconds)))


@given(st.lists(rates, min_size=1, max_size=3), st.lists(st.floats(0, 30), min_size=1, max_size=100))
def test_no_span_ever_holds_more_than_its_rate_allows(limits: list[Rate], pauses: list[float]) -> None:
    sent: list[datetime] = []
    now = NOW
    for pause in pauses:
        now += timedelta(seconds=pause)
        now += max(wait(sent, limits, now=now), timedelta(0))
        assert wait(sent, limits, now=now) <= timedelta(0)
        sent.append(now)
    for rate in limits:
        for at in sent:
            assert sum(at <= other < at + rate.per for other in sent) <= rate.count
