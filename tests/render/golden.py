"""Rendered messages beside what a person looked at and found good."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "golden"


def check_golden(name: str, text: str) -> None:
    """Compare `text` with the file; with MONITOR_WRITE_GOLDEN=1 write it instead, to be looked at before a commit."""
    path = FOLDER / name
    if os.environ.get("MONITOR_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} changed; look at it, then run with MONITOR_WRITE_GOLDEN=1"
