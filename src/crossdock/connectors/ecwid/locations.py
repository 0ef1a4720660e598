"""Gathering what locations are derived from: no call lists them (ecwid-api/locations.md §1, §4).

Two calls: the profile with its shipping options, and one page of the catalogue for the location ids its
stock is split by. Ids that only later pages or orders mention come in as `seen`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crossdock.canon import Location
from crossdock.connectors.contract import Translated
from crossdock.connectors.ecwid import translate, wire
from crossdock.connectors.ecwid.client import Client
from crossdock.connectors.ecwid.pull import PAGE_SIZE
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import Refused, Unreadable

PROFILE_FIELDS = (
    "generalInfo(storeId),settings(storeName),company,"
    "shipping(shippingOrigin,shippingOptions(id,title,enabled,fulfilmentType,fulfillmentType,locationId,"
    "pickupInstruction,businessHours))"
)
STOCK_FIELDS = "total,count,offset,limit,items(locationInventory,combinations(locationInventory))"


def read(client: Client, seen: frozenset[str]) -> Sequence[Translated[Location]]:
    """Derive the locations. A token that may not read the catalogue still gets those of the profile."""
    profile = client.call(Call(method="GET", path="/profile", query={"responseFields": PROFILE_FIELDS}))
    return translate.locations(profile, seen | _in_catalogue(client))


def _in_catalogue(client: Client) -> frozenset[str]:
    query = {"limit": str(PAGE_SIZE), "responseFields": STOCK_FIELDS}
    try:
        page = wire.decode_page(client.call(Call(method="GET", path="/products", query=query)))
    except (Refused, Unreadable):
        return frozenset()
    return frozenset().union(*(location_ids(bytes(raw)) for raw in page.items))


def location_ids(document: bytes) -> frozenset[str]:
    """Return the location ids by which a product's stock, or a variation's, is split."""
    try:
        product = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return frozenset()
    if not isinstance(product, dict):
        return frozenset()
    variations = product.get("combinations")
    units = [product, *(variations if isinstance(variations, list) else [])]
    maps = (unit.get("locationInventory") for unit in units if isinstance(unit, dict))
    return frozenset(key for found in maps if isinstance(found, dict) for key in found if key)
