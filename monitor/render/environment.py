"""Where the templates lie and how they are filled: HTML escaped always, a name that is missing is an error."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.render.plain import inert, isolate, isolate_sentence
from monitor.render.reports import COLOURS_ON_DARK

MAIL_BYTES = 100_000
"""Largest HTML of a mail: at 102 KB Gmail hides the rest. Of what says more less is shown, and the rest counted."""


@cache
def environment() -> Environment:
    """Return the templates; made once, as compiling them costs more than filling them."""
    made = Environment(
        loader=PackageLoader("monitor.render"),
        autoescape=select_autoescape(["html", "html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["on_dark"] = COLOURS_ON_DARK
    made.filters |= {"inert": inert, "isolate": isolate, "isolate_sentence": isolate_sentence}
    return made
