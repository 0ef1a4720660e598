"""Products, with their variants under them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub import listing
from crossdock.hub.models import Event, Integration, InventoryRecord, Organization, Product
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.meanwhile import AS_OF, as_of
from crossdock.portal.views.asked import one_of, paged, some_of, text
from crossdock.portal.views.products.actions import product_of, subject_of
from crossdock.portal.views.products.channels import channels_of, limits_text
from crossdock.portal.words.statuses import PRODUCT, Word
from crossdock.portal.words.sums import listed

EMPTY_ROWS = 3
"""Rows of the bundle's form that wait for another part."""


@organization_view()
@require_safe
def products(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List products, newest first; variants stand under their parent."""
    search = text(request, "q")
    status = some_of(request, "status", PRODUCT)
    integrations = _integrations(visit.organization)
    channel = integrations.get(request.GET.get("channel", ""))
    page = paged(
        request,
        lambda cursor: listing.products(
            visit.organization, status=status, integration=channel, search=search, cursor=cursor
        ),
    )
    context = {
        "page": page,
        "search": search,
        "status": one_of(request, "status", PRODUCT),
        "statuses": PRODUCT,
        "channel": channel.key if channel else "",
        "channels": {key: Word(one.name) for key, one in integrations.items()},
        "any_products": bool(page.rows) or visit.organization.products.exists(),
    }
    return show(request, visit, "portal/products/list.html", context)


def _integrations(organization: Organization) -> dict[str, Integration]:
    living = organization.integrations.exclude(state=Integration.State.REMOVED).order_by("pk")
    return {one.key: one for one in living}


@organization_view()
@require_safe
def product(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one product: its variants, stock, prices, channels, parts, and what happened to it."""
    one = product_of(visit, pk)
    variants = list(one.variants.order_by("pk"))
    skus = [item.sku for item in (one, *variants) if item.sku]
    stock = InventoryRecord.objects.filter(organization=visit.organization, sku__in=skus)
    parts = list(one.bundle_items.order_by("pk"))
    context = {
        AS_OF: as_of(visit, subject_of(one)),
        "product": one,
        "currency": one.currency,
        "owner": (one.parent or one).owner,
        "variants": variants,
        "stock": stock.select_related("location").order_by("sku", "location_id"),
        "channels": [
            (channel, limits_text(channel.entry)) for channel in channels_of(visit.organization, one)
        ],
        "parts": parts,
        "rows": [*parts, *[None] * EMPTY_ROWS],
        "part_of": Product.objects.filter(
            organization=visit.organization, bundle_items__sku__in=[one.sku] if one.sku else []
        ).order_by("sku")[:20],
        "prices": listed(one.canonical, "prices"),
        "options": listed(one.canonical, "variantOptions"),
        "images": images_of(one)[:6],
        "events": Event.objects.filter(
            organization=visit.organization, entity="products", record_id=one.pk
        ).order_by("-pk")[:50],
    }
    return show(request, visit, "portal/products/one.html", context)


def images_of(one: Product) -> list[str]:
    """Return the addresses of a product's pictures; a variant without any shows its parent's."""
    images = one.canonical.get("imageUrls")
    own = [url for url in images if isinstance(url, str)] if isinstance(images, list) else []
    return own if own or one.parent is None else images_of(one.parent)
