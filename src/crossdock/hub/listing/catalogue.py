"""Lists of products, stock figures, locations and routing cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from crossdock.hub.listing.name_words import among, named
from crossdock.hub.listing.paging import NEWEST, USUAL_PAGE, Key, Page, checked, page_of
from crossdock.hub.models import Integration, InventoryRecord, Location, Organization, Product, RoutingCard

BY_SKU = (Key("sku", str, down=False), Key("location_id", int, down=False))
OLDEST = (Key("id", int, down=False),)


def products(
    organization: Organization,
    *,
    status: Sequence[str] = (),
    integration: Integration | None = None,
    updated_since: datetime | None = None,
    search: str = "",
    variants: bool = False,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Product]:
    """List products, newest first; `variants` lists them as rows of their own beside their parents.

    `integration` gives those it owns or publishes. `search` finds a SKU or UPC as a whole, or the
    beginnings of words of a name; a variant's SKU finds its parent. Four queries a page.
    """
    query = Product.objects.filter(organization=organization)
    if not variants:
        query = query.filter(parent=None)
    if status:
        query = query.filter(status__in=checked("status", status, Product.Status.values))
    if integration is not None:
        listed = integration.published.values("product_id")
        query = query.filter(Q(owner=integration) | Q(pk__in=listed))
    if updated_since is not None:
        query = query.filter(updated_at__gte=updated_since)
    if search.strip():
        query = _searched(query, organization, search.strip())
    related = query.select_related("organization", "owner").prefetch_related(
        "published", "bundle_items", "variants__organization", "variants__published", "variants__bundle_items"
    )
    return page_of(related, NEWEST, limit, cursor)


def _searched(query: QuerySet[Product], organization: Organization, text: str) -> QuerySet[Product]:
    products = Product.objects.filter(organization=organization)
    ways = [
        products.filter(sku=text),
        products.filter(upc=text).exclude(upc=""),
        Product.objects.filter(variants__organization=organization, variants__sku=text),
    ]
    by_name = named("name", text)
    return query.filter(among(ways if by_name is None else [*ways, products.filter(by_name)]))


def inventory(
    organization: Organization,
    *,
    sku: str = "",
    location: Location | None = None,
    state: Sequence[str] = (),
    available_below: int | None = None,
    warehouse: Integration | None = None,
    updated_since: datetime | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[InventoryRecord]:
    """List stock figures by SKU, then location. `available_below` keeps the counted ones that run short.

    `warehouse` keeps those of the locations that it ships from.
    """
    query = InventoryRecord.objects.filter(organization=organization)
    if sku:
        query = query.filter(sku=sku)
    if location is not None:
        query = query.filter(location=location)
    if state:
        query = query.filter(state__in=checked("state", state, InventoryRecord.State.values))
    if warehouse is not None:
        query = query.filter(location__fulfillment_integration=warehouse)
    if available_below is not None:
        query = query.filter(state=InventoryRecord.State.TRACKED, available__lt=available_below)
    if updated_since is not None:
        query = query.filter(updated_at__gte=updated_since)
    return page_of(query.select_related("organization", "location"), BY_SKU, limit, cursor)


def locations(
    organization: Organization,
    *,
    kind: Sequence[str] = (),
    status: Sequence[str] = (),
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Location]:
    """List locations, oldest first."""
    query = Location.objects.filter(organization=organization).prefetch_related("excluded_for")
    if kind:
        query = query.filter(kind__in=checked("kind", kind, Location.Kind.values))
    if status:
        query = query.filter(status__in=checked("status", status, Location.Status.values))
    query = query.select_related("organization", "fulfillment_integration", "merged_into")
    return page_of(query, OLDEST, limit, cursor)


def routing_cards(organization: Organization) -> list[RoutingCard]:
    """Return all routing cards in the order in which they are tried: there are a handful. Two queries."""
    rows = RoutingCard.objects.filter(organization=organization).order_by("position", "id")
    return list(rows.select_related("organization").prefetch_related("places__location"))
