"""The timetable, and what each role of a node does of it."""

from collections import Counter

import pytest

from monitor.config.settings import RuntimeSettings
from monitor.errors import UnknownIdError
from monitor.runtime.embedded import EmbeddedRuntime
from monitor.schedule import ROLES, kinds_of, plan

LOOKS = dict.fromkeys(("poll", "push", "deliver"), list[str])


def test_every_job_belongs_to_one_role() -> None:
    runtime = EmbeddedRuntime()
    plan(runtime, RuntimeSettings("embedded", 8, 4), LOOKS)
    planned = Counter(kind for kind, _ in runtime._triggers)
    assert planned.keys() == kinds_of(ROLES)
    assert Counter(kind for kinds in ROLES.values() for kind in kinds) == Counter(kinds_of(ROLES))
    assert (planned["poll"], planned["push"], planned["deliver"], planned["alert"]) == (8, 8, 4, 1)


def test_a_role_that_there_is_not_is_named_with_those_that_there_are() -> None:
    assert kinds_of(["deliver", "web"]) == {"deliver"}
    with pytest.raises(UnknownIdError, match="no role 'cook'; there are: poll, alert, deliver, web"):
        kinds_of(["web", "cook"])
