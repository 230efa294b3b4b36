"""Whatever the description of the API allows, and what it does not, is answered as it says, and never by a crash."""

from dataclasses import replace
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from monitor.web import gate
from monitor.web.limits import ASKED
from monitor.web.server import create_app
from monitor.web.status import Status

pytestmark = pytest.mark.slow

NOT_ASKED = [ignored_auth, positive_data_acceptance]
"""Who may ask is tried by tests/web/test_gate.py. No schema says what a span or an instant is, or which conditions of a
silence go together: some of what it allows is refused, as a problem."""

LEFT_OUT = {"/api/v1/hits/stream", "/api/v1/explain", "/api/v1/match"}
"""The first does not end, and the others ask the daemon's matcher, of which this house has none."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_as_it_is_described(
    filled: Status, monkeypatch: pytest.MonkeyPatch, mode: GenerationMode
) -> None:
    monkeypatch.setattr(gate, "ASKED", replace(ASKED, count=10**9))
    filled.token, shown = "configured", {"authorization": "Bearer configured"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(filled), headers=shown)
    tried = 0
    for found in schema.get_all_operations():
        operation = cast("Ok[Any]", found).ok()
        if operation.path in LEFT_OUT:
            continue
        tried += 1

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def answers(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=shown, excluded_checks=NOT_ASKED)

        answers()
    assert tried >= 18
