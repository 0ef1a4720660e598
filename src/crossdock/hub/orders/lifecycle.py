"""What follows when the channel's view of an order changes after it was stored.

| the channel says | lines | requests not sent | requests sent | stock |
| --- | --- | --- | --- | --- |
| called off or deleted | open is cancelled | cancelled | cancelled, ``canceledAfterSending`` | released |
| shipped, without us | count as shipped | cancelled | stay, ``shippedElsewhere`` | leaves onHand |
| returned | count as shipped | cancelled | stay, ``shippedElsewhere`` | leaves onHand until it is counted |
| open again | reopened | | | committed again, looked at by the rules, routed again |
| edited (`hub/orders/policy.py`) | follow | made anew | stay, ``editedAfterSending`` | follows |

Before anything of an order is routed, the rules look again at what changed (`hub/orders/release.py`).
`docs/order-changes.md` has every case. Goods that the channel says left without us have left our shelf too:
releasing them only would offer them for sale once more. Only units that were committed here leave onHand, so an
order that was shipped before it was ever stored moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Now

from crossdock.hub.marks import mark_flows
from crossdock.hub.models import LedgerEntry, Order, OrderLine, Reservation, Run, ShippingRequest
from crossdock.hub.orders import attention, release
from crossdock.hub.orders.line_counts import count_lines
from crossdock.hub.orders.policy import basis_of, differences
from crossdock.hub.orders.status import (
    CALLED_OFF,
    DELETED,
    RETURNED,
    SHIPPED,
    WAITING_FOR_PAYMENT,
    InitialState,
    OrderFacts,
    called_off,
    derive_order_status,
    derive_request_status,
    exclusion,
    initial_state,
    open_quantity,
    refresh_orders,
)
from crossdock.hub.shipping.requests import holding_requests, tell_warehouses, unrouted
from crossdock.hub.shipping.withdrawing import mark_canceled
from crossdock.hub.stock.ledger import Cause, Move, Place, settle

__all__ = [
    "CALLED_OFF",
    "DELETED",
    "SHIPPED",
    "WAITING_FOR_PAYMENT",
    "InitialState",
    "OrderFacts",
    "apply_standing",
    "apply_standings",
    "called_off",
    "derive_order_status",
    "derive_request_status",
    "exclusion",
    "initial_state",
    "open_quantity",
    "refresh_orders",
]

Routing = Order.Routing
LEFT_ELSEWHERE = "fulfill"
"""The ledger event, entity ``orders``, of units that left without a parcel of ours; positive when taken back."""
_LEFT = ("fulfilled", "returned")
_CALLED_OFF_NOTES = (*CALLED_OFF.values(), DELETED)


def apply_standing(order: Order, *, author: str, reason: str, run: Run | None = None) -> None:
    """Bring one order in line with what its channel says now, and reload it."""
    apply_standings([order.pk], author=author, reason=reason, run=run)
    order.refresh_from_db()


def apply_standings(order_ids: Sequence[int], *, author: str, reason: str, run: Run | None = None) -> None:
    """Bring orders, whose channel fields and lines have just been written, in line with them.

    Level-triggered and idempotent: looks at what is stored now, not at what changed. One call for a whole
    page, in the caller's transaction; settles their reservations, too.
    """
    cause = Cause(author, reason, run)
    with transaction.atomic():
        orders = _locked(order_ids)
        if not orders:
            return
        ids = [order.pk for order in orders]
        over = [order for order in orders if called_off(order.standing, deleted=order.deleted_at is not None)]
        others = [order for order in orders if order not in over]
        open_now = [order for order in others if order.standing == "open"]
        gone = [order for order in others if order.standing != "open"]
        revived = [order for order in others if order.routing_note in _CALLED_OFF_NOTES]
        _commit_again([order for order in revived if order.standing in _LEFT], cause)
        count_lines(ids)
        to_stop = _call_off(over, cause)
        moves = [*_shipped_elsewhere(gone, cause), *_shipped_after_all(open_now)]
        _cancel_outdated(open_now, cause)
        settle(ids, cause, moves)
        _look_at_the_channels_figure(
            [*revived, *(row for row in over if row.routing_note not in _CALLED_OFF_NOTES)]
        )
        back = {order.pk for order in open_now if order.routing_status == Routing.EXCLUDED}
        _set_routing(orders)
        release.reconsider(
            [order for order in open_now if order.routing_status != Routing.EXCLUDED], back, cause
        )
        refresh_orders(ids, cause)
        attention.review(orders)
        attention.close_about(revived, [attention.CANCELED_AFTER_SHIPPING], "The order is open again.")
        attention.close_about(
            [order for order in orders if order.standing != "returned"],
            [attention.RETURNED_NOT_COUNTED],
            "The order is not called returned any more.",
        )
        attention.close_about(
            [*over, *gone], [attention.REVIEW_REQUIRED], "Nothing is to be routed any more."
        )
        tell_warehouses(to_stop, "the order was called off")


def _locked(order_ids: Sequence[int]) -> list[Order]:
    rows = Order.objects.filter(pk__in=order_ids).select_for_update(of=("self",), no_key=True)
    return list(rows.select_related("integration").order_by("pk"))


def _look_at_the_channels_figure(orders: Sequence[Order]) -> None:
    """Have every push of stock look at what is called off, or wanted again: the channel moves its own figure.

    Ours may not move at all: what has left stays gone, while the channel has put it back on sale.
    """
    skus: dict[int, set[str]] = {}
    for line in OrderLine.objects.filter(order__in=orders).exclude(sku="").select_related("order"):
        skus.setdefault(line.order.organization_id, set()).add(line.sku)
    for organization_id, found in sorted(skus.items()):
        mark_flows(organization_id, "inventory", "push", sorted(found), "the channel moved its own figure")


def _commit_again(orders: Sequence[Order], cause: Cause) -> None:
    """Commit what was called off, and is now said to have shipped: as if we had seen it open in between."""
    if not orders:
        return
    ids = [order.pk for order in orders]
    Order.objects.filter(pk__in=ids).update(standing="open")
    count_lines(ids)
    settle(ids, cause, _shipped_after_all(orders))
    for standing in {order.standing for order in orders}:
        Order.objects.filter(pk__in=[row.pk for row in orders if row.standing == standing]).update(
            standing=standing
        )


def _call_off(orders: Sequence[Order], cause: Cause) -> list[ShippingRequest]:
    """Cancel the requests of orders that are called off; returns those a warehouse has.

    What a warehouse has said it cannot stop any more stays.
    """
    if not orders:
        return []
    refused = ShippingRequest.Cancellation.REFUSED
    unshipped = [
        row for row in holding_requests(order.pk for order in orders) if row.cancellation_status != refused
    ]
    shipped = set(
        OrderLine.objects.filter(order__in=orders, fulfilled__gt=0).values_list("order_id", flat=True)
    )
    for order in orders:
        why = exclusion(
            standing=order.standing, deleted=order.deleted_at is not None, method=order.method, ships=True
        )
        own = [row for row in unshipped if row.order_id == order.pk]
        mark_canceled(own, restock=True, cause=Cause(cause.author, why, cause.run))
        if any(row.sent_to_fulfillment_at is not None for row in own):
            attention.open_about(order, attention.CANCELED_AFTER_SENDING)
        news = order.routing_note != why
        if news and order.standing in CALLED_OFF and order.pk in shipped:
            attention.open_about(order, attention.CANCELED_AFTER_SHIPPING)
    return [row for row in unshipped if row.sent_to_fulfillment_at is not None]


def _shipped_elsewhere(orders: Sequence[Order], cause: Cause) -> list[Move]:
    """Cancel what no warehouse knows of yet; return what has left the shelf without us."""
    if not orders:
        return []
    by_pk = {order.pk: order for order in orders}
    unsent = [row for row in holding_requests(by_pk) if row.sent_to_fulfillment_at is None]
    for request in unsent:
        order = by_pk[request.order_id]
        why = exclusion(standing=order.standing, deleted=False, method=order.method, ships=True)
        mark_canceled(
            [request], restock=order.standing not in _LEFT, cause=Cause(cause.author, why, cause.run)
        )
    for order in orders:
        if order.standing == "returned" and order.routing_note != RETURNED:
            attention.open_about(order, attention.RETURNED_NOT_COUNTED)
    shipped = [order.pk for order in orders if order.standing in _LEFT]
    kept = Reservation.objects.filter(line__order_id__in=shipped).filter(
        Q(request_line=None) | Q(request_line__request__sent_to_fulfillment_at=None)
    )
    return [
        _move(
            row.record.organization_id,
            row.record.sku,
            row.record.location_id,
            row.line.order_id,
            -row.quantity,
        )
        for row in kept.select_related("record", "line").order_by("pk")
    ]


def _shipped_after_all(orders: Sequence[Order]) -> list[Move]:
    """Return what comes back on the shelf of orders whose shipping elsewhere was taken back."""
    if not orders:
        return []
    entries = LedgerEntry.objects.filter(
        order_id__in=[order.pk for order in orders], entity="orders", figure="on_hand", event=LEFT_ELSEWHERE
    )
    sums = entries.values_list(
        "record__organization_id", "record__sku", "record__location_id", "order_id"
    ).annotate(total=Sum("quantity"))
    return [
        _move(organization_id, sku, location_id, order_id or 0, -total)
        for organization_id, sku, location_id, order_id, total in sums.order_by("record__sku", "order_id")
        if total
    ]


def _move(organization_id: int, sku: str, location_id: int, order_id: int, quantity: int) -> Move:
    return Move(
        place=Place(organization_id, sku, location_id), figure="on_hand", quantity=quantity,
        event=LEFT_ELSEWHERE, order_id=order_id, entity="orders", entity_id=order_id,
    )  # fmt: skip


def _cancel_outdated(orders: Sequence[Order], cause: Cause) -> None:
    """Cancel unsent requests that no longer ask for what the order says, so that they are made anew."""
    by_pk = {order.pk: order for order in orders}
    unsent = [row for row in holding_requests(by_pk) if row.sent_to_fulfillment_at is None]
    if not unsent:
        return
    excess = {pk for pk, quantity in unrouted(list(by_pk)).items() if quantity < 0}
    bases = _bases([by_pk[pk] for pk in {request.order_id for request in unsent}])
    for request in unsent:
        order = by_pk[request.order_id]
        accept = order.integration.settings.get("acceptUnpaid") is True
        changed = differences(request.basis, bases[order.pk], accept_unpaid=accept)
        if any(row.line_id in excess for row in request.lines.all()):
            changed = changed or ["it asks for less"]
        if changed:
            why = f"the order was edited on the channel: {'; '.join(changed)}"
            mark_canceled([request], restock=True, cause=Cause(cause.author, why, cause.run))


def _bases(orders: Sequence[Order]) -> dict[int, dict[str, object]]:
    """Return what requests for `orders` would be made from now."""
    lines: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    for line in OrderLine.objects.filter(order__in=orders):
        lines[line.order_id].append(line)
    return {order.pk: basis_of(order, lines[order.pk]) for order in orders}


def _set_routing(orders: Sequence[Order]) -> None:
    """Exclude what is not to be routed any more, and have routing look again at what is."""
    ids = [order.pk for order in orders]
    left = unrouted(ids)
    lines = OrderLine.objects.filter(order_id__in=ids, requires_shipping=True, quantity__gt=0)
    rows = list(lines.values_list("pk", "order_id", "sku"))
    ships = {order_id for _, order_id, _ in rows}
    waiting = {order_id for pk, order_id, sku in rows if sku and left.get(pk, 0) > 0}
    for order in orders:
        why = exclusion(
            standing=order.standing,
            deleted=order.deleted_at is not None,
            method=order.method,
            ships=order.pk in ships,
        )
        routing, note = _routing(order, why, waits=order.pk in waiting)
        if (routing, note) != (order.routing_status, order.routing_note):
            order.routing_status, order.routing_note = routing, note
            Order.objects.filter(pk=order.pk).update(
                routing_status=routing, routing_note=note[:300], updated_at=Now()
            )


def _routing(order: Order, why_not: str, *, waits: bool) -> tuple[str, str]:
    if why_not:
        return Routing.EXCLUDED.value, why_not
    if order.routing_status in (Routing.EXCLUDED, Routing.FAILED):
        return Routing.PENDING.value, ""
    if order.routing_status == Routing.ACKNOWLEDGED and waits:
        return Routing.PENDING.value, ""
    return order.routing_status, order.routing_note
