"""The page of the deliveries: channels and what is wrong with them, lists, and sending again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.channel_rest import ChannelRest
from monitor.core.types import DeliveryState
from monitor.store import channels, deliveries
from monitor.web import delivery_pages
from monitor.web.status import Status
from tests.store.rows import NOW, make_delivery
from tests.web.acting import FOREIGN, get, post

REST = ChannelRest(4, NOW - timedelta(hours=1), NOW + timedelta(minutes=5), "slack <b> answered 500")


def state(status: Status, delivery_id: str) -> DeliveryState:
    """Return how a delivery stands."""
    found = deliveries.find(status.db, delivery_id)
    assert found is not None
    return found.state


async def test_channels_say_what_waits_and_since_when_they_rest(filled: Status) -> None:
    with filled.db.write() as connection:
        channels.keep_rest(connection, "desk/slack", REST)
    page = (await get(filled, "/deliveries")).text
    for shown in (
        "no, it rests",
        "4 failures in a row",
        "in 5 min",
        "slack &lt;b&gt; answered 500",
        "Send all 1 again",
        "all 3",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("asked", "count"),
    [("", 3), ("state=dead", 1), ("state=sent", 1), ("channel=desk/slack", 1), ("channel=none", 0), ("state=x", 3)],
)
async def test_the_address_chooses(filled: Status, asked: str, count: int) -> None:
    page = (await get(filled, f"/deliveries?{asked}")).text
    assert page.count("&middot; made ") == count


async def test_pages_follow_each_other(filled: Status, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_pages, "PAGE_SIZE", 2)
    first = (await get(filled, "/deliveries")).text
    address = first.partition('" rel="next"')[0].rpartition('href="')[2]
    assert (await get(filled, address)).text.count("&middot; made ") == 1


async def test_a_dead_letter_is_sent_again_and_the_reader_is_where_he_was(filled: Status) -> None:
    answer = await post(filled, "/deliveries/dead/retry", {"alert": "alr_1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts/alr_1#deliveries")
    assert state(filled, "dead") is DeliveryState.PENDING
    refused = await post(filled, "/deliveries/dead/retry")
    assert (refused.status_code, "is no dead letter" in refused.text) == (409, True)
    assert (await post(filled, "/deliveries/none/retry")).status_code == 404


async def test_all_dead_letters_of_one_channel_are_sent_again_and_no_others(filled: Status) -> None:
    deliveries.add(
        filled.db, [make_delivery("other", channel="desk/email"), make_delivery("second", channel="desk/slack")]
    )
    for one in ("other", "second"):
        deliveries.mark_failed(filled.db, one, error="x", next_attempt_at=None)
    answer = await post(filled, "/deliveries/retry", {"channel": "desk/slack"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/deliveries?channel=desk%2Fslack")
    assert [state(filled, one) for one in ("dead", "second", "other")] == ["pending", "pending", "dead"]
    assert (await post(filled, "/deliveries/retry", {"channel": "desk/slack"})).status_code == 409


@pytest.mark.parametrize("path", ["/deliveries/dead/retry", "/deliveries/retry"])
async def test_another_site_cannot_send_again(filled: Status, path: str) -> None:
    assert (await post(filled, path, {"channel": "desk/slack"}, FOREIGN)).status_code == 403
    assert state(filled, "dead") is DeliveryState.DEAD


async def test_what_a_feed_and_a_receiver_wrote_does_not_act(filled: Status) -> None:
    notice = {
        "type": "alert.created",
        "timestamp": "x",
        "data": {"alert": {"title": "<script>x</script>", "severity": "high"}},
    }
    hostile = replace(make_delivery("hostile"), notice=notice)  # type: ignore[arg-type]  # a plain dict
    deliveries.add(filled.db, [hostile])
    deliveries.mark_failed(filled.db, "hostile", error="<img src=x> \u202e", next_attempt_at=None)
    page = (await get(filled, "/deliveries")).text
    assert "&lt;script&gt;x" in page
    for acting in ("<script", "<img", "\u202e"):
        assert acting not in page
