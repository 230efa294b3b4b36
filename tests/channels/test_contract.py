"""What every kind of channel promises, tried against the other side of each; `pytest -m contract` prints a table.

A law is tried with every kind that can keep it: which have no thread, no sound or no words for "wait" stands in the
lists below, and in docs/channels.md.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.core.types import Delivery
from monitor.errors import DeliveryError
from monitor.log import configure
from monitor.render.message import render
from tests.channels.counterparts import (
    NAMES,
    SECRETS,
    WAITS,
    Counterpart,
    Trouble,
    counterpart,
    kind_of,
)
from tests.channels.notices import ATTACKS, flood, hostile, note, quiet
from tests.examples import sized
from tests.render.samples import alert_delivery, changed_hits, make_delivery, make_notice

UNREAD = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise
pytestmark = UNREAD

MACHINES = ("webhook", "nats")
"""Kinds that get the notice itself, in which texts stay as they are."""

THREADS = ("slack app", "discord forum", "google_chat", "telegram", "matrix", "email")
"""Kinds whose services let a message join another."""

SILENT = ("slack app", "discord", "discord forum", "telegram", "matrix", "email")
"""Kinds whose services let a message make no sound, or less of it."""

REPEATS = ("webhook", "matrix", "email", "nats")
"""Kinds whose other side can tell a repeat by an id of ours."""

every_kind = pytest.mark.parametrize("name", NAMES)


async def send(at: Counterpart, name: str, *made: Any, parent: str | None = None) -> list[str | None]:
    """Send deliveries and return what the other side calls the messages."""
    return [await at.channel.send(render(one, kind=kind_of(name), parent=parent)) for one in made]


async def failure(name: str, folder: Path, trouble: Trouble) -> DeliveryError:
    async with counterpart(name, folder, trouble=trouble) as at:
        with pytest.raises(DeliveryError) as caught:
            await send(at, name, alert_delivery())
    return caught.value


@pytest.mark.contract("usual")
@every_kind
async def test_what_is_usual_is_taken(name: str, tmp_path: Path) -> None:
    changed = make_delivery(make_notice(changed_hits(), updated=True, public_url="https://monitor.example.org"))
    usual = (alert_delivery(), replace(alert_delivery(updated=True), id="dlv_2"), replace(changed, id="dlv_3"))
    async with counterpart(name, tmp_path) as at:
        await send(at, name, *usual)
        assert (at.wrong(), len(at.taken())) == ([], 3)
        assert "Blast at JUI-F convention in Bajaur kills at least 40" in at.readable()[0]


@pytest.mark.contract("huge")
@every_kind
async def test_what_is_huge_stays_within_the_limits_and_what_is_left_out_is_counted(name: str, tmp_path: Path) -> None:
    letters = ("*", "@", "\U0001f4a5", "& ", "w", "خ", "a.com ")
    reports = sized(60, quick=20)
    floods = [numbered(make_delivery(flood(reports, letter)), place) for place, letter in enumerate(letters)]
    async with counterpart(name, tmp_path) as at:
        await send(at, name, *floods)
        assert (at.wrong(), len(at.taken())) == ([], len(letters))
        for taken, text in zip(at.taken(), at.readable(), strict=True):
            if name in MACHINES:
                data = taken["data"]
                assert len(data["hits"]) + data.get("more_hits", 0) == reports * 9
            else:
                shown = len(set(re.findall(r"Report \d+ ", text.split(f"({reports} reports)")[-1])))
                assert f"and {reports - shown} more" in text


def numbered(delivery: Delivery, number: int) -> Delivery:
    """Return the delivery under an id of its own."""
    return replace(delivery, id=f"dlv_{number}")


@pytest.mark.contract("hostile")
@every_kind
async def test_nothing_a_feed_writes_acts(name: str, tmp_path: Path) -> None:
    async with counterpart(name, tmp_path) as at:
        for number, (attack, text) in enumerate(ATTACKS.items()):
            await send(at, name, numbered(hostile(text), number))
            assert (attack, at.wrong(), len(at.taken())) == (attack, [], number + 1)


@pytest.mark.contract("test")
@every_kind
async def test_a_test_message_says_that_it_is_one(name: str, tmp_path: Path) -> None:
    async with counterpart(name, tmp_path) as at:
        await send(at, name, note("This is a test."))
        assert at.wrong() == []
        assert "This is a test." in at.readable()[0]


@pytest.mark.contract("acknowledge")
@every_kind
async def test_an_alert_leads_to_where_it_is_acknowledged(name: str, tmp_path: Path) -> None:
    async with counterpart(name, tmp_path) as at:
        await send(at, name, alert_delivery())
        assert "https://monitor.example.org/ack/alr_abcdefghijklmnopqrstuvwxyz/token" in whole(at.taken()[0])


def whole(taken: Any) -> str:
    """Return all of a message as it arrived, links too."""
    if isinstance(taken, dict):
        return json.dumps(taken)
    return taken if isinstance(taken, str) else taken.content.get_body(("plain",)).get_content()


@pytest.mark.contract("busy")
@pytest.mark.parametrize("name", WAITS)
async def test_who_has_too_much_is_left_alone_for_as_long_as_it_asks(name: str, tmp_path: Path) -> None:
    error = await failure(name, tmp_path, Trouble.BUSY)
    assert (error.permanent, error.whole, error.retry_after) == (False, True, WAITS[name])


@pytest.mark.contract("transient")
@every_kind
async def test_who_is_away_is_tried_again(name: str, tmp_path: Path) -> None:
    assert not (await failure(name, tmp_path, Trouble.AWAY)).permanent


@pytest.mark.contract("permanent")
@pytest.mark.parametrize("name", [*WAITS, "email", "nats"])
async def test_what_stays_until_a_person_acts_is_not_tried_again(name: str, tmp_path: Path) -> None:
    error = await failure(name, tmp_path, Trouble.GONE)
    assert (error.permanent, error.retry_after) == (True, None)
    assert "127.0.0.1" in str(error), "it says who refuses"


def can_be(name: str, trouble: Trouble) -> bool:
    """Return whether a service has words for that it refuses so."""
    match trouble:
        case Trouble.BUSY:
            return name in WAITS
        case Trouble.GONE:
            return name in {*WAITS, "email", "nats"}
    return True


@pytest.mark.contract("secret")
@pytest.mark.parametrize(("name", "trouble"), [(one, why) for one in NAMES for why in Trouble if can_be(one, why)])
async def test_no_error_and_no_log_tells_a_secret(
    name: str, trouble: Trouble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(level="debug", form="json")
    told = (str(await failure(name, tmp_path, trouble)), *capsys.readouterr())
    assert [secret for secret in SECRETS for text in told if secret in text] == []


@pytest.mark.contract("thread")
@pytest.mark.parametrize("name", THREADS)
async def test_what_follows_joins_what_was_first(name: str, tmp_path: Path) -> None:
    update = replace(alert_delivery(updated=True), id="dlv_2")
    async with counterpart(name, tmp_path) as at:
        (receipt,) = await send(at, name, alert_delivery())
        assert receipt
        await send(at, name, update, parent=receipt)
        assert at.wrong() == []
        first, second = at.taken()
    match name:
        case "slack app":
            assert (second["thread_ts"], second["reply_broadcast"]) == (receipt, True)
        case "discord forum":
            assert "thread_name" in first
            assert "thread_name" not in second, "it goes into the thread that the query names"
        case "google_chat":
            assert {one["thread"]["threadKey"] for one in (first, second)} == {update.thread}
        case "telegram":
            assert second["reply_parameters"] == {"message_id": 1, "allow_sending_without_reply": True}
        case "matrix":
            assert second["m.relates_to"]["rel_type"] == "m.thread"
            assert second["m.relates_to"]["event_id"] == receipt
        case "email":
            assert second.content["In-Reply-To"] == first.content["Message-ID"] == receipt


@pytest.mark.contract("quiet")
@pytest.mark.parametrize("name", SILENT)
async def test_an_update_that_only_adds_makes_no_sound(name: str, tmp_path: Path) -> None:
    loud = replace(alert_delivery(updated=True), id="dlv_2")
    async with counterpart(name, tmp_path) as at:
        (receipt,) = await send(at, name, alert_delivery())
        await send(at, name, loud, quiet(loud), parent=receipt)
        assert at.wrong() == []
        _, rising, calm = at.taken()
    assert (sounds(name, rising), sounds(name, calm)) == (True, False)


def sounds(name: str, taken: Any) -> bool:
    """Return whether a message asks for attention, in the words of its service."""
    match name:
        case "slack app":
            return bool(taken["reply_broadcast"])
        case "discord" | "discord forum":
            return "flags" not in taken
        case "telegram":
            return not taken["disable_notification"]
        case "matrix":
            return bool(taken["msgtype"] == "m.text")
    return "Importance" in taken.content


@pytest.mark.contract("repeat")
@pytest.mark.parametrize("name", REPEATS)
async def test_a_repeat_can_be_told_from_a_second_message(name: str, tmp_path: Path) -> None:
    async with counterpart(name, tmp_path) as at:
        first, second = await send(at, name, alert_delivery(), alert_delivery())
        ids = at.ids()
    assert len(ids) == (1 if name == "nats" else 2), "a stream drops the repeat by itself"
    assert len(set(ids)) == 1
    assert first == second or name == "matrix"
