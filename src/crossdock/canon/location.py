"""A place that holds stock, or a place where buyers pick goods up."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from crossdock.canon.address import Address


class Location(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One location as an outside system knows it.

    `ext_location_id` never changes. `kind` tells a pool of stock from a mere pick-up point.
    `named` is false when the outside system gives no name and `name` was made from the id.
    """

    ext_location_id: str
    name: str
    kind: Literal["stock", "pickup"] = "stock"
    address: Address | None = None
    is_default: bool = False
    active: bool = True
    named: bool = True
    note: str = ""
