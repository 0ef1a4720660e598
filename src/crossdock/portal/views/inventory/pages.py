"""Stock figures by SKU and location, and the ledger that explains them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.listing.paging import NEWEST, page_of
from crossdock.hub.models import InventoryRecord, LedgerEntry, Product
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, some_of, text
from crossdock.portal.words import STOCK


@organization_view()
def inventory(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List stock figures by SKU, then location."""
    sku = text(request, "q")
    state = some_of(request, "state", STOCK)
    page = paged(
        request, lambda cursor: listing.inventory(visit.organization, sku=sku, state=state, cursor=cursor)
    )
    context = {
        "page": page,
        "search": sku,
        "state": one_of(request, "state", STOCK),
        "states": STOCK,
        "any_records": bool(page.rows) or visit.organization.inventory.exists(),
    }
    return show(request, visit, "portal/inventory/list.html", context)


@organization_view()
def record(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show the figures of one SKU at one location, who reserves it, and everything that changed it."""
    one = (
        InventoryRecord.objects.filter(organization=visit.organization, pk=pk)
        .select_related("location")
        .first()
    )
    if one is None:
        raise Http404
    entries = LedgerEntry.objects.filter(record=one).select_related("run")
    reserved = one.reservations
    context = {
        "record": one,
        "product": Product.objects.filter(organization=visit.organization, sku=one.sku).first(),
        "others": InventoryRecord.objects.filter(organization=visit.organization, sku=one.sku)
        .exclude(pk=one.pk).select_related("location").order_by("location_id"),
        "reservations": reserved.select_related("line__order", "request_line").order_by("-pk")[:50],
        "page": paged(request, lambda cursor: page_of(entries, NEWEST, listing.USUAL_PAGE, cursor)),
    }  # fmt: skip
    return show(request, visit, "portal/inventory/one.html", context)
