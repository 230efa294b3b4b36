"""The demo proves the whole line by itself."""

import json
import subprocess
import sys

import pytest

from monitor.demo.servers import read_day


@pytest.mark.slow
def test_the_bundled_day_arrives_whole() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "monitor", "demo", "--once", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    counts = json.loads(ended.stdout)
    day = read_day()
    assert set(counts) == {"feeds", "items", "hits", "alerts", "delivered_webhook", "delivered_email", "digest"}
    assert (counts["feeds"], counts["items"], counts["digest"]) == (len(day.outlets), len(day.items), 1)
    assert counts["hits"] > counts["alerts"] > 0
    assert counts["delivered_webhook"] == counts["delivered_email"] >= counts["alerts"]


def test_the_day_is_what_it_says() -> None:
    day = read_day()
    assert {outlet.lang for outlet in day.outlets} == {"en", "ur", "fa", "ru"}
    assert {item.at.date().isoformat() for item in day.items} == {"2023-07-30", "2023-07-31"}
    assert all("(demo)" in outlet.name for outlet in day.outlets)
    assert {item.outlet for item in day.items} == {outlet.id for outlet in day.outlets}
