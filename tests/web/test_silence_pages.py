"""The page of the silences: lists, the preview of what a new one would hide, making and ending one."""

from datetime import timedelta

import pytest

from monitor.core.types import RouteMatch, Severity, SilenceSpec
from monitor.store import silences
from monitor.web.status import Status
from tests.store.rows import NOW
from tests.web.acting import FOREIGN, Fields, get, post

HOUR = timedelta(hours=1)
FORM: Fields = {"rule": "entity:is-k", "for": "6h", "author": "Ana <b>", "reason": "calm", "do": "make"}


async def test_a_silence_is_made_listed_and_ended(filled: Status) -> None:
    made = await post(filled, "/silences", FORM)
    assert (made.status_code, made.headers["location"]) == (303, "/silences#silence-1")
    [silence] = silences.list_silences(filled.db)
    assert (silence.match, silence.end_at) == (RouteMatch(rule=frozenset({"entity:is-k"})), NOW + 6 * HOUR)
    page = (await get(filled, "/silences")).text
    for shown in ("rule entity:is-k", "<bdi>Ana &lt;b&gt;</bdi>", "calm", "End now"):
        assert shown in page
    assert (await post(filled, "/silences/1/expire")).status_code == 303
    assert silences.list_silences(filled.db)[0].end_at == NOW
    assert "End now" not in (await get(filled, "/silences")).text
    again = await post(filled, "/silences/1/expire")
    assert (again.status_code, "silence 1 ended" in again.text) == (409, True)
    for path in ("/silences/7/expire", "/silences/x/expire", f"/silences/{'9' * 5000}/expire"):
        assert (await post(filled, path)).status_code == 404


async def test_a_preview_shows_what_would_be_hidden_keeps_the_form_and_makes_nothing(filled: Status) -> None:
    answer = await post(filled, "/silences", {**FORM, "do": "preview"})
    assert answer.status_code == 200
    for shown in ("<b>2</b> hits of the last 7 days", "IS-K struck", 'value="entity:is-k"', 'value="Ana &lt;b&gt;"'):
        assert shown in answer.text
    assert "<script" not in answer.text
    nothing = await post(filled, "/silences", {**FORM, "rule": "isk-atack", "do": "preview"})
    assert "<b>0</b> hits" in nothing.text
    assert "spelled as in the watchlists?" in nothing.text
    assert silences.list_silences(filled.db) == []


async def test_a_link_fills_the_form_and_shows_what_it_would_hide(filled: Status) -> None:
    page = (await get(filled, "/silences?rule=entity:is-k&severity=high")).text
    assert "<b>2</b> hits of the last 7 days" in page
    assert 'name="severity" value="high" checked' in page
    assert "would have hidden" not in (await get(filled, "/silences")).text


async def test_all_conditions_arrive(filled: Status) -> None:
    form: Fields = {
        **FORM, "rule": "", "severity": ["low", "high"], "watchlist": "is-k, jui-f", "feed": "Dawn, Karachi\nMashaal",
        "lang": "ur", "kind": "place", "tier": "exact", "start": "2023-07-31T10:00", "end": "2023-08-01T10:00",
    }  # fmt: skip
    assert (await post(filled, "/silences", form)).status_code == 303
    [silence] = silences.list_silences(filled.db)
    assert silence.match.severity == {Severity.LOW, Severity.HIGH}
    assert silence.match.watchlist == {"is-k", "jui-f"}
    assert silence.match.feed == {"Dawn, Karachi", "Mashaal"}
    assert (silence.start_at.isoformat(), silence.end_at.day) == ("2023-07-31T10:00:00+00:00", 1)
    page = (await get(filled, "/silences")).text
    assert page.index("feed Dawn, Karachi or Mashaal") > page.index(">Coming</h2>") > page.index("Nothing is silenced.")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rule": " "}, "say what to hide"),
        ({"reason": ""}, "needs a reason and an author"),
        ({"author": ""}, "needs a reason and an author"),
        ({"for": "soon"}, "for: expected a span such as"),
        ({"end": "soon"}, "end: expected an instant"),
        ({"end": "2020-01-01"}, "would hide nothing"),
        ({"kind": "dragon"}, "kind: "),
    ],
)
async def test_what_means_nothing_is_told_beside_what_was_written(filled: Status, change: Fields, why: str) -> None:
    answer = await post(filled, "/silences", {**FORM, **change})
    assert (answer.status_code, why in answer.text) == (422, True)
    assert 'value="6h"' in answer.text or "for" in change
    assert silences.list_silences(filled.db) == []


async def test_one_of_the_configuration_is_ended_there(filled: Status) -> None:
    spec = SilenceSpec(RouteMatch(rule=frozenset({"a"})), None, NOW + HOUR, "", "from the file")
    silences.sync_silences(filled.db, [spec], now=NOW)
    page = (await get(filled, "/silences")).text
    assert "stands in monitor.yaml" in page
    assert "End now" not in page
    assert (await post(filled, "/silences/1/expire")).status_code == 409


async def test_another_site_can_neither_make_nor_end_one(filled: Status) -> None:
    assert (await post(filled, "/silences", FORM, FOREIGN)).status_code == 403
    assert silences.list_silences(filled.db) == []
    await post(filled, "/silences", FORM)
    assert (await post(filled, "/silences/1/expire", headers=FOREIGN)).status_code == 403
    assert silences.list_silences(filled.db)[0].end_at == NOW + 6 * HOUR
