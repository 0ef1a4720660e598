"""Fulfilments: the proof that a parcel left, immutable, and what all of them amount to for the channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from crossdock.canon import FulfillmentState, Parcel, ParcelLine
from crossdock.hub import attention, inventory
from crossdock.hub.events import record_event
from crossdock.hub.ledger import Cause
from crossdock.hub.line_counts import count_lines
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import (
    Flow,
    Fulfillment,
    FulfillmentLine,
    Order,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.parcels import Contents, ShippingError, check_parcel, parcel_contents
from crossdock.hub.requests import lock_order, refresh_request, refuse_canceled
from crossdock.hub.status import refresh_orders


def fulfill(
    request: ShippingRequest,
    lines: Mapping[int | str, int] | None = None,
    *,
    shipped_at: datetime,
    author: str,
    tracking_number: str = "",
    tracking_url: str = "",
    carrier: str = "",
    service: str = "",
    ext_fulfillment_id: str | None = None,
    run: Run | None = None,
) -> Fulfillment:
    """Record a parcel that left at `shipped_at` (aware).

    `lines` says how many are in it, by request line id or by SKU; None means all that is open.

    The same `ext_fulfillment_id` twice is one parcel; with other contents it is refused. Raises
    `ShippingError` for unknown lines, quantities that are not positive or exceed what is open, and
    cancelled requests.
    """
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        rows = list(request.lines.order_by("pk"))
        check_parcel(shipped_at, tracking_number, tracking_url, carrier, service, ext_fulfillment_id)
        known = _same_parcel(request, ext_fulfillment_id, lines, rows)
        if known is not None:
            return known
        refuse_canceled(request)
        contents = parcel_contents(request, rows, lines)
        fulfillment = Fulfillment.objects.create(
            organization_id=request.organization_id, request=request, order=order,
            location_id=request.location_id,
            ext_fulfillment_id=ext_fulfillment_id or _next_ext_id(request), actual_ship_date=shipped_at,
            tracking_number=tracking_number, tracking_url=tracking_url, shipping_carrier=carrier,
            shipping_class=service, author=author[:80],
        )  # fmt: skip
        _count(fulfillment, contents)
        _follow_up(fulfillment, request, order, contents, author, run)
    request.refresh_from_db()
    return fulfillment


def _count(fulfillment: Fulfillment, contents: Contents) -> None:
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(fulfillment=fulfillment, request_line=row, sku=row.sku, quantity=quantity)
        for row, quantity in contents
    )
    for row, quantity in contents:
        ShippingRequestLine.objects.filter(pk=row.pk).update(fulfilled=F("fulfilled") + quantity)
    count_lines([fulfillment.order_id])


def _follow_up(
    fulfillment: Fulfillment,
    request: ShippingRequest,
    order: Order,
    contents: Contents,
    author: str,
    run: Run | None,
) -> None:
    reason = f"{fulfillment.ext_fulfillment_id} shipped"
    cause = Cause(author, reason, run)
    inventory.fulfill_request_lines(fulfillment, author=author, reason=reason, run=run)
    refresh_request(request, cause)
    record_event(
        order.organization_id, "orders", order.pk, "fulfill", author=author, run=run,
        reason=f"{reason} from {request.location.name}",
        after={
            "fulfillment": fulfillment.ext_fulfillment_id, "trackingNumber": fulfillment.tracking_number,
            "lines": [{"sku": row.sku, "quantity": quantity} for row, quantity in contents],
        },
    )  # fmt: skip
    refresh_orders([order.pk], cause)
    attention.review([order])
    flows = Flow.objects.filter(
        integration_id=order.integration_id, entity="fulfillments", direction="push", enabled=True
    ).exclude(integration__state="removed")
    for flow in flows:
        leave_marks(flow, [order.ext_order_api_id], reason)


def fulfillment_state(order: Order) -> FulfillmentState:
    """Return all parcels of the order so far, as its channel is to be told.

    Complete when nothing that requires shipping is open; a line without SKU counts, so an order with one
    stays incomplete until a person ships that line too.
    """
    parcels = []
    rows = Fulfillment.objects.filter(order=order).prefetch_related("lines__request_line__line")
    for row in rows.order_by("actual_ship_date", "pk"):
        contents = sorted(row.lines.all(), key=lambda line: line.pk)
        parcels.append(
            Parcel(
                shipped_at=row.actual_ship_date, tracking_number=row.tracking_number,
                tracking_url=row.tracking_url, carrier=row.shipping_carrier, service=row.shipping_class,
                lines=tuple(
                    ParcelLine(line.request_line.line.unique_id, line.sku, line.quantity) for line in contents
                ),
            )
        )  # fmt: skip
    return FulfillmentState(
        ext_order_api_id=order.ext_order_api_id,
        parcels=tuple(parcels),
        complete=bool(parcels) and not any(line.open for line in order.lines.filter(requires_shipping=True)),
        notify_buyer=bool(order.integration.settings.get("notifyBuyer", True)),
    )


def _same_parcel(
    request: ShippingRequest,
    ext_id: str | None,
    lines: Mapping[int | str, int] | None,
    rows: list[ShippingRequestLine],
) -> Fulfillment | None:
    known = Fulfillment.objects.filter(request=request, ext_fulfillment_id=ext_id).first() if ext_id else None
    if known is None or lines is None:
        return known
    had = {line.request_line_id: line.quantity for line in known.lines.all()}
    by_sku: dict[str, int] = {}
    for row in rows:
        by_sku[row.sku] = by_sku.get(row.sku, 0) + had.get(row.pk, 0)
    if any(
        (had.get(key, 0) if isinstance(key, int) else by_sku.get(key, 0)) != n for key, n in lines.items()
    ):
        raise ShippingError(
            "extFulfillmentId",
            f"{ext_id} is recorded already with other contents; a fulfilment never changes",
        )
    return known


def _next_ext_id(request: ShippingRequest) -> str:
    return f"{request.ext_shipment_id}-{request.fulfillments.count() + 1}"
