"""Asking the API: lists that go on, filters, ETags, the description, and what is told as a problem."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from monitor.core.types import Severity
from monitor.store import alerts
from monitor.web.api import operations
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.render.test_digest import WEEK
from tests.store.rows import NOW, make_alert, make_feed, make_hits, make_item, make_match, make_outcome, record
from tests.web.test_digest_pages import keep

V1 = "/api/v1/"


def get(status: Status, *paths: str, headers: dict[str, str] | None = None) -> list[httpx.Response]:
    """Return the answers to some questions."""

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(status))
        async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as web:
            return [await web.get(path if path.startswith("/") else V1 + path, headers=headers) for path in paths]

    return asyncio.run(answers())


LISTS = ("items", "hits", "stories", "alerts", "deliveries", "digests", "feeds", "silences?all=true")


@pytest.mark.parametrize("path", LISTS)
def test_every_list_goes_on_to_its_end_and_shows_each_row_once(filled: Status, path: str) -> None:
    for number in range(3):
        keep(filled, WEEK, number % 2, f"dig_{number}", f"digest-{number}")
    name, sign = path.partition("?")[0], "&" if "?" in path else "?"
    (whole,) = get(filled, path)
    ids = [row["id"] for row in whole.json()[name]]
    seen, cursor = [], ""
    for _ in range(len(ids) + 1):
        (part,) = get(filled, f"{path}{sign}limit=1{cursor}")
        seen += [row["id"] for row in part.json()[name]]
        if part.json()["next"] is None:
            break
        assert part.headers["link"].endswith('>; rel="next"')
        cursor = f"&cursor={part.json()['next']}"
    assert seen == ids
    assert len(set(ids)) == len(ids)


def test_a_digest_is_told_whole_by_its_id(filled: Status) -> None:
    keep(filled, WEEK)
    listed, one, none = get(filled, "digests?name=weekly&since=7d", "digests/dig_a", "digests/dig_b")
    row = one.json()
    assert row.pop("digest") == WEEK["data"]["digest"]
    assert listed.json() == {"digests": [row], "next": None}
    assert (row["name"], row["hits"], row["period_end"]) == ("weekly", 57, "2023-07-30T12:00:00Z")
    assert (none.status_code, none.json()["detail"]) == (404, "no digest dig_b")


def test_what_comes_in_meanwhile_moves_no_list(filled: Status) -> None:
    (first,) = get(filled, "hits?limit=1")
    (alert,) = get(filled, "alerts?limit=1")
    new = make_hits(filled.db, 3, "https://later.example/")
    make_alert(filled.db, new, id_="alr_2", key="other")
    (second,) = get(filled, f"hits?limit=1&cursor={first.json()['next']}")
    assert [first.json()["hits"][0]["id"], second.json()["hits"][0]["id"]] == ["2", "1"]
    assert second.json()["next"] is None
    assert alert.json()["next"] is None
    assert len(alerts.list_alerts(filled.db, limit=9)) == 2


def test_alerts_of_one_moment_are_each_shown_once(filled: Status) -> None:
    for n in range(2, 6):
        make_alert(filled.db, make_hits(filled.db, 1, f"https://{n}.example/"), id_=f"alr_{n}", key=str(n))
    seen, cursor = [], ""
    for _ in range(9):
        page = get(filled, f"alerts?limit=2{cursor}")[0].json()
        seen += [one["id"] for one in page["alerts"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["alr_1", "alr_2", "alr_3", "alr_4", "alr_5"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["3", "2", "1"]),
        ("severity=high", ["2", "1"]),
        ("severity=critical", []),
        ("rule=other", ["3"]),
        ("watchlist=is-k", ["3", "2", "1"]),
        ("watchlist=none", []),
        ("entity=bajaur", ["3"]),
        ("feed=https://other.example/", ["3"]),
        ("feed=Paper&lang=en", ["3", "2", "1"]),
        ("lang=ur", []),
        ("since=1h", ["3", "2", "1"]),
        ("until=2023-07-30T12:00Z", []),
        ("since=2023-07-30&until=2023-07-31", ["3", "2", "1"]),
    ],
)
def test_hits_are_found_by_the_filters_of_the_pages(filled: Status, asked: str, found: list[str]) -> None:
    other = make_feed(filled.db, "https://other.example/")
    match = make_match("other", "bajaur", severity=Severity.MEDIUM)
    record(filled.db, make_outcome(other, make_item("c", "Bajaur", matches=[match])))
    (hits, stories) = get(filled, f"hits?{asked}", f"stories?{asked}")
    assert [one["id"] for one in hits.json()["hits"]] == found
    assert bool(stories.json()["stories"]) == bool(found)


def test_a_hit_says_why_and_its_mentions_stand_where_they_say(filled: Status) -> None:
    (answer,) = get(filled, "hits/1")
    hit = answer.json()
    (mention,) = hit["mentions"]
    assert hit["item"][mention["field"]][mention["start"] : mention["end"]] == mention["surface"] == "IS-K"
    assert (hit["why"], hit["severity"], hit["verdict"]) == ("the reason", "high", "alerted")
    assert hit["created_at"] == "2023-07-30T12:00:00Z"


def test_an_alert_and_a_story_are_shown_with_what_belongs_to_them(filled: Status) -> None:
    alert, story, feed, item = (one.json() for one in get(filled, "alerts/alr_1", "stories/1", "feeds/1", "items/1"))
    assert [len(alert["hit_list"]), len(alert["deliveries"]), alert["hits"]] == [2, 3, 2]
    assert "notice" not in json.dumps(alert), "it holds a link that acknowledges"
    assert story["alerts"][0]["id"] == "alr_1"
    assert (feed["state"], item["feed"]["name"]) == ("healthy", "Paper")


def test_addresses_and_headers_of_feeds_keep_their_secrets(filled: Status) -> None:
    feed = make_feed(filled.db, "https://user:hush@private.example/")
    record(filled.db, make_outcome(feed, make_item("s", matches=[make_match()])))
    for answer in get(filled, "feeds", "hits", "items", f"feeds/{feed.id}", "/hits.atom", "/hits.json", "hits/export"):
        assert answer.status_code == 200
        assert "hush" not in answer.text
        assert "headers" not in answer.text


def test_feeds_are_found_by_state_tag_and_words(filled: Status) -> None:
    for asked, found in (
        ("state=failing", ["2"]),
        ("state=healthy", ["1"]),
        ("tag=pakistan&text=BROKEN", ["2"]),
        ("tag=x", []),
    ):
        assert [one["id"] for one in get(filled, f"feeds?{asked}")[0].json()["feeds"]] == found, asked


@pytest.mark.parametrize(
    ("path", "code", "detail"),
    [
        ("hits?limit=1001", 400, "limit: "),
        ("hits?since=yesterday", 400, "since: expected a span such as 90s"),
        ("hits?cursor=x", 400, "cursor: expected `next` of an answer before"),
        ("alerts?cursor=WzFd", 400, "cursor: "),
        ("hits?severity=grave", 400, "severity: "),
        ("hits?colour=red", 400, "colour: unknown; expected cursor, entity, feed, "),
        ("hits/0", 404, "no hit 0"),
        ("hits/99999999999999", 404, "no hit"),
        ("alerts/none", 404, "no alert none"),
        ("stories/99", 404, "no story 99"),
        ("silences/9", 404, "no silence 9"),
        ("nothing", 404, "GET /api/v1/nothing"),
    ],
)
def test_a_question_that_cannot_be_answered_is_a_problem(filled: Status, path: str, code: int, detail: str) -> None:
    (answer,) = get(filled, path)
    assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")
    assert answer.json()["detail"].startswith(detail)


@pytest.mark.parametrize("path", [*LISTS, "hits/1", "/hits.atom", "/hits.json", "/digests.ics"])
def test_what_did_not_change_is_not_sent_again(filled: Status, path: str) -> None:
    (first,) = get(filled, path)
    tag = first.headers["etag"]
    for said in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        (again,) = get(filled, path, headers={"if-none-match": said})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert get(filled, path, headers={"if-none-match": '"x"'})[0].status_code == 200


def test_a_new_hit_is_another_answer(filled: Status) -> None:
    (first,) = get(filled, "hits")
    make_hits(filled.db, 1, "https://later.example/")
    assert get(filled, "hits", headers={"if-none-match": first.headers["etag"]})[0].status_code == 200


def test_the_description_names_every_operation_and_what_it_refers_to_is_there(filled: Status) -> None:
    document = get(filled, "/api/openapi.json")[0].json()
    assert document["openapi"] == "3.1.0"
    described = {(way.upper(), path) for path, ways in document["paths"].items() for way in ways}
    assert described == {(one.method, V1 + one.path) for one in operations()}
    names = [one["operationId"] for ways in document["paths"].values() for one in ways.values()]
    assert len(set(names)) == len(names)
    text = json.dumps(document)
    for ref in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert ref in document["components"]["schemas"]
    assert "Needs a token of scope act" in document["paths"]["/api/v1/hits/{hit_id}/mark"]["post"]["description"]


def test_the_page_of_the_description_runs_nothing_and_loads_nothing_foreign(filled: Status) -> None:
    (page,) = get(filled, "/api/docs")
    assert "<script" not in page.text
    assert "https://" not in page.text
    assert "GET /api/v1/hits/stream" in page.text
    assert page.text.count("<h2 ") == len(operations()) + 2


def test_a_silence_is_listed_by_what_it_says(filled: Status) -> None:
    filled.clock = lambda: NOW + timedelta(days=1)
    assert get(filled, "silences")[0].json() == {"next": None, "silences": []}
