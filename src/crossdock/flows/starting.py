"""What a flow begins with when it is turned on, and what it missed while it was off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Direction, Entity
from crossdock.flows.push_orders import waiting_orders
from crossdock.flows.push_shipments import waiting_requests
from crossdock.hub.marks import TakenMark, take_marks
from crossdock.hub.models import Event, Flow, Fulfillment, Link, Product, public_key

CATCH_UP, START_NOW = "catchUp", "startNow"
GAP_CHOICES = (CATCH_UP, START_NOW)
GAP_MATTERS = frozenset({("orders", "pull"), ("fulfillments", "push")})
"""Flows whose records happen once. The others carry how things are, so that there is no gap to leave out."""


@dataclass(frozen=True)
class Gap:
    """A flow that was on before: since when it has been off (None where that is not written down)."""

    since: datetime | None


def gap_of(flow: Flow) -> Gap | None:
    """Return what a flow that is off would have to catch up on; None where there is nothing to ask about."""
    if flow.enabled or flow.enabled_at is None:
        return None
    store = connector_for(flow.integration.connector).manifest.role == "store"
    if (flow.entity, flow.direction) not in GAP_MATTERS or not store:
        return None
    return Gap(off_since(flow))


def off_since(flow: Flow) -> datetime | None:
    """Return when a flow was turned off last; None where no event says so."""
    event = (
        Event.objects.filter(
            organization_id=flow.integration.organization_id, entity="integrations",
            record_id=flow.integration_id, operation="flowDisabled", after__flow=str(flow),
        )
        .order_by("-pk")
        .first()
    )  # fmt: skip
    return event.created_at if event else None


def starting_keys(flow: Flow, *, gap: str = CATCH_UP) -> list[str]:
    """Return what a push looks at when it is turned on now; a pull looks by itself.

    With the gap left out, shipments that were recorded while the flow was off are not among it.
    """
    if flow.direction != Direction.PUSH:
        return []
    organization_id = flow.integration.organization_id
    if flow.entity == Entity.INVENTORY:
        linked = Link.objects.filter(
            integration_id=flow.integration_id, entity="products", tombstoned_at=None
        )
        units = Product.objects.filter(pk__in=linked.values("record_id")).exclude(sku="")
        return list(units.values_list("sku", flat=True))
    if flow.entity == Entity.PRODUCTS:
        ours = Product.objects.filter(organization_id=organization_id, parent=None).exclude(
            owner_id=flow.integration_id
        )
        return _keys(list(ours.values_list("pk", flat=True)))
    if flow.entity == Entity.SHIPMENTS:
        return _keys(list(waiting_requests(flow.integration).values_list("pk", flat=True)))
    if flow.entity == Entity.ORDERS:
        return _keys(list(waiting_orders(flow.integration).values_list("pk", flat=True)))
    if flow.entity == Entity.FULFILLMENTS and gap == CATCH_UP:
        return _missed_shipments(flow)
    return []


def _missed_shipments(flow: Flow) -> list[str]:
    """The store's orders of which something shipped while the flow was off; none before it was first on."""
    since = off_since(flow)
    if flow.enabled_at is None or since is None:
        return []
    shipped = Fulfillment.objects.filter(order__integration=flow.integration, created_at__gte=since)
    return sorted(set(shipped.values_list("order__ext_order_api_id", flat=True)))


def _keys(numbers: list[int]) -> list[str]:
    return [public_key(number) for number in numbers]


def foreseen_marks(
    flow: Flow, now: datetime, *, gap: str = CATCH_UP, limit: int
) -> tuple[list[TakenMark], int]:
    """Return what a push would find marked if it was turned on now, at most `limit`, and how many there are in all."""
    keys = {mark.key for mark in take_marks(flow, now)} if gap == CATCH_UP else set()
    wanted = sorted(keys | set(starting_keys(flow, gap=gap)))
    return [TakenMark(key, 1, None, 0, timedelta(0)) for key in wanted[:limit]], len(wanted)
