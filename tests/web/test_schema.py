"""Whatever the description of the API allows, and what it does not, is answered as it says, and never by a crash."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from monitor.app import compile_lists
from monitor.config.settings import load_settings
from monitor.web import gate
from monitor.web.api import operations, taking
from monitor.web.limits import ASKED
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.render.test_digest import WEEK
from tests.web.test_digest_pages import keep

pytestmark = pytest.mark.slow

NOT_ASKED = [ignored_auth, positive_data_acceptance]
"""Who may ask is tried by tests/web/test_gate.py. No schema says what a span or an instant is, or which conditions of a
silence go together: some of what it allows is refused, as a problem."""

CONFIG = """
watchlists: watchlists
receivers: [{name: desk, channels: [{console: {}}]}]
route: {receiver: desk}
"""
LIST = "{watchlist: is-k, title: IS-K, entities: [{id: is-k, kind: organisation, name: IS-K}]}"


@pytest.fixture
def whole(filled: Status, tmp_path: Path) -> Status:
    """Return a house with news, and with all that the daemon's matcher and its explanations look at."""
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "is-k.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    keep(filled, WEEK)
    settings = load_settings(tmp_path / "monitor.yaml", {})
    filled.lists, matcher = compile_lists(settings)
    filled.current = lambda: SimpleNamespace(settings=settings, matcher=matcher)  # type: ignore[assignment]
    return filled


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_as_it_is_described(
    whole: Status, monkeypatch: pytest.MonkeyPatch, mode: GenerationMode
) -> None:
    monkeypatch.setattr(gate, "ASKED", replace(ASKED, count=10**9))
    monkeypatch.setattr(taking, "LIFE_SECONDS", 0.0)  # who follows is sent away at once
    whole.token, shown = "configured", {"authorization": "Bearer configured"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(whole), headers=shown)
    tried = 0
    for found in schema.get_all_operations():
        operation = cast("Ok[Any]", found).ok()
        tried += 1

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def answers(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=shown, excluded_checks=NOT_ASKED)

        answers()
    assert tried == len(operations())
