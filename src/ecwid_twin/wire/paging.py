"""The envelope of a page, joined from records that are JSON bytes already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecwid_twin.wire import fields, params
from ecwid_twin.wire.message import JSON, Doc, Reply, answer, decode


def page(records: Sequence[bytes], total: int, offset: int, limit: int, query: Mapping[str, str]) -> Reply:
    """One page of encoded `records`; decoded only when `responseFields` asks for a part of them."""
    wanted = query.get("responseFields", "")
    if not wanted:
        head = b'{"total":%d,"count":%d,"offset":%d,"limit":%d,"items":[' % (
            total,
            len(records),
            offset,
            limit,
        )
        return Reply(200, b"".join((head, b",".join(records), b"]}")))
    selection = fields.parse(wanted)
    inner = selection.get("items", {})
    envelope: Doc = {"total": total, "count": len(records), "offset": offset, "limit": limit}
    if "items" in selection:
        envelope["items"] = [fields.keep(decode(record), inner) for record in records]
        return answer(
            {key: envelope[key] for key in ("total", "count", "offset", "limit", "items") if key in selection}
        )
    return answer(fields.keep(envelope, selection))


def page_of(items: Sequence[JSON], query: Mapping[str, str]) -> Reply:
    """One page of plain JSON values, cut by the query's `offset` and `limit`."""
    offset, limit = params.window(query)
    part = list(items[offset : offset + limit])
    envelope = {"total": len(items), "count": len(part), "offset": offset, "limit": limit, "items": part}
    return select(envelope, query)


def select(value: JSON, query: Mapping[str, str]) -> Reply:
    """`value` as a reply, reduced to `responseFields` when the query has them."""
    wanted = query.get("responseFields", "")
    return answer(fields.keep(value, fields.parse(wanted)) if wanted else value)


def select_bytes(record: bytes, query: Mapping[str, str]) -> Reply:
    """An encoded record as a reply, decoded only when a part of it is asked for."""
    return select(decode(record), query) if query.get("responseFields") else Reply(200, record)
