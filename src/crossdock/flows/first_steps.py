"""The first steps after connecting: which of them the facts in the database show to be done.

Nobody ticks them. A step is done when what it asks for can be seen: a location that was read, an order that came
in, a figure that was sent. Words and links belong to whoever shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Entity
from crossdock.hub.models import (
    Delivery,
    Event,
    ExceptionCase,
    Flow,
    Integration,
    InventoryRecord,
    Link,
    Location,
    Order,
    ShippingRequest,
)


@dataclass(frozen=True)
class Step:
    """One step: its name, whether it is done and since when, and what shows it (`seen`, in a few words).

    `record_id` is the record that shows it, where that is one.
    """

    name: str
    done: bool
    at: datetime | None = None
    seen: str = ""
    record_id: int | None = None


def first_steps(integration: Integration) -> list[Step]:
    """Return the steps of an integration in the order in which a person takes them, as they stand now."""
    manifest = connector_for(integration.connector).manifest
    flows = {(flow.entity, flow.direction): flow for flow in integration.flows.all()}
    steps = [_connected(integration)]
    if manifest.role == "warehouse":
        return [*steps, _assigned(integration), _flows_on(integration), _handed_over(integration),
                *([_reported(integration)] if ("fulfillments", "pull") in flows else [])]  # fmt: skip
    steps += [_located(integration, flows), _flows_on(integration), _order_seen(integration)]
    unrouted = _unrouted(integration)
    if unrouted is not None:
        steps.append(unrouted)
    if ("fulfillments", "push") in flows:
        steps.append(_shipment_pushed(integration))
    if ("inventory", "push") in flows:
        steps += [_counted(integration), _stock_pushed(integration)]
    return steps


def _connected(integration: Integration) -> Step:
    done = integration.state == Integration.State.CONNECTED
    return Step(
        "connected", done, integration.connected_at if done else None, integration.name if done else ""
    )


def _located(integration: Integration, flows: dict[tuple[str, str], Flow]) -> Step:
    flow = flows.get((Entity.LOCATIONS.value, "pull"))
    done = flow is not None and flow.last_success_at is not None
    ids = Link.objects.filter(integration=integration, entity="locations").values("record_id")
    names = Location.objects.filter(pk__in=ids).order_by("pk").values_list("name", flat=True)[:4]
    return Step(
        "located", done, flow.last_success_at if flow and done else None, ", ".join(names) if done else ""
    )


def _flows_on(integration: Integration) -> Step:
    locked = [
        str(offer.entity) for offer in connector_for(integration.connector).manifest.flows if offer.locked
    ]
    chosen = Flow.objects.filter(integration=integration, enabled=True).exclude(entity__in=locked)
    on = list(chosen.order_by("enabled_at", "pk"))
    return Step("flowsOn", bool(on), on[0].enabled_at if on else None, ", ".join(str(flow) for flow in on))


def _order_seen(integration: Integration) -> Step:
    """An order placed since the integration was added: one of an imported history proves no flow."""
    orders = Order.objects.filter(
        organization_id=integration.organization_id,
        integration=integration,
        ext_order_created_at__gte=integration.created_at,
    )
    order = orders.order_by("ext_order_created_at").first()
    if order is None:
        return Step("orderSeen", False)
    return Step("orderSeen", True, order.created_at, order.ext_order_id, order.pk)


def _unrouted(integration: Integration) -> Step | None:
    """Only where orders need it: one waits for a place, or a warehouse is connected that ships from nowhere."""
    places = Location.objects.filter(
        organization_id=integration.organization_id, kind=Location.Kind.STOCK, status=Location.Status.ACTIVE
    )
    waiting = ExceptionCase.objects.filter(
        organization_id=integration.organization_id,
        status=ExceptionCase.Status.ACTIVE,
    ).filter(Q(code="noRoute", integration=integration) | Q(code="noLocation")).first()  # fmt: skip
    idle = (
        Integration.objects.filter(
            organization_id=integration.organization_id, state=Integration.State.CONNECTED, fulfills_for=None
        )
        .exclude(pk=integration.pk)
        .order_by("pk")
    )
    warehouses = [one for one in idle if connector_for(one.connector).manifest.role == "warehouse"]
    if waiting is not None:
        return Step("routed", False, None, waiting.message, waiting.record_id)
    if warehouses:
        return Step("warehouseAssigned", False, None, warehouses[0].name)
    assigned = (
        places.filter(fulfillment_integration__isnull=False).select_related("fulfillment_integration").first()
    )
    if assigned is not None and assigned.fulfillment_integration is not None:
        return Step(
            "warehouseAssigned", True, None, f"{assigned.name}: {assigned.fulfillment_integration.name}"
        )
    return None


def _shipment_pushed(integration: Integration) -> Step:
    """The flow's own events, by the orders whose link it wrote to."""
    written = Link.objects.filter(integration=integration, entity="orders", sent__isnull=False).order_by("pk")
    link = written.first()
    if link is None:
        return Step("shipmentPushed", False)
    event = Event.objects.filter(
        entity="orders", record_id=link.record_id, operation="fulfillmentPushed"
    ).order_by("pk").first()  # fmt: skip
    number = Order.objects.filter(pk=link.record_id).values_list("ext_order_id", flat=True).first()
    return Step("shipmentPushed", True, event.created_at if event else None, number or "", link.record_id)


def _counted(integration: Integration) -> Step:
    counted = (
        InventoryRecord.objects.filter(
            organization_id=integration.organization_id, state=InventoryRecord.State.TRACKED
        )
        .order_by("pk")
        .first()
    )
    return Step(
        "counted",
        counted is not None,
        counted.created_at if counted else None,
        counted.sku if counted else "",
    )


def _stock_pushed(integration: Integration) -> Step:
    written = Link.objects.filter(integration=integration, entity="products", sent__quantity__isnull=False)
    link = written.order_by("pk").first()
    if link is None:
        return Step("stockPushed", False)
    event = (
        Event.objects.filter(entity="inventory", record_id=link.record_id, operation="pushed")
        .order_by("-pk")
        .first()
    )
    after = event.after if event and isinstance(event.after, dict) else {}
    seen = f"{after['sku']}: {after['quantity']}" if {"sku", "quantity"} <= after.keys() else ""
    return Step("stockPushed", True, event.created_at if event else None, seen)


def _assigned(integration: Integration) -> Step:
    names = list(integration.fulfills_for.order_by("pk").values_list("name", flat=True)[:4])
    return Step("assigned", bool(names), None, ", ".join(names))


def _handed_over(integration: Integration) -> Step:
    sent = ShippingRequest.objects.filter(
        fulfillment_integration=integration, sent_to_fulfillment_at__isnull=False
    ).order_by("pk")
    request = sent.first()
    if request is None:
        return Step("handedOver", False)
    return Step("handedOver", True, request.sent_to_fulfillment_at, request.ext_shipment_id, request.pk)


def _reported(integration: Integration) -> Step:
    taken = Delivery.objects.filter(integration=integration, entity="fulfillments", accepted__gt=0)
    first = taken.order_by("pk").first()
    return Step("reported", first is not None, first.taken_at if first else None, first.name if first else "")
