"""A shipping request goes to its warehouse: noted once, and from then on nothing of it changes any more."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.models import Run, ShippingRequest
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import REQUESTS, lock_order, refresh_request, tell_warehouses
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS


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
        if request.sent_to_fulfillment_at is not None:
            return request
        late = request.status in CANCELED_REQUESTS
        ShippingRequest.objects.filter(pk=request.pk).update(
            sent_to_fulfillment_at=Now(), updated_at=Now(),
            cancellation_status=ShippingRequest.Cancellation.REQUESTED.value if late else "",
        )  # fmt: skip
        request.refresh_from_db()
        refresh_request(request, cause)
        refresh_orders([order.pk], cause)
        if late:
            attention.open_about(order, attention.CANCELED_AFTER_SENDING)
            tell_warehouses([request], "cancelled while it was being sent")
        return request


def note_reference(request: ShippingRequest, ext_reference_id: str, cause: Cause) -> None:
    """Note the warehouse's own number of the request, if it is news. Raises `ShippingError` for a long one."""
    if not ext_reference_id or ext_reference_id == request.ext_reference_id:
        return
    if len(ext_reference_id) > 140:
        raise ShippingError(
            "extReferenceId", f"it has {len(ext_reference_id)} characters; at most 140 are kept"
        )
    ShippingRequest.objects.filter(pk=request.pk).update(ext_reference_id=ext_reference_id, updated_at=Now())
    record_event(
        request.organization_id, REQUESTS, request.pk, "reference", author=cause.author, reason=cause.reason,
        run=cause.run, before={"extReferenceId": request.ext_reference_id},
        after={"extReferenceId": ext_reference_id},
    )  # fmt: skip
    request.ext_reference_id = ext_reference_id


def refuse_canceled(request: ShippingRequest) -> None:
    """Raise `ShippingError` for a cancelled request."""
    if request.status in CANCELED_REQUESTS:
        raise ShippingError("status", f"{request.ext_shipment_id} is cancelled; nothing of it may ship")
