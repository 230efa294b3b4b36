"""`monitor explain`, as a person and as a program calls it."""

import json
import re
from pathlib import Path

import pytest

from monitor.cli.explain import PARTS
from monitor.errors import UnknownIdError
from tests.cli.test_commands import call
from tests.explained import WATCHLIST, Watch, watching
from tests.render.golden import check_golden

pytestmark = pytest.mark.usefixtures("readers")

DAY = [
    ("Blast at a rally in Khar", "IS-K said it did it. Police name Omari."),
    ("Omari seen in Kabul", ""),
    ("Officials denied a blast in Khar", "The group claimed it."),
]


async def played(folder: Path, watchlist: str = WATCHLIST) -> Watch:
    """Let a day go by, and leave its database and configuration behind."""
    async with watching(folder, "sqlite:///monitor.db") as watch:
        await watch.reload(watchlist=watchlist)
        await watch.poll(*DAY)
        await watch.tell()
        return watch


async def test_an_explanation_is_lines_for_people_and_json_for_programs(tmp_path: Path) -> None:
    watch = await played(tmp_path)
    shown = []
    for asked in ("1", "2", "3"):
        code, output = call(tmp_path, "explain", asked)
        assert code == 0
        shown.append(output)
        found = json.loads(call(tmp_path, "explain", asked, "--json")[1])
        assert found["item"]["id"] == asked
        assert [one["step"] for one in found["steps"]][:4] == ["fetched", "read", "mentions", "rules"]
    ports = rf":({watch.paper.server.port}|{watch.desk.port})\b"
    check_golden("explain.txt", re.sub(ports, ":80", "\n".join(shown)))


async def test_what_nearly_held_is_cut_for_people_and_whole_for_programs(tmp_path: Path) -> None:
    rules = "".join(
        f"  - {{id: r{number}, title: R, when: 'khar AND is-k AND omari'}}\n" for number in range(PARTS + 5)
    )
    await played(tmp_path, WATCHLIST.rstrip() + "\n" + rules)
    assert "and 7 more, see --json" in call(tmp_path, "explain", "3")[1]
    found = json.loads(call(tmp_path, "explain", "3", "--json")[1])
    assert len(found["steps"][3]["parts"]) == PARTS + 7


async def test_watchlists_that_cannot_be_read_leave_what_was_stored(tmp_path: Path) -> None:
    await played(tmp_path)
    (tmp_path / "watchlists" / "bajaur.yaml").write_text("nonsense")
    code, output = call(tmp_path, "explain", "1")
    assert (code, "told: desk/webhook (first report): sent" in output) == (0, True)
    assert "what the watchlists find now is not known" in output
    assert "stopped at rules: no rule held" in call(tmp_path, "explain", "2")[1]


async def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    await played(tmp_path)
    with pytest.raises(UnknownIdError, match="no item '9' is stored"):
        call(tmp_path, "explain", "9")
    with pytest.raises(UnknownIdError, match="no hit '9' is stored; see: monitor hits list"):
        call(tmp_path, "explain", "hit:9")


async def test_a_title_does_not_steer_the_terminal(tmp_path: Path) -> None:
    tricks = [("Omari \x1b[31m\x1b]0;owned\x07 seen [bold]loud[/bold]", "")]
    async with watching(tmp_path, "sqlite:///monitor.db") as watch:
        await watch.poll(*tricks)
    output = call(tmp_path, "explain", "1")[1]
    assert "\x1b" not in output
    assert "[bold]loud[/bold]" in output
