"""Pushing shipping requests: what a warehouse is to ship is handed to it, once, and called off where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from django.db.models import Q, QuerySet

from crossdock.canon import Shipment
from crossdock.connectors.contract import Change, Entity
from crossdock.connectors.errors import Refused
from crossdock.flows.context import RunContext
from crossdock.flows.handing_over import Entry, Handing, Item, hand_over
from crossdock.hub.models import Event, Integration, Link, Order, ShippingRequest, pk_of
from crossdock.hub.shipping.cancellations import note_all_told
from crossdock.hub.shipping.requests import lock_orders, request_event
from crossdock.hub.shipping.sending import mark_all_sent
from crossdock.hub.shipping.warehouses import shipments_of
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

ENTITY = Entity.SHIPMENTS.value
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
    shipments = [(request, shipment) for request, shipment in shipments_of(list(rows)) if shipment.line_items]
    links = Link.objects.filter(
        integration=ctx.integration,
        entity=ENTITY,
        remote_id__in=[shipment.ext_shipment_id for _, shipment in shipments],
    )
    taken = dict(links.values_list("remote_id", "record_id"))
    items: list[Item[Shipment]] = []
    for request, shipment in shipments:
        first = taken.setdefault(shipment.ext_shipment_id, request.pk)
        items.append(_item(request, shipment, taken=first != request.pk))
    return items


def _item(request: ShippingRequest, shipment: Shipment, *, taken: bool) -> Item[Shipment]:
    canceled = request.status in CANCELED_REQUESTS
    number = shipment.ext_shipment_id
    shipment = msgspec.structs.replace(shipment, canceled=canceled)
    lines = ", ".join(f"{line.quantity} of {line.sku or line.name}" for line in shipment.line_items)
    if canceled:
        change = Change(number, "canceled", "no", f"yes ({lines} must not ship any more)")
    else:
        change = Change(number, "shipment", "", f"{lines} from {request.location.name}")
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
    canceled = {pk_of(str(entry["key"])) for entry in entries if entry["canceled"]}
    pks = canceled | {pk_of(str(entry["key"])) for entry in entries}
    rows = ShippingRequest.objects.filter(pk__in=pks)
    orders = lock_orders(rows.values_list("order_id", flat=True))
    requests = list(rows.order_by("order_id", "pk"))
    _record_sent(ctx, [request for request in requests if request.pk not in canceled], orders, key)
    _record_canceled(ctx, [request for request in requests if request.pk in canceled], orders, key)


def _record_sent(
    ctx: RunContext, requests: Sequence[ShippingRequest], orders: Mapping[int, Order], key: str
) -> None:
    if not requests:
        return
    cause = Cause(ctx.author, f"handed to {ctx.integration.name}", ctx.run)
    ShippingRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
        fulfillment_integration=ctx.integration
    )
    for request in requests:
        request.fulfillment_integration = ctx.integration
    # What was cancelled while it was on its way has gone all the same, and is marked to be called off.
    mark_all_sent(requests, orders, cause)
    Link.objects.bulk_create(
        [
            Link(
                integration=ctx.integration, entity=ENTITY, remote_id=request.ext_shipment_id, record_id=request.pk,
                sent=_trace(ctx, key),
            )
            for request in requests
        ],
        update_conflicts=True, unique_fields=["integration", "entity", "remote_id"],
        update_fields=["record_id", "sent"],
    )  # fmt: skip
    after = {"key": key, "fulfillmentIntegration": ctx.integration.key}
    Event.objects.bulk_create(request_event(request, "sent", cause, None, after) for request in requests)


def _record_canceled(
    ctx: RunContext, requests: Sequence[ShippingRequest], orders: Mapping[int, Order], key: str
) -> None:
    if not requests:
        return
    note_all_told(requests, orders, Cause(ctx.author, f"{ctx.integration.name} was told", ctx.run))
    told = Link.objects.filter(
        integration=ctx.integration, entity=ENTITY, record_id__in=[request.pk for request in requests]
    )
    told.update(sent=_trace(ctx, key) | {"canceled": True})


def _trace(ctx: RunContext, key: str) -> dict[str, object]:
    return {"key": key, "at": ctx.now.isoformat(), "run": ctx.run.key}
