"""What a warehouse says it will not ship, although it was told to.

Rejected units leave their request; the order's line is open again, and routing looks for another place. At
this one the units move from onHand to unavailable: the warehouse says that it lacks them, so they must not be
sold until somebody has counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.models import Fulfillment, Order, Run, ShippingRequest, ShippingRequestLine
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import called_off, refresh_orders
from crossdock.hub.shipping.cancellations import answer_cancellation, was_sent_and_canceled
from crossdock.hub.shipping.departures import write_lines
from crossdock.hub.shipping.fulfillments import next_ext_id, same_report
from crossdock.hub.shipping.parcels import Contents, check_parcel, parcel_contents
from crossdock.hub.shipping.rejected_stock import REJECT
from crossdock.hub.shipping.requests import lock_order, refresh_request
from crossdock.hub.shipping.sending import refuse_canceled
from crossdock.hub.stock.ledger import Cause, Move, Place, settle


def reject(
    request: ShippingRequest,
    lines: Mapping[int | str, int] | None = None,
    *,
    at: datetime,
    author: str,
    reason: str,
    ext_fulfillment_id: str | None = None,
    run: Run | None = None,
) -> Fulfillment:
    """Record that the request's warehouse will not ship some of it, since `at` (aware).

    `lines` says how many, by request line id or by SKU (a bundle by its parts, too); None means all that is
    open. The same `ext_fulfillment_id` twice is one rejection. The channel is never told. Of a request that
    was cancelled after it had been sent, a rejection confirms the cancellation. Raises `ShippingError`.
    """
    cause = Cause(
        author, f"rejected by the warehouse: {reason}" if reason else "rejected by the warehouse", run
    )
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        rows = list(request.lines.order_by("pk"))
        check_parcel(at, "", "", "", "", ext_fulfillment_id)
        known = same_report(request, ext_fulfillment_id, Fulfillment.Type.REJECTED, lines, rows)
        if known is not None:
            return known
        stopped = was_sent_and_canceled(request)
        if not stopped:
            refuse_canceled(request)
        contents = parcel_contents(request, rows, lines)
        rejection = Fulfillment.objects.create(
            organization_id=request.organization_id, request=request, order=order,
            location_id=request.location_id, fulfillment_type=Fulfillment.Type.REJECTED,
            ext_fulfillment_id=ext_fulfillment_id or next_ext_id(request), actual_ship_date=at,
            reason=reason[:500], author=author[:80],
        )  # fmt: skip
        write_lines([(rejection, contents)])
        moves = _moves(rejection, contents)
        for packed in contents:
            ShippingRequestLine.objects.filter(pk=packed.row.pk).update(
                rejected=F("rejected") + packed.quantity
            )
        settle([order.pk], cause, moves)
        refresh_request(request, cause)
        if stopped and not any(row.open for row in request.lines.all()):
            answer_cancellation(request, stopped=True, author=author, reason=cause.reason, run=run)
        _route_again(order)
        _record(rejection, order, contents, cause)
        refresh_orders([order.pk], cause)
        attention.review([order])
    request.refresh_from_db()
    return rejection


def _moves(rejection: Fulfillment, contents: Contents) -> list[Move]:
    """Return the moves from onHand to unavailable; what a cancellation has written off is not on hand any more.

    What was rejected before the last count is missing in that count already.
    """
    request = rejection.request
    if request.status == ShippingRequest.Status.CANCELED:
        return []
    return [
        Move(
            place=Place(rejection.organization_id, sku, rejection.location_id), figure=figure,
            quantity=sign * packed.quantity * each, event=REJECT, order_id=rejection.order_id,
            entity="fulfillments", entity_id=rejection.pk, left_at=rejection.actual_ship_date,
        )
        for packed in contents
        for sku, each in packed.row.parts()
        if sku
        for figure, sign in (("on_hand", -1), ("unavailable", 1))
    ]  # fmt: skip


def _route_again(order: Order) -> None:
    if called_off(order.standing, deleted=order.deleted_at is not None) or order.standing != "open":
        return
    if order.routing_status != Order.Routing.EXCLUDED:
        Order.objects.filter(pk=order.pk).update(
            routing_status=Order.Routing.PENDING, routing_note="", updated_at=Now()
        )


def _record(rejection: Fulfillment, order: Order, contents: Contents, cause: Cause) -> None:
    record_event(
        order.organization_id, "orders", order.pk, "reject", author=cause.author, run=cause.run,
        reason=f"{rejection.location.name}: {cause.reason}",
        after={
            "fulfillment": rejection.ext_fulfillment_id,
            "shippingRequest": rejection.request.ext_shipment_id,
            "lines": [{"sku": packed.row.sku, "quantity": packed.quantity} for packed in contents],
        },
    )  # fmt: skip
