"""What is nobody's fault but ours is known as such."""

import errno

import pytest

from monitor.core.own_limits import NO_FILES, NO_MEMORY, own_limit


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EMFILE, "Too many open files"), NO_FILES),
        (OSError(errno.ENFILE, "File table overflow"), NO_FILES),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), NO_MEMORY),
        (MemoryError(), NO_MEMORY),
        (RuntimeError("can't start new thread"), NO_MEMORY),
    ],
)
def test_a_limit_of_ours_is_told_with_the_cure(error: Exception, reason: str) -> None:
    found = own_limit([ValueError("what it led to"), error])
    assert found is not None
    assert found.reason == reason
    assert "raise" in found.detail


def test_what_a_server_or_a_document_did_is_none() -> None:
    assert own_limit([ConnectionRefusedError(errno.ECONNREFUSED, "refused"), TimeoutError(), KeyError("title")]) is None
