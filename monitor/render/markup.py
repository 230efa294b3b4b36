"""Lines of a sheet as HTML of a few tags, for Matrix and Google Chat."""

import html
from collections.abc import Iterable

from monitor.render.sheet import Line, Run


def run_html(run: Run) -> str:
    """Return a run with its style and link, everything in it escaped."""
    text = html.escape(run.text)
    for tag, wanted in (("code", run.code), ("i", run.italic), ("b", run.bold)):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    if run.colour:
        text = f'<font color="{run.colour}">{text}</font>'
    return f'<a href="{html.escape(run.url)}">{text}</a>' if run.url else text


def line_html(line: Line) -> str:
    """Return the runs of a line."""
    return "".join(map(run_html, line.runs))


def lines_html(lines: Iterable[Line]) -> str:
    """Return lines below each other, items with a bullet, for what knows no lists."""
    return "<br>".join(f"{'• ' if line.style == 'item' else ''}{line_html(line)}" for line in lines if line.text)
