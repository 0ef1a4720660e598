"""The list of orders."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, some_of, text
from crossdock.portal.words import ORDER


@organization_view()
def orders(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List orders, newest first: by status, or found by number, e-mail, name, SKU or tracking number."""
    search = text(request, "q")
    status = some_of(request, "status", ORDER)
    page = paged(
        request,
        lambda cursor: listing.orders(visit.organization, status=status, search=search, cursor=cursor),
    )
    context = {
        "page": page,
        "search": search,
        "status": one_of(request, "status", ORDER),
        "statuses": ORDER,
        "any_orders": bool(page.rows) or visit.organization.orders.exists(),
    }
    return show(request, visit, "portal/orders/list.html", context)
