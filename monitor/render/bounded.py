"""A notice for machines, no larger than what their servers take unless somebody told them otherwise."""

from itertools import accumulate

from monitor.core.types import Notice
from monitor.render.sheet import json_bytes

NOTICE_BYTES = 900_000
"""Largest notice. nginx takes bodies of 1 MiB (nginx.org, "client_max_body_size"), NATS as large ones (docs.nats.io,
"max_payload"), headers included; a tenth is left for what is around a notice."""


def bounded(notice: Notice) -> Notice:
    """Return the notice with as many of its hits as fit, the gravest; `more_hits` counts the others, where there are.

    Without this an alert of a thousand hits would be refused as a whole, and its receiver told nothing.
    """
    data, whole = notice["data"], json_bytes(notice)
    hits = data.get("hits")
    if whole <= NOTICE_BYTES or not hits:
        return notice
    sizes = [json_bytes(hit) + 1 for hit in hits]  # and a comma
    room = NOTICE_BYTES - (whole - sum(sizes)) - len(f',"more_hits":{len(hits)}')
    kept = sum(size <= room for size in accumulate(sizes))
    return {**notice, "data": {**data, "hits": hits[:kept], "more_hits": len(hits) - kept}}
