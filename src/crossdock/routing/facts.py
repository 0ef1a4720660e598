"""An order as filters see it: everything the channel said, under the names of `pipe17/entities.json`. Pure.

Decisions made here are left out (status, release), so that looking at an order twice gives the same answer twice.
What a rule gave (tags, shipping) is there for routing, which comes after the rules, and not for the rules themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import get_args, get_type_hints

import msgspec

from crossdock import canon
from crossdock.hub.models import Integration, Location, Order, public_key
from crossdock.routing.filters import Facts, FilterError, check_filters

EXTRA = {
    "integration": "the id and the name of the integration it came from",
    "connector": "the kind of system it came from, e.g. ecwid",
    "email": "the buyer's address",
    "customerName": "the buyer's first and last name",
    "locationId": "the place that the channel chose, if any: its id and its name",
    "lineCount": "how many lines it has",
    "unitCount": "how many units all its lines have together",
    "custom": "the channel's extra fields by name: custom.NAME",
}
"""What an order has besides its canonical fields."""


def order_facts(order: Order, *, given: bool = False) -> Facts:
    """Return `order` as filters see it; its integration and location must be at hand.

    `given` adds what the deciding rule gave it.
    """
    canonical = order.canonical
    lines = [{**_LINE_DEFAULTS, **line} for line in _records(canonical.get("lineItems"))]
    return {
        **canonical,
        **_columns(order),
        **(_given(order) if given else {}),
        "integration": _named(order.integration),
        "connector": order.integration.connector,
        "locationId": _named(order.location),
        "lineItems": lines,
        "lineCount": len(lines),
        "unitCount": sum(_count(line.get("quantity")) for line in lines),
        "custom": {str(row.get("name")): row.get("value") for row in _records(canonical.get("customFields"))},
    }


_LINE_DEFAULTS = {"itemDiscount": "0", "itemTax": "0", "requiresShipping": True, "taxable": True}


def _columns(order: Order) -> dict[str, object]:
    """What is kept in columns, where it is spelled out even if it is the default."""
    return {
        "extOrderId": order.ext_order_id,
        "extOrderApiId": order.ext_order_api_id,
        "extOrderCreatedAt": order.ext_order_created_at.isoformat(),
        "extOrderUpdatedAt": order.ext_order_updated_at.isoformat(),
        "orderSource": order.order_source,
        "standing": order.standing,
        "paid": order.paid,
        "paymentStatus": order.payment_status,
        "fulfillmentStatus": order.fulfillment_status,
        "method": order.method,
        "email": order.email,
        "customerName": order.customer_name,
        "currency": order.currency,
        "subTotalPrice": order.sub_total_price,
        "orderDiscount": order.order_discount,
        "orderTax": order.order_tax,
        "shippingPrice": order.shipping_price,
        "totalPrice": order.total_price,
    }


def _given(order: Order) -> dict[str, object]:
    names = ("shippingCarrier", "shippingClass", "shippingCode")
    return {"tags": order.tags, **{name: order.shipping(name) for name in names}}


def _named(record: Integration | Location | None) -> list[object]:
    return [] if record is None else [public_key(record.pk), record.name]


def _records(value: object) -> list[Mapping[str, object]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def check_order_filters(filters: object) -> list[dict[str, object]]:
    """Return `filters` in their stored form; raises `FilterError` for a field that no order has.

    A misspelt field is empty in every order: with ``notEquals`` it would let all of them pass.
    """
    checked = check_filters(filters)
    for place, one in enumerate(checked):
        field = str(one["field"])
        if field not in order_fields() and not field.startswith("custom."):
            near = difflib.get_close_matches(field, order_fields(), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else "; e.g. totalPrice or shippingAddress.country"
            raise FilterError(f"filters[{place}].field", f"no order has a field {field!r}{hint}")
    return checked


@lru_cache(maxsize=1)
def order_fields() -> tuple[str, ...]:
    """Return every field a filter may name, nested ones as paths, in the order in which orders have them."""
    return (*_paths(canon.Order), *(name for name in EXTRA if name != "custom"))


def _paths(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    hints = get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        name = prefix + field.encode_name
        nested = [part for part in _parts(hints[field.name]) if issubclass(part, msgspec.Struct)]
        if nested:
            yield from _paths(nested[0], f"{name}.")
        else:
            yield name


def _parts(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for part in get_args(hint):
        yield from _parts(part)
