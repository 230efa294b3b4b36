"""Answers that need not be sent again: known by their ETag (RFC 9110, 8.8.3 and 13.1.2)."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response


def conditional(request: Request, answer: Response) -> Response:
    """Return an answer with its ETag, or that nothing changed for whoever has it already."""
    if request.method not in ("GET", "HEAD") or answer.status_code != 200:
        return answer
    tag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "authorization, cookie"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    for name, value in headers.items():
        answer.headers[name] = value
    return answer
