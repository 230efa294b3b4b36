"""systemd hears us where it listens."""

import socket
from pathlib import Path

import pytest

from monitor.runtime.notify import notify, watchdog_seconds


def test_a_message_reaches_the_socket_systemd_names(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        assert notify("READY=1", {"NOTIFY_SOCKET": path})
        assert listener.recv(64) == b"READY=1"


def test_a_listener_that_does_not_read_or_is_gone_stops_nobody(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        assert [notify("WATCHDOG=1", {"NOTIFY_SOCKET": path}) for _ in range(2_000)][-1] is False
    assert not notify("STOPPING=1", {"NOTIFY_SOCKET": path})


def test_without_systemd_nothing_is_sent() -> None:
    assert not notify("READY=1", {})


@pytest.mark.parametrize(("usec", "seconds"), [("60000000", 30.0), ("0", None), ("", None), ("soon", None)])
def test_the_watchdog_is_fed_twice_as_often_as_systemd_asks(usec: str, seconds: float | None) -> None:
    assert watchdog_seconds({"WATCHDOG_USEC": usec}) == seconds
