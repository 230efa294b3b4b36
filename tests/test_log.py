"""What stands in a line of the log."""

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
