"""Every feed there is: files in the forms that publishers make, and what they hold."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.types import Entry, FetchResult, ParsedFeed
from monitor.feeds.parse import parse_feed

DATA = Path(__file__).parent / "data"


def parsed_and_expected(case: Path) -> tuple[ParsedFeed, dict[str, Any]]:
    """Return what a file holds, and what it should."""
    expected: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    body = (DATA / expected["file"]).read_bytes()
    headers = {"content-type": expected["content_type"]}
    return parse_feed(FetchResult(200, expected["url"], headers, body, None, None)), expected


def as_written(entry: Entry) -> dict[str, Any]:
    """Return an entry as it stands in the files of what is expected."""
    at = entry.published_at
    return {
        "guid": "sha256:*" if entry.guid.startswith("sha256:") else entry.guid,
        "title": entry.title,
        "text": entry.text,
        "url": entry.url,
        "published_at": f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None,
        "lang": entry.lang,
        "author": entry.author,
    }


@pytest.mark.parametrize("case", sorted(DATA.glob("*.expected.json")), ids=lambda case: case.name.split(".")[0])
def test_each_file_gives_its_entries(case: Path) -> None:
    parsed, expected = parsed_and_expected(case)
    found = [as_written(entry) for entry in parsed.entries]
    if "only" in expected:  # of the others it only matters that they take nothing with them
        found = [entry for entry in found if entry["guid"] in expected["only"]]
    assert found == expected["entries"]
    assert parsed.title == expected["title"]


@pytest.mark.parametrize("case", sorted(DATA.glob("*.expected.json")), ids=lambda case: case.name.split(".")[0])
def test_each_file_says_when_to_ask_again_and_who_tells(case: Path) -> None:
    parsed, expected = parsed_and_expected(case)
    seconds = {name: timedelta(seconds=expected[name]) if name in expected else None for name in ("ttl", "period")}
    assert {"ttl": parsed.ttl, "period": parsed.period} == seconds
    assert sorted(parsed.skip_hours) == expected.get("skip_hours", [])
    assert sorted(parsed.skip_days) == expected.get("skip_days", [])
    assert (parsed.hub, parsed.topic) == (expected.get("hub", ""), expected.get("topic", ""))
