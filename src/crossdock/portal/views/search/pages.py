"""What the search box found: as a page, or as the list below the box while somebody types."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from crossdock.hub.listing.search import Hits, search
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import text


@organization_view()
@require_safe
def found(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what was found; the only thing that was found is opened at once (Enter in the box)."""
    asked = text(request, "q")
    hits = search(visit.organization, asked)
    context = {"hits": hits, "asked": asked}
    if request.headers.get("HX-Request"):
        return show(request, visit, "portal/search/_found.html", context)
    address = only(hits)
    if address:
        return redirect(address)
    return show(request, visit, "portal/search/page.html", context)


def only(hits: Hits) -> str:
    """Return the address of the one thing that was found; nothing where it was none or several.

    A SKU with a product and stock is one thing; a parcel is found with its order.
    """
    if hits.number != 1:
        return ""
    if hits.orders:
        return reverse("portal:orders-one", args=[hits.orders[0].pk])
    if hits.products:
        product = hits.products[0]
        return reverse("portal:products-one", args=[product.parent_id or product.pk])
    if hits.requests:
        return reverse("portal:orders-one", args=[hits.requests[0].order_id])
    if hits.parcels:
        return reverse("portal:orders-one", args=[hits.parcels[0].order_id])
    if hits.integrations:
        return reverse("portal:integrations-one", args=[hits.integrations[0].pk])
    if hits.skus:
        return f"{reverse('portal:inventory')}?{urlencode({'q': hits.skus[0]})}"
    return reverse("portal:locations-one", args=[hits.locations[0].pk])
