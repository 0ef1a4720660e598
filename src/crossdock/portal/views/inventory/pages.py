"""Stock figures by SKU and location, and the ledger that explains them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.listing import stock_rows
from crossdock.hub.listing.paging import NEWEST, page_of
from crossdock.hub.models import FIGURES, InventoryRecord, LedgerEntry, Product
from crossdock.hub.stock.inventory import sku_is_known
from crossdock.hub.stock.why import channel_reasons
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import day, one_of, paged, text
from crossdock.portal.views.inventory.grid import (
    SHOWS,
    Cell,
    columns_asked,
    lines,
    page_asked,
    stock_locations,
)
from crossdock.portal.words.statuses import LEDGER, Word, spaced


@organization_view()
def inventory(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show stock as a table of SKUs and locations."""
    columns, location = columns_asked(request, visit)
    page = page_asked(request, visit, location)
    context = {
        "page": page,
        "lines": lines(page, columns.shown),
        "columns": columns,
        "location": location,
        "locations": {place.key: Word(place.name) for place in columns.all},
        "search": text(request, "q"),
        "state": one_of(request, "state", SHOWS),
        "states": SHOWS,
        "any_records": bool(page.rows) or visit.organization.inventory.exists(),
    }
    return show(request, visit, "portal/inventory/list.html", context)


@organization_view()
def sku(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show one SKU at all its locations, and what each store is to show of it."""
    wanted = text(request, "sku")
    if not wanted or not sku_is_known(visit.organization.pk, wanted):
        raise Http404
    (row,) = stock_rows(visit.organization, [wanted])
    places = {place.pk: place for place in stock_locations(visit.organization)}
    places |= {record.location_id: record.location for record in row.records.values()}
    context = {
        "row": row,
        "cells": [Cell(wanted, place, row.records.get(key)) for key, place in places.items()],
        "channels": channel_reasons(visit.organization, wanted),
    }
    return show(request, visit, "portal/inventory/sku.html", context)


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
    event, figure = one_of(request, "event", LEDGER), one_of(request, "figure", FIGURES)
    author, since, until = text(request, "author"), day(request, "since"), day(request, "until", after=1)
    if event:
        entries = entries.filter(event=event)
    if figure:
        entries = entries.filter(figure=figure)
    if author:
        entries = entries.filter(author__icontains=author)
    if since is not None:
        entries = entries.filter(created_at__gte=since)
    if until is not None:
        entries = entries.filter(created_at__lt=until)
    reserved = one.reservations
    context = {
        "record": one,
        "cell": Cell(one.sku, one.location, one),
        "product": Product.objects.filter(organization=visit.organization, sku=one.sku).first(),
        "others": InventoryRecord.objects.filter(organization=visit.organization, sku=one.sku)
        .exclude(pk=one.pk).select_related("location").order_by("location_id"),
        "reservations": reserved.select_related("line__order", "request_line").order_by("-pk")[:50],
        "page": paged(request, lambda cursor: page_of(entries, NEWEST, listing.USUAL_PAGE, cursor)),
        "events": LEDGER, "event": event, "figures": {name: Word(spaced(name)) for name in FIGURES}, "figure": figure,
        "author": author, "since": since, "until": day(request, "until"),
        "filtered": any((event, figure, author, since, until)),
    }  # fmt: skip
    return show(request, visit, "portal/inventory/one.html", context)
