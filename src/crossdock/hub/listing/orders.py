"""Lists of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from crossdock.hub.listing.paging import USUAL_PAGE, Key, Page, checked, page_of
from crossdock.hub.models import (
    Fulfillment,
    Integration,
    Order,
    OrderLine,
    Organization,
    pk_of,
)

NEWEST_PURCHASE = (Key("ext_order_created_at", datetime), Key("id", int))


def orders(
    organization: Organization,
    *,
    status: Sequence[str] = (),
    routing_status: Sequence[str] = (),
    integration: Integration | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    search: str = "",
    deleted: bool | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Order]:
    """List orders, newest purchase first. `since` ≤ time of purchase < `until`; `updated_*` is our own time.

    `search` finds an order id, number, e-mail, customer name, SKU or tracking number. `deleted` None
    shows both those that still exist in their shop and those deleted there. Two queries a page.
    """
    query = Order.objects.filter(organization=organization)
    if status:
        query = query.filter(status__in=checked("status", status, Order.Status.values))
    if routing_status:
        allowed = checked("routingStatus", routing_status, Order.Routing.values)
        query = query.filter(routing_status__in=allowed)
    if integration is not None:
        query = query.filter(integration=integration)
    if deleted is not None:
        query = query.filter(deleted_at__isnull=not deleted)
    query = between(query, "ext_order_created_at", since, until)
    query = between(query, "updated_at", updated_since, updated_until)
    if search.strip():
        query = query.filter(_found(organization, search.strip()))
    return page_of(
        query.select_related("organization", "integration").prefetch_related("lines"),
        NEWEST_PURCHASE,
        limit,
        cursor,
    )


def between(
    query: QuerySet[Order], field: str, since: datetime | None, until: datetime | None
) -> QuerySet[Order]:
    """Return the orders with `since` ≤ `field` < `until`; None is open."""
    if since is not None:
        query = query.filter(**{f"{field}__gte": since})
    if until is not None:
        query = query.filter(**{f"{field}__lt": until})
    return query


def _found(organization: Organization, text: str) -> Q:
    found = Q(ext_order_id=text) | Q(ext_order_api_id=text)
    if "@" in text:
        return found | Q(email__iexact=text)
    lines = OrderLine.objects.filter(order__organization=organization, sku=text)
    parcels = Fulfillment.objects.filter(organization=organization, tracking_number=text)
    found |= Q(pk__in=lines.values("order_id")) | Q(pk__in=parcels.values("order_id"))
    found |= Q(customer_name__icontains=text)
    pk = row_number(text)
    return found if pk is None else found | Q(pk=pk)


def row_number(text: str) -> int | None:
    """Return the row number behind a public key, None where `text` is no public key."""
    try:
        number = pk_of(text)
    except ValueError:
        return None
    return number if 0 < number < 2**63 else None
