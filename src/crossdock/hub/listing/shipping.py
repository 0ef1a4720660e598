"""Lists of shipping requests and of fulfillments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.listing.paging import USUAL_PAGE, Page, checked, newest_of, page_of
from crossdock.hub.models import (
    Event,
    ExceptionCase,
    Flow,
    Fulfillment,
    Integration,
    Location,
    Mark,
    Order,
    Organization,
    ShippingRequest,
    ShippingRequestLine,
)

M = TypeVar("M", bound=Model)

MOST_FOUND = 1000
"""How many orders or lines a search follows: more than that, and the search says nothing."""
NEWEST_FOR_CARRIERS = 2000
PUSHED = "fulfillmentPushed"
TO_SHIP = (
    ShippingRequest.Status.NEW, ShippingRequest.Status.READY, ShippingRequest.Status.SENT,
    ShippingRequest.Status.PARTIAL,
)  # fmt: skip
"""What somebody has to ship now: what waits for stock, is finished or was called off is left out."""


def shipping_requests(
    organization: Organization,
    *,
    status: Sequence[str] = (),
    order: Order | None = None,
    location: Location | None = None,
    integration: Integration | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str = "",
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[ShippingRequest]:
    """List shipping requests, newest first. `since` ≤ made < `until`; `integration` is the warehouse.

    `search` finds a request's number or id, the warehouse's own number, an order number or a SKU. Three queries a
    page, and up to two more for a search.
    """
    query = ShippingRequest.objects.filter(organization=organization)
    if status:
        query = query.filter(status__in=checked("status", status, ShippingRequest.Status.values))
    if order is not None:
        query = query.filter(order=order)
    if location is not None:
        query = query.filter(location=location)
    if integration is not None:
        query = query.filter(fulfillment_integration=integration)
    query = _made(query, since, until)
    if search.strip():
        query = query.filter(_request_called(organization, search.strip()))
    related = query.select_related("organization", "order", "location", "fulfillment_integration")
    return page_of(related.prefetch_related("lines__line"), newest_of(since, until), limit, cursor)


def fulfillments(
    organization: Organization,
    *,
    order: Order | None = None,
    location: Location | None = None,
    integration: Integration | None = None,
    kind: str = "",
    carrier: str = "",
    untold: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str = "",
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Fulfillment]:
    """List fulfillments, newest first. `since` ≤ recorded < `until`; `integration` is the warehouse.

    `kind` is ``shipped`` or ``rejected``. `untold` keeps the parcels that the store has not been told of: they
    wait for it, it refused them, or the flow is off. `search` finds an order number, a tracking number, a
    request's number, or a fulfillment's id. Three queries a page, and a few more for a search or `untold`.
    """
    query = Fulfillment.objects.filter(organization=organization)
    if order is not None:
        query = query.filter(order=order)
    if location is not None:
        query = query.filter(location=location)
    if integration is not None:
        query = query.filter(request__fulfillment_integration=integration)
    if kind:
        query = query.filter(fulfillment_type__in=checked("kind", [kind], Fulfillment.Type.values))
    if carrier:
        query = query.filter(shipping_carrier=carrier)
    if untold:
        query = query.filter(_not_told(organization), fulfillment_type=Fulfillment.Type.SHIPPED)
    query = _made(query, since, until)
    if search.strip():
        query = query.filter(_parcel_called(organization, search.strip()))
    related = query.select_related("organization", "order__integration", "location", "request")
    return page_of(
        related.prefetch_related("lines__request_line__line"), newest_of(since, until), limit, cursor
    )


def carriers(organization: Organization) -> list[str]:
    """Return who carried the newest parcels, by name: what a list may be narrowed down to."""
    newest = Fulfillment.objects.filter(organization=organization).order_by("-id")
    names = newest.values_list("shipping_carrier", flat=True)[:NEWEST_FOR_CARRIERS]
    return sorted({name for name in names if name}, key=str.casefold)


def _made(query: QuerySet[M], since: datetime | None, until: datetime | None) -> QuerySet[M]:
    if since is not None:
        query = query.filter(created_at__gte=since)
    if until is not None:
        query = query.filter(created_at__lt=until)
    return query


def _orders_called(organization: Organization, text: str) -> list[int]:
    """The orders of a number, read first: a list of row numbers is looked up in an index, a subquery is not."""
    found = Order.objects.filter(organization=organization, ext_order_id=text)
    return list(found.values_list("pk", flat=True)[:MOST_FOUND])


def _request_called(organization: Organization, text: str) -> Q:
    rows = ShippingRequestLine.objects.filter(sku=text, request__organization=organization)
    of_sku = rows.order_by("-id").values_list("request_id", flat=True)[:MOST_FOUND]
    pk = row_number(text)
    ids = [*of_sku, *([] if pk is None else [pk])]
    return (
        Q(ext_shipment_id=text)
        | Q(order_id__in=_orders_called(organization, text))
        | Q(pk__in=ids)
        | Q(pk__in=_referenced(organization, text))
    )


def _referenced(organization: Organization, text: str) -> list[int]:
    """The requests that a warehouse knows by its own number."""
    found = ShippingRequest.objects.filter(organization=organization, ext_reference_id=text)
    return list(found.values_list("pk", flat=True)[:MOST_FOUND])


def _parcel_called(organization: Organization, text: str) -> Q:
    numbered = ShippingRequest.objects.filter(organization=organization, ext_shipment_id=text)
    requests = list(numbered.values_list("pk", flat=True)[:MOST_FOUND])
    tracked = Fulfillment.objects.filter(organization=organization)
    tracked = tracked.filter(Q(tracking_number__iexact=text) | Q(ext_fulfillment_id=text))
    pk = row_number(text)
    ids = [*tracked.values_list("pk", flat=True)[:MOST_FOUND], *([] if pk is None else [pk])]
    return Q(pk__in=ids) | Q(order_id__in=_orders_called(organization, text)) | Q(request_id__in=requests)


def _not_told(organization: Organization) -> Q:
    """What waits, was refused, or has no flow that would tell it; less what was told since it was recorded."""
    flows = Flow.objects.filter(
        integration__organization=organization, entity="fulfillments", direction="push"
    )
    waiting: dict[int, list[str]] = {}
    for integration_id, key in Mark.objects.filter(flow__in=flows).values_list("flow__integration_id", "key"):
        waiting.setdefault(integration_id, []).append(key)
    found = Q(pk__in=())
    for integration_id, keys in waiting.items():
        found |= Q(order__integration_id=integration_id, order__ext_order_api_id__in=keys)
    refused = ExceptionCase.objects.filter(
        organization=organization, entity="fulfillments", status=ExceptionCase.Status.ACTIVE,
        record_id__isnull=False,
    )  # fmt: skip
    found |= Q(order_id__in=list(refused.values_list("record_id", flat=True)))
    off = flows.filter(enabled=False).values_list("integration_id", flat=True)
    found |= Q(order__integration_id__in=list(off))
    for integration_id, enabled_at in flows.filter(enabled=True).values_list("integration_id", "enabled_at"):
        if enabled_at is not None:
            found |= Q(order__integration_id=integration_id, created_at__lt=enabled_at)
    told = Event.objects.filter(
        entity="orders",
        record_id=OuterRef("order_id"),
        operation=PUSHED,
        created_at__gte=OuterRef("created_at"),
    )
    return found & Q(~Exists(told))
