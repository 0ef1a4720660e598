"""Pushing shipping requests: what a warehouse is to ship is handed to it, once, and called off where it was."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db.models import Q, QuerySet

from crossdock.canon import Shipment
from crossdock.connectors.contract import Change, Entity
from crossdock.connectors.errors import Refused
from crossdock.flows.context import RunContext
from crossdock.flows.handing_over import Entry, Handing, Item, hand_over
from crossdock.hub.events import record_event
from crossdock.hub.models import Integration, Link, ShippingRequest, pk_of
from crossdock.hub.shipping.cancellations import note_told
from crossdock.hub.shipping.requests import lock_order
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.warehouses import shipment_of
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

ENTITY = Entity.SHIPMENTS.value
REQUESTS = "shippingRequests"
UNSENT = (
    ShippingRequest.Status.NEW,
    ShippingRequest.Status.READY,
    ShippingRequest.Status.PARTIAL,
)


def push_shipments(ctx: RunContext) -> None:
    """Hand every marked request to the warehouse that has not had it, and tell it what was cancelled since.

    Raises `Refused` where the warehouse takes no requests.
    """
    outbox = ctx.warehouse.shipment_outbox
    if outbox is None:
        raise Refused(f"{ctx.integration.name} takes no shipping requests.", code="unknownFlow")
    hand_over(ctx, Handing(outbox, _desired, _recorded))


def waiting_requests(integration: Integration) -> QuerySet[ShippingRequest]:
    """Return the requests that `integration` has to be told of, new ones and cancelled ones."""
    fresh = Q(status__in=UNSENT, sent_to_fulfillment_at=None, location__fulfillment_integration=integration)
    told = Link.objects.filter(integration=integration, entity=ENTITY).values("record_id")
    requested = ShippingRequest.Cancellation.REQUESTED
    off = Q(status__in=CANCELED_REQUESTS, pk__in=told, cancellation_status=requested)
    return ShippingRequest.objects.filter(fresh | off, organization_id=integration.organization_id)


def _desired(ctx: RunContext, keys: Sequence[str]) -> list[Item[Shipment]]:
    rows = (
        waiting_requests(ctx.integration)
        .filter(pk__in=[pk_of(key) for key in keys])
        .select_related("order__integration", "location")
        .prefetch_related("lines__line")
        .order_by("pk")
    )
    items: list[Item[Shipment]] = []
    for request in rows:
        shipment = shipment_of(request)
        if shipment.line_items:
            items.append(_item(ctx, request, shipment, {item.record.ext_shipment_id for item in items}))
    return items


def _item(ctx: RunContext, request: ShippingRequest, shipment: Shipment, beside: set[str]) -> Item[Shipment]:
    canceled = request.status in CANCELED_REQUESTS
    number = shipment.ext_shipment_id
    shipment = msgspec.structs.replace(shipment, canceled=canceled)
    lines = ", ".join(f"{line.quantity} of {line.sku or line.name}" for line in shipment.line_items)
    if canceled:
        change = Change(number, "canceled", "no", f"yes ({lines} must not ship any more)")
    else:
        change = Change(number, "shipment", "", f"{lines} from {request.location.name}")
    taken = number in beside or (
        Link.objects.filter(integration=ctx.integration, entity=ENTITY, remote_id=number)
        .exclude(record_id=request.pk)
        .exists()
    )
    return Item(
        key=request.key, title=f"Shipping request {number}", record=shipment, changes=(change,),
        entry={"key": request.key, "extShipmentId": number, "canceled": canceled}, record_id=request.pk,
        problem=_taken(number) if taken else None,
    )  # fmt: skip


def _taken(number: str) -> Refused:
    return Refused(
        f"the warehouse has another request called {number}, of an order with the same number; ship it by hand.",
        code="shipmentNumberTaken",
        field="extShipmentId",
    )


def _recorded(ctx: RunContext, entries: Sequence[Entry], key: str) -> None:
    requests = ShippingRequest.objects.filter(pk__in=[pk_of(str(entry["key"])) for entry in entries])
    by_key = {request.key: request for request in requests}
    # Orders are locked by row number, as everywhere.
    for entry in sorted(entries, key=lambda entry: by_key[str(entry["key"])].order_id):
        request = by_key[str(entry["key"])]
        lock_order(request.order_id)
        request.refresh_from_db()
        if entry["canceled"]:
            _record_canceled(ctx, request, key)
        else:
            _record_sent(ctx, request, key)


def _record_sent(ctx: RunContext, request: ShippingRequest, key: str) -> None:
    name = ctx.integration.name
    ShippingRequest.objects.filter(pk=request.pk).update(fulfillment_integration=ctx.integration)
    # If it was cancelled while it was on its way, it has gone all the same, and is marked to be called off.
    mark_sent(request, author=ctx.author, reason=f"handed to {name}", run=ctx.run)
    Link.objects.update_or_create(
        integration=ctx.integration, entity=ENTITY, remote_id=request.ext_shipment_id,
        defaults={"record_id": request.pk, "sent": _trace(ctx, key)},
    )  # fmt: skip
    record_event(
        request.organization_id, REQUESTS, request.pk, "sent", author=ctx.author, run=ctx.run,
        reason=f"handed to {name}", after={"key": key, "fulfillmentIntegration": ctx.integration.key},
    )  # fmt: skip


def _record_canceled(ctx: RunContext, request: ShippingRequest, key: str) -> None:
    note_told(request, author=ctx.author, reason=f"{ctx.integration.name} was told", run=ctx.run)
    Link.objects.filter(integration=ctx.integration, entity=ENTITY, record_id=request.pk).update(
        sent=_trace(ctx, key) | {"canceled": True}
    )


def _trace(ctx: RunContext, key: str) -> dict[str, object]:
    return {"key": key, "at": ctx.now.isoformat(), "run": ctx.run.key}
