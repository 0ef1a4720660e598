"""Shipping requests: what one location is told to ship of an order. Finding them, locking them, where they stand.

A request is never edited: it is cancelled and made anew. `drafting` makes requests, `sending` notes that they went
to their warehouse, `withdrawing` takes them back. Every verb locks its orders first, does everything in one
transaction, and leaves figures, ledger, statuses and events in step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from crossdock.hub.marks import leave_marks
from crossdock.hub.models import (
    Event,
    Flow,
    Order,
    OrderLine,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.orders.status import derive_request_status
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.stock.ledger import Cause, settle
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

REQUESTS = "shippingRequests"


def lock_order(pk: int) -> Order:
    """Return the order, locked until the transaction ends."""
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("integration").get(pk=pk)


def lock_orders(pks: Iterable[int]) -> dict[int, Order]:
    """Return orders, locked by their row numbers until the transaction ends."""
    rows = Order.objects.select_for_update(of=("self",), no_key=True).select_related("integration")
    return {order.pk: order for order in rows.filter(pk__in=set(pks)).order_by("pk")}


def live_requests(order_ids: Iterable[int]) -> QuerySet[ShippingRequest]:
    """Return the requests that are not cancelled, oldest first."""
    rows = ShippingRequest.objects.filter(order_id__in=list(order_ids)).exclude(status__in=CANCELED_REQUESTS)
    return rows.order_by("pk")


def holding_requests(order_ids: Iterable[int]) -> list[ShippingRequest]:
    """Return the live requests of which something is neither shipped nor rejected, oldest first."""
    left = ShippingRequestLine.objects.filter(quantity__gt=F("fulfilled") + F("rejected"))
    return list(live_requests(order_ids).filter(pk__in=left.values("request_id")))


def unrouted(order_ids: Sequence[int]) -> dict[int, int]:
    """Return, by line, how many units are open and in no live request; below zero if too many are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id, greatest(l.quantity - l.fulfilled - l.canceled, 0) - coalesce((
                   SELECT sum(rl.quantity - rl.fulfilled - rl.rejected)
                     FROM hub_shippingrequestline rl JOIN hub_shippingrequest r ON r.id = rl.request_id
                    WHERE rl.line_id = l.id AND r.status <> ALL(%(canceled)s)), 0)
              FROM hub_orderline l WHERE l.order_id = ANY(%(orders)s) AND l.requires_shipping
            """,
            {"orders": list(order_ids), "canceled": list(CANCELED_REQUESTS)},
        )
        return {int(row[0]): int(row[1]) for row in cursor.fetchall()}


def open_lines(order: Order, wanted: Mapping[int | str, int] | None = None) -> list[tuple[OrderLine, int]]:
    """Return what of an order is in no request yet; of `wanted` SKUs, as much as is asked for.

    Several lines of one SKU are filled one after another; what goes beyond is put on the last one, for
    `create_request` to refuse. Raises `ShippingError` for a SKU that the order does not have.
    """
    left = unrouted([order.pk])
    lines = list(order.lines.order_by("position", "pk"))
    if wanted is None:
        return [(line, left[line.pk]) for line in lines if left.get(line.pk, 0) > 0]
    found: list[tuple[OrderLine, int]] = []
    for sku, quantity in wanted.items():
        meant = [line for line in lines if line.sku == sku]
        if not meant:
            raise ShippingError("lines", f"{sku!r} is not in order {order.ext_order_id}")
        rest = quantity
        for line in meant:
            last = line is meant[-1]
            taken = rest if last else min(rest, max(left.get(line.pk, 0), 0))
            rest -= taken
            if taken:
                found.append((line, taken))
    return found


def tell_warehouses(requests: Iterable[ShippingRequest], reason: str) -> None:
    """Mark requests, by their keys, for the push of shipments of the warehouse each belongs to.

    Call it last: marks are locked after orders and stock.
    """
    keys: dict[int, list[str]] = {}
    for request in requests:
        if request.fulfillment_integration_id is not None:
            keys.setdefault(request.fulfillment_integration_id, []).append(request.key)
    if not keys:
        return
    flows = Flow.objects.filter(integration__in=keys, entity="shipments", direction="push", enabled=True)
    for flow in flows.exclude(integration__state="removed").order_by("pk"):
        leave_marks(flow, keys[flow.integration_id], reason)


def refresh_request(request: ShippingRequest, cause: Cause) -> None:
    """Write the request's status if its lines say another one, with an event; as `refresh_requests` for many."""
    refresh_requests([request], cause)


def refresh_requests(requests: Sequence[ShippingRequest], cause: Cause) -> None:
    """Write the statuses of requests whose lines say another one, with an event each.

    Those that waited for stock on its way, and go on all the same, keep what is here from now on. The number of
    statements does not grow with the requests.
    """
    lines: dict[int, list[tuple[int, int, int]]] = {request.pk: [] for request in requests}
    rows = ShippingRequestLine.objects.filter(request_id__in=lines)
    for pk, *counts in rows.values_list("request_id", "quantity", "fulfilled", "rejected"):
        lines[pk].append((counts[0], counts[1], counts[2]))
    changed: dict[str, list[ShippingRequest]] = {}
    for request in requests:
        sent = request.sent_to_fulfillment_at is not None
        status = derive_request_status(request.status, sent=sent, lines=lines[request.pk])
        if status != request.status:
            changed.setdefault(status, []).append(request)
    for status, group in sorted(changed.items()):
        ShippingRequest.objects.filter(pk__in=[request.pk for request in group]).update(
            status=status, updated_at=Now()
        )
    Event.objects.bulk_create(
        request_event(request, "status", cause, {"status": request.status}, {"status": status})
        for status, group in changed.items()
        for request in group
    )
    waited = []
    for status, group in changed.items():
        waited += [row.order_id for row in group if row.status == ShippingRequest.Status.PENDING_INVENTORY]
        for request in group:
            request.status = status
    if waited:
        settle(sorted(set(waited)), cause)


def request_event(
    request: ShippingRequest,
    operation: str,
    cause: Cause,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> Event:
    """Return an event of a request, for many to be written at once."""
    return Event(
        organization_id=request.organization_id, entity=REQUESTS, record_id=request.pk, operation=operation,
        author=cause.author[:80], reason=cause.reason_for(request.order_id)[:500], run=cause.run,
        before=before, after=after,
    )  # fmt: skip
