"""The list of orders as a file: exactly what is filtered, written row by row while it is sent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crossdock.hub.clock import system_clock
from crossdock.hub.listing import LARGEST_PAGE, filtered_orders
from crossdock.hub.listing.order_filters import sort_keys
from crossdock.hub.listing.paging import page_of
from crossdock.hub.models import Order
from crossdock.hub.spreadsheets import BYTE_ORDER_MARK, Line, text_cell
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.portal.access import Visit, organization_view, zone_of
from crossdock.portal.views.orders.asking import Asked, asked_for, locations_of, sources_of

MOST = 100_000
HEADER = (
    "orderId", "extOrderId", "source", "placedAt", "status", "release", "paymentStatus", "fulfillmentStatus",
    "customerName", "email", "country", "currency", "subTotal", "discount", "tax", "shipping", "total", "units",
    "lines", "shipsFrom", "tags", "fulfilledAt", "deletedAt",
)  # fmt: skip
"""The columns, as docs/order-processing.md explains them."""


@organization_view()
@require_safe
def export(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send the filtered orders as CSV; more than `MOST` are refused before anything is sent."""
    asked = asked_for(request, sources_of(visit), locations_of(visit))
    query = filtered_orders(visit.organization, asked.filters)
    if query.order_by()[: MOST + 1].count() > MOST:
        messages.error(
            request,
            f"More than {MOST} orders fit, which is the most that one file holds. Narrow them by date.",
        )
        return HttpResponseRedirect(f"{reverse('portal:orders')}?{asked.query or 'view=all'}")
    zone = zone_of(visit.organization)
    answer = StreamingHttpResponse(lines_of(query, asked, zone), content_type="text/csv; charset=utf-8")
    day = timezone.localtime(system_clock(), zone)
    answer["Content-Disposition"] = f'attachment; filename="orders-{day:%Y-%m-%d}.csv"'
    return cast("HttpResponse", answer)  # one that streams: Django's classes for both are siblings


def lines_of(query: QuerySet[Order], asked: Asked, zone: ZoneInfo) -> Iterator[str]:
    """Give the lines of the file, reading a page of orders at a time."""
    writer = csv.writer(Line())
    yield BYTE_ORDER_MARK + writer.writerow(HEADER)
    rows = (
        query.annotate(country=KT("canonical__shippingAddress__country")).defer("canonical")
        .select_related("integration").prefetch_related("lines", "shipping_requests__location")
    )  # fmt: skip
    cursor = None
    while True:
        page = page_of(rows, sort_keys(asked.sort), LARGEST_PAGE, cursor)
        for order in page.rows:
            yield writer.writerow(_row(order, zone))
        cursor = page.next_cursor
        if cursor is None:
            return


def _row(order: Order, zone: ZoneInfo) -> list[str]:
    def moment(value: object) -> str:
        return value.astimezone(zone).isoformat(timespec="seconds") if hasattr(value, "astimezone") else ""

    lines = sorted(order.lines.all(), key=lambda line: line.position)
    places = {
        request.location.name
        for request in order.shipping_requests.all()
        if request.status not in CANCELED_REQUESTS
    }
    amounts = (
        order.sub_total_price, order.order_discount, order.order_tax, order.shipping_price, order.total_price,
    )  # fmt: skip
    return [
        order.key, text_cell(order.ext_order_id), text_cell(order.integration.name),
        moment(order.ext_order_created_at), order.status, order.release, text_cell(order.payment_status),
        text_cell(order.fulfillment_status), text_cell(order.customer_name), text_cell(order.email),
        text_cell(getattr(order, "country", "")), text_cell(order.currency), *(f"{amount:f}" for amount in amounts),
        str(sum(line.quantity for line in lines)),
        text_cell("; ".join(f"{line.quantity} x {line.sku or line.name}" for line in lines)),
        text_cell("; ".join(sorted(places))), text_cell("; ".join(map(str, order.tags))),
        moment(order.fulfilled_at), moment(order.deleted_at),
    ]  # fmt: skip
