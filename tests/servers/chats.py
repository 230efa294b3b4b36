"""Chats and webhooks on loopback that take only what the real ones take, and answer as they do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from tests.servers.http import HttpServer
from tests.servers.limits import CHECKS, TOKEN

Document = Mapping[str, Any]

_DISCORD: Mapping[int, Document] = {
    429: {"message": "You are being rate limited.", "retry_after": 2.5, "global": False},
    404: {"message": "Unknown Webhook", "code": 10015},
    401: {"message": "Invalid Webhook Token", "code": 50027},
}

REFUSALS: Mapping[str, Mapping[int, Document | str]] = {
    "slack webhook": {429: "rate_limited", 404: "no_service", 403: "invalid_token"},
    "slack app": {429: {"ok": False, "error": "ratelimited"}, 404: {}, 401: {"ok": False, "error": "invalid_auth"}},
    "mattermost": {
        429: "limit exceeded",
        404: {
            "id": "web.incoming_webhook.invalid.app_error",
            "message": f"Invalid webhook {TOKEN}",
            "status_code": 404,
        },
    },
    "discord": _DISCORD,
    "discord forum": _DISCORD,
    "teams": {
        429: {"error": {"code": "WorkflowRunActionsRateLimit", "message": "x"}},
        404: {"error": {"code": "WorkflowNotFound", "message": f"The workflow {TOKEN} was not found"}},
        401: {"error": {"code": "DirectApiAuthorizationRequired", "message": "x"}},
    },
    "google_chat": {
        429: {"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}},
        404: {"error": {"code": 404, "message": f"No {TOKEN}", "status": "NOT_FOUND"}},
        401: {"error": {"code": 401, "message": "x", "status": "UNAUTHENTICATED"}},
    },
    "telegram": {
        429: {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}},
        404: {"ok": False, "error_code": 404, "description": "Not Found"},
        401: {"ok": False, "error_code": 401, "description": "Unauthorized"},
    },
    "matrix": {
        429: {"errcode": "M_LIMIT_EXCEEDED", "error": "Too many requests", "retry_after_ms": 2_000},
        404: {"errcode": "M_NOT_FOUND", "error": f"{TOKEN} not found"},
        401: {"errcode": "M_UNKNOWN_TOKEN", "error": f"Unrecognised access token {TOKEN}"},
    },
}
"""How each service words an answer by status, some with a secret in it."""


@dataclass
class Chat:
    """A chat of one kind. `wrong` is what it would have refused, `taken` what it took, in order.

    status, refusal   what it answers instead of taking a message, and the document with it
    """

    kind: str
    status: int = 200
    refusal: Document | None = None
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """Return the address a channel is configured with: of a webhook or of an API, by kind."""
        paths = {
            "webhook": f"/hook/{TOKEN}",
            "slack webhook": f"/services/T0/B0/{TOKEN}",
            "slack app": "/api",
            "mattermost": f"/hooks/{TOKEN}",
            "discord": f"/api/webhooks/1/{TOKEN}",
            "discord forum": f"/api/webhooks/1/{TOKEN}",
            "teams": f"/workflows/{TOKEN}/triggers/manual/paths/invoke?sig={TOKEN}",
            "google_chat": f"/v1/spaces/x/messages?key=k&token={TOKEN}",
            "telegram": "",
            "matrix": "",
            "apprise": f"/{TOKEN}",
        }
        return self.server.url(paths[self.kind])

    def queries(self) -> list[dict[str, list[str]]]:
        """Return the query of each request."""
        return [parse_qs(urlsplit(request.path).query) for request in self.server.requests]

    async def _answer(self, request: web.Request) -> web.Response:
        if self.status != 200 or self.refusal is not None:
            said = REFUSALS.get(self.kind, {}).get(self.status, {}) if self.refusal is None else self.refusal
            if isinstance(said, str):
                return web.Response(text=said, status=self.status, headers=self.headers)
            return web.json_response(said, status=self.status, headers=self.headers)
        body = await request.json()
        self.wrong += CHECKS[self.kind](request, body)
        self.taken.append(body)
        number = len(self.taken)
        answers: Mapping[str, Document] = {
            "slack app": {"ok": True, "channel": "C1", "ts": f"{number}.0", "message": body},
            "discord": {"embeds": body.get("embeds"), "id": f"{number}", "channel_id": "9"},
            "discord forum": {"embeds": body.get("embeds"), "id": f"{number}", "channel_id": f"{number}"},
            "google_chat": {"name": f"spaces/x/messages/{number}", "thread": {"name": "spaces/x/threads/1"}},
            "telegram": {"ok": True, "result": {"message_id": number, "text": body.get("text")}},
            "matrix": {"event_id": f"${number}"},
        }
        if self.kind == "teams":
            return web.Response(status=202)  # before it has posted, without a word
        if self.kind not in answers:
            return web.Response(text="ok", headers=self.headers)
        return web.json_response(answers[self.kind], headers=self.headers)
