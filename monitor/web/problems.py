"""What programs are told when something is not as it should be (RFC 9457)."""

from starlette.responses import JSONResponse, Response

API = "/api/"
"""Where programs ask: what goes wrong there is told as a problem, elsewhere in words."""


def problem(code: int, title: str, detail: str, **headers: str) -> Response:
    """Return an error for programs."""
    said = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return JSONResponse(said, code, headers=headers, media_type="application/problem+json")
