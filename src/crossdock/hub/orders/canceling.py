"""Cancelling an order here: a person, or a rule, decides that what is open of it shall not ship.

The channel is not told: it goes on showing the order as it was until somebody cancels it there, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.models import (
    Location,
    Order,
    OrderLine,
    Reservation,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import holding_requests, lock_order, tell_warehouses, unrouted
from crossdock.hub.shipping.withdrawing import excess_requests, mark_canceled
from crossdock.hub.stock import inventory
from crossdock.hub.stock.ledger import Cause, Move, Place, settle

NOT_TOLD = "the channel is not told; cancel it there, too"

Struck = dict[OrderLine, int]


@dataclass(frozen=True)
class Foreseen:
    """What a cancellation would do if it were carried out now.

    `struck` are the units by order line, `lying` where they lie now: units by SKU (a bundle's parts) and location.
    These are free again with `restock`, and leave onHand without. `called_off` are the requests that are cancelled, and
    `stays` those that a warehouse has, which stay as they are: an exception asks a person to tell it. With `whole`
    nothing of the order is open afterwards.
    """

    struck: Struck
    whole: bool
    lying: Mapping[tuple[str, Location], int]
    called_off: Sequence[ShippingRequest]
    stays: Sequence[ShippingRequest]

    @property
    def units(self) -> int:
        """How many units would be cancelled."""
        return sum(self.struck.values())


def foresee_cancel(order: Order, lines: Mapping[int | str, int] | None = None) -> Foreseen:
    """Say what `cancel_order` would do; nothing is changed or locked. Raises the same errors."""
    struck = _struck(order, lines)
    whole = not any(row.open > struck.get(row, 0) for row in order.lines.all())
    holding = holding_requests([order.pk])
    lying: dict[tuple[str, Location], int] = {}
    moves = _written_off(order, struck, holding, whole=whole)
    places = Location.objects.in_bulk({move.place.location_id for move in moves})
    for move in moves:
        key = move.place.sku, places[move.place.location_id]
        lying[key] = lying.get(key, 0) - move.quantity
    lying = {key: units for key, units in lying.items() if units}
    if whole:
        return Foreseen(struck, whole, lying, holding, [])
    called_off, stays = _affected(order, struck, holding)
    return Foreseen(struck, whole, lying, called_off, stays)


def _affected(
    order: Order, struck: Struck, holding: Sequence[ShippingRequest]
) -> tuple[list[ShippingRequest], list[ShippingRequest]]:
    """Return which requests hold more than would be open: those not sent are called off, the others stay."""
    left = unrouted([order.pk])
    too_many = {
        line.pk: quantity - left.get(line.pk, 0)
        for line, quantity in struck.items()
        if quantity > left.get(line.pk, 0)
    }
    held: dict[int, dict[int, int]] = {request.pk: {} for request in holding}
    for row in ShippingRequestLine.objects.filter(request__in=holding, line__in=too_many):
        held[row.request_id][row.line_id] = held[row.request_id].get(row.line_id, 0) + row.open
    called_off = [row for row in holding if held[row.pk] and row.sent_to_fulfillment_at is None]
    for request in called_off:
        for line, units in held[request.pk].items():
            too_many[line] -= units
    stays = [
        row
        for row in holding
        if row.sent_to_fulfillment_at is not None and any(too_many[line] > 0 for line in held[row.pk])
    ]
    return called_off, stays


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
    cause = Cause(author, reason, run)
    with transaction.atomic():
        locked = lock_order(order.pk)
        if seen is not None and seen != canceled_units(locked):
            raise ShippingError(
                "order",
                f"units of {order.ext_order_id} have been cancelled since this page was shown; look again",
            )
        struck = _struck(locked, lines)
        if not struck:
            return 0
        whole = not any(row.open > struck.get(row, 0) for row in locked.lines.all())
        holding = holding_requests([locked.pk])
        moves = [] if restock else _written_off(locked, struck, holding, whole=whole)
        for line, quantity in struck.items():
            OrderLine.objects.filter(pk=line.pk).update(
                canceled=F("canceled") + quantity, struck=F("struck") + quantity
            )
        canceled = holding if whole else excess_requests([locked.pk])
        mark_canceled(canceled, restock or not whole, cause)
        settle([locked.pk], cause, moves)
        _set_routing(locked, again=bool(canceled) and not whole)
        _record(locked, struck, restock=restock, cause=cause)
        refresh_orders([locked.pk], cause)
        to_stop = [row for row in canceled if row.sent_to_fulfillment_at is not None]
        if to_stop:
            attention.open_about(locked, attention.CANCELED_AFTER_SENDING)
        attention.review([locked])
        if whole:
            attention.close_about([locked], [attention.REVIEW_REQUIRED], "It was cancelled.")
        tell_warehouses(to_stop, "the order was cancelled")
    order.refresh_from_db()
    return sum(struck.values())


def _struck(order: Order, wanted: Mapping[int | str, int] | None) -> Struck:
    """Return how many units of which line to cancel; lines named by id first, then by SKU in their order."""
    rows = list(order.lines.order_by("position", "pk"))
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


def _written_off(
    order: Order, struck: Struck, holding: Sequence[ShippingRequest], *, whole: bool
) -> list[Move]:
    """Return what leaves onHand: units in no request first, then those of the newest requests, unsent first.

    When the whole order is cancelled, all that its requests hold.
    """
    left = unrouted([order.pk])
    moves: list[Move] = []
    for line, quantity in struck.items():
        free = min(max(left.get(line.pk, 0), 0), quantity)
        moves += _virtual(order, line, free, max(left.get(line.pk, 0), 1))
        if not whole:
            moves += _requested(order, line, quantity - free, holding)
    if whole:
        moves += [move for request in holding for move in inventory.release_moves(request)]
    return moves


def _virtual(order: Order, line: OrderLine, quantity: int, kept: int) -> list[Move]:
    """Return the moves of `quantity` units of the `kept` that the line keeps committed by itself."""
    rows = (
        Reservation.objects.filter(line=line, request_line=None) if quantity else Reservation.objects.none()
    )
    return [
        _off(order, row.record.sku, row.record.location_id, row.quantity * quantity // kept)
        for row in rows.select_related("record").order_by("pk")
    ]


def _requested(
    order: Order, line: OrderLine, quantity: int, holding: Sequence[ShippingRequest]
) -> list[Move]:
    """Return the moves of `quantity` units of the line that lie in requests."""
    order_of_taking = sorted(holding, key=lambda row: (row.sent_to_fulfillment_at is not None, -row.version))
    moves: list[Move] = []
    for request in order_of_taking:
        for row in ShippingRequestLine.objects.filter(request=request, line=line):
            taken = min(row.open, quantity)
            quantity -= taken
            moves += [_off(order, sku, request.location_id, taken * each) for sku, each in row.parts() if sku]
    return moves


def _off(order: Order, sku: str, location_id: int, quantity: int) -> Move:
    return Move(
        place=Place(order.organization_id, sku, location_id), figure="on_hand", quantity=-quantity,
        event="shipCancel", order_id=order.pk, entity="orders", entity_id=order.pk,
    )  # fmt: skip


def _set_routing(order: Order, *, again: bool) -> None:
    """Have routing take what its cancelled requests left, and leave alone an order with nothing to route."""
    if order.routing_status == Order.Routing.EXCLUDED:
        return
    lines = OrderLine.objects.filter(order=order).exclude(sku="")
    left = unrouted([order.pk])
    waits = any(left.get(pk, 0) > 0 for pk in lines.values_list("pk", flat=True))
    if waits and not again:
        return
    status = Order.Routing.PENDING if waits else Order.Routing.ACKNOWLEDGED
    Order.objects.filter(pk=order.pk).update(routing_status=status, routing_note="", updated_at=Now())


def canceled_units(order: Order) -> int:
    """Return how many units of an order are cancelled."""
    return int(OrderLine.objects.filter(order=order).aggregate(n=Sum("canceled"))["n"] or 0)


def _record(order: Order, struck: Struck, *, restock: bool, cause: Cause) -> None:
    canceled = canceled_units(order)
    record_event(
        order.organization_id, "orders", order.pk, "cancel", author=cause.author, run=cause.run,
        reason=f"{cause.reason} ({NOT_TOLD})" if cause.reason else NOT_TOLD,
        before={"canceled": canceled - sum(struck.values())},
        after={
            "canceled": canceled, "restock": restock,
            "lines": [{"sku": line.sku, "quantity": quantity} for line, quantity in struck.items()],
        },
    )  # fmt: skip
