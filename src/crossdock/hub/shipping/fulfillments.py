"""Fulfillments: the proof that a parcel left, immutable, and what all of them amount to for the channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from crossdock.canon import FulfillmentState, Parcel, ParcelLine
from crossdock.hub.models import (
    Fulfillment,
    Order,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.organizations import ACCEPT, overfulfill_policy
from crossdock.hub.shipping.cancellations import take_up_again, was_sent_and_canceled
from crossdock.hub.shipping.carriers import tracking_link
from crossdock.hub.shipping.departures import Departure, record_departures
from crossdock.hub.shipping.parcels import (
    ShippingError,
    check_parcel,
    parcel_contents,
    units_of,
)
from crossdock.hub.shipping.requests import lock_order
from crossdock.hub.shipping.sending import refuse_canceled
from crossdock.hub.stock.ledger import Cause


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

    `lines` says how many are in it, by request line id or by SKU; None means all that is open. Without a
    `tracking_url` the carrier's own is used, if it is known.

    The same `ext_fulfillment_id` twice is one parcel; with other contents it is refused. More units than are
    open are refused, unless the organization's ``overfulfillPolicy`` is ``accept``: then they are `extra`.
    A parcel of a request that was cancelled after it had been sent has left all the same: the cancellation
    counts as refused. Raises `ShippingError` for unknown lines, quantities that are not positive or exceed
    what is open, and requests that were cancelled before they were sent.
    """
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        rows = list(request.lines.order_by("pk"))
        tracking_url = tracking_url or tracking_link(carrier, tracking_number)
        check_parcel(shipped_at, tracking_number, tracking_url, carrier, service, ext_fulfillment_id)
        known = same_report(request, ext_fulfillment_id, Fulfillment.Type.SHIPPED, lines, rows)
        if known is not None:
            return known
        if was_sent_and_canceled(request):
            take_up_again(request, order, Cause(author, "a parcel of it has left", run))
        refuse_canceled(request)
        contents = parcel_contents(
            request, rows, lines, accept_extra=overfulfill_policy(request.organization) == ACCEPT
        )
        departure = Departure(
            request, contents, ext_fulfillment_id or next_ext_id(request), shipped_at, tracking_number,
            tracking_url, carrier, service,
        )  # fmt: skip
        (fulfillment,) = record_departures([departure], {order.pk: order}, author=author, run=run)
    request.refresh_from_db()
    return fulfillment


def fulfillment_state(order: Order) -> FulfillmentState:
    """Return all parcels of the order so far, as its channel is to be told; rejections and extra units are ours.

    Complete when nothing that requires shipping is open; a line without SKU counts, so an order with one
    stays incomplete until a person ships that line too.
    """
    parcels = []
    rows = Fulfillment.objects.filter(order=order, fulfillment_type=Fulfillment.Type.SHIPPED)
    rows = rows.prefetch_related("lines__request_line__line")
    for row in rows.order_by("actual_ship_date", "pk"):
        contents = sorted(row.lines.all(), key=lambda line: line.pk)
        parcels.append(
            Parcel(
                shipped_at=row.actual_ship_date, tracking_number=row.tracking_number,
                tracking_url=row.tracking_url, carrier=row.shipping_carrier, service=row.shipping_class,
                lines=tuple(
                    ParcelLine(line.request_line.line.unique_id, line.sku, line.quantity)
                    for line in contents
                    if line.quantity
                ),
            )
        )  # fmt: skip
    return FulfillmentState(
        ext_order_api_id=order.ext_order_api_id,
        parcels=tuple(parcels),
        complete=bool(parcels) and not any(line.open for line in order.lines.filter(requires_shipping=True)),
        notify_buyer=bool(order.integration.settings.get("notifyBuyer", True)),
    )


def same_report(
    request: ShippingRequest,
    ext_id: str | None,
    kind: Fulfillment.Type,
    lines: Mapping[int | str, int] | None,
    rows: Sequence[ShippingRequestLine],
) -> Fulfillment | None:
    """Return the fulfillment that this report has been recorded as already; None if it is news.

    Raises `ShippingError` when it says something else than it did then.
    """
    known = Fulfillment.objects.filter(request=request, ext_fulfillment_id=ext_id).first() if ext_id else None
    if known is not None:
        check_same(known, kind, lines, rows)
    return known


def check_same(
    known: Fulfillment,
    kind: Fulfillment.Type,
    lines: Mapping[int | str, int] | None,
    rows: Sequence[ShippingRequestLine],
) -> None:
    """Raise `ShippingError` when a report says something else than it did when it was recorded as `known`."""
    had: dict[int | str, int] = {
        line.request_line_id: line.quantity + line.extra for line in known.lines.all()
    }
    same = lines is None or units_of(rows, had) == units_of(rows, lines)
    if known.fulfillment_type != kind or not same:
        raise ShippingError(
            "extFulfillmentId",
            f"{known.ext_fulfillment_id} is recorded already with other contents; a fulfillment never changes",
        )


def next_ext_id(request: ShippingRequest) -> str:
    """Return an id for a fulfillment that was given none."""
    return f"{request.ext_shipment_id}-{request.fulfillments.count() + 1}"
