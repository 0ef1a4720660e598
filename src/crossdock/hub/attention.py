"""What needs a person's attention about an order that changed after it was routed.

Each cause is looked up afresh, so an exception closes itself as soon as its cause has gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.ledger_sql import CANCELED_REQUESTS
from crossdock.hub.models import Order

SHIPPED_ELSEWHERE = "shippedElsewhere"
EDITED_AFTER_SENDING = "editedAfterSending"
CANCELED_AFTER_SENDING = "canceledAfterSending"
CANCELED_AFTER_SHIPPING = "canceledAfterShipping"

_MESSAGES = {
    SHIPPED_ELSEWHERE: (
        "Order {number} was marked as shipped on the channel while a shipping request is at a warehouse. "
        "Ask the warehouse: record its shipment, or cancel the request (without restock if the "
        "channel's parcel took the goods)."
    ),
    EDITED_AFTER_SENDING: (
        "Order {number} was edited on the channel, or cancelled in part here, and now asks for less than a "
        "warehouse was told to ship. "
        "Cancel the request at the warehouse and here; what is still open is routed again."
    ),
    CANCELED_AFTER_SENDING: (
        "Order {number} was called off after its shipping request had gone to a warehouse. "
        "Stop the shipment there; here the request is cancelled and its stock released."
    ),
    CANCELED_AFTER_SHIPPING: (
        "Order {number} was called off on the channel after some of it had shipped. Ask for a return, or "
        "correct the channel; the shipped units are not put back into stock."
    ),
}


def subject_of(order: Order) -> str:
    """Return the subject under which an order's exceptions stand."""
    return f"orders:{order.ext_order_api_id}"


def open_about(order: Order, code: str) -> None:
    """Open the exception `code` about `order`, which must have its integration at hand."""
    open_exception(
        order.organization_id, code, subject_of(order), _MESSAGES[code].format(number=order.ext_order_id),
        entity="orders", integration=order.integration, record_id=order.pk,
    )  # fmt: skip


def close_about(
    orders: Sequence[Order], codes: Sequence[str], resolution: str = "The cause has gone."
) -> None:
    """Close those exceptions about `orders` whose cause has gone."""
    by_integration: dict[int, list[Order]] = {}
    for order in orders:
        by_integration.setdefault(order.integration_id, []).append(order)
    for group in by_integration.values():
        close_exceptions(
            group[0].organization_id, [subject_of(order) for order in group],
            integration=group[0].integration, codes=codes, resolution=resolution,
        )  # fmt: skip


def review(orders: Sequence[Order]) -> None:
    """Open or close the exceptions that follow from what warehouses know and the channel says now."""
    if not orders:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.id,
                   o.standing = 'fulfilled' AND bool_or(rl.quantity > rl.fulfilled + rl.rejected),
                   o.standing = 'open' AND bool_or(
                       rl.quantity - rl.fulfilled - rl.rejected > greatest(l.quantity - l.fulfilled - l.canceled, 0))
              FROM hub_order o
              JOIN hub_shippingrequest r ON r.order_id = o.id
              JOIN hub_shippingrequestline rl ON rl.request_id = r.id
              JOIN hub_orderline l ON l.id = rl.line_id
             WHERE o.id = ANY(%(orders)s) AND r.status <> ALL(%(canceled)s)
               AND r.sent_to_fulfillment_at IS NOT NULL
             GROUP BY o.id
            """,
            {"orders": [order.pk for order in orders], "canceled": list(CANCELED_REQUESTS)},
        )
        found = {
            row[0]: dict(zip((SHIPPED_ELSEWHERE, EDITED_AFTER_SENDING), row[1:], strict=True))
            for row in cursor
        }
    for code in (SHIPPED_ELSEWHERE, EDITED_AFTER_SENDING):
        for order in orders:
            if found.get(order.pk, {}).get(code):
                open_about(order, code)
        close_about([order for order in orders if not found.get(order.pk, {}).get(code)], [code])
