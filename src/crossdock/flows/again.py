"""Looking at a record again: a mark for the flow that carries it, and a run soon.

Nothing is done anew blindly. A flow that looks at a record compares both sides as they are at that moment, and does
only what is missing; so looking once too often does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from crossdock.hub.events import record_event
from crossdock.hub.marks import leave_marks, wake_flow
from crossdock.hub.models import (
    ExceptionCase,
    Flow,
    Fulfillment,
    Integration,
    InventoryRecord,
    Link,
    Order,
    Organization,
    Product,
    ShippingRequest,
    public_key,
)

OPERATION = "lookAgain"


class LookError(Exception):
    """Nothing can look at it again now; `field` names what stands against it, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


@dataclass(frozen=True)
class Look:
    """One flow that looks at one key again; without a key, at all that it carries.

    `sentence` says what will happen.
    """

    flow: Flow
    key: str
    sentence: str

    @property
    def obstacle(self) -> str:
        """Why the flow would not look now; empty when it does."""
        integration = self.flow.integration
        if not integration.usable:
            return f"{integration.name} is {integration.get_state_display().lower()}"
        return "" if self.flow.enabled else f"the flow that would ({self.flow}) is off"


def looks_at(organization: Organization, entity: str, record_id: int) -> list[Look]:
    """Return the flows that carry a record, and what each would do; empty for what no flow carries.

    `entity` is that of events: ``orders``, ``products``, ``inventory``, ``shippingRequests``, ``fulfillments``,
    ``locations``.
    """
    match entity:
        case "orders":
            order = Order.objects.filter(organization=organization, pk=record_id).first()
            return [] if order is None else _order_looks(order)
        case "fulfillments":
            parcel = (
                Fulfillment.objects.filter(organization=organization, pk=record_id)
                .select_related("order")
                .first()
            )
            return (
                []
                if parcel is None
                else _flows(
                    Q(integration_id=parcel.order.integration_id),
                    "fulfillments",
                    "push",
                    parcel.order.ext_order_api_id,
                    parcel.order.ext_order_id,
                )
            )
        case "shippingRequests":
            request = ShippingRequest.objects.filter(organization=organization, pk=record_id).first()
            if request is None:
                return []
            warehouse = Q(integration_id=request.fulfillment_integration_id) | Q(
                integration__fulfills_for=request.location_id
            )
            return _flows(warehouse, "shipments", "push", request.key, request.ext_shipment_id)
        case "products":
            product = Product.objects.filter(organization=organization, pk=record_id).first()
            return [] if product is None else _product_looks(product)
        case "inventory":
            record = InventoryRecord.objects.filter(organization=organization, pk=record_id).first()
            return [] if record is None else stock_looks(organization, record.sku)
        case "locations":
            everywhere = Q(integration__organization=organization)
            return _flows(everywhere, "locations", "pull", "", "the locations")
    return []


def stock_looks(organization: Organization, sku: str) -> list[Look]:
    """Return the flows that would look at the figure of `sku` on each channel."""
    return _flows(Q(integration__organization=organization), "inventory", "push", sku, sku)


def looks_for(case: ExceptionCase) -> list[Look]:
    """Return the flows that would find out whether the cause of an exception is still there."""
    kind, _, key = case.subject.partition(":")
    flow = case.flow
    if flow is not None and kind == flow.entity and key:
        key = key.partition(":")[0] if (flow.entity, flow.direction) == ("products", "pull") else key
        return [Look(flow, key, _sentence(flow, key, "it"))]
    if flow is not None:
        return [Look(flow, "", _sentence(flow, "", ""))]
    if case.entity == "locations" and case.integration_id is None:
        return looks_at(case.organization, "locations", 0)
    if case.integration_id is not None and kind in ("orders", "products") and key:
        return _flows(Q(integration_id=case.integration_id), kind, "pull", key.partition(":")[0], "it")
    return []


def may_look(case: ExceptionCase) -> bool:
    """Whether `looks_for` may find a flow, told without asking the database."""
    if case.flow_id is not None or (case.entity == "locations" and case.integration_id is None):
        return True
    return case.integration_id is not None and case.subject.startswith(("orders:", "products:"))


def look_again(
    looks: Iterable[Look], *, author: str, reason: str = "", about: tuple[int, str, int] | None = None
) -> list[Look]:
    """Leave a mark for each flow that can look, and have it run; returns those.

    `about` (organization, entity, record) gets an event with the author and the reason. Raises `LookError` where
    no flow can.
    """
    wanted = list(looks)
    able = [look for look in wanted if not look.obstacle]
    if not able:
        raise LookError("flow", _why_not(wanted))
    with transaction.atomic():
        if about is not None:
            organization_id, entity, record_id = about
            record_event(
                organization_id, entity, record_id, OPERATION, author=author, reason=reason,
                after={"flows": [f"{look.flow} ({look.flow.integration.name})" for look in able]},
            )  # fmt: skip
        for look in sorted(able, key=lambda look: look.flow.pk):
            Flow.objects.filter(pk=look.flow.pk).update(not_before=None)
            if look.key:
                leave_marks(look.flow, [look.key], f"looked at again for {author}")
            else:
                wake_flow(look.flow)
    return able


def _why_not(looks: Sequence[Look]) -> str:
    if not looks:
        return "no flow carries this record, so nothing can look at it again"
    reasons = list(dict.fromkeys(look.obstacle for look in looks))
    return f"nothing can look at it again: {'; '.join(reasons)}. Turn it on or reconnect it, then look again"


def _order_looks(order: Order) -> list[Look]:
    here = Q(integration_id=order.integration_id)
    return [
        *_flows(here, "orders", "pull", order.ext_order_api_id, f"order {order.ext_order_id}"),
        *_flows(here, "fulfillments", "push", order.ext_order_api_id, order.ext_order_id),
        *_flows(Q(integration__organization_id=order.organization_id), "orders", "push", order.key,
                f"order {order.ext_order_id}"),
    ]  # fmt: skip


def _product_looks(product: Product) -> list[Look]:
    name = product.sku or product.name
    parent = product.parent_id or product.pk
    links = Link.objects.filter(entity="products", record_id__in=[product.pk, parent], tombstoned_at=None)
    looks = []
    for integration_id, remote_id in dict(links.values_list("integration_id", "remote_id")).items():
        looks += _flows(
            Q(integration_id=integration_id), "products", "pull", remote_id.partition(":")[0], name
        )
    others = Q(integration__organization_id=product.organization_id) & ~Q(
        integration_id=product.owner_id or 0
    )
    looks += _flows(others, "products", "push", public_key(parent), name)
    return looks + (stock_looks(product.organization, product.sku) if product.sku else [])


def _flows(where: Q, entity: str, direction: str, key: str, name: str) -> list[Look]:
    flows = Flow.objects.filter(where, entity=entity, direction=direction)
    flows = flows.exclude(integration__state=Integration.State.REMOVED).select_related("integration")
    return [Look(flow, key, _sentence(flow, key, name)) for flow in flows.distinct().order_by("pk")]


def _sentence(flow: Flow, key: str, name: str) -> str:
    """Return what will happen, in words."""
    there = flow.integration.name
    if not key:
        verb = "takes in what is new" if flow.direction == "pull" else "sends what is still missing there"
        return f"Runs the flow {flow} of {there} now: it {verb}."
    if flow.direction == "pull":
        return f"Reads {name} anew from {there} and takes in what changed."
    what = {
        "inventory": f"Works out the stock of {name} anew, reads the figure in {there}",
        "fulfillments": f"Compares the parcels of {name} with what {there} says",
        "shipments": f"Hands {name} to {there}",
        "products": f"Compares {name} with the product in {there}",
    }.get(flow.entity, f"Compares {name} with {there}")
    if flow.entity == "shipments":
        return f"{what} if it has not had it."
    return f"{what}, and writes only what differs."
