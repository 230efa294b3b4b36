"""The pages of the watchlists: what is in them, how often their hits were right, what a check finds."""

from pathlib import Path

import pytest

from monitor import actions
from monitor.core.types import Mark
from monitor.store import items
from monitor.web import watchlist_pages
from tests.explained import WATCHLIST
from tests.web.acting import FOREIGN, get, post, working

pytestmark = pytest.mark.usefixtures("readers")

HOSTILE = WATCHLIST.replace("title: Bajaur", "title: '<script>x</script>'").replace(
    "title: Blast", "title: '<img src=x>'"
)


async def test_a_watchlist_shows_rules_entities_aliases_and_how_often_they_were_right(tmp_path: Path) -> None:
    async with working(tmp_path) as (watch, status):
        await watch.poll(("IS-K blast in Khar", ""), ("IS-K again in Khar", ""))
        hits = items.list_hits(status.db, items.HitFilter(rule="blast"))
        for hit, mark in zip(hits, (Mark.RIGHT, Mark.WRONG), strict=True):
            actions.mark_hit(status.db, hit.id, mark, who="ana", now=watch.now)
        listed = (await get(status, "/watchlists")).text
        assert 'href="/watchlists/bajaur"' in listed
        assert '<td class="number" data-label="Precision">50 %</td>' in listed
        page = (await get(status, "/watchlists/bajaur")).text
    for shown in (
        "50 % of the 2 hits that somebody marked were right",
        "<code>is-k AND khar</code>",
        "counts only with <code>is-k</code>",
        "makes no hit alone",
        "<bdi>Paper</bdi>",
        "/silences?rule=blast#make",
    ):
        assert shown in page
    assert page.count("50 %") == 5, "the list, rule, feed, and two aliases"


async def test_entities_are_found_by_their_words_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchlist_pages, "PAGE_SIZE", 2)
    async with working(tmp_path) as (_, status):
        first = (await get(status, "/watchlists/bajaur")).text
        assert (first.count('<li id="'), "page 1 of 2, 3 entities" in first) == (2, True)
        assert (await get(status, "/watchlists/bajaur?page=99")).text.count('<li id="') == 1
        found = (await get(status, "/watchlists/bajaur?text=OMAR")).text
        assert (found.count('<li id="'), '<li id="omari"' in found) == (1, True)
        assert "No entity is called so" in (await get(status, "/watchlists/bajaur?text=nobody")).text
        for path in ("/watchlists/none", "/watchlists/check"):
            assert (await get(status, path)).status_code in (404, 405)


async def test_a_check_runs_when_somebody_asks_and_says_where_and_what(tmp_path: Path) -> None:
    broken = WATCHLIST.replace("name: Khar, alone", "name: Khar, examples: {match: [Lahore]}, alone")
    async with working(tmp_path) as (watch, status):
        await watch.reload(watchlist=broken)
        status.lists = watch.house.lists
        assert "were not checked yet" in (await get(status, "/watchlists")).text
        assert (await post(status, "/watchlists/check", headers=FOREIGN)).status_code == 403
        assert status.checked is None
        answer = await post(status, "/watchlists/check", {"watchlist": "bajaur"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/watchlists/bajaur#check")
        for path in ("/watchlists", "/watchlists/bajaur"):
            page = (await get(status, path)).text
            assert "bajaur.yaml:8" in page
            assert "khar is not mentioned" in page
        await watch.reload(watchlist=WATCHLIST)
        status.lists = watch.house.lists
        assert "were not checked yet" in (await get(status, "/watchlists")).text, "others are in force now"


@pytest.mark.slow
async def test_files_that_cannot_be_read_any_more_are_told(tmp_path: Path) -> None:
    async with working(tmp_path) as (_, status):
        (tmp_path / "watchlists" / "bajaur.yaml").write_text("watchlist: [")
        answer = await post(status, "/watchlists/check")
    assert (answer.status_code, "bajaur.yaml" in answer.text) == (409, True)


async def test_what_stands_in_a_watchlist_does_not_act(tmp_path: Path) -> None:
    async with working(tmp_path) as (watch, status):
        await watch.reload(watchlist=HOSTILE)
        status.lists = watch.house.lists
        for path in ("/watchlists", "/watchlists/bajaur"):
            page = (await get(status, path)).text
            assert "&lt;script&gt;x" in page
            assert "<script" not in page
            assert "<img" not in page


async def test_without_watchlists_the_pages_say_so(tmp_path: Path) -> None:
    async with working(tmp_path) as (_, status):
        status.lists = status.current = None
        assert "No watchlist is in force" in (await get(status, "/watchlists")).text
        assert (await post(status, "/watchlists/check")).status_code == 503
