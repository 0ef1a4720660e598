"""Decoding documents: strictly and fast first, and with mending only where that fails."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Generic, Literal, TypeVar

import msgspec

from crossdock.connectors.contract import Notice
from crossdock.connectors.ecwid.wire.base import text_id
from crossdock.connectors.ecwid.wire.orders import OrderDocument, OrderIdentity
from crossdock.connectors.ecwid.wire.products import ProductDocument, ProductIdentity
from crossdock.connectors.ecwid.wire.profiles import ProfileDocument
from crossdock.connectors.ecwid.wire.repair import mended
from crossdock.connectors.errors import Unreadable

ShapeT = TypeVar("ShapeT", bound=msgspec.Struct)

NO_NOTICES: list[Notice] = []
BACKSLASH = b"\\"
"""Looked for first: one byte is found, or not, many times faster than six."""
ESCAPED_NUL = b"\\u0000"
"""NUL is legal in JSON text and storable nowhere; documents with it take the mending road."""

SPACED_OFFSET = re.compile(r" (?=[+-]\d{2}:?\d{2}$)")
"""Ecwid puts a space before the offset, ISO 8601 does not."""


class Reader(Generic[ShapeT]):
    """Reads one kind of document."""

    def __init__(self, shape: type[ShapeT]) -> None:
        self.shape = shape
        self._decode = msgspec.json.Decoder(shape).decode

    def __call__(self, document: bytes) -> tuple[ShapeT, list[Notice]]:
        """Return the document and what was noticed. Raises `Unreadable` naming field and remedy."""
        if BACKSLASH not in document or ESCAPED_NUL not in document:
            try:
                return self._decode(document), NO_NOTICES
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
        return mended(document, self.shape)


read_order = Reader(OrderDocument)
read_product = Reader(ProductDocument)
read_profile = Reader(ProfileDocument)
_read_order_identity = Reader(OrderIdentity)
_read_product_identity = Reader(ProductIdentity)


def order_identity(raw: bytes) -> tuple[str, datetime | None, str]:
    """Return an order's remote id, its change time (aware UTC, None where absent) and its public id.

    The remote id is the internal id, else the order number: neither ever changes, while the public
    id is made of a prefix and suffix that a merchant may edit (orders.md §1.2). Raises `Unreadable`.
    """
    identity, _ = _read_order_identity(raw)
    remote_id = text_id(identity.internal_id) or text_id(identity.order_number)
    public_id = text_id(identity.id) or text_id(identity.vendor_order_number) or remote_id
    if not remote_id:
        raise Unreadable(
            "the order has neither internalId nor orderNumber; read it without responseFields",
            field="internalId",
            remote_id=public_id,
        )
    updated = moment(identity.update_timestamp, identity.update_date, "updateTimestamp", remote_id)
    return remote_id, updated, public_id


def product_identity(raw: bytes) -> tuple[str, datetime | None]:
    """Return a product's remote id and its change time (aware UTC or None). Raises `Unreadable`."""
    identity, _ = _read_product_identity(raw)
    remote_id = text_id(identity.id)
    if not remote_id:
        raise Unreadable("the product has no id; read it without responseFields", field="id")
    return remote_id, moment(identity.update_timestamp, identity.updated, "updateTimestamp", remote_id)


def moment(seconds: int | None, text: str, field: str, remote_id: str = "") -> datetime | None:
    """Return a time from Unix seconds, else from text with any offset; None where both are absent.

    Raises `Unreadable` naming `field` when there is a value that is no time.
    """
    if seconds:
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            raise Unreadable(
                f"{field} {seconds} is not a time in Unix seconds; correct it in Ecwid",
                field=field,
                remote_id=remote_id,
            ) from None
    return parsed_time(text, field, remote_id) if text else None


def parsed_time(text: str, field: str, remote_id: str = "") -> datetime:
    """Return the time that Ecwid's date text names, as aware UTC; without offset it is UTC already."""
    try:
        found = datetime.fromisoformat(SPACED_OFFSET.sub("", text.strip()))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unreadable(
            f"{field} {text[:40]!r} is not a date; correct it in Ecwid", field=field, remote_id=remote_id
        ) from None


Entity = Literal["order", "product"]


@cache
def _known(entity: Entity) -> frozenset[str]:
    from crossdock.connectors.ecwid.wire.known import ORDER_FIELDS, PRODUCT_FIELDS

    return ORDER_FIELDS if entity == "order" else PRODUCT_FIELDS


_keys_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def unknown_fields(document: bytes, entity: Entity = "order") -> tuple[str, ...]:
    """Return the top-level fields that no source describes, sorted; not for the hot path.

    They are kept in the source document whatever they are; counting them shows when the remote
    system has grown. A document that is not a JSON object has none.
    """
    try:
        return tuple(sorted(_keys_of(document).keys() - _known(entity)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
