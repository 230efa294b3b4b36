"""The labelled reports are whole: ids, times, sizes, languages and near-misses. What they mean stands in README.md."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

PARTS = {"dev": (60, 220), "wide": (60, 250), "held": (40, 150), "fresh": (55, 220), "last": (20, 80)}
"""The files, with the least number of events and of reports."""

ALLOWED_LANGUAGES = {"en", "ur", "fa", "ps", "ar", "ru", "hi", "de", "fr"}
LEAST_ENGLISH = {"last": 0.4}
"""Share of the reports that are in English at least, where it is not half."""

FOLLOW_UP = timedelta(hours=72)


class Report(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9-]+\.\d+$")
    at: AwareDatetime
    publisher: str = Field(pattern=r"^[a-z0-9.-]+\.[a-z0-9]+(/[a-z-]+)?$")
    lang: str
    title: str = Field(min_length=10)
    text: str
    kind: Literal["own", "copy", "rewrite"]


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid")

    event: str = Field(pattern=r"^[a-z0-9-]+$")
    family: str = Field(pattern=r"^[a-z0-9-]+$")
    reports: list[Report] = Field(min_length=1)


@cache
def events_of(part: str) -> Sequence[Event]:
    text = (Path(__file__).parent / f"{part}.yaml").read_text(encoding="utf-8")
    return TypeAdapter(list[Event]).validate_python(yaml.safe_load(text))


def reports_of(part: str) -> list[Report]:
    return [report for event in events_of(part) for report in event.reports]


def twice(values: Sequence[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


@pytest.mark.parametrize("part", PARTS)
def test_there_are_enough_events_and_reports(part: str) -> None:
    events, reports = PARTS[part]
    assert len(events_of(part)) >= events
    assert len(reports_of(part)) >= reports


def test_no_id_stands_twice_in_all_files_together() -> None:
    assert twice([report.id for part in PARTS for report in reports_of(part)]) == []
    assert twice([event.event for part in PARTS for event in events_of(part)]) == []


def test_no_headline_stands_twice_in_all_files_together() -> None:
    assert twice([report.title for part in PARTS for report in reports_of(part)]) == []


def test_the_held_out_families_are_others_than_those_worked_on() -> None:
    assert {event.family for event in events_of("dev")}.isdisjoint(
        event.family for part in ("held", "fresh", "last") for event in events_of(part)
    )


@pytest.mark.parametrize("part", PARTS)
def test_reports_stand_in_order_within_the_three_days_of_a_story(part: str) -> None:
    for event in events_of(part):
        times = [report.at for report in event.reports]
        assert all(at.tzinfo == UTC for at in times), event.event
        assert all(earlier <= later for earlier, later in pairwise(times)), event.event
        assert times[-1] - times[0] <= FOLLOW_UP, event.event


@pytest.mark.parametrize("part", PARTS)
def test_most_events_are_told_by_three_reports_or_more(part: str) -> None:
    full = [event for event in events_of(part) if len(event.reports) >= 3]
    assert len(full) >= 0.85 * len(events_of(part))


@pytest.mark.parametrize("part", PARTS)
def test_english_leads_and_every_other_language_is_there(part: str) -> None:
    share = Counter(report.lang for report in reports_of(part))
    assert set(share) == ALLOWED_LANGUAGES
    assert LEAST_ENGLISH.get(part, 0.5) <= share["en"] / share.total() <= 0.7


@pytest.mark.parametrize("part", PARTS)
def test_a_third_of_the_events_is_told_in_several_languages(part: str) -> None:
    several = [event for event in events_of(part) if len({report.lang for report in event.reports}) > 1]
    assert 3 * len(several) >= len(events_of(part))


@pytest.mark.parametrize("part", PARTS)
def test_every_event_has_a_near_miss_in_its_family(part: str) -> None:
    sizes = Counter(event.family for event in events_of(part))
    assert [family for family, size in sizes.items() if size < 2] == []


@pytest.mark.parametrize("part", PARTS)
def test_a_copy_follows_a_report_in_its_language(part: str) -> None:
    for event in events_of(part):
        for place, report in enumerate(event.reports):
            earlier = {one.lang for one in event.reports[:place]}
            assert report.kind != "copy" or report.lang in earlier, report.id


@pytest.mark.parametrize("part", PARTS)
def test_summaries_are_sometimes_empty_and_sometimes_long(part: str) -> None:
    texts = [report.text for report in reports_of(part)]
    assert 0.03 <= texts.count("") / len(texts) <= 0.15
    assert any("\n\n" in text for text in texts)
