"""Microsoft Teams: a workflow that posts the card it gets."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import httpx

from monitor.channels.answers import Dialect, part
from monitor.channels.http import encode, post
from monitor.core.types import Message

_ANEW = "open the workflow in Teams, see whether it is turned on, and copy its URL anew"

_DIALECT = Dialect(
    said=lambda document: part(document, "error", "code"),
    cures={
        "400": _ANEW,
        "401": _ANEW,
        "403": _ANEW,
        "404": _ANEW,
        "WorkflowTriggerIsNotEnabled": "the workflow is turned off; turn it on in Teams, Workflows",
        "WorkflowNotFound": "the workflow was deleted; make a new one in Teams, Workflows",
    },
    whole=frozenset({"404", "WorkflowTriggerIsNotEnabled"}),
)


class TeamsChannel:
    """Posts to one workflow (learn.microsoft.com, "Create incoming webhooks with Workflows for Microsoft Teams").

    A workflow answers 202 before it has posted, and says nothing of the message: there is no thread to join.
    """

    kind: ClassVar[str] = "teams"

    def __init__(self, url: str, *, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        """Take the workflow's address, which is a secret as a whole but for its host."""
        self._url = url
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> None:
        """Post the card."""
        await post(
            self._client,
            self._url,
            body=encode(message.body),
            headers={},
            name=self.kind,
            now=self._clock(),
            dialect=_DIALECT,
        )
