"""What every way out has in common."""

from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from monitor.core.types import Message


class Channel(Protocol):
    """One configured way out: a chat, a webhook, some mailboxes, a terminal.

    kind   names the form in which messages are rendered for it
    """

    kind: ClassVar[str]

    async def send(self, message: Message) -> str | None:
        """Hand `message` over once; return, when the other side has taken it, what it calls the message.

        That name comes back as the `parent` of later messages of the thread; None where the other side gives none.
        Nothing is retried here. Raises DeliveryError: permanent where trying the same again cannot help, and without a
        secret in its text.
        """
        ...


@runtime_checkable
class Paced(Protocol):
    """A channel whose service says with its answers when it takes the next message.

    free_at   when it does, or None while it says nothing
    """

    free_at: datetime | None
