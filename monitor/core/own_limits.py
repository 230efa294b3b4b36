"""Failures that are nobody's but ours: this process has no memory left, or no file or thread more that it may open.

They say nothing of a feed, an article or a receiver, which are asked again soon and keep their good name.
"""

import errno
from collections.abc import Iterable

from monitor.errors import FetchError

NO_FILES, NO_MEMORY = "too many open files", "no memory"
"""Reasons of a FetchError."""

_FILES = frozenset({errno.EMFILE, errno.ENFILE})

_CURES = {
    NO_FILES: "this process may open no more; raise the limit (LimitNOFILE of the service, ulimit -n)",
    NO_MEMORY: "this process gets no more; raise its limit (MemoryMax of the service)",
}


def own_limit(causes: Iterable[BaseException]) -> FetchError | None:
    """Return what limit of ours an error tells of, with the cure, or None; of its causes one is enough.

    A thread that cannot be started is told by Python as a RuntimeError in words.
    """
    for cause in causes:
        code = cause.errno if isinstance(cause, OSError) else None
        reason = NO_FILES if code in _FILES else None
        if isinstance(cause, MemoryError) or code == errno.ENOMEM or "can't start new thread" in str(cause):
            reason = NO_MEMORY
        if reason is not None:
            return FetchError(reason, _CURES[reason])
    return None
