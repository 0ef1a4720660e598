"""What a warehouse is told to ship, and what it reports back: parcels, rejections, counts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from crossdock.canon.address import Address


class ShipmentPart(Struct, frozen=True, rename="camel"):
    """How many of a SKU one unit of a bundle is packed from."""

    sku: str
    quantity: int


class ShipmentLine(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How many of one order line are to ship. `parts` is set for a bundle that is kept as its parts."""

    unique_id: str
    sku: str
    name: str
    quantity: int
    parts: tuple[ShipmentPart, ...] = ()


class Shipment(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One shipping request as a warehouse is to know it (`pipe17/entities.json`, shipment).

    `ext_shipment_id` names it on both sides, for ever. With `canceled` the warehouse is told to ship no more
    of it. `shipping_price` is in `currency`; times are aware UTC.
    """

    ext_shipment_id: str
    shipment_id: str
    ext_order_id: str
    order_created_at: datetime
    line_items: tuple[ShipmentLine, ...]
    location_name: str = ""
    ext_location_id: str = ""
    shipping_address: Address | None = None
    shipping_code: str = ""
    shipping_carrier: str = ""
    shipping_class: str = ""
    shipping_note: str = ""
    shipping_price: Decimal | None = None
    currency: str = ""
    order_source: str = ""
    version: int = 1
    canceled: bool = False


class SentShipment(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A shipping request that a warehouse has, with what is still open of it; `sent_at` is our time.

    `requested` is everything it was told to ship, whatever has come of it since.
    """

    ext_shipment_id: str
    sent_at: datetime
    line_items: tuple[ShipmentLine, ...]
    requested: tuple[ShipmentLine, ...] = ()
    ext_reference_id: str = ""


class ReportedLine(Struct, frozen=True, rename="camel"):
    """How many units of a SKU a warehouse reports. Of a bundle it may report the parts instead."""

    sku: str
    quantity: int


class ShipmentReport(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a warehouse says of one shipping request: a parcel that left, or what it will not ship.

    Without `line_items` all that is open is meant. `ext_fulfillment_id` is the warehouse's own id of the
    parcel: the same one twice is one parcel. `at` is when it left, or was refused; aware UTC.
    """

    ext_shipment_id: str
    ext_fulfillment_id: str
    at: datetime
    kind: Literal["shipped", "rejected"] = "shipped"
    line_items: tuple[ReportedLine, ...] = ()
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    service: str = ""
    reason: str = ""
    ext_reference_id: str = ""


class StockCount(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a warehouse counted of one SKU, `at` its time of it (aware UTC).

    ``onHand`` is what lies on the shelf, shipping requests or not; ``available`` is what is left beside the
    requests that the warehouse has. `ext_location_id` is empty where the warehouse has one place only.
    """

    sku: str
    quantity: int
    at: datetime
    means: Literal["onHand", "available"] = "onHand"
    ext_location_id: str = ""
