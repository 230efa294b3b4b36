"""An outage of ours is told from publishers in trouble."""

from datetime import timedelta

import pytest

from monitor.core.outage import LATELY, Asked, is_outage
from tests.core.feeds_in_trouble import NOW

DNS, REFUSED, LATE = "dns: the host's name is not known", "connection refused: nothing listens there", "timeout: none"


def asked(number: int, error: str | None, *, minutes: float = 5, url: str = "") -> Asked:
    return Asked(url or f"https://paper{number}.example/rss", NOW - timedelta(minutes=minutes), error)


def test_when_no_host_is_reached_it_is_ours_whatever_the_reason() -> None:
    assert is_outage([asked(1, DNS), asked(2, REFUSED), asked(3, LATE)], now=NOW)


@pytest.mark.parametrize("error", ["http 503: Service Unavailable", "not a feed: the answer begins 'x'", None])
def test_publishers_who_answer_show_that_the_network_is_there(error: str | None) -> None:
    assert not is_outage(
        [*(asked(number, DNS) for number in range(5)), *(asked(number, error) for number in range(5, 8))], now=NOW
    )


def test_two_hosts_are_too_few_to_tell_however_many_feeds_they_have() -> None:
    polls = [asked(0, DNS, url=f"https://{host}.example/{number}") for host in "ab" for number in range(9)]
    assert not is_outage(polls, now=NOW)
    assert is_outage([*polls, asked(3, DNS)], now=NOW)


def test_a_host_counts_once_with_its_last_poll() -> None:
    before = [asked(number, None, minutes=20) for number in range(9)]
    assert is_outage([*before, *(asked(number, DNS, minutes=4) for number in range(9))], now=NOW)
    after = [asked(number, None, minutes=1) for number in range(3)]
    assert not is_outage([*before, *(asked(number, DNS, minutes=4) for number in range(9)), *after], now=NOW)


def test_one_in_five_may_answer_from_somewhere_near() -> None:
    assert is_outage([*(asked(number, DNS) for number in range(8)), asked(8, None), asked(9, None)], now=NOW)


def test_old_polls_and_files_say_nothing() -> None:
    old = [asked(number, None, minutes=LATELY.total_seconds() / 60 + 1) for number in range(9)]
    files = [asked(0, None, url=f"file:///box/{number}.xml") for number in range(9)]
    assert is_outage([*old, *files, *(asked(number, DNS) for number in range(10, 13))], now=NOW)
    assert not is_outage([], now=NOW)
