"""What Prometheus scrapes, what is said of it, and the alerts made of it."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from monitor.core.types import Course, FeedState
from monitor.web.metrics import expose
from monitor.web.status import Status
from tests.store.rows import NOW, make_feed, make_outcome, record
from tools import make_board

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "deploy" / "grafana-dashboard.json"
PARTS = re.compile(r"_(bucket|sum|count)$")  # series of one histogram
RULES = ROOT / "deploy" / "prometheus-rules.yaml"
PROMTOOL = shutil.which("promtool")


def names(status: Status) -> set[str]:
    """Return the names of all metrics as queries use them; without the times of birth that the library adds to each."""
    suffix = {"counter": "_total", "info": "_info"}
    return {
        family.name.removesuffix(suffix.get(family.type, "")) + suffix.get(family.type, "")
        for family in text_string_to_metric_families(expose(status).decode())
        if not (family.type == "gauge" and family.name.endswith("_created"))
    }


def value(status: Status, name: str, **labels: str) -> float | None:
    """Return the value of one sample, None when there is none."""
    for family in text_string_to_metric_families(expose(status).decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_coverage_is_told_without_naming_a_feed(filled: Status) -> None:
    for name, expected in (
        ("monitor_coverage_ratio", 0.5), ("monitor_feeds_heard", 1), ("monitor_feeds_unasked", 0), ("monitor_items_missed", 0),
        ("monitor_feeds_never_heard", 1), ("monitor_newest_ok_age_seconds", 0), ("monitor_oldest_ok_age_seconds", 0),
        ("monitor_poll_lag_seconds", 0),
    ):  # fmt: skip
        assert value(filled, name) == expected, name
    assert value(filled, "monitor_feeds_failing", reason="timeout") == 1
    assert b"broken.example" not in expose(filled)
    assert b"news.example" not in expose(filled)


def test_ages_have_no_end_while_no_poll_went_well_and_are_none_without_feeds(status: Status) -> None:
    ages = ("monitor_newest_ok_age_seconds", "monitor_oldest_ok_age_seconds")
    assert [value(status, name) for name in (*ages, "monitor_coverage_ratio")] == [0.0, 0.0, 1.0]
    feed = make_feed(status.db)
    assert [value(status, name) for name in (*ages, "monitor_coverage_ratio")] == [float("inf"), float("inf"), 0.0]
    other = make_feed(status.db, "https://slow.example/")
    record(
        status.db,
        make_outcome(feed, at=NOW - timedelta(hours=1)),
        replace(make_outcome(other, at=NOW - timedelta(hours=2)), course=Course(rolled_over_at=NOW)),
    )
    assert [value(status, name) for name in ages] == [3600.0, 7200.0]
    assert value(status, "monitor_poll_lag_seconds") == 105 * 60
    assert value(status, "monitor_items_missed") == 1


def test_every_metric_stands_in_the_docs_and_nothing_else(filled: Status) -> None:
    table = (ROOT / "docs" / "operations.md").read_text().partition("## Metrics")[2].partition("## Alerts")[0]
    rows = "\n".join(line.partition(" | ")[0] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"monitor_[a-z_]+", rows)) == names(filled)


def rules() -> list[dict[str, Any]]:
    """Return the alerts of the shipped file."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_every_alert_asks_for_what_is_exposed_and_says_what_to_do(filled: Status) -> None:
    exposed, asked = names(filled), set()
    for rule in rules():
        used = {PARTS.sub("", name) for name in re.findall(r"monitor_[a-z_]+", rule["expr"])}
        assert used, rule["alert"]
        assert used <= exposed, f"{rule['alert']}: {used - exposed}"
        asked |= used
        for states in re.findall(r'state=~?"([^"]+)"', rule["expr"]):
            assert set(states.split("|")) <= set(FeedState)
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    assert asked >= {
        "monitor_coverage_ratio", "monitor_feeds", "monitor_poll_lag_seconds", "monitor_outbox_age_seconds",
        "monitor_config_ok", "monitor_start_time_seconds",
    }  # fmt: skip


def test_every_alert_is_played() -> None:
    cases = yaml.safe_load((ROOT / "deploy" / "prometheus-rules.test.yaml").read_text())["tests"]
    stood = {
        name
        for case in cases
        for check in case.get("promql_expr_test", ())
        for sample in check["exp_samples"]
        for name in re.findall(r'alertname="(\w+)"', sample["labels"])
    }
    assert stood == {rule["alert"] for rule in rules()}


def test_the_board_is_as_made_and_asks_for_what_is_exposed(filled: Status) -> None:
    written = json.loads(BOARD.read_text())
    assert written == make_board.board(), "run: make board"
    queries = [target["expr"] for panel in written["panels"] for target in panel.get("targets", ())]
    queries += [note["expr"] for note in written["annotations"]["list"]]
    asked = {PARTS.sub("", name) for query in queries for name in re.findall(r"monitor_[a-z_]+", query)}
    assert asked <= names(filled), asked - names(filled)
    assert names(filled) - asked == {
        "monitor_oldest_ok_age_seconds",
        "monitor_watchlist_version_info",
    }  # one feed's; build_info has it


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_prometheus_reads_the_alerts() -> None:
    done = subprocess.run([str(PROMTOOL), "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules())} rules found" in done.stdout
