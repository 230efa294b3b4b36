"""A digest as a mail: on one page that no mail program clips, and as plain text that stands alone."""

from monitor.core.types import Notice
from monitor.render.digest_view import DigestView, Room, view_digest
from monitor.render.environment import MAIL_BYTES, environment
from monitor.render.reports import COLOURS
from monitor.render.sheet import DIGEST_COLOUR

ROOMS = (
    Room(),
    *(Room(stories=stories) for stories in (30, 22, 16, 12)),
    Room().times(0.5, stories=12),
    Room().times(0.5, stories=6),
    Room().times(0.25, stories=6),
    Room().times(0.1, stories=3),
    Room().times(0.01, stories=1),
)
"""What a mail shows, tried in turn until it is small enough: fewer stories, then less of everything."""


def digest_title(notice: Notice) -> str:
    """Return the subject: "Weekly digest, 24 to 31 Jul 2023: 12 hits, 2 critical stories"."""
    return view_digest(notice["data"]["digest"], ROOMS[-1]).title


def digest_mail(notice: Notice) -> tuple[str, str]:
    """Return a digest as HTML for mail, and as plain text that says the same; neither is larger than MAIL_BYTES.

    Bars are cells; there is no image and no outside address but the reports' links.
    """
    for room in ROOMS:
        view = view_digest(notice["data"]["digest"], room)
        html, text = _html(view), environment().get_template("digest.txt.j2").render(digest=view)
        if max(len(html.encode()), len(text.encode())) <= MAIL_BYTES:
            break
    return html, text


def _html(view: DigestView) -> str:
    """Return the HTML of a mail."""
    template = environment().get_template("digest.html.j2")
    preview = " ".join(view.headlines)
    return template.render(digest=view, title=view.title, preview=preview, colour=DIGEST_COLOUR, colours=COLOURS)
