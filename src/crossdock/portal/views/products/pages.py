"""Products, with their variants under them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.models import Event, InventoryRecord, Link, Product
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.sums import listed
from crossdock.portal.views.asked import one_of, paged, some_of, text
from crossdock.portal.words import PRODUCT


@organization_view()
def products(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List products, newest first; variants stand under their parent."""
    search = text(request, "q")
    status = some_of(request, "status", PRODUCT)
    page = paged(
        request,
        lambda cursor: listing.products(visit.organization, status=status, search=search, cursor=cursor),
    )
    context = {
        "page": page,
        "search": search,
        "status": one_of(request, "status", PRODUCT),
        "statuses": PRODUCT,
        "any_products": bool(page.rows) or visit.organization.products.exists(),
    }
    return show(request, visit, "portal/products/list.html", context)


@organization_view()
def product(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one product: its variants, stock, prices, links, and what happened to it."""
    one = (
        Product.objects.filter(organization=visit.organization, pk=pk)
        .select_related("owner", "parent")
        .first()
    )
    if one is None:
        raise Http404
    variants = list(one.variants.order_by("pk"))
    skus = [item.sku for item in (one, *variants) if item.sku]
    stock = InventoryRecord.objects.filter(organization=visit.organization, sku__in=skus)
    links = Link.objects.filter(entity="products", record_id__in=[one.pk, *(item.pk for item in variants)])
    images = one.canonical.get("imageUrls")
    context = {
        "product": one,
        "variants": variants,
        "stock": stock.select_related("location").order_by("sku", "location_id"),
        "links": links.select_related("integration").order_by("pk")[:100],
        "published": one.published.select_related("integration").order_by("pk"),
        "prices": listed(one.canonical, "prices"),
        "options": listed(one.canonical, "variantOptions"),
        "images": [url for url in images if isinstance(url, str)][:6] if isinstance(images, list) else [],
        "events": Event.objects.filter(
            organization=visit.organization, entity="products", record_id=one.pk
        ).order_by("-pk")[:50],
    }  # fmt: skip
    return show(request, visit, "portal/products/one.html", context)
