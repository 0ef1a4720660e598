"""The first page: what needs attention, how the flows are doing, and where the orders stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from crossdock.hub import listing
from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    ExceptionCase,
    Flow,
    Fulfillment,
    Integration,
    Order,
    Organization,
    ShippingRequest,
)
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.words import ORDER, Word

if TYPE_CHECKING:
    from crossdock.flows.health import FlowHealth


@dataclass(frozen=True)
class Slice:
    """The orders of one status, and where their part of the bar begins (of 1000)."""

    status: str
    word: Word
    count: int
    start: int
    width: int


@dataclass(frozen=True)
class Bound:
    """An integration with the state of its flows."""

    integration: Integration
    flows: list[FlowHealth]


def health_of(integration: Integration) -> list[FlowHealth]:
    """Return the state of an integration's flows."""
    from crossdock.flows.health import flow_health

    return list(flow_health(integration))


@organization_view()
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what needs attention first."""
    organization = visit.organization
    integrations = listing.integrations(organization, limit=listing.LARGEST_PAGE).rows
    context = {
        "bound": [Bound(integration, health_of(integration)) for integration in integrations],
        "broken": [one for one in integrations if one.state == Integration.State.ERROR],
        "paused": _paused(organization),
        "causes": _causes(organization),
        "slices": _slices(organization),
        "figures": _figures(organization, system_clock()),
    }
    return show(request, visit, "portal/home/overview.html", context)


def _causes(organization: Organization) -> list[dict[str, object]]:
    """Open exceptions by cause, the most frequent first."""
    cases = ExceptionCase.objects.filter(organization=organization, status=ExceptionCase.Status.ACTIVE)
    causes = cases.values("code", "entity").annotate(
        cases=Count("pk"), newest=Max("last_seen_at"), example=Max("pk")
    )
    rows = list(causes.order_by("-cases", "code")[:8])
    examples = ExceptionCase.objects.in_bulk([row["example"] for row in rows])
    return [
        {**row, "message": examples[row["example"]].message} for row in rows if row["example"] in examples
    ]


def _paused(organization: Organization) -> list[Flow]:
    flows = Flow.objects.filter(integration__organization=organization, enabled=True).exclude(
        paused_reason=""
    )
    living = flows.exclude(integration__state__in=[Integration.State.REMOVED, Integration.State.ERROR])
    return list(living.select_related("integration").order_by("pk"))


def _slices(organization: Organization) -> list[Slice]:
    """Orders by status, in the order of their way, with their parts of the bar."""
    counted = Order.objects.filter(organization=organization, deleted_at=None).values_list("status")
    counts = dict(counted.annotate(orders=Count("pk")).order_by())
    whole = sum(counts.values())
    slices: list[Slice] = []
    start = 0
    for status, word in ORDER.items():
        count = counts.get(status, 0)
        if count:
            width = max(round(count * 1000 / whole), 4)
            slices.append(Slice(status, word, count, start, width))
            start += width
    return slices


def _figures(organization: Organization, now: datetime) -> dict[str, int]:
    """Counts for the tiles: orders of the organization's day, requests to ship, parcels of 7 days."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    open_requests = (
        ShippingRequest.Status.NEW, ShippingRequest.Status.READY, ShippingRequest.Status.SENT,
        ShippingRequest.Status.PARTIAL,
    )  # fmt: skip
    parcels = organization.fulfillments.filter(
        fulfillment_type=Fulfillment.Type.SHIPPED, actual_ship_date__gte=now - timedelta(days=7)
    )
    return {
        "orders_today": organization.orders.filter(ext_order_created_at__gte=today).count(),
        "to_ship": organization.shipping_requests.filter(status__in=open_requests).count(),
        "parcels": parcels.count(),
        "units": parcels.aggregate(units=Sum("lines__quantity"))["units"] or 0,
        "skus": organization.inventory.values("sku").distinct().count(),
    }
