"""What stands in a line of the log."""

import logging
import sys
from pathlib import Path

import pytest
import structlog

from monitor import log


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_password_of_an_address_is_logged(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        log.configure(level="info", form=form)
        structlog.get_logger().info("poll", feed="https://reader:s3cret@paper.example/rss?page=2", name="a@b, [http://")
    finally:
        structlog.configure(**before)
    line = capsys.readouterr().err
    assert "s3cret" not in line
    assert "https://paper.example/rss?page=2" in line
    assert "a@b, [http://" in line


def test_a_line_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    before = structlog.get_config()
    try:
        full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - closing it fails, as it should
        monkeypatch.setattr(sys, "stderr", full)
        log.configure(level="info", form="text")
        structlog.get_logger().error("the disk is full")
        logging.getLogger("library").warning("so it is")
        with pytest.raises(OSError, match="No space left"):
            full.close()
    finally:
        structlog.configure(**before)
