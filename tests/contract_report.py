"""The table that `pytest -m contract` prints: each kind of channel, and which laws it keeps."""

from collections.abc import Iterable

import pytest

LAW = "contract"


def note_law(item: pytest.Item) -> None:
    """Let the report of a test carry the law that its marker names, and the kind of channel it tries."""
    marker = item.get_closest_marker(LAW)
    if marker is not None and isinstance(item, pytest.Function) and (LAW, marker.args[0]) not in item.user_properties:
        item.user_properties += [(LAW, marker.args[0]), ("kind", item.callspec.params["name"])]


def table(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return the lines of the table; one failure breaks a law, "-" is a law that cannot hold for a kind."""
    kept: dict[tuple[str, str], str] = {}
    for report in reports:
        said = {name: str(value) for name, value in report.user_properties}
        if LAW in said:
            cell = said["kind"], said[LAW]
            now = "BROKEN" if report.failed else "skipped" if report.skipped else "kept"
            kept[cell] = now if kept.get(cell, "kept") == "kept" else kept[cell]
    kinds = sorted({kind for kind, _ in kept})
    laws = sorted({law for _, law in kept})
    widths = [max(len(law), 7) for law in laws]
    rows = [(kind, [kept.get((kind, law), "-") for law in laws]) for kind in kinds]
    return [
        f"{name:13} " + "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
        for name, cells in [("", laws), *rows]
    ]
