"""Locations: the pools of stock and the pick-up points."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.models import Integration, Link, Location
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import paged


@organization_view()
def locations(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List locations with where they come from and how many SKUs they hold."""
    page = paged(request, lambda cursor: listing.locations(visit.organization, cursor=cursor))
    numbers = [location.pk for location in page.rows]
    sources: dict[int, list[tuple[Integration, str]]] = {}
    for link in Link.objects.filter(entity="locations", record_id__in=numbers).select_related("integration"):
        sources.setdefault(link.record_id, []).append((link.integration, link.remote_id))
    counted = Location.objects.filter(pk__in=numbers).annotate(skus=Count("inventory"))
    skus = dict(counted.values_list("pk", "skus"))
    rows = [(location, sources.get(location.pk, []), skus.get(location.pk, 0)) for location in page.rows]
    return show(request, visit, "portal/locations/list.html", {"page": page, "rows": rows})
