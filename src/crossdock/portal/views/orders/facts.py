"""Reading the facts of one order for its page."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock.hub.models import Location, Order, OrderLine, ShippingRequest
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.portal.views.orders.standing import Facts, HeldRequest


def live(requests: Sequence[ShippingRequest]) -> list[ShippingRequest]:
    """Return the requests that are not cancelled."""
    return [request for request in requests if request.status not in CANCELED_REQUESTS]


def held(request: ShippingRequest) -> int:
    """Return how many units a request still has to ship; none of a cancelled one."""
    if request.status in CANCELED_REQUESTS:
        return 0
    return sum(line.open for line in request.lines.all())


def unrouted(lines: Sequence[OrderLine], requests: Sequence[ShippingRequest]) -> dict[int, int]:
    """Return, by line, how many units are open and in no live request, from what was read already."""
    asked: dict[int, int] = {}
    for request in live(requests):
        for row in request.lines.all():
            asked[row.line_id] = asked.get(row.line_id, 0) + row.open
    left = {line.pk: line.open - asked.get(line.pk, 0) for line in lines if line.requires_shipping}
    return {pk: quantity for pk, quantity in left.items() if quantity > 0}


def facts_of(
    order: Order,
    lines: Sequence[OrderLine],
    requests: Sequence[ShippingRequest],
    locations: Sequence[Location],
) -> Facts:
    """Return what is known of an order; `requests` with their lines and places, `locations` that may ship."""
    shipping = [line for line in lines if line.requires_shipping]
    fulfilled = sum(line.fulfilled for line in shipping)
    wanted = sum(max(line.quantity - line.canceled, 0) for line in shipping)
    holding = [request for request in requests if held(request)]
    left = unrouted(lines, requests)
    sent = sum(held(request) for request in holding if request.sent_to_fulfillment_at is not None)
    return Facts(
        status=order.status, standing=order.standing, deleted=order.deleted_at is not None, method=order.method,
        ships=any(line.quantity > 0 for line in shipping), paid=order.paid,
        accept_unpaid=order.integration.settings.get("acceptUnpaid") is True, release=order.release,
        release_note=order.release_note, hold_until=order.hold_until, by_person=order.decided_by_person,
        routing_status=order.routing_status, routing_note=order.routing_note,
        placed_at=order.ext_order_created_at, ingested_at=order.created_at, released_at=order.released_at,
        fulfilled_at=order.fulfilled_at, wanted=wanted, fulfilled=fulfilled,
        routed=min(fulfilled + sum(held(request) for request in holding), wanted),
        sent=min(fulfilled + sent, wanted), unrouted=sum(left.values()),
        unnamed=sum(left.get(line.pk, 0) for line in shipping if not line.sku),
        open_all=sum(line.open for line in lines),
        requests=[_held_request(request) for request in holding], active_locations=len(locations),
    )  # fmt: skip


def _held_request(request: ShippingRequest) -> HeldRequest:
    warehouse = request.fulfillment_integration
    return HeldRequest(
        number=request.ext_shipment_id, place=request.location.name,
        warehouse=warehouse.name if warehouse else "", status=request.status,
        sent=request.sent_to_fulfillment_at is not None,
    )  # fmt: skip
