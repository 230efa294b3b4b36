"""A digest in each chat: short, within what the chat takes, and nothing of a feed acts in it."""

import pytest

from monitor.core.types import Notice
from monitor.render.message import render
from tests.channels.counterparts import kind_of, open_chat
from tests.render.samples import make_delivery
from tests.render.test_digest import WEEK, full_week, make_notice
from tests.servers.chats import Chat

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise

CHATS = (
    "slack webhook",
    "slack app",
    "mattermost",
    "discord",
    "discord forum",
    "teams",
    "google_chat",
    "telegram",
    "matrix",
    "apprise",
)
HOSTILE = (
    "<!channel> @everyone [x](https://evil.example) *b* `c` <b>d</b> &lt; #general /stop evil.example \u202egnp.exe "
)

ADDRESS = "https://news.example.org/1"


async def send(name: str, notice: Notice) -> Chat:
    """Send a digest to a chat and return it."""
    async with open_chat(name) as (chat, channel):
        await channel.send(render(make_delivery(notice), kind=kind_of(name)))
    return chat


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("text", [HOSTILE * 4, "خبر " * 100, "&" * 400, "\U0001f4a5" * 400])
async def test_a_full_week_of_strange_words_is_taken_and_does_nothing(kind: str, text: str) -> None:
    chat = await send(kind, full_week(text, url=ADDRESS))
    assert chat.wrong == []
    assert len(chat.taken) == 1


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("notice", [WEEK, make_notice()], ids=["week", "nothing"])
async def test_an_ordinary_week_and_an_empty_one_are_taken(kind: str, notice: Notice) -> None:
    assert (await send(kind, notice)).wrong == []
