"""Lines of a sheet as Markdown, for Discord and Mattermost, which differ in what they escape and in their links."""

from collections.abc import Callable
from dataclasses import dataclass

from monitor.render.sheet import Line, Run


@dataclass(frozen=True, slots=True)
class Dialect:
    """A service's Markdown.

    escape   returns a text that is shown as it stands
    link     how a link is written, such as "[{text}](<{url}>)"
    """

    escape: Callable[[str], str]
    link: str

    def line(self, line: Line) -> str:
        """Return a line."""
        return {"plain": "", "quote": "> ", "item": "- "}[line.style] + "".join(map(self._run, line.runs))

    def _run(self, run: Run) -> str:
        """Return a run; spaces stand outside of its marks, which have no effect beside them.

        There are no escapes in code, so that there must be no end of it in its text.
        """
        bare = run.text.strip()
        if not bare:
            return run.text
        text = f"`{bare.replace('`', chr(0x2019))}`" if run.code else self.escape(bare)
        for mark, wanted in (("_", run.italic), ("**", run.bold)):
            text = f"{mark}{text}{mark}" if wanted else text
        if run.url:
            text = self.link.format(text=text, url=run.url)
        return run.text.replace(bare, text, 1)
