"""Good feeds, broken in any way, are read within the laws of tests/feeds/broken.py."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.types import FetchResult
from tests.examples import times
from tests.feeds.broken import broken_feed, check_reading


@st.composite
def broken_feeds(draw: st.DrawFn) -> FetchResult:
    """Return a good feed to which up to eight things were done."""
    return broken_feed(lambda count: draw(st.integers(0, count - 1)), draw(st.integers(1, 8)))


@settings(max_examples=times(4), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(broken_feeds())
def test_a_broken_feed_is_read_within_the_laws_of_reading(result: FetchResult) -> None:
    check_reading(result)
