"""Lists of what happened: to one record, by one author, in one run, or to all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.listing.paging import USUAL_PAGE, ListingError, Page, newest_of, page_of
from crossdock.hub.models import (
    Event,
    Fulfillment,
    Integration,
    InventoryRecord,
    Order,
    Organization,
    Product,
    Run,
    ShippingRequest,
)
from crossdock.hub.models.event import PUSHED

M = TypeVar("M", bound=Model)

RECORDS = (
    "orders", "shippingRequests", "fulfillments", "products", "inventory", "locations", "exceptions",
)  # fmt: skip
"""The records whose events people look through; what else happens stands in the audit log."""
DIRECTIONS = ("in", "out", "people", "hub")
MOST_FOUND = 1000


def events(
    organization: Organization,
    *,
    entity: str = "",
    record_id: int | None = None,
    entities: Collection[str] = (),
    operation: str = "",
    direction: str = "",
    author: str = "",
    integration: Integration | None = None,
    run: Run | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str = "",
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Event]:
    """List what happened, newest first; to one record where `entity` and `record_id` are given.

    `direction` is ``in`` (an integration brought it), ``out`` (an integration was told), ``people`` (a person or an
    API key did it), or ``hub``. `since` ≤ happened < `until`. `search` finds by a record's id, an order number or a
    SKU. One query a page, two more for a direction, and six more for a search.
    """
    asked: dict[str, object] = {
        "entity": entity, "entity__in": entities, "record_id": record_id, "operation": operation, "author": author,
        "run": run, "created_at__gte": since, "created_at__lt": until,
    }  # fmt: skip
    query = Event.objects.filter(organization=organization)
    query = query.filter(**{name: value for name, value in asked.items() if value not in ("", None, ())})
    if integration is not None:
        query = query.filter(author=f"integration:{integration.key}")
    if direction:
        query = query.filter(_going(organization, direction))
    if search.strip():
        query = query.filter(_called(organization, search.strip()))
    return page_of(query.select_related("run__flow__integration"), newest_of(since, until), limit, cursor)


def authors(organization: Organization) -> list[str]:
    """Return everybody who is the author of an event, sorted: one step in an index for each."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE found(author) AS (
                (SELECT author FROM hub_event WHERE organization_id = %(organization)s ORDER BY author LIMIT 1)
                UNION ALL
                SELECT (SELECT author FROM hub_event
                         WHERE organization_id = %(organization)s AND author > found.author
                         ORDER BY author LIMIT 1)
                  FROM found WHERE found.author IS NOT NULL)
            SELECT author FROM found WHERE author IS NOT NULL LIMIT 500
            """,
            {"organization": organization.pk},
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _going(organization: Organization, direction: str) -> Q:
    if direction not in DIRECTIONS:
        raise ListingError("direction", f"{direction!r} is not one of {', '.join(DIRECTIONS)}")
    if direction == "out":
        return Q(operation__in=PUSHED)
    known = authors(organization)
    if direction == "in":
        return Q(author__in=_kind(known, "integration:")) & ~Q(operation__in=PUSHED)
    people = _kind(known, "user:", "apikey:")
    if direction == "people":
        return Q(author__in=people)
    return ~Q(author__in=[*people, *_kind(known, "integration:")])


def _kind(known: Sequence[str], *prefixes: str) -> list[str]:
    return [author for author in known if author.startswith(prefixes)]


def _called(organization: Organization, text: str) -> Q:
    """Events of what is called `text`: the records are found first, so that their events come from an index."""
    found = Q(pk__in=())
    pk = row_number(text)
    if pk is not None:
        found |= Q(entity__in=RECORDS, record_id=pk)
    orders = _ids(Order.objects.filter(organization=organization, ext_order_id=text))
    orders += _ids(Order.objects.filter(organization=organization, ext_order_api_id=text))
    if orders:
        requests = _ids(ShippingRequest.objects.filter(order_id__in=orders))
        parcels = _ids(Fulfillment.objects.filter(order_id__in=orders))
        found |= Q(entity="orders", record_id__in=orders)
        found |= Q(entity="shippingRequests", record_id__in=requests)
        found |= Q(entity="fulfillments", record_id__in=parcels)
    products = _ids(Product.objects.filter(organization=organization, sku=text))
    found |= Q(entity="products", record_id__in=products)
    # What is told to a channel about stock is an event of the product, any other of the place's own record.
    found |= Q(entity="inventory", record_id__in=products, operation="pushed")
    records = _ids(InventoryRecord.objects.filter(organization=organization, sku=text))
    return found | (Q(entity="inventory", record_id__in=records) & ~Q(operation="pushed"))


def _ids(query: QuerySet[M]) -> list[int]:
    return list(query.values_list("pk", flat=True)[:MOST_FOUND])
