"""The shapes of the API: what programs get and send. They are fixed; the values inside the house may change."""

from monitor.web.api.shapes.alerts import (
    AckShape,
    AlertDetail,
    AlertPage,
    AlertShape,
    DeliveryPage,
    DeliveryShape,
    Retried,
    StoryDetail,
)
from monitor.web.api.shapes.base import Body, Instant, Page, Problem, Shape, rfc3339
from monitor.web.api.shapes.digests import DigestDetail, DigestPage, DigestShape
from monitor.web.api.shapes.feeds import FeedPage, FeedShape
from monitor.web.api.shapes.hits import (
    EntityShape,
    FeedRef,
    HitPage,
    HitShape,
    ItemPage,
    ItemShape,
    Marked,
    MentionShape,
    StoryPage,
    StoryShape,
)
from monitor.web.api.shapes.silences import HiddenHit, MadeSilence, SilencePage, SilencePreview, SilenceShape
from monitor.web.api.shapes.trying import Explained, Found, MatchShape, Missed, RejectedMention

__all__ = [
    "AckShape",
    "AlertDetail",
    "AlertPage",
    "AlertShape",
    "Body",
    "DeliveryPage",
    "DeliveryShape",
    "DigestDetail",
    "DigestPage",
    "DigestShape",
    "EntityShape",
    "Explained",
    "FeedPage",
    "FeedRef",
    "FeedShape",
    "Found",
    "HiddenHit",
    "HitPage",
    "HitShape",
    "Instant",
    "ItemPage",
    "ItemShape",
    "MadeSilence",
    "Marked",
    "MatchShape",
    "MentionShape",
    "Missed",
    "Page",
    "Problem",
    "RejectedMention",
    "Retried",
    "Shape",
    "SilencePage",
    "SilencePreview",
    "SilenceShape",
    "StoryDetail",
    "StoryPage",
    "StoryShape",
    "rfc3339",
]
