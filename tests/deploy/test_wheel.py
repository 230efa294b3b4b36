"""The package as it is installed: all it needs is in the wheel, and it works for a user who can write nothing there."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BARE = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
"""Makes root one to whom modes apply: another user could perhaps not read this interpreter."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from a copy of what the image is built from."""
    source, into = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line.startswith("!") and not line.endswith(".lock"):
            (source / line[1:]).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / line[1:]).is_dir() else shutil.copy
            copy(ROOT / line[1:], source / line[1:])
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(into)], cwd=source, capture_output=True, text=True, check=True
    )
    return into / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder that holds the wheel's files as pip lays them; nobody may write there."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    for file in folder.rglob("*"):
        file.chmod(0o555 if file.is_dir() else 0o444)
    folder.chmod(0o555)
    yield folder
    for file in (folder, *folder.rglob("*")):
        if file.is_dir():
            file.chmod(0o755)


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    package = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "monitor").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    starter = {f"monitor/starter/watchlists/{file.name}" for file in (ROOT / "watchlists").glob("*.yaml")}
    moves = {f"monitor/starter/alembic/versions/{file.name}" for file in (ROOT / "alembic" / "versions").glob("*.py")}
    assert starter
    assert moves
    assert package | starter | moves | {"monitor/starter/monitor.yaml", "monitor/starter/alembic.ini"} <= held
    assert not [name for name in held if name.startswith(("tests/", "deploy/", "data/"))]


@pytest.mark.slow  # seconds: several starts of the program, which is compiled anew
def test_it_works_for_a_user_who_can_write_only_its_state(installed: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()

    def monitor(*arguments: str, fed: str | None = None) -> str:
        done = subprocess.run(
            [*BARE, sys.executable, "-s", "-c", START, str(installed), sysconfig.get_path("purelib"), *arguments],
            cwd=state, input=fed, capture_output=True, text=True, check=False,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPYCACHEPREFIX": str(state / "compiled")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    with pytest.raises(AssertionError, match="Permission denied"):
        monitor("init", str(installed / "watch"))  # so modes apply
    monitor("init", "watch")
    monitor("db", "upgrade", "--config", "watch/monitor.yaml")
    [line] = monitor(
        "match", "--json", "--config", "watch/monitor.yaml", "-", fed='{"id": "1", "text": "Daesh struck in Bajaur"}\n'
    ).splitlines()
    assert {"islamic-state", "bajaur"} <= {mention["entity"] for mention in json.loads(line)["mentions"]}


START = """
import sys
site, others = sys.argv[1:3]
sys.path[:0] = [site, others]
sys.argv = ["monitor", *sys.argv[3:]]
import monitor
assert monitor.__file__.startswith(site), monitor.__file__
from monitor.__main__ import main
main()
"""
"""Starts the package from its own place, with the libraries that the tests have."""
