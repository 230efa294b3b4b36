"""What the matcher found in a document, for programs: the same from the command line and over HTTP."""

from typing import Any

from monitor.core.types import Document, MatchResult, Mention


def as_json(document: Document, result: MatchResult, *, explain: bool = False) -> dict[str, Any]:
    """Return what was found in the documented shape; with what nearly counted where that was asked for."""
    found: dict[str, Any] = {
        "id": document.id,
        "mentions": [mention_row(mention) for mention in result.mentions],
        "hits": [
            {
                "rule": hit.rule,
                "watchlist": hit.watchlist,
                "severity": hit.severity.value,
                "entities": list(hit.entities),
                "why": hit.why,
                "tier": hit.tier.value,
                "held": list(hit.held),
            }
            for hit in result.matches
        ],
    }
    if result.unread:
        found["unread"] = result.unread
    if explain:
        found["rejected"] = [{**mention_row(one.mention), "reason": one.reason} for one in result.rejections]
        found["missed"] = [{"rule": one.rule, "reason": one.reason} for one in result.misses]
    return found


def mention_row(mention: Mention) -> dict[str, Any]:
    """Return a mention in the documented shape."""
    return {
        "entity": mention.entity,
        "field": mention.field,
        "start": mention.start,
        "end": mention.end,
        "surface": mention.surface,
        "alias": mention.alias,
        "tier": mention.tier.value,
        "context": mention.context,
    }
