"""Fulfilments: the parcels that left."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import paged, text


@organization_view()
def fulfillments(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List parcels, newest first; found by order number, tracking number or external id."""
    search = text(request, "q")
    page = paged(
        request, lambda cursor: listing.fulfillments(visit.organization, search=search, cursor=cursor)
    )
    context = {
        "page": page,
        "search": search,
        "any_fulfillments": bool(page.rows) or visit.organization.fulfillments.exists(),
    }
    return show(request, visit, "portal/fulfillments/list.html", context)
