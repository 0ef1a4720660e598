"""What may stand in a report of a parcel, checked before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.hub.models import ShippingRequest, ShippingRequestLine
from crossdock.hub.shipping.packing import Slot, missing_parts, pack, whole_sets


@dataclass(frozen=True)
class Packed:
    """How many of a requested line are in the parcel; `extra` units are there beyond what is open."""

    row: ShippingRequestLine
    quantity: int
    extra: int = 0

    @property
    def total(self) -> int:
        """How many left the shelf."""
        return self.quantity + self.extra


Contents = list[Packed]

_LENGTHS = {
    "trackingNumber": 200, "trackingUrl": 500, "shippingCarrier": 120, "shippingClass": 120,
    "extFulfillmentId": 140,
}  # fmt: skip


class ShippingError(ValueError):
    """A shipping request or fulfillment that cannot be accepted: `field`, and how to mend it."""

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
    request: ShippingRequest,
    rows: Sequence[ShippingRequestLine],
    lines: Mapping[int | str, int] | None,
    *,
    accept_extra: bool = False,
) -> Contents:
    """Return the parcel's contents from `lines` (by request line id or SKU; None: all that is open).

    Several lines of one SKU are filled one after another. A bundle may be named by its own SKU or by its
    parts, in whole bundles. More than is open is refused, unless `accept_extra`: then it is `extra`.
    Raises `ShippingError`.
    """
    if lines is None:
        contents = [Packed(row, row.open) for row in rows if row.open > 0]
        if not contents:
            raise ShippingError("lines", f"nothing of {request.ext_shipment_id} is open; all of it is done")
        return contents
    if not lines:
        raise ShippingError("lines", "an empty parcel cannot be recorded; name what is in it")
    for key, quantity in lines.items():
        _check_quantity(key, quantity)
    case = _Case(request, rows, accept_extra)
    # Lines named by id first, so that a SKU fills only what they leave.
    for key, quantity in lines.items():
        if isinstance(key, int):
            case.take_line(key, quantity)
    case.take_skus({key: quantity for key, quantity in lines.items() if isinstance(key, str)})
    return case.contents()


def units_of(rows: Sequence[ShippingRequestLine], lines: Mapping[int | str, int]) -> Counter[str]:
    """Return what `lines` amount to on the shelf, by SKU, so that two ways of saying it can be compared."""
    by_id = {row.pk: row for row in rows}
    by_sku = {row.sku: row for row in reversed(rows)}
    units: Counter[str] = Counter()
    for key, quantity in lines.items():
        row = by_id.get(key) if isinstance(key, int) else by_sku.get(key)
        for sku, each in row.parts() if row else [(str(key), 1)]:
            units[sku] += quantity * each
    return units


def _check_quantity(key: int | str, quantity: object) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise ShippingError("quantity", f"{quantity!r} of {key} is not a positive whole number")


class _Case:
    """What of a request has been found to be in one parcel so far."""

    def __init__(
        self,
        request: ShippingRequest,
        rows: Sequence[ShippingRequestLine],
        accept_extra: bool,  # noqa: FBT001 - private
    ) -> None:
        self._number = request.ext_shipment_id
        self._rows = list(rows)
        self._accept = accept_extra
        self._units: Counter[int] = Counter()
        self._extra: Counter[int] = Counter()

    def contents(self) -> Contents:
        """Return what was found, in the order of the request's lines."""
        found = [Packed(row, self._units[row.pk], self._extra[row.pk]) for row in self._rows]
        return [packed for packed in found if packed.total]

    def take_line(self, key: int, quantity: int) -> None:
        """Take units of the line with this id."""
        row = next((row for row in self._rows if row.pk == key), None)
        if row is None:
            raise self._unknown(key)
        taken = min(quantity, row.open)
        self._units[key] += taken
        if taken < quantity:
            self._too_many(key, quantity, quantity - taken, row)

    def take_skus(self, reported: Mapping[str, int]) -> None:
        """Take units by SKU, as lines of their own or as parts of bundles."""
        known = {sku for row in self._rows for sku in (row.sku, *(sku for sku, _ in row.parts())) if sku}
        for sku in reported:
            if sku not in known:
                raise self._unknown(sku)
        slots = [self._slot(row) for row in self._rows]
        found = pack(slots, reported)
        self._units.update(found.units)
        left = dict(found.left)
        parts = {sku for slot in slots for sku in slot.parts}
        for sku, quantity in found.left.items():
            own = [row for row in self._rows if row.sku == sku]
            if own and (self._accept or sku not in parts):
                self._too_many(sku, reported[sku], quantity, own[-1])
                del left[sku]
        if left:
            self._take_sets([slot for slot in slots if slot.parts], left)

    def _slot(self, row: ShippingRequestLine) -> Slot:
        parts = {} if row.components is None else dict(row.parts())
        return Slot(row.pk, row.sku, row.open - self._units[row.pk], parts)

    def _take_sets(self, bundles: Sequence[Slot], left: dict[str, int]) -> None:
        """Take parts that are left over as bundles beyond what is open, or say what is wrong with them."""
        for slot in bundles:
            if not left.keys() & slot.parts.keys():
                continue
            missing = missing_parts(slot, left)
            if missing:
                raise ShippingError(
                    "lines",
                    f"{_listed(left)} are no whole number of {slot.sku}, which is packed from "
                    f"{_listed(slot.parts)}: {_listed(missing)} are missing in the report; correct it there",
                )
            row = next(row for row in self._rows if row.pk == slot.key)
            sets = whole_sets(slot, left)
            self._too_many(slot.sku, self._units[slot.key] + sets, sets, row)
            left = {sku: count - sets * slot.parts.get(sku, 0) for sku, count in left.items()}
            left = {sku: count for sku, count in left.items() if count}
        if left:
            raise ShippingError("lines", f"{_listed(left)} are more than {self._number} asks for")

    def _too_many(self, key: int | str, quantity: int, beyond: int, row: ShippingRequestLine) -> None:
        if not self._accept:
            raise ShippingError(
                "quantity",
                f"{quantity} of {key} were shipped, but only {quantity - beyond} are open in {self._number}",
            )
        self._extra[row.pk] += beyond

    def _unknown(self, key: int | str) -> ShippingError:
        has = ", ".join(row.sku or f"line {row.pk}" for row in self._rows)
        return ShippingError("lines", f"{key!r} is not in {self._number}, which has {has}")


def _listed(units: Mapping[str, int]) -> str:
    return ", ".join(f"{count} x {sku}" for sku, count in units.items())
