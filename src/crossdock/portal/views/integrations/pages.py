"""Integrations: which there are, and how each is flowing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crossdock.flows.connecting import connectors
from crossdock.hub import listing
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import paged
from crossdock.portal.views.home.pages import bound


@organization_view()
def integrations(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the integrations with their flows."""
    page = paged(request, lambda cursor: listing.integrations(visit.organization, cursor=cursor))
    context = {
        "page": page,
        "bound": bound(page.rows),
        "catalogue": connectors(),
    }
    return show(request, visit, "portal/integrations/list.html", context)
