"""Everything else: what the library apprise knows, title and text without markup. It is an extra of the package."""

import asyncio
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import urlsplit

from monitor.core.types import Message, Severity
from monitor.errors import DeliveryError

LONGEST_SECONDS = 120.0
"""How long a service may take: apprise bounds each of its requests by 4 s, unless the address says otherwise."""

ROOM = 20
"""Characters that apprise may add between a title and the text below it."""

LONGEST_ENTITY = 6
"""Most characters that HTML makes of one: "&nbsp;"."""

CURE = "apprise is not installed: pip install 'event-monitor[apprise]'"


class AppriseChannel:
    """Notifies one address of apprise (github.com/caronc/apprise, "Supported Notifications").

    Whether a service took a message is all that apprise tells: every failure is tried again.
    """

    kind: ClassVar[str] = "apprise"

    def __init__(self, url: str) -> None:
        """Take the address, which is a secret but for its scheme."""
        self._url = url

    async def send(self, message: Message) -> None:
        """Notify, in a thread: apprise waits for its answers."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                taken = await asyncio.to_thread(self._notify, message)
        except TimeoutError as error:
            raise DeliveryError(f"{self._place} did not answer in time") from error
        if not taken:
            raise DeliveryError(f"{self._place} did not take the message; its address or token may be wrong")

    def _notify(self, message: Message) -> bool:
        try:
            from apprise import Apprise, NotifyFormat, NotifyType, OverflowMode
        except ImportError as error:
            raise DeliveryError(CURE, permanent=True) from error
        service = Apprise.instantiate(self._url, suppress_exceptions=True)
        if service is None or isinstance(service, dict):
            raise DeliveryError(f"{self._place}: apprise knows no such address; correct its url", permanent=True)
        if "overflow=" not in self._url:
            service.overflow_mode = OverflowMode.TRUNCATE  # else what is too long is refused by the service
        grave = message.severity in {Severity.CRITICAL, Severity.HIGH}
        sender = Apprise()  # a service by itself would take our text for HTML where that is its format
        sender.add(service)

        def measure(text: str) -> int:
            match service.notify_format:
                case NotifyFormat.HTML:
                    return len(str(service.escape_html(text, convert_new_lines=True)))  # type: ignore[no-untyped-call]
                case NotifyFormat.MARKDOWN:
                    return 2 * len(text)  # a backslash before each character, at most
            return len(text)

        return bool(
            sender.notify(
                title=message.title,
                body=shorten(message.text, service.body_maxlen - measure(message.title) - ROOM, measure),
                body_format=NotifyFormat.TEXT,
                notify_type=NotifyType.WARNING if grave else NotifyType.INFO,
            )
        )

    @property
    def _place(self) -> str:
        return f"apprise ({urlsplit(self._url).scheme})"


def shorten(text: str, limit: int, measure: Callable[[str], int] = len) -> str:
    """Return text that measures at most `limit`, cut before its last paragraph, which says what is not shown.

    Where not even that has room, the text ends with what has.
    """
    rest, gap, last = text.rpartition("\n\n")
    tail = f"\n…{gap}{last}"
    if measure(text) <= limit:
        return text
    if measure(tail) > limit:
        rest, tail = text, ""
    while rest and (over := measure(rest + tail) - limit) > 0:
        rest = rest[: -max(1, over // LONGEST_ENTITY)].rstrip()
    return rest + tail
