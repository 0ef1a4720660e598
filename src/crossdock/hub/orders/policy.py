"""What follows when a field of an order changes on its channel: one policy for each field, in one table.

A shipping request is never edited. What it asks of its location is written down with it when it is made
(`basis_of`), and compared with what the order says now (`differences`): a request that has not gone out
is made anew where they differ; of one that has, a person is told what does not hold any more. Both look
at how things are, not at what changed, so an edit that is taken back leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from crossdock.hub.models import Order, OrderLine


class Policy(StrEnum):
    """What follows from a change of a field."""

    RECORDED = "recorded"
    """The order and its timeline say it; nothing else follows."""
    ASKED = "asked"
    """A request asks it of its location: one not sent is made anew, one that was sent needs a person."""
    DECIDES = "decides"
    """It decides whether anything is to be shipped at all (`hub/orders/lifecycle.py`)."""


_R, _A, _D = Policy.RECORDED, Policy.ASKED, Policy.DECIDES

ORDER_FIELDS: Mapping[str, Policy] = {
    "standing": _D,
    "paid": _A,
    "method": _A,
    "shippingAddress": _A,
    "shippingCode": _A,
    "shippingCarrier": _A,
    "shippingClass": _A,
    "extLocationId": _A,
    "orderNote": _A,
    "lineItems": _A,
    "extOrderId": _R,
    "extOrderApiId": _R,
    "extOrderUrl": _R,
    "extOrderCreatedAt": _R,
    "extOrderUpdatedAt": _R,
    "orderSource": _R,
    "orderSourceType": _R,
    "paymentStatus": _R,
    "fulfillmentStatus": _R,
    "currency": _R,
    "totalPrice": _R,
    "subTotalPrice": _R,
    "orderDiscount": _R,
    "orderTax": _R,
    "shippingPrice": _R,
    "discounts": _R,
    "additionalCharges": _R,
    "payments": _R,
    "refunds": _R,
    "customer": _R,
    "billingAddress": _R,
    "internalNote": _R,
    "trackingNumber": _R,
    "customFields": _R,
    "tags": _R,
}
"""Each field of a canonical order (`canon.Order`)."""

LINE_FIELDS: Mapping[str, Policy] = {
    "uniqueId": _A,
    "sku": _A,
    "quantity": _A,
    "requiresShipping": _A,
    "name": _R,
    "itemPrice": _R,
    "itemDiscount": _R,
    "itemTax": _R,
    "taxable": _R,
    "extProductId": _R,
    "options": _R,
}
"""Each field of a canonical order line (`canon.OrderLine`)."""

OUTLASTS_SHIPPING = ("method", "shippingAddress")
"""The fields that matter even when the parcel has left: it may go to the wrong place."""

_LABELS = {
    "shippingCode": "the shipping method",
    "shippingCarrier": "the carrier",
    "shippingClass": "the shipping method",
    "extLocationId": "the pick-up place",
    "orderNote": "the buyer's note",
    "lineItems": "the lines",
}
_METHODS = {
    "shipping": "it is now to be shipped",
    "pickup": "it is now to be picked up",
    "delivery": "it is now to be delivered by the shop",
    "none": "nothing of it is to be delivered any more",
}
_PARTS = {
    "firstName": "name", "lastName": "name", "company": "company", "address1": "street",
    "address2": "street", "city": "city", "stateOrProvince": "region", "zipCodeOrPostalCode": "postal code",
    "country": "country", "email": "e-mail", "phone": "phone",
}  # fmt: skip
_SHIPPING = ("shippingCode", "shippingCarrier", "shippingClass")
_CONTACT = ("email", "phone")
_PLAIN = [
    name
    for name, policy in ORDER_FIELDS.items()
    if policy is _A and name not in ("paid", "method", "lineItems")
]


def basis_of(order: Order, lines: Sequence[OrderLine]) -> dict[str, object]:
    """Return what a request for `order` is made from: every field with the policy ``asked``.

    `lines` are all lines of the order. JSON values only.
    """
    return {
        "paid": order.paid,
        "method": order.method,
        **{name: _asked(order, name) for name in _PLAIN},
        "lineItems": sorted(
            [line.unique_id, line.sku, line.quantity]
            for line in lines
            if line.requires_shipping and line.quantity > 0
        ),
    }


def differences(
    basis: Mapping[str, object], now: Mapping[str, object], *, accept_unpaid: bool, left: bool = False
) -> list[str]:
    """Return in words what has changed since a request was made from `basis`; empty when it still holds. Pure.

    With `left` the parcel is gone, and only what decides where it goes counts. A payment that comes in, and
    an address that is not known any more (masked by the channel), outdate nothing; neither does a field that
    `basis` does not have.
    """
    found = []
    for name in ORDER_FIELDS:
        told, value = basis.get(name), now.get(name)
        if name not in basis or value == told or (left and name not in OUTLASTS_SHIPPING):
            continue
        if name == "paid":
            if told and not accept_unpaid:
                found.append("it is not paid any more")
        elif name == "method":
            found.append(_METHODS.get(str(value), f"its method is {value}"))
        elif name == "shippingAddress":
            parts = _address_parts(told, value, left=left)
            if parts:
                found.append(f"the shipping address ({parts})")
        else:
            found.append(_LABELS.get(name, name))
    return list(dict.fromkeys(found))


def _asked(order: Order, name: str) -> object:
    """Return a field as a request gets it: the shipping that a rule chose goes before the channel's."""
    return (order.shipping(name) if name in _SHIPPING else order.canonical.get(name)) or None


def _address_parts(told: object, now: object, *, left: bool) -> str:
    if not isinstance(now, Mapping):
        return ""
    before = told if isinstance(told, Mapping) else {}
    differing = [key for key in _PARTS if before.get(key) != now.get(key)]
    return ", ".join(dict.fromkeys(_PARTS[key] for key in differing if not left or key not in _CONTACT))
