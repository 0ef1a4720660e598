"""Lists of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db.models import QuerySet

from crossdock.hub.listing.order_filters import costing, searched, shipping_from, sort_keys, tagged, troubled
from crossdock.hub.listing.paging import USUAL_PAGE, Page, checked, page_of
from crossdock.hub.models import Integration, Location, Order, Organization


@dataclass(frozen=True)
class OrderFilters:
    """Which orders a list is of. `since` ≤ time of purchase < `until`; `updated_*` is our own time.

    `search` finds an order id, number, e-mail, SKU or tracking number as a whole, or the beginnings of words of
    the buyer's name. `location` keeps what ships from there, `tag` is spelled exactly, `total_from` and `total_to`
    are amounts in whatever currency the order has. `troubled` says whether an exception is open about the order,
    `deleted` whether it is gone from its shop; None keeps both.
    """

    status: Sequence[str] = ()
    routing_status: Sequence[str] = ()
    integration: Integration | None = None
    location: Location | None = None
    tag: str = ""
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    troubled: bool | None = None
    deleted: bool | None = None
    search: str = ""


def filtered_orders(organization: Organization, filters: OrderFilters) -> QuerySet[Order]:
    """Return the organization's orders that fit. Raises `ListingError` for a status that there is not."""
    query = Order.objects.filter(organization=organization)
    if filters.status:
        query = query.filter(status__in=checked("status", filters.status, Order.Status.values))
    if filters.routing_status:
        allowed = checked("routingStatus", filters.routing_status, Order.Routing.values)
        query = query.filter(routing_status__in=allowed)
    if filters.integration is not None:
        query = query.filter(integration=filters.integration)
    if filters.location is not None:
        query = shipping_from(query, filters.location)
    if filters.tag:
        query = tagged(query, filters.tag)
    if filters.deleted is not None:
        query = query.filter(deleted_at__isnull=not filters.deleted)
    query = between(query, "ext_order_created_at", filters.since, filters.until)
    query = between(query, "updated_at", filters.updated_since, filters.updated_until)
    query = costing(query, filters.total_from, filters.total_to)
    if filters.troubled is not None:
        query = troubled(query, organization, wanted=filters.troubled)
    if filters.search.strip():
        query = searched(query, organization, filters.search.strip())
    return query


class _Named(TypedDict, total=False):
    status: Sequence[str]
    routing_status: Sequence[str]
    integration: Integration | None
    location: Location | None
    tag: str
    since: datetime | None
    until: datetime | None
    updated_since: datetime | None
    updated_until: datetime | None
    total_from: Decimal | None
    total_to: Decimal | None
    troubled: bool | None
    deleted: bool | None
    search: str


def orders(
    organization: Organization,
    filters: OrderFilters | None = None,
    *,
    sort: str = "newest",
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
    **named: Unpack[_Named],
) -> Page[Order]:
    """List orders, newest purchase first unless `sort` says otherwise (`SORTS`).

    What is to be filtered by may be given by its name, too. Two queries a page, and one or two more for a search.
    """
    wanted = replace(filters or OrderFilters(), **named)
    related = filtered_orders(organization, wanted).select_related("organization", "integration")
    return page_of(related.prefetch_related("lines"), sort_keys(sort), limit, cursor)


def between(
    query: QuerySet[Order], field: str, since: datetime | None, until: datetime | None
) -> QuerySet[Order]:
    """Return the orders with `since` ≤ `field` < `until`; None is open."""
    if since is not None:
        query = query.filter(**{f"{field}__gte": since})
    if until is not None:
        query = query.filter(**{f"{field}__lt": until})
    return query
