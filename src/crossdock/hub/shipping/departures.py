"""Parcels that have left: checked one by one, and recorded together, however many there are.

What is checked (`Departure`) fits what is open of its request. Recording any number of them takes the same number
of statements, and leaves lines, stock, statuses, events, exceptions and the marks for the channels in step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import (
    Event,
    Flow,
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderLine,
    Run,
    ShippingRequest,
)
from crossdock.hub.orders import attention
from crossdock.hub.orders.line_counts import count_lines
from crossdock.hub.orders.status import called_off, refresh_orders
from crossdock.hub.shipping.parcels import Contents, Packed
from crossdock.hub.shipping.requests import refresh_requests
from crossdock.hub.stock import inventory
from crossdock.hub.stock.ledger import Cause, Move, settle


@dataclass(frozen=True)
class Departure:
    """A parcel of `request` that left, with what is in it, under the id that it is recorded by."""

    request: ShippingRequest
    contents: Contents
    ext_id: str
    shipped_at: datetime
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    service: str = ""


def record_departures(
    departures: Sequence[Departure], orders: Mapping[int, Order], *, author: str, run: Run | None = None
) -> list[Fulfillment]:
    """Record parcels that have been checked, at most one of each order. `orders` are theirs, locked.

    The requests' locations must be at hand. In the caller's transaction.
    """
    if not departures:
        return []
    touched = {row.request.order_id: orders[row.request.order_id] for row in departures}
    if len(touched) != len(departures):
        raise ValueError("two parcels of one order are recorded one after the other")
    ids = sorted(touched)
    parcels = Fulfillment.objects.bulk_create([_parcel(row, author) for row in departures])
    canceled = _canceled(ids)
    write_lines([(parcel, row.contents) for parcel, row in zip(parcels, departures, strict=True)])
    _count_shipped(departures)
    count_lines(ids)
    cause = _cause(parcels, author, run)
    settle(ids, cause, _moves(parcels, departures))
    refresh_requests([row.request for row in departures], cause)
    Event.objects.bulk_create(
        _event(parcel, row, cause) for parcel, row in zip(parcels, departures, strict=True)
    )
    refresh_orders(ids, cause)
    attention.review([touched[pk] for pk in ids])
    _mark_channels(touched.values(), cause.reason)
    still = _canceled(ids)
    for parcel, row in zip(parcels, departures, strict=True):
        order = touched[parcel.order_id]
        _call_attention(parcel, order, row.contents, unwanted=canceled[order.pk] > still[order.pk])
    return parcels


def write_lines(rows: Sequence[tuple[Fulfillment, Contents]]) -> None:
    """Write what fulfillments consist of."""
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            fulfillment=fulfillment, request_line=packed.row, sku=packed.row.sku, quantity=packed.quantity,
            extra=packed.extra,
        )
        for fulfillment, contents in rows
        for packed in contents
    )  # fmt: skip


def _parcel(row: Departure, author: str) -> Fulfillment:
    request = row.request
    return Fulfillment(
        organization_id=request.organization_id, request=request, order_id=request.order_id,
        location_id=request.location_id, ext_fulfillment_id=row.ext_id, actual_ship_date=row.shipped_at,
        tracking_number=row.tracking_number, tracking_url=row.tracking_url, shipping_carrier=row.carrier,
        shipping_class=row.service, author=author[:80],
    )  # fmt: skip


def _count_shipped(departures: Sequence[Departure]) -> None:
    packed = [packed for row in departures for packed in row.contents]
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_shippingrequestline AS line SET fulfilled = line.fulfilled + packed.quantity
              FROM unnest(%s::bigint[], %s::int[]) AS packed(id, quantity) WHERE line.id = packed.id
            """,
            [[one.row.pk for one in packed], [one.quantity for one in packed]],
        )


def _cause(parcels: Sequence[Fulfillment], author: str, run: Run | None) -> Cause:
    reasons = {parcel.order_id: f"{parcel.ext_fulfillment_id} shipped" for parcel in parcels}
    return Cause(
        author,
        next(iter(reasons.values())) if len(reasons) == 1 else f"{len(reasons)} parcels shipped",
        run,
        reasons=reasons,
        parcels={parcel.order_id: parcel.pk for parcel in parcels},
    )


def _moves(parcels: Sequence[Fulfillment], departures: Sequence[Departure]) -> list[Move]:
    return [
        move
        for parcel, row in zip(parcels, departures, strict=True)
        for move in inventory.fulfill_moves(
            parcel,
            [(packed.row, packed.total) for packed in sorted(row.contents, key=lambda one: one.row.pk)],
        )
    ]


def _event(parcel: Fulfillment, row: Departure, cause: Cause) -> Event:
    return Event(
        organization_id=parcel.organization_id, entity="orders", record_id=parcel.order_id, operation="fulfill",
        author=cause.author[:80], run=cause.run,
        reason=f"{cause.reason_for(parcel.order_id)} from {row.request.location.name}"[:500],
        after={
            "fulfillment": parcel.ext_fulfillment_id, "trackingNumber": parcel.tracking_number,
            "lines": [_packed_document(packed) for packed in row.contents],
        },
    )  # fmt: skip


def _packed_document(packed: Packed) -> dict[str, object]:
    document: dict[str, object] = {"sku": packed.row.sku, "quantity": packed.quantity}
    return document | {"extra": packed.extra} if packed.extra else document


def _mark_channels(orders: Iterable[Order], reason: str) -> None:
    """Have the stores of the orders told."""
    keys: dict[int, list[str]] = {}
    for order in orders:
        keys.setdefault(order.integration_id, []).append(order.ext_order_api_id)
    flows = Flow.objects.filter(
        integration_id__in=keys, entity="fulfillments", direction="push", enabled=True
    ).exclude(integration__state="removed")
    for flow in flows.order_by("pk"):
        leave_marks(flow, keys[flow.integration_id], reason)


def _call_attention(fulfillment: Fulfillment, order: Order, contents: Contents, *, unwanted: bool) -> None:
    """Have a person look at what left without being wanted."""
    if unwanted or called_off(order.standing, deleted=order.deleted_at is not None):
        attention.open_about(order, attention.CANCELED_AFTER_SHIPPING)
    extra = {packed.row.sku or packed.row.line.name: packed.extra for packed in contents if packed.extra}
    if extra:
        attention.open_shipped_too_many(order, fulfillment.ext_fulfillment_id, extra)


def _canceled(order_ids: Sequence[int]) -> dict[int, int]:
    rows = OrderLine.objects.filter(order_id__in=order_ids).values_list("order_id")
    return dict.fromkeys(order_ids, 0) | dict(rows.annotate(n=Sum("canceled")))
