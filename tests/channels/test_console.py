import io
import os

import pytest

from monitor.channels.console import ConsoleChannel
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.render.samples import alert_delivery, make_delivery, make_hit, make_item, make_notice


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_the_terminal_shows_title_reasons_and_links() -> None:
    stream = io.StringIO()
    await ConsoleChannel(stream).send(render(alert_delivery(), kind="console"))
    shown = stream.getvalue()
    assert shown.startswith("Critical: Blast at JUI-F convention in Bajaur kills at least 40 (2 reports)\n")
    assert "https://news.example.org/stories/1?from=rss&page=1" in shown
    assert 'rule attack-on-jui-f: "JUI-F"' in shown
    assert "\x1b" not in shown
    assert shown.endswith("\n\n")


async def test_nothing_in_a_feed_is_taken_for_markup_or_a_command_of_the_terminal() -> None:
    item = make_item(title="[red]Blast[/red] :fire: \x1b[2J\x9b31m in Bajaur")
    stream = io.StringIO()
    notice = make_notice([make_hit(1, item, mentions=())])
    await ConsoleChannel(stream).send(render(make_delivery(notice), kind="console"))
    shown = stream.getvalue().replace("\u200b", "")  # which keeps chats from making a picture of a word
    assert "[red]Blast[/red] :fire: [2J31m in Bajaur" in shown
    assert not {"\x1b", "\x9b"} & set(stream.getvalue())


async def test_a_terminal_gets_colours() -> None:
    stream = _Terminal()
    await ConsoleChannel(stream).send(render(alert_delivery(), kind="console"))
    assert stream.getvalue().startswith("\x1b[")


async def test_a_terminal_that_cannot_write_a_letter_shows_a_question_mark() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    await ConsoleChannel(stream).send(render(alert_delivery(), kind="console"))
    assert "????" in raw.getvalue().decode("ascii")


async def test_a_closed_stream_is_a_failed_delivery() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError, match="nothing reads"):
        await ConsoleChannel(stream).send(render(alert_delivery(), kind="console"))


async def test_a_pipe_that_nobody_reads_is_a_failed_delivery() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    with pytest.raises(DeliveryError, match="nothing reads"):
        await ConsoleChannel(stream).send(render(alert_delivery(), kind="console"))
    with pytest.raises(BrokenPipeError):
        stream.close()
