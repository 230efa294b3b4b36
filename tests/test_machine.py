"""What the daemon knows of its machine."""

import resource
from pathlib import Path

from monitor import machine
from monitor.core.vitals import Amount


def groups(folder: Path, **files: str) -> Path:
    """Write the files of a control group and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return folder


def test_memory_is_that_of_the_control_group_with_the_least_limit(tmp_path: Path) -> None:
    proc = groups(tmp_path / "proc", cgroup="0::/system.slice/event-monitor.service\n")
    root = tmp_path / "cgroup"
    groups(
        root / "system.slice" / "event-monitor.service", memory_max="max\n", memory_current="9\n", memory_stat="x 1\n"
    )
    groups(
        root / "system.slice", memory_max="1000\n", memory_current="600\n", memory_stat="anon 5\ninactive_file 200\n"
    )
    assert machine.memory(proc, root) == Amount(400, 1000)


def test_without_a_limit_memory_is_that_of_the_process(tmp_path: Path) -> None:
    proc = groups(tmp_path / "proc", cgroup="0::/\n", statm="100 7 3 1 0 2 0\n")
    found = machine.memory(proc, tmp_path / "nowhere")
    assert found is not None
    assert found.value == 7 * resource.getpagesize()
    assert machine.memory(tmp_path / "no proc", tmp_path) is None


def test_disk_and_files_are_real(tmp_path: Path) -> None:
    disk, files = machine.disk_of(tmp_path), machine.open_files()
    assert disk is not None
    assert files is not None
    assert 0 < disk.value < (disk.limit or 0)
    before = files.value
    with (tmp_path / "one").open("w"):
        after = machine.open_files()
    assert after is not None
    assert after.value == before + 1
    assert machine.disk_of(tmp_path / "nowhere") is None
