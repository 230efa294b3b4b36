"""What every way out has in common."""

from typing import ClassVar, Protocol

from monitor.core.types import Message


class Channel(Protocol):
    """One configured way out: a chat, a webhook, some mailboxes, a terminal.

    kind   names the form in which messages are rendered for it
    """

    kind: ClassVar[str]

    async def send(self, message: Message) -> None:
        """Hand `message` over once; return when the other side has taken it.

        Nothing is retried here. Raises DeliveryError: permanent where trying the same again cannot help, and without a
        secret in its text.
        """
        ...
