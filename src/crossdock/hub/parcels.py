"""What may stand in a report of a parcel, checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crossdock.hub.models import ShippingRequest, ShippingRequestLine

Contents = list[tuple[ShippingRequestLine, int]]
"""How many of each requested line are in the parcel."""

_LENGTHS = {
    "trackingNumber": 200, "trackingUrl": 500, "shippingCarrier": 120, "shippingClass": 120,
    "extFulfillmentId": 140,
}  # fmt: skip


class ShippingError(ValueError):
    """A shipping request or fulfilment that cannot be accepted: `field`, and how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


def check_parcel(
    shipped_at: datetime,
    tracking_number: str,
    tracking_url: str,
    carrier: str,
    service: str,
    ext_id: str | None,
) -> None:
    """Check everything but the contents. Raises `ShippingError`."""
    if shipped_at.tzinfo is None:
        raise ShippingError("actualShipDate", "it has no time zone; give an aware time")
    if tracking_url and not tracking_url.startswith(("https://", "http://")):
        raise ShippingError("trackingUrl", "it is not an http or https address")
    if ext_id is not None and not ext_id.strip():
        raise ShippingError("extFulfillmentId", "it is empty; leave it out to have one made")
    texts = (tracking_number, tracking_url, carrier, service, ext_id or "")
    for (field, longest), text in zip(_LENGTHS.items(), texts, strict=True):
        if len(text) > longest:
            raise ShippingError(field, f"it has {len(text)} characters; at most {longest} are kept")


def parcel_contents(
    request: ShippingRequest, rows: list[ShippingRequestLine], lines: Mapping[int | str, int] | None
) -> Contents:
    """Return the parcel's contents from `lines` (by request line id or SKU; None: all that is open).

    Several lines of one SKU are filled one after another. Raises `ShippingError`.
    """
    if lines is None:
        contents = [(row, row.open) for row in rows if row.open > 0]
        if not contents:
            raise ShippingError(
                "lines", f"nothing of {request.ext_shipment_id} is open; it has shipped entirely"
            )
        return contents
    if not lines:
        raise ShippingError("lines", "an empty parcel cannot be recorded; name what is in it")
    packed: dict[int, int] = {}
    # Lines named by id first, so that a SKU fills only what they leave.
    for key, quantity in sorted(lines.items(), key=lambda item: isinstance(item[0], str)):
        _pack(request, rows, packed, key, quantity)
    return [(row, packed[row.pk]) for row in rows if packed.get(row.pk)]


def _pack(
    request: ShippingRequest,
    rows: list[ShippingRequestLine],
    packed: dict[int, int],
    key: int | str,
    quantity: object,
) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise ShippingError("quantity", f"{quantity!r} of {key} is not a positive whole number")
    if isinstance(key, str):
        meant = [row for row in rows if row.sku == key and key]
    else:
        meant = [row for row in rows if row.pk == key]
    if not meant:
        has = ", ".join(row.sku or f"line {row.pk}" for row in rows)
        raise ShippingError("lines", f"{key!r} is not in {request.ext_shipment_id}, which has {has}")
    left = quantity
    for row in meant:
        taken = min(left, row.open - packed.get(row.pk, 0))
        packed[row.pk] = packed.get(row.pk, 0) + taken
        left -= taken
    if left:
        raise ShippingError(
            "quantity",
            f"{quantity} of {key} were shipped, but only {quantity - left} are open in "
            f"{request.ext_shipment_id}",
        )
