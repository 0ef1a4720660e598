"""Locations: the pools of stock and the pick-up points."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.flows.connecting import connectors
from crossdock.hub import listing
from crossdock.hub.models import (
    Event,
    Integration,
    InventoryRecord,
    Link,
    Location,
    Organization,
    ShippingRequest,
)
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.meanwhile import AS_OF, as_of
from crossdock.portal.views.asked import paged
from crossdock.portal.views.locations.actions import location_of, subject_of

OPEN_REQUESTS = (
    ShippingRequest.Status.NEW,
    ShippingRequest.Status.READY,
    ShippingRequest.Status.SENT,
    ShippingRequest.Status.PARTIAL,
)


@dataclass(frozen=True)
class Switch:
    """One yes-or-no choice of a location: its name in documents, its words, and what it does."""

    name: str
    label: str
    sentence: str
    on: bool


def switches_of(location: Location) -> list[Switch]:
    """Return what can be switched at a location that holds stock."""
    return [
        Switch(
            "pauseLocation", "Paused",
            "Nothing new is routed here. What has been routed already is shipped.", location.pause_location,
        ),
        Switch(
            "excludeFromTotals", "Not in totals",
            "Its stock feeds no channel's figure.", location.exclude_from_totals,
        ),
        Switch(
            "infiniteAvailability", "Always available",
            "Routing finds everything here, whatever has been counted: a supplier who never runs out.",
            location.infinite_availability,
        ),
        Switch(
            "preserveBundles", "Bundles lie here packed",
            "A bundle is counted as one thing here, not made from its parts.", location.preserve_bundles,
        ),
    ]  # fmt: skip


@organization_view()
@require_safe
def locations(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List locations with where they come from, who ships from them, and how many SKUs they hold."""
    page = paged(request, lambda cursor: listing.locations(visit.organization, cursor=cursor))
    numbers = [location.pk for location in page.rows]
    sources: dict[int, list[tuple[Integration, str]]] = {}
    for link in Link.objects.filter(entity="locations", record_id__in=numbers).select_related("integration"):
        sources.setdefault(link.record_id, []).append((link.integration, link.remote_id))
    counted = Location.objects.filter(pk__in=numbers).annotate(skus=Count("inventory"))
    skus = dict(counted.values_list("pk", "skus"))
    rows = [(location, sources.get(location.pk, []), skus.get(location.pk, 0)) for location in page.rows]
    return show(request, visit, "portal/locations/list.html", {"page": page, "rows": rows})


@organization_view()
@require_safe
def location(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one location: who ships from it, what it takes part in, what it holds, what happened to it."""
    one = location_of(visit, pk)
    stock = InventoryRecord.objects.filter(organization=visit.organization, location=one)
    links = Link.objects.filter(
        entity="locations", record_id=one.pk, integration__organization=visit.organization
    )
    context = {
        AS_OF: as_of(visit, subject_of(one)),
        "location": one,
        "stocked": one.kind == Location.Kind.STOCK and one.status != Location.Status.MERGED,
        "switches": switches_of(one),
        "stores": _integrations(visit.organization, "store"),
        "excluded": {integration.pk for integration in one.excluded_for.all()},
        "warehouses": _integrations(visit.organization, "warehouse"),
        "links": links.select_related("integration").order_by("pk"),
        "targets": visit.organization.locations.filter(kind=Location.Kind.STOCK, status=Location.Status.ACTIVE)
        .exclude(pk=one.pk).order_by("name"),
        "skus": stock.count(),
        "units": stock.filter(state="tracked").aggregate(units=Sum("on_hand"))["units"] or 0,
        "to_ship": ShippingRequest.objects.filter(
            organization=visit.organization, location=one, status__in=OPEN_REQUESTS
        ).count(),
        "events": Event.objects.filter(
            organization=visit.organization, entity="locations", record_id=one.pk
        ).order_by("-pk")[:50],
    }  # fmt: skip
    return show(request, visit, "portal/locations/one.html", context)


def _integrations(organization: Organization, role: str) -> list[Integration]:
    """The living integrations of stores, or of warehouses."""
    keys = [manifest.key for manifest in connectors() if manifest.role == role]
    living = organization.integrations.filter(connector__in=keys)
    return list(living.exclude(state=Integration.State.REMOVED).order_by("pk"))
