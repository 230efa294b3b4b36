"""Every error of the package.

MonitorError
├── ConfigError            what the operator wrote cannot be used; names file, line, key and the cure   (exit code 2)
├── RuleSyntaxError        a rule or context expression cannot be read; points at the column
├── FetchError             a feed could not be fetched or is not one
│   └── NotAFeedError      the answer is something else; shows how it begins
├── RefusedError           the guard let a request or an answer not pass; edges tell it as FetchError or DeliveryError
├── DeliveryError          a channel could not hand a message over
├── StoreError             the database cannot be used
│   ├── DatabaseFullError      there is no room for what is to be written
│   ├── DatabaseReadOnlyError  it can be read and takes nothing
│   └── DatabaseBusyError      another process holds the same SQLite file
└── UnknownIdError         no such item, alert, delivery, feed or digest

No text of an error may hold a secret: addresses are shown without their query, user part and path tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class MonitorError(Exception):
    """Base of all errors that are told to a person."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file the operator wrote.

    file      the file, as the operator would name it
    line      1-based line, or None when the whole file is meant
    key       dotted path of the key ("receivers[0].channels[1].webhook.url"), or "" for the file
    message   what is wrong, what was expected, and the cure
    """

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        """Return `file:line: key: message`, the form that editors and compilers understand."""
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(MonitorError):
    """The configuration or a watchlist does not validate. Nothing starts, and a reload changes nothing."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep `problems` in the order in which they stand in the files."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        """Return how another process makes it anew; by itself it would do so from the words."""
        return type(self), (self.problems,)

    @classmethod
    def single(cls, file: str | Path, message: str, *, line: int | None = None, key: str = "") -> "ConfigError":
        """Return the error for one problem."""
        return cls([Problem(str(file), line, key, message)])


class RuleSyntaxError(MonitorError):
    """A rule cannot be read.

    expression   the rule as written
    column       0-based offset in `expression` where reading stopped
    message      what was found, what was expected there
    """

    SHOWN = 100
    """Characters of an expression shown around the column; the caret is of use while both fit on one line."""

    def __init__(self, expression: str, column: int, message: str) -> None:
        """Render the expression, or a part of a long one, with a caret under the column."""
        self.expression = expression
        self.column = column
        self.message = message
        start = max(0, min(column - self.SHOWN // 2, len(expression) - self.SHOWN))
        before = "..." if start else ""
        after = "..." if start + self.SHOWN < len(expression) else ""
        shown = f"{before}{expression[start : start + self.SHOWN]}{after}"
        super().__init__(f"{message} at column {column + 1}\n  {shown}\n  {' ' * (column - start + len(before))}^")


class FetchError(MonitorError):
    """A feed could not be fetched, or the answer is not a feed.

    reason        short and stable, for metrics and tables ("timeout", "http 404", "not a feed", "too large", ...)
    status        HTTP status, or None when there was no answer
    retry_after   seconds the server asked us to wait, or None
    """

    def __init__(
        self, reason: str, detail: str = "", *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        """Join reason and detail into the text a person reads."""
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        super().__init__(f"{reason}: {detail}" if detail else reason)


class NotAFeedError(FetchError):
    """The answer is no feed; the text shows how it begins, so that a person sees what it is."""

    def __init__(self, detail: str) -> None:
        """Keep the one reason, "not a feed"."""
        super().__init__("not a feed", detail)

    def __reduce__(self) -> tuple[type["NotAFeedError"], tuple[str]]:
        """Return how it is made again on the other side of a process's border."""
        return NotAFeedError, (self.detail,)


class RefusedError(MonitorError, OSError):
    """The guard let a request or its answer not pass.

    An OSError, too, since it is raised where sockets are opened, and takes the way of a connection that failed.

    reason      short and stable, for metrics and tables ("private address", "bad port", "too large", ...)
    detail      what a person should know; no address, which may hold a secret
    permanent   True when asking the same again cannot help
    """

    def __init__(self, reason: str, detail: str, *, permanent: bool) -> None:
        """Join reason and detail into the text a person reads."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.permanent = permanent


class DeliveryError(MonitorError):
    """A channel could not hand a message over.

    permanent     True when trying the same again cannot help (bad address, refused sender, gone)
    whole         True when whatever is sent through the channel now would fail alike; what is not said follows from
                  `permanent`: a failure that passes is the channel's, a refusal the message's own
    retry_after   seconds the receiver asked us to wait, or None
    code          what the receiver calls the failure, or ""
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        code: str = "",
        whole: bool | None = None,
    ) -> None:
        """Keep what the retry policy needs, and the channel."""
        self.permanent = permanent
        self.whole = not permanent if whole is None else whole
        self.retry_after = retry_after
        self.code = code
        super().__init__(message)


class StoreError(MonitorError):
    """The database cannot be used; the text says why and what to do."""


class DatabaseFullError(StoreError):
    """There is no room for the database; when there is, it can be used again, with all that was committed."""


class DatabaseReadOnlyError(StoreError):
    """The database can be read and takes nothing; when it does again, it can be used, with all that was committed."""


class DatabaseBusyError(StoreError):
    """Another process runs on the same SQLite file."""


class UnknownIdError(MonitorError):
    """There is no row with the id a person asked for."""
