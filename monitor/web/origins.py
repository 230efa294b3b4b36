"""Whether a request was sent by a page of ours."""

from urllib.parse import urlsplit

from starlette.requests import Request


def is_own(request: Request) -> bool:
    """Return whether a request comes from a page of ours, not from elsewhere with the reader's password.

    Browsers say so in Sec-Fetch-Site, older ones in Origin (W3C Fetch Metadata; OWASP, "Cross-Site Request Forgery
    Prevention"). Programs say neither, and no page can make them speak.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
