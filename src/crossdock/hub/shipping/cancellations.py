"""What a warehouse answers when it is asked to stop a request that it has.

| answer | the request |
| --- | --- |
| stopped | stays cancelled; `confirmed` |
| too late, or a parcel of it arrives | counts again; `refused`. What had been written off is taken back first |

A parcel that left is a fact, whatever had been decided here. So a refused request holds its units again, and
what has been routed elsewhere meanwhile is cancelled where no warehouse knows of it yet; the rest is a person's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now

from crossdock.hub.models import Event, LedgerEntry, Order, Run, ShippingRequest
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import REQUESTS, lock_order, refresh_request, request_event
from crossdock.hub.shipping.withdrawing import excess_requests, mark_canceled
from crossdock.hub.stock.ledger import Cause, Move, Place, settle
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

Cancellation = ShippingRequest.Cancellation


def note_told(request: ShippingRequest, *, author: str, reason: str = "", run: Run | None = None) -> None:
    """Note that the warehouse was told to stop a request; what had been answered already stands."""
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        note_all_told([request], {order.pk: order}, Cause(author, reason, run))


def note_all_told(requests: Sequence[ShippingRequest], orders: Mapping[int, Order], cause: Cause) -> None:
    """As `note_told` for each; `orders` are theirs, locked, and the requests read since."""
    told = [request for request in requests if request.cancellation_status == Cancellation.REQUESTED]
    if not told:
        return
    _set_all(told, Cancellation.SENT, cause)
    attention.review([orders[pk] for pk in sorted({request.order_id for request in told})])


def answer_cancellation(
    request: ShippingRequest, *, stopped: bool, author: str, reason: str = "", run: Run | None = None
) -> ShippingRequest:
    """Note what the warehouse answered; the same answer twice is one.

    Raises `ShippingError` for a request that was not cancelled after it had been sent.
    """
    cause = Cause(author, reason, run)
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        answer = Cancellation.CONFIRMED if stopped else Cancellation.REFUSED
        if request.cancellation_status == answer:
            return request
        if not was_sent_and_canceled(request):
            raise ShippingError(
                "cancellationStatus",
                f"{request.ext_shipment_id} was not cancelled after it had been sent; there is nothing to answer",
            )
        if stopped:
            _set(request, answer, cause)
            attention.review([order])
        else:
            take_up_again(request, order, cause)
        return request


def was_sent_and_canceled(request: ShippingRequest) -> bool:
    """Whether a warehouse may still ship a request that is cancelled here."""
    return request.status in CANCELED_REQUESTS and request.sent_to_fulfillment_at is not None


def take_up_again(request: ShippingRequest, order: Order, cause: Cause) -> None:
    """Let a cancelled request, which its warehouse ships all the same, count again. The order must be locked."""
    moves = _taken_back(request)
    _set(request, Cancellation.REFUSED, cause)
    ShippingRequest.objects.filter(pk=request.pk).update(status=ShippingRequest.Status.READY)
    request.refresh_from_db()
    refresh_request(request, cause)
    excess = excess_requests([order.pk])
    mark_canceled(
        excess, restock=True,
        cause=Cause(cause.author, f"{request.ext_shipment_id} ships all the same", cause.run),
    )  # fmt: skip
    settle([order.pk], cause, moves)
    refresh_orders([order.pk], cause)
    attention.review([order])


def _taken_back(request: ShippingRequest) -> list[Move]:
    """Return what comes back on hand of what was written off when the request was cancelled."""
    entries = LedgerEntry.objects.filter(
        order_id=request.order_id, entity=REQUESTS, entity_id=request.pk, figure="on_hand"
    )
    sums = entries.values_list("record__sku", "record__location_id").annotate(total=Sum("quantity"))
    return [
        Move(
            place=Place(request.organization_id, sku, location_id), figure="on_hand", quantity=-total,
            event="shipCancel", order_id=request.order_id, entity=REQUESTS, entity_id=request.pk,
        )
        for sku, location_id, total in sums.order_by("record__sku")
        if total
    ]  # fmt: skip


def _set(request: ShippingRequest, status: ShippingRequest.Cancellation, cause: Cause) -> None:
    _set_all([request], status, cause)


def _set_all(requests: Sequence[ShippingRequest], status: ShippingRequest.Cancellation, cause: Cause) -> None:
    ShippingRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
        cancellation_status=status.value, updated_at=Now()
    )
    Event.objects.bulk_create(
        request_event(
            request, "cancellation", cause,
            {"cancellationStatus": request.cancellation_status}, {"cancellationStatus": status.value},
        )
        for request in requests
    )  # fmt: skip
    for request in requests:
        request.cancellation_status = status.value
