"""One rich line for each unit of work, on stderr: text for people, JSON for machines."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog

from monitor.core.addresses import without_user


def configure(*, level: str, form: str) -> None:
    """Log from `level` ("debug", "info", "warning", "error") up, as "text" or "json".

    Libraries speak through the standard library's logging; they are heard from warning up, in the same form.
    """
    stream = _Stream(sys.stderr)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _without_passwords,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                sort_keys=False,
                pad_event_to=0,
                exception_formatter=structlog.dev.plain_traceback,  # the other one prints locals, secrets among them
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", stream)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Stream:
    """Where lines are written; one that cannot be written, to a disk that is full or a reader that is gone, is lost.

    The work that the line is about must go on, and there is nowhere to tell of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or not."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written, or not."""
        with suppress(OSError):
            self._stream.flush()


def _without_passwords(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Take user and password out of the addresses among the fields: logs are read and shipped by many."""
    return {name: without_user(value) if isinstance(value, str) else value for name, value in event.items()}
