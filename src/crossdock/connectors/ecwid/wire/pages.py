"""Pages of lists: the envelope, and bare arrays (conventions.md §6)."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from crossdock.connectors.ecwid.wire.repair import mended, parsed
from crossdock.connectors.errors import Unreadable


class PageEnvelope(Struct, frozen=True, kw_only=True):
    """One page: `items` are the exact bytes of each record; `total` is what the whole list matches."""

    total: int
    count: int
    offset: int
    limit: int
    items: list[Raw]


class _Envelope(Struct, frozen=True, kw_only=True):
    items: list[Raw]
    total: int | None = None
    count: int | None = None
    offset: int | None = None
    limit: int | None = None


class _Numbers(Struct, frozen=True, kw_only=True):
    total: int | None = None
    count: int | None = None
    offset: int | None = None
    limit: int | None = None


_envelope = msgspec.json.Decoder(_Envelope).decode
_bare = msgspec.json.Decoder(list[Raw]).decode
_items = msgspec.json.Decoder(dict[str, Raw]).decode

ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_page(body: bytes) -> PageEnvelope:
    """Read a page, or a bare array as a page of its own.

    Numbers may be missing: the page then counts itself, and `total` is offset plus count. A page
    without a list of items is never an empty page: that would end a pull before its time. Raises
    `Unreadable` for malformed or truncated JSON and for anything else than a list of items.
    """
    try:
        if body.lstrip()[:1] == b"[":
            return _page(_bare(body), None)
        found = _envelope(body)
    except ERRORS:
        return _mended_page(body)
    return _page(found.items, found)


def _page(items: list[Raw], numbers: _Envelope | _Numbers | None) -> PageEnvelope:
    offset = (numbers and numbers.offset) or 0
    total = numbers.total if numbers and numbers.total is not None else offset + len(items)
    limit = (numbers and numbers.limit) or len(items)
    return PageEnvelope(total=total, count=len(items), offset=offset, limit=limit, items=items)


def _mended_page(body: bytes) -> PageEnvelope:
    """Read a page whose numbers are odd, or say what is wrong with it."""
    value = parsed(body)
    if not isinstance(value, dict):
        raise Unreadable("expected a page of records; check the address of the store's API", field="items")
    try:
        items = _bare(_items(body)["items"])
    except (KeyError, *ERRORS):
        raise Unreadable(
            "the page has no list of items; the answer is not a list of records, read it again", field="items"
        ) from None
    numbers, _ = mended(b"{%s}" % b",".join(_number_fields(body)), _Numbers)
    return _page(items, numbers)


def _number_fields(body: bytes) -> list[bytes]:
    fields = _items(body)
    return [
        b'"%s":%s' % (name.encode(), bytes(fields[name]))
        for name in ("total", "count", "offset", "limit")
        if name in fields
    ]
