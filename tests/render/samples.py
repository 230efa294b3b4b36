"""Hits, alerts and deliveries for the tests of routing, rendering and sending."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.grouping import alert_notice
from monitor.core.occasion import Standing, occasion_of
from monitor.core.types import (
    Alert,
    Change,
    Delivery,
    DeliveryState,
    EntityRef,
    Field,
    Hit,
    Item,
    Kind,
    Mention,
    Notice,
    Severity,
)

CHATS = ("slack", "mattermost", "discord", "teams", "google_chat", "telegram", "matrix")
"""Kinds of channels that get a document of their own form for people."""

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)


def make_item(id_: int = 1, **changes: object) -> Item:
    """Return an English item; `changes` replace its fields."""
    values: dict[str, object] = {
        "id": id_,
        "feed_id": id_,
        "feed_name": "Sample Frontier Post",
        "feed_url": f"https://feeds.example.org/{id_}.xml",
        "feed_tags": ("pakistan",),
        "guid": f"guid-{id_}",
        "title": "Blast at JUI-F convention in Bajaur kills at least 40",
        "text": (
            "KHAR: A suicide bomber struck a workers' convention of the JUI-F in Khar, the main town of Bajaur, on "
            "Sunday afternoon. At least 40 people were killed and more than 100 wounded, hospital officials said. "
            "Among the dead is the party's local leader. Nobody has claimed the attack; police suspect the Islamic "
            "State's Khorasan branch, which has killed several of the party's clerics in the district since 2021."
        ),
        "url": f"https://news.example.org/stories/{id_}?from=rss&page=1",
        "published_at": datetime(2023, 7, 30, 11, 15, tzinfo=UTC),
        "fetched_at": NOW,
        "lang": "en",
        "story_id": 12,
        **changes,
    }
    return Item(**values)  # type: ignore[arg-type] # the values are those of the fields


def mark(item: Item, entity: str, field: Field, surface: str) -> Mention:
    """Return the first mention of `surface` in the item's field."""
    start = getattr(item, field).index(surface)
    return Mention(entity, field, start, start + len(surface), surface, surface)


def make_hit(id_: int = 1, item: Item | None = None, **changes: object) -> Hit:
    """Return a critical hit of two entities in `item`; `changes` replace its fields."""
    about = item or make_item()
    known = [("jui-f", "JUI-F"), ("bajaur", "Bajaur")]
    values: dict[str, object] = {
        "id": id_,
        "item": about,
        "rule": "attack-on-jui-f",
        "rule_title": "Attack on the JUI-F",
        "watchlist": "jui-f",
        "severity": Severity.CRITICAL,
        "tags": frozenset({"jui-f", "bajaur"}),
        "entities": (
            EntityRef("jui-f", "Jamiat Ulema-e-Islam (F)", Kind.ORGANISATION),
            EntityRef("bajaur", "Bajaur", Kind.PLACE),
        ),
        "mentions": tuple(mark(about, entity, "title", word) for entity, word in known if word in about.title),
        "why": 'rule attack-on-jui-f: "JUI-F" (jui-f, title) AND "Blast" (theme attack, title) AND "Bajaur" (title)',
        "watchlist_version": "0123456789ab",
        "created_at": NOW,
        **changes,
    }
    return Hit(**values)  # type: ignore[arg-type] # the values are those of the fields


def make_alert(**changes: object) -> Alert:
    """Return the alert of the sample story."""
    values: dict[str, object] = {
        "id": "alr_abcdefghijklmnopqrstuvwxyz",
        "receiver": "desk",
        "route": "0",
        "group": "story 12",
        "title": "Blast at JUI-F convention in Bajaur kills at least 40",
        "severity": Severity.CRITICAL,
        "story_id": 12,
        "created_at": NOW,
        "updated_at": NOW,
        "notify_at": NOW,
        "notified_at": None,
        **changes,
    }
    return Alert(**values)  # type: ignore[arg-type] # the values are those of the fields


def english_hits() -> list[Hit]:
    """Return two hits of one item, one of them lower and found in the text only."""
    item = make_item()
    by_name = make_hit(
        2,
        item,
        rule="entity:is-k",
        watchlist="isk-leaders",
        severity=Severity.HIGH,
        entities=(EntityRef("is-k", "Islamic State in Khorasan", Kind.ORGANISATION),),
        mentions=(mark(item, "is-k", "text", "Islamic State's Khorasan branch"),),
        why='"Islamic State\'s Khorasan branch" in the text names Islamic State in Khorasan (is-k)',
    )
    body = (mark(item, "bajaur", "text", "Bajaur"), mark(item, "jui-f", "text", "JUI-F"))
    first = make_hit(1, item)
    return [make_hit(1, item, mentions=(*first.mentions, *body)), by_name]


def urdu_hit() -> Hit:
    """Return a hit of a right-to-left item of another feed."""
    item = make_item(
        3,
        feed_name="روزنامہ نمونہ",
        title="باجوڑ: جے یو آئی ف کے ورکرز کنونشن میں دھماکا، 40 افراد جاں بحق",
        text=(
            "ضلع باجوڑ کے صدر مقام خار میں جمعیت علمائے اسلام (ف) کے ورکرز کنونشن میں دھماکے سے "
            "کم از کم 40 افراد جاں بحق اور 100 سے زائد زخمی ہو گئے۔"
        ),
        lang="ur",
    )
    return make_hit(
        3,
        item,
        mentions=(
            mark(item, "bajaur", "title", "باجوڑ"),
            mark(item, "jui-f", "title", "جے یو آئی ف"),
            mark(item, "bajaur", "text", "باجوڑ"),
        ),
        why='rule attack-on-jui-f: "جے یو آئی ف" (jui-f, title) AND "دھماکا" (theme attack, title) AND "باجوڑ" (title)',
    )


def persian_hit() -> Hit:
    """Return a hit of a Persian item, found by a name alone: its reason begins from the right."""
    item = make_item(
        7,
        feed_name="نمونه نیوز",
        title="حمله داعش خراسان به کنوانسیون جمعیت علمای اسلام در باجور؛ بیش از ۴۰ کشته",
        text="در پی انفجار در باجور، داعش خراسان (IS-K) مسئولیت حمله را پذیرفت؛ پولیس می‌گوید ۱۰۰ تن زخمی‌اند.",
        lang="fa",
    )
    return make_hit(
        7,
        item,
        rule="entity:is-k",
        watchlist="isk-leaders",
        severity=Severity.HIGH,
        mentions=(mark(item, "is-k", "title", "داعش خراسان"), mark(item, "is-k", "text", "IS-K")),
        why='"داعش خراسان" in the title names Islamic State in Khorasan (is-k)',
    )


def pashto_hit() -> Hit:
    """Return a hit of a Pashto item."""
    item = make_item(
        8,
        feed_name="نمونه خبرونه",
        title="په باجوړ کې د جمعیت علماء اسلام په غونډه کې چاودنه، لږ تر لږه ۴۰ تنه وژل شوي",
        text="په باجوړ ایجنسۍ کې د یوې چاودنې له امله لږ تر لږه ۴۰ تنه ووژل شول.",
        lang="ps",
    )
    return make_hit(
        8,
        item,
        rule="entity:bajaur",
        watchlist="bajaur",
        severity=Severity.LOW,
        mentions=(mark(item, "bajaur", "title", "باجوړ"), mark(item, "bajaur", "text", "باجوړ")),
        why='"باجوړ" in the title names Bajaur (bajaur)',
    )


def changed_hits() -> list[Hit]:
    """Return hits of which a receiver knows all but the Urdu one: a new headline, a withdrawal, a return."""
    edited_at = NOW + timedelta(hours=1)
    renamed = make_item(
        headline="Blast at JUI-F convention in Bajaur kills at least 54",
        newest_version=3,
        edited_at=edited_at,
    )
    gone = make_item(
        5,
        title="IS-K claims the attack in Bajaur, channel says",
        text="",
        withdrawn_at=datetime(2023, 7, 30, 18, 40, tzinfo=UTC),
    )
    back = make_item(6, title="JUI-F leader among the dead in Khar", text="")
    return [
        replace(make_hit(1, renamed), change=Change.HEADLINE),
        urdu_hit(),
        replace(make_hit(5, gone, mentions=(mark(gone, "bajaur", "title", "Bajaur"),)), change=Change.WITHDRAWN),
        replace(make_hit(6, back), change=Change.RESTORED),
    ]


def make_notice(hits: Sequence[Hit], *, updated: bool = False, public_url: str | None = None) -> Notice:
    """Return the notice of the sample alert about `hits`."""
    alert = make_alert(notified_at=NOW if updated else None)
    standing = Standing(7, 4, Severity.CRITICAL if updated else None, frozenset({"jui-f", "bajaur"}))
    ack = f"{public_url.rstrip('/')}/ack/{alert.id}/token" if public_url else None
    occasion = occasion_of(alert, hits, standing)
    return alert_notice(alert, hits, occasion=occasion, public_url=public_url, ack_url=ack, now=NOW)


def make_delivery(notice: Notice, *, channel: str = "desk/webhook") -> Delivery:
    """Return a delivery of `notice`."""
    return Delivery(
        id="dlv_abcdefghijklmnopqrstuvwxyz",
        channel=channel,
        receiver="desk",
        type=notice["type"],
        notice=notice,
        thread="alr_abcdefghijklmnopqrstuvwxyz",
        state=DeliveryState.PENDING,
        attempts=0,
        created_at=NOW + timedelta(seconds=30),
        next_attempt_at=NOW,
    )


def alert_delivery(*, updated: bool = False) -> Delivery:
    """Return the delivery of an alert about an English item with two reasons and an Urdu one."""
    hits = [*english_hits(), urdu_hit()]
    return make_delivery(make_notice(hits, updated=updated, public_url="https://monitor.example.org/"))
