"""What Ecwid's two statuses amount to (orders.md §8): a table, and what is done with values not in it."""

from __future__ import annotations

from typing import NamedTuple

from crossdock.canon.order import Standing
from crossdock.connectors.contract import Notice


class Payment(NamedTuple):
    """A payment status: its canonical text, whether it means paid, and a standing it decides by itself."""

    text: str
    paid: bool
    standing: Standing | None


class Fulfillment(NamedTuple):
    """A fulfillment status: its text, its standing, whether nothing is to be sent, and if it is known."""

    text: str
    standing: Standing
    withheld: bool = False
    known: bool = True


PAYMENT = {
    "AWAITING_PAYMENT": Payment("awaitingPayment", False, None),
    "PAID": Payment("paid", True, None),
    "PARTIALLY_REFUNDED": Payment("partiallyRefunded", True, None),
    "CANCELLED": Payment("cancelled", False, "canceled"),
    "REFUNDED": Payment("refunded", False, "refunded"),
    "INCOMPLETE": Payment("incomplete", False, "incomplete"),
    # A merchant's own: what it means only the merchant knows, so it never counts as paid.
    "CUSTOM_PAYMENT_STATUS_1": Payment("customPaymentStatus1", False, None),
    "CUSTOM_PAYMENT_STATUS_2": Payment("customPaymentStatus2", False, None),
    "CUSTOM_PAYMENT_STATUS_3": Payment("customPaymentStatus3", False, None),
    # Dead since v3; Ecwid itself says what it became.
    "QUEUED": Payment("awaitingPayment", False, None),
}

FULFILLMENT = {
    "AWAITING_PROCESSING": Fulfillment("awaitingProcessing", "open"),
    "PROCESSING": Fulfillment("processing", "open"),
    "SHIPPED": Fulfillment("shipped", "fulfilled"),
    "DELIVERED": Fulfillment("delivered", "fulfilled"),
    # With the courier: the goods have left, sending them again would be wrong.
    "OUT_FOR_DELIVERY": Fulfillment("outForDelivery", "fulfilled"),
    # Put aside but still in the house.
    "READY_FOR_PICKUP": Fulfillment("readyForPickup", "open"),
    "RETURNED": Fulfillment("returned", "returned"),
    # Not a cancellation (the payment stands): the order stays open, and nothing is sent.
    "WILL_NOT_DELIVER": Fulfillment("willNotDeliver", "open", withheld=True),
    "CUSTOM_FULFILLMENT_STATUS_1": Fulfillment("customFulfillmentStatus1", "open"),
    "CUSTOM_FULFILLMENT_STATUS_2": Fulfillment("customFulfillmentStatus2", "open"),
    "CUSTOM_FULFILLMENT_STATUS_3": Fulfillment("customFulfillmentStatus3", "open"),
}


def unusual_payment(value: str, notices: list[Notice]) -> Payment:
    """Read a payment status that is not in the table: never paid, never dropped."""
    known = PAYMENT.get(value.strip().upper())
    if known:
        return known
    notices.append(_unknown("paymentStatus", value, "counts as unpaid"))
    return Payment(value, False, None)


def unusual_fulfillment(value: str, notices: list[Notice]) -> Fulfillment:
    """Read a fulfillment status that is not in the table: open, never taken for shipped."""
    known = FULFILLMENT.get(value.strip().upper())
    if known:
        return known
    notices.append(_unknown("fulfillmentStatus", value, "is held as unpaid"))
    return Fulfillment(value, "open", known=False)


def _unknown(field: str, value: str, consequence: str) -> Notice:
    said = f"{field} {value!r} is not a status this version knows" if value else f"{field} is missing"
    return Notice(
        code="unknownStatus",
        field=field,
        attention=True,
        message=f"{said}; the order {consequence} until a person decides or the status changes",
    )
