"""Shipping requests that wait for stock on its way, and become ready when it is here."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.models import InventoryRecord, Reservation, ShippingRequest
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.requests import REQUESTS, lock_order
from crossdock.hub.stock.ledger import Cause, settle

State = InventoryRecord.State
_ARRIVED = "the stock it waited for is here"
_PENDING = ShippingRequest.Status.PENDING_INVENTORY
_READY = ShippingRequest.Status.READY


def ready_requests(organization_id: int, cause: Cause) -> list[ShippingRequest]:
    """Let the requests go on whose goods are here now, oldest first; returns them.

    A request is ready when all that it still asks for is available at its location: it keeps committed instead of
    committedFuture from then on. Each in a transaction of its own; level-triggered, so a repeat costs a look.
    """
    ready = []
    waiting = ShippingRequest.objects.filter(organization_id=organization_id, status=_PENDING).order_by("pk")
    for pk, order_id in list(waiting.values_list("pk", "order_id")):
        with transaction.atomic():
            lock_order(order_id)
            request = ShippingRequest.objects.select_related("location").get(pk=pk)
            if request.status == _PENDING and _is_here(request):
                make_ready(request, cause)
                ready.append(request)
    return ready


def make_ready(request: ShippingRequest, cause: Cause) -> None:
    """Let a request that waited go on: it keeps what is here. For a locked order, in the caller's transaction."""
    ShippingRequest.objects.filter(pk=request.pk, status=_PENDING).update(status=_READY, updated_at=Now())
    request.status = _READY
    record_event(
        request.organization_id, REQUESTS, request.pk, "status", author=cause.author,
        reason=cause.reason or _ARRIVED, run=cause.run,
        before={"status": _PENDING.value}, after={"status": _READY.value},
    )  # fmt: skip
    settle([request.order_id], Cause(cause.author, cause.reason or _ARRIVED, cause.run))
    refresh_orders([request.order_id], cause)


def _is_here(request: ShippingRequest) -> bool:
    """Whether all that the request still asks for lies at its location, free of what other requests ship from there.

    What younger orders keep until they are routed does not count against it. The records are locked for it.
    """
    if request.location.infinite_availability:
        return True
    wanted: dict[str, int] = {}
    for line in request.lines.all():
        for sku, each in line.parts():
            if sku and line.open > 0:
                wanted[sku] = wanted.get(sku, 0) + line.open * each
    rows = InventoryRecord.objects.filter(location=request.location, sku__in=wanted).order_by("sku")
    found = {row.sku: row for row in rows.select_for_update(of=("self",), no_key=True)}
    taken = dict(
        Reservation.objects.filter(record__in=found.values(), future=False)
        .exclude(request_line=None)
        .values_list("record__sku")
        .annotate(units=Sum("quantity"))
    )
    return all(_covers(found.get(sku), units + taken.get(sku, 0)) for sku, units in wanted.items())


def _covers(record: InventoryRecord | None, units: int) -> bool:
    if record is None or record.state == State.UNKNOWN:
        return False
    return record.state == State.UNLIMITED or record.on_hand >= units
