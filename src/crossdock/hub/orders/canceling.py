"""Cancelling an order here: a person, or a rule, decides that what is open of it shall not ship.

The channel is not told: it goes on showing the order as it was until somebody cancels it there, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db import transaction
from django.db.models import Sum, prefetch_related_objects
from django.db.models.functions import Now

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import Event, Order, OrderLine, Reservation, Run, ShippingRequest
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import holding_requests, lock_orders, tell_warehouses, unrouted
from crossdock.hub.shipping.withdrawing import excess_requests, mark_canceled
from crossdock.hub.stock import inventory
from crossdock.hub.stock.ledger import Cause, Move, Place, settle

NOT_TOLD = "the channel is not told; cancel it there, too"

Struck = dict[OrderLine, int]
Rows = dict[int, list[OrderLine]]


def cancel_order(
    order: Order,
    restock: bool,  # noqa: FBT001 - the question every cancellation must answer
    *,
    author: str,
    reason: str,
    run: Run | None = None,
    lines: Mapping[int | str, int] | None = None,
    seen: int | None = None,
) -> int:
    """Cancel what is open of an order; returns how many units that was.

    `lines` says how many, by order line id or SKU; None means all that is open, and asking for that twice is
    asking once (the second time returns 0). The units count as cancelled and stay so, whatever the channel
    says later; only what it orders beyond the present quantity is open again.

    With `restock` the units are available again, without they are written off onHand. Requests that no
    warehouse has yet are cancelled, and what is left of them is routed again. What a warehouse has is
    cancelled here, too, when the whole order is, with the exception ``canceledAfterSending``; when only some
    units are, the request stays and ``editedAfterSending`` asks a person. The channel is not told.

    `seen` is how many units of the order were cancelled when a person was asked: with another number nothing is done,
    so that a form that is sent twice cancels once.

    Raises `ShippingError` for unknown lines and for more units than are open.
    """
    with transaction.atomic():
        locked = lock_orders([order.pk])
        if seen is not None and seen != canceled_units(order):
            raise ShippingError(
                "order",
                f"units of {order.ext_order_id} have been cancelled since this page was shown; look again",
            )
        rows = lines_of(locked)
        struck = struck_units(locked[order.pk], rows[order.pk], lines)
        units = _cancel(locked, rows, {order.pk: struck}, restock, Cause(author, reason, run))
    order.refresh_from_db()
    return units.get(order.pk, 0)


def cancel_orders(
    order_ids: Sequence[int],
    restock: bool,  # noqa: FBT001 - the question every cancellation must answer
    *,
    author: str,
    reason: str,
) -> dict[int, int]:
    """Cancel all that is open of orders, as `cancel_order` does; in as many statements as for one.

    Returns how many units that was, by order, without those of which nothing was open. In one transaction.
    """
    with transaction.atomic():
        locked = lock_orders(order_ids)
        rows = lines_of(locked)
        struck = {order.pk: struck_units(order, rows[order.pk], None) for order in locked.values()}
        return _cancel(locked, rows, struck, restock, Cause(author, reason))


def lines_of(orders: Mapping[int, Order]) -> Rows:
    """Return the lines of orders, by order, as the channel lists them."""
    rows: Rows = {pk: [] for pk in orders}
    for line in OrderLine.objects.filter(order_id__in=orders).order_by("position", "pk"):
        rows[line.order_id].append(line)
    return rows


def _cancel(
    orders: Mapping[int, Order],
    rows: Rows,
    by_order: Mapping[int, Struck],
    restock: bool,  # noqa: FBT001 - private
    cause: Cause,
) -> dict[int, int]:
    """Cancel units of locked orders; returns how many, by order, where there were any."""
    struck = {pk: units for pk, units in sorted(by_order.items()) if units}
    if not struck:
        return {}
    whole = {pk for pk, units in struck.items() if not any(row.open > units.get(row, 0) for row in rows[pk])}
    holding = holding_requests(struck)
    prefetch_related_objects(holding, "lines")
    moves = [] if restock else written_off(orders, struck, holding, whole)
    _count_canceled(struck)
    entire = [request for request in holding if request.order_id in whole]
    excess = excess_requests([pk for pk in struck if pk not in whole])
    mark_canceled(entire, restock, cause)
    mark_canceled(excess, True, cause)
    settle(list(struck), cause, moves)
    _set_routing([orders[pk] for pk in struck], again={request.order_id for request in excess})
    _record(orders, struck, restock=restock, cause=cause)
    refresh_orders(list(struck), cause)
    to_stop = [row for row in (*entire, *excess) if row.sent_to_fulfillment_at is not None]
    about = sorted({request.order_id for request in to_stop})
    attention.open_all(attention.CANCELED_AFTER_SENDING, {orders[pk]: "" for pk in about})
    attention.review([orders[pk] for pk in struck])
    attention.close_about(
        [orders[pk] for pk in sorted(whole)], [attention.REVIEW_REQUIRED], "It was cancelled."
    )
    tell_warehouses(to_stop, "the order was cancelled")
    return {pk: sum(units.values()) for pk, units in struck.items()}


def _count_canceled(struck: Mapping[int, Struck]) -> None:
    units = [(line.pk, quantity) for lines in struck.values() for line, quantity in lines.items()]
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_orderline AS line
               SET canceled = line.canceled + now.quantity, struck = line.struck + now.quantity
              FROM unnest(%s::bigint[], %s::int[]) AS now(id, quantity) WHERE line.id = now.id
            """,
            [[pk for pk, _ in units], [quantity for _, quantity in units]],
        )


def struck_units(order: Order, rows: Sequence[OrderLine], wanted: Mapping[int | str, int] | None) -> Struck:
    """Return how many units of which line to cancel; lines named by id first, then by SKU in their order."""
    if wanted is None:
        return {row: row.open for row in rows if row.open}
    if not wanted:
        raise ShippingError("lines", "no line is named; leave them out to cancel all that is open")
    struck: Struck = {}
    for key, quantity in sorted(wanted.items(), key=lambda item: isinstance(item[0], str)):
        _strike(order, rows, struck, key, quantity)
    return {row: quantity for row, quantity in struck.items() if quantity}


def _strike(
    order: Order, rows: Sequence[OrderLine], struck: Struck, key: int | str, quantity: object
) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise ShippingError("quantity", f"{quantity!r} of {key} is not a positive whole number")
    meant = [row for row in rows if key and key in (row.sku, row.pk)]
    if not meant:
        has = ", ".join(row.sku or f"line {row.pk}" for row in rows)
        raise ShippingError("lines", f"{key!r} is not in order {order.ext_order_id}, which has {has}")
    left = quantity
    for row in meant:
        taken = min(left, row.open - struck.get(row, 0))
        struck[row] = struck.get(row, 0) + taken
        left -= taken
    if left:
        raise ShippingError(
            "quantity", f"{quantity} of {key} were to be cancelled, but only {quantity - left} are open"
        )


def written_off(
    orders: Mapping[int, Order],
    struck: Mapping[int, Struck],
    holding: Sequence[ShippingRequest],
    whole: Collection[int],
) -> list[Move]:
    """Return what leaves onHand: units in no request first, then those of the newest requests, unsent first.

    When the whole order is cancelled, all that its requests hold.
    """
    left = unrouted(list(struck))
    own: dict[int, list[Reservation]] = {}
    kept = Reservation.objects.filter(line__order_id__in=struck, request_line=None)
    for row in kept.select_related("record").order_by("pk"):
        own.setdefault(row.line_id, []).append(row)
    by_order: dict[int, list[ShippingRequest]] = {pk: [] for pk in struck}
    for request in holding:
        by_order[request.order_id].append(request)
    moves: list[Move] = []
    for pk, lines in struck.items():
        for line, quantity in lines.items():
            free = max(left.get(line.pk, 0), 0)
            taken = min(free, quantity)
            moves += _virtual(orders[pk], own.get(line.pk, []) if taken else [], taken, max(free, 1))
            if pk not in whole:
                moves += _requested(orders[pk], line, quantity - taken, by_order[pk])
        if pk in whole:
            moves += [move for request in by_order[pk] for move in inventory.release_moves(request)]
    return moves


def _virtual(order: Order, rows: Sequence[Reservation], quantity: int, kept: int) -> list[Move]:
    """Return the moves of `quantity` units of the `kept` that a line keeps committed by itself."""
    return [
        _off(order, row.record.sku, row.record.location_id, row.quantity * quantity // kept) for row in rows
    ]


def _requested(
    order: Order, line: OrderLine, quantity: int, holding: Sequence[ShippingRequest]
) -> list[Move]:
    """Return the moves of `quantity` units of the line that lie in requests."""
    order_of_taking = sorted(holding, key=lambda row: (row.sent_to_fulfillment_at is not None, -row.version))
    moves: list[Move] = []
    for request in order_of_taking:
        for row in request.lines.all():
            if row.line_id != line.pk:
                continue
            taken = min(row.open, quantity)
            quantity -= taken
            moves += [_off(order, sku, request.location_id, taken * each) for sku, each in row.parts() if sku]
    return moves


def _off(order: Order, sku: str, location_id: int, quantity: int) -> Move:
    return Move(
        place=Place(order.organization_id, sku, location_id), figure="on_hand", quantity=-quantity,
        event="shipCancel", order_id=order.pk, entity="orders", entity_id=order.pk,
    )  # fmt: skip


def _set_routing(orders: Sequence[Order], *, again: Collection[int]) -> None:
    """Have routing take what cancelled requests left (`again`), and leave alone orders with nothing to route."""
    ids = [order.pk for order in orders if order.routing_status != Order.Routing.EXCLUDED]
    left = unrouted(ids)
    lines = OrderLine.objects.filter(pk__in=[pk for pk, quantity in left.items() if quantity > 0])
    waiting = set(lines.exclude(sku="").values_list("order_id", flat=True))
    for status, meant in (
        (Order.Routing.PENDING, [pk for pk in ids if pk in waiting and pk in again]),
        (Order.Routing.ACKNOWLEDGED, [pk for pk in ids if pk not in waiting]),
    ):
        Order.objects.filter(pk__in=meant).update(routing_status=status, routing_note="", updated_at=Now())


def canceled_units(order: Order) -> int:
    """Return how many units of an order are cancelled."""
    return int(OrderLine.objects.filter(order=order).aggregate(n=Sum("canceled"))["n"] or 0)


def _record(
    orders: Mapping[int, Order], struck: Mapping[int, Struck], *, restock: bool, cause: Cause
) -> None:
    sums = OrderLine.objects.filter(order_id__in=struck).values_list("order_id").annotate(n=Sum("canceled"))
    canceled: dict[int, int] = dict(sums)
    Event.objects.bulk_create(
        Event(
            organization_id=orders[pk].organization_id, entity="orders", record_id=pk, operation="cancel",
            author=cause.author[:80], run=cause.run,
            reason=(f"{cause.reason} ({NOT_TOLD})" if cause.reason else NOT_TOLD)[:500],
            before={"canceled": canceled[pk] - sum(units.values())},
            after={
                "canceled": canceled[pk], "restock": restock,
                "lines": [{"sku": line.sku, "quantity": quantity} for line, quantity in units.items()],
            },
        )
        for pk, units in struck.items()
    )  # fmt: skip
