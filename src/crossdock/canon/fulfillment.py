"""What has been shipped of an order, as a selling channel is to be told."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class ParcelLine(Struct, frozen=True, rename="camel"):
    """How many of one order line are in a parcel."""

    unique_id: str
    sku: str
    quantity: int


class Parcel(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One parcel that left; `shipped_at` is aware UTC. A parcel may have no tracking number."""

    shipped_at: datetime
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    service: str = ""
    lines: tuple[ParcelLine, ...] = ()


class FulfillmentState(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """All parcels of one order so far, oldest first.

    `ext_order_api_id` names the order on the channel. `complete` is true when nothing of what must
    be shipped is left open. `notify_buyer` says whether the channel may tell the buyer.
    """

    ext_order_api_id: str
    parcels: tuple[Parcel, ...]
    complete: bool
    notify_buyer: bool = True
