"""A notice for machines stays below what their servers take, and says what it leaves out."""

import json

import pytest

from monitor.render.bounded import NOTICE_BYTES, bounded
from monitor.render.message import render
from tests.channels.notices import flood, note
from tests.render.samples import alert_delivery, make_delivery


def test_what_fits_stays_as_it_is() -> None:
    notice = alert_delivery().notice
    assert bounded(notice) is notice


@pytest.mark.parametrize("letter", ["w", "\U0001f4a5", '"'])
@pytest.mark.parametrize("reports", [30, 60])
def test_of_what_does_not_fit_the_gravest_hits_stay_and_the_others_are_counted(letter: str, reports: int) -> None:
    notice = flood(reports, letter)
    made = bounded(notice)
    size = len(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode())
    kept = made["data"]["hits"]
    assert size <= NOTICE_BYTES
    assert kept == notice["data"]["hits"][: len(kept)]
    assert len(kept) + made["data"].get("more_hits", 0) == len(notice["data"]["hits"])
    if "more_hits" in made["data"]:
        assert size > 0.95 * NOTICE_BYTES, "no more is left out than has to be"


@pytest.mark.parametrize("kind", ["webhook", "nats"])
def test_both_forms_for_machines_are_bounded(kind: str) -> None:
    body = render(make_delivery(flood(60, "\U0001f4a5")), kind=kind).body
    assert len(json.dumps(body, ensure_ascii=False).encode()) < 2**20


def test_a_notice_without_hits_is_left_alone() -> None:
    notice = note("w" * 1_000_000).notice
    assert bounded(notice) is notice
