"""Shipping requests go to their warehouse: noted once, and from then on nothing of them changes any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Now

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import Event, Order, Run, ShippingRequest
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import (
    lock_order,
    refresh_requests,
    request_event,
    tell_warehouses,
)
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

LONGEST_REFERENCE = 140


def mark_sent(
    request: ShippingRequest,
    *,
    author: str,
    reason: str = "",
    run: Run | None = None,
    ext_reference_id: str = "",
) -> ShippingRequest:
    """Note that the request has gone to its warehouse, and under which number (reference) it goes there.

    Twice is once; a reference may follow later. From now on nothing of the request changes any more. One that
    was cancelled while it was on its way has gone all the same: its cancellation is `requested` now. To refuse
    that beforehand, when a person is about to send it, call `refuse_canceled`.
    """
    cause = Cause(author, reason, run)
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        note_reference(request, ext_reference_id, cause)
        mark_all_sent([request], {order.pk: order}, cause)
        return request


def mark_all_sent(requests: Sequence[ShippingRequest], orders: Mapping[int, Order], cause: Cause) -> None:
    """Note that requests have gone to their warehouses; `orders` are theirs, locked, and the requests read since.

    As `mark_sent` for each, in a number of statements that does not grow with them.
    """
    fresh = [request for request in requests if request.sent_to_fulfillment_at is None]
    if not fresh:
        return
    requested = Value(ShippingRequest.Cancellation.REQUESTED.value)
    ShippingRequest.objects.filter(pk__in=[request.pk for request in fresh]).update(
        sent_to_fulfillment_at=Now(),
        updated_at=Now(),
        cancellation_status=Case(When(status__in=CANCELED_REQUESTS, then=requested), default=Value("")),
    )
    now_sent = ShippingRequest.objects.in_bulk([request.pk for request in fresh])
    for request in fresh:
        stored = now_sent[request.pk]
        request.sent_to_fulfillment_at, request.updated_at = stored.sent_to_fulfillment_at, stored.updated_at
        request.cancellation_status = stored.cancellation_status
    refresh_requests(fresh, cause)
    refresh_orders(sorted({request.order_id for request in fresh}), cause)
    late = [request for request in fresh if request.status in CANCELED_REQUESTS]
    about = sorted({request.order_id for request in late})
    attention.open_all(attention.CANCELED_AFTER_SENDING, {orders[pk]: "" for pk in about})
    tell_warehouses(late, "cancelled while it was being sent")


def note_reference(request: ShippingRequest, ext_reference_id: str, cause: Cause) -> None:
    """Note the warehouse's own number of the request, if it is news. Raises `ShippingError` for a long one."""
    check_reference(ext_reference_id)
    note_references([(request, ext_reference_id)], cause)


def check_reference(ext_reference_id: str) -> None:
    """Raise `ShippingError` for a number that is too long to be kept."""
    if len(ext_reference_id) > LONGEST_REFERENCE:
        raise ShippingError(
            "extReferenceId",
            f"it has {len(ext_reference_id)} characters; at most {LONGEST_REFERENCE} are kept",
        )


def note_references(told: Sequence[tuple[ShippingRequest, str]], cause: Cause) -> None:
    """Note the warehouse's own numbers of requests where they are news. They have been checked."""
    news = [(request, number) for request, number in told if number not in ("", request.ext_reference_id)]
    if not news:
        return
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_shippingrequest AS request SET ext_reference_id = told.number, updated_at = now()
              FROM unnest(%s::bigint[], %s::text[]) AS told(id, number) WHERE request.id = told.id
            """,
            [[request.pk for request, _ in news], [number for _, number in news]],
        )
    Event.objects.bulk_create(
        request_event(
            request, "reference", cause,
            {"extReferenceId": request.ext_reference_id}, {"extReferenceId": number},
        )
        for request, number in news
    )  # fmt: skip
    for request, number in news:
        request.ext_reference_id = number


def refuse_canceled(request: ShippingRequest) -> None:
    """Raise `ShippingError` for a cancelled request."""
    if request.status in CANCELED_REQUESTS:
        raise ShippingError("status", f"{request.ext_shipment_id} is cancelled; nothing of it may ship")
