"""Taking shipping requests back: what they hold is open again, and a warehouse that has them is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Now

from crossdock.hub.models import Event, Order, Run, ShippingRequest, ShippingRequestLine
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import (
    holding_requests,
    lock_order,
    request_event,
    tell_warehouses,
    unrouted,
)
from crossdock.hub.stock import inventory
from crossdock.hub.stock.ledger import Cause, settle
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS


def cancel_request(
    request: ShippingRequest,
    restock: bool,  # noqa: FBT001 - the question every cancellation must answer
    *,
    author: str,
    reason: str,
    run: Run | None = None,
    route_again: bool = False,
) -> ShippingRequest:
    """Cancel what a request has not shipped yet. Cancelling twice is cancelling once.

    With `restock` its units are available again; without, they are written off onHand. The lines are open
    again and stay committed; with `route_again` the next routing takes them, else a person does.

    One that was sent has to be stopped at its warehouse, too: its cancellation is ``requested`` until
    `cancellations.answer_cancellation` says what came of it, and its flow is marked. Raises `ShippingError`
    when nothing of it is open.
    """
    cause = Cause(author, reason, run)
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        if request.status in CANCELED_REQUESTS:
            return request
        if not any(row.open for row in request.lines.all()):
            failed = request.status == ShippingRequest.Status.FAILED
            what = "was rejected by its warehouse" if failed else "has shipped entirely"
            raise ShippingError("status", f"{request.ext_shipment_id} {what}; nothing is left to cancel")
        note = f"{request.ext_shipment_id} was cancelled; what is open has to be routed again"
        cancel_all([request], {order.pk: order}, restock, cause, note="" if route_again else note)
        request.refresh_from_db()
        return request


def cancel_all(
    requests: Sequence[ShippingRequest],
    orders: Mapping[int, Order],
    restock: bool,  # noqa: FBT001 - the question every cancellation must answer
    cause: Cause,
    *,
    note: str = "",
) -> None:
    """Cancel what requests have not shipped yet, of locked `orders`; in as many statements as for one.

    With a `note` a person has to route what is open again, without the next routing takes it.
    """
    if not requests:
        return
    moves = [] if restock else [move for request in requests for move in inventory.release_moves(request)]
    ids = sorted({request.order_id for request in requests})
    mark_canceled(requests, restock, cause)
    settle(ids, cause, moves)
    Order.objects.filter(pk__in=[pk for pk in ids if orders[pk].standing == "open"]).update(
        routing_status=Order.Routing.READY if note else Order.Routing.PENDING, routing_note=note, updated_at=Now()
    )  # fmt: skip
    refresh_orders(ids, cause)
    attention.review([orders[pk] for pk in ids])
    tell_warehouses(
        [request for request in requests if request.sent_to_fulfillment_at is not None],
        "the request was cancelled",
    )


def mark_canceled(requests: Sequence[ShippingRequest], restock: bool, cause: Cause) -> None:  # noqa: FBT001
    """Set requests to cancelled, with their events; those that were sent have to be stopped at the warehouse.

    The caller settles the stock and the orders, and then calls `tell_warehouses`.
    """
    if not requests:
        return
    status = ShippingRequest.Status.CANCELED_RESTOCK if restock else ShippingRequest.Status.CANCELED
    requested = Value(ShippingRequest.Cancellation.REQUESTED.value)
    ShippingRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
        status=status,
        canceled_at=Now(),
        canceled_by=cause.author[:80],
        canceled_by_type=_author_type(cause.author),
        cancellation_status=Case(When(sent_to_fulfillment_at=None, then=Value("")), default=requested),
        updated_at=Now(),
    )
    Event.objects.bulk_create(
        request_event(
            request, "cancel", cause, {"status": request.status}, {"status": status.value, "restock": restock}
        )
        for request in requests
    )


def excess_requests(order_ids: Sequence[int]) -> list[ShippingRequest]:
    """Return the unsent requests of lines whose requests hold more than is open; others are a person's case."""
    over = [pk for pk, quantity in unrouted(order_ids).items() if quantity < 0] if order_ids else []
    if not over:
        return []
    lines = ShippingRequestLine.objects.filter(line__in=over).values("request_id")
    holding = holding_requests(order_ids)
    asked = set(lines.filter(request__in=holding).values_list("request_id", flat=True))
    return [row for row in holding if row.pk in asked and row.sent_to_fulfillment_at is None]


def _author_type(author: str) -> str:
    """Return what kind of author cancelled (`pipe17/enums.json`, shipment.canceledByType)."""
    kind = author.partition(":")[0]
    return kind if kind in ("integration", "apikey") else "user"
