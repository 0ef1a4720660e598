"""What cancelling units of an order would do, so that a person can be asked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.hub.models import Location, Order, ShippingRequest, ShippingRequestLine
from crossdock.hub.orders.canceling import Struck, lines_of, struck_units, written_off
from crossdock.hub.shipping.requests import holding_requests, unrouted


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
    rows = lines_of({order.pk: order})[order.pk]
    struck = struck_units(order, rows, lines)
    whole = not any(row.open > struck.get(row, 0) for row in rows)
    holding = holding_requests([order.pk])
    lying: dict[tuple[str, Location], int] = {}
    moves = written_off({order.pk: order}, {order.pk: struck}, holding, {order.pk} if whole else set())
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
