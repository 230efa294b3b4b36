"""Hits to take elsewhere: CSV for spreadsheets, a bundle of STIX 2.1 for threat intelligence platforms."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from monitor.core.types import Hit, Kind, Watchlist

SCO_SPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace of ids of observables (STIX 2.1, 2.9)."""

CLASSES = {Kind.PERSON: "individual", Kind.ORGANISATION: "organization"}
"""Which entities are identities in STIX, and of which class (STIX 2.1, 10.7); the others are told as labels."""

Places = Mapping[str, tuple[float, float]]
"""Where entities are, degrees north and east by their ids; a location of STIX needs as much (STIX 2.1, 4.10)."""

CONFIDENCE = {"exact": 85, "inflected": 85, "spelling": 50}
"""How sure the words are, on the scale of STIX 2.1, appendix A ("Probable" and above, "Possible")."""


def row_of(hit: Hit) -> dict[str, object]:
    """Return a hit on one line, as tables have it."""
    return {
        "id": hit.id,
        "created_at": hit.created_at,
        "severity": hit.severity.value,
        "rule": hit.rule,
        "watchlist": hit.watchlist,
        "entities": [entity.id for entity in hit.entities],
        "why": hit.why,
        "verdict": hit.verdict.value if hit.verdict else "due",
        "verdict_note": hit.verdict_note,
        "item": hit.item.id,
        "title": hit.item.title,
        "url": hit.item.url,
        "feed": hit.item.feed_name,
        "tier": hit.tier.value,
        "held": list(hit.held),
        "mark": hit.mark and hit.mark.value,
    }


def csv_lines(hits: Iterable[Hit]) -> Iterator[str]:
    """Yield hits as CSV (RFC 4180); a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    for number, hit in enumerate(hits):
        row = row_of(hit)
        if number == 0:
            yield _csv_line(row)
        yield _csv_line(row.values())


def _csv_line(cells: Iterable[object]) -> str:
    """Return one line."""
    out = io.StringIO()
    csv.writer(out).writerow([_csv_cell(value) for value in cells])
    return out.getvalue()


def _csv_cell(value: object) -> str:
    """Return one cell. Source of the apostrophe: OWASP, "CSV Injection"."""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def places_of(watchlists: Iterable[Watchlist]) -> Places:
    """Return where the entities of watchlists are, of those that are somewhere in particular."""
    return {one.id: one.location for watchlist in watchlists for one in watchlist.entities if one.location}


def stix_bundle(hits: Iterable[Hit], *, instance: UUID, places: Places) -> Iterator[str]:
    """Yield hits as one bundle, piece by piece: a report for each, with its address and those it names.

    instance   of this database: the same hit has the same id in each export
    places     where entities are; those of kind place become locations
    """
    us = f"identity--{uuid5(instance, 'monitor')}"
    yield f'{{"type": "bundle", "id": "bundle--{uuid5(instance, "bundle")}", "objects": [\n'
    yield json.dumps(_identity(us, us, "Event Monitor", "system", EPOCH))
    told: set[str] = set()
    for hit in hits:
        for one in _objects(hit, us, instance, places):
            if one["id"] not in told:
                told.add(one["id"])
                yield ",\n" + json.dumps(one, ensure_ascii=False)
    yield "\n]}\n"


EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""When objects were made that stand for something older than any hit: an id whose object differs from export to export
would be two versions of one."""


def _objects(hit: Hit, us: str, instance: UUID, places: Places) -> Iterator[dict[str, Any]]:
    """Yield what a hit is made of in STIX: whom it names, the address of the item, and the report."""
    item, refs = hit.item, []
    for entity in hit.entities:
        if entity.kind in CLASSES:
            refs.append(f"identity--{uuid5(instance, f'entity {entity.id}')}")
            yield _identity(refs[-1], us, entity.name, CLASSES[entity.kind], EPOCH)
        elif entity.kind is Kind.PLACE and entity.id in places:
            north, east = places[entity.id]
            refs.append(f"location--{uuid5(instance, f'place {entity.id} {north} {east}')}")
            yield _sdo("location", refs[-1], us, EPOCH) | {"name": entity.name, "latitude": north, "longitude": east}
    if item.url:
        known_by = json.dumps({"value": item.url}, ensure_ascii=False, separators=(",", ":"))
        refs.append(f"url--{uuid5(SCO_SPACE, known_by)}")
        yield {"type": "url", "spec_version": "2.1", "id": refs[-1], "value": item.url}
    named = [f"{one.kind.value}:{one.id}" for one in hit.entities if one.kind not in CLASSES]
    at = _stamp(hit.created_at)
    source: dict[str, str] = {"source_name": item.feed_name or item.feed_url}
    yield {
        "type": "report",
        "spec_version": "2.1",
        "id": f"report--{uuid5(instance, f'hit {hit.id}')}",
        "created_by_ref": us,
        "created": at,
        "modified": at,
        "name": item.title or item.url or f"hit {hit.id}",
        "description": hit.why,
        "published": _stamp(item.published_at or item.fetched_at),
        "confidence": CONFIDENCE[hit.tier.value],
        "labels": [f"severity:{hit.severity.value}", f"watchlist:{hit.watchlist}", f"rule:{hit.rule}", *named],
        "external_references": [source | ({"url": item.url} if item.url else {})],
        "object_refs": refs or [us],
        **({"lang": item.lang} if item.lang else {}),
    }


def _identity(id_: str, us: str, name: str, class_: str, at: datetime) -> dict[str, Any]:
    """Return somebody who is named."""
    return _sdo("identity", id_, us, at) | {"name": name, "identity_class": class_}


def _sdo(type_: str, id_: str, us: str, at: datetime) -> dict[str, Any]:
    """Return what all objects begin with; we ourselves are made by nobody."""
    made = {"created_by_ref": us} if id_ != us else {}
    stamps = {"created": _stamp(at), "modified": _stamp(at)}
    return {"type": type_, "spec_version": "2.1", "id": id_} | stamps | made


def _stamp(at: datetime) -> str:
    """Return an instant as STIX has it, to the millisecond."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
