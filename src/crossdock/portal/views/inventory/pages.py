"""Stock figures by SKU and location, and the ledger that explains them."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.listing import stock_rows
from crossdock.hub.listing.paging import NEWEST, page_of
from crossdock.hub.models import FIGURES, InventoryRecord, LedgerEntry, Location, Product
from crossdock.hub.stock.bundles import bundles_of
from crossdock.hub.stock.figures import SETTABLE, SHELVES
from crossdock.hub.stock.inventory import sku_is_known
from crossdock.hub.stock.why import channel_reasons
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import day, one_of, paged, text
from crossdock.portal.views.inventory.columns import CHOICES, chosen_figures
from crossdock.portal.views.inventory.figure import figure_cells
from crossdock.portal.views.inventory.grid import (
    SHOWS,
    Cell,
    active_cells,
    columns_asked,
    is_bundle,
    lines,
    narrowing_asked,
    other_place,
    page_asked,
    stock_locations,
)
from crossdock.portal.words.statuses import FIGURE, LEDGER, Word

DOCUMENTED = {"on_hand": "onHand", "committed_future": "committedFuture"}
SHELF_WORDS = {name: FIGURE[name] for name in SHELVES}
FIGURE_WORDS = {column: FIGURE[DOCUMENTED.get(column, column)] for column in FIGURES}


@organization_view()
def inventory(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show stock as a table of SKUs and locations."""
    columns, location = columns_asked(request, visit)
    narrowing = narrowing_asked(request)
    page = page_asked(request, visit, location, narrowing)
    context = {
        "page": page,
        "lines": lines(page, columns.shown),
        "columns": columns,
        "location": location,
        "locations": {place.key: Word(place.name) for place in columns.all},
        **narrowing,
        "state": narrowing["show"],
        "states": SHOWS,
        "figures": chosen_figures(visit),
        "choices": CHOICES,
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
    context = {
        "row": row,
        "cells": [
            (
                Cell(wanted, place, row.records.get(place.pk), row.is_bundle),
                figure_cells(wanted, place, row.records.get(place.pk)),
            )
            for place in stock_locations(visit.organization)
        ],
        "settable": [FIGURE[name] for name in SETTABLE],
        "settable_names": SETTABLE,
        **_acts(visit, wanted, row.records),
        "channels": channel_reasons(visit.organization, wanted),
        "part_of": sorted(bundles_of(visit.organization.pk, [wanted])),
    }
    return show(request, visit, "portal/inventory/sku.html", context)


@organization_view()
def record(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show the figures of one SKU at one location, who reserves it, and everything that changed it."""
    one = (
        InventoryRecord.objects.filter(organization=visit.organization, pk=pk)
        .select_related("location__merged_into")
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
    others = list(
        InventoryRecord.objects.filter(organization=visit.organization, sku=one.sku)
        .exclude(pk=one.pk).exclude(location__status=Location.Status.MERGED)
        .select_related("location").order_by("location_id")
    )  # fmt: skip
    context = {
        "record": one,
        "cell": Cell(one.sku, one.location, one, is_bundle(visit.organization, one.sku)),
        "excluded_for": [integration.name for integration in one.location.excluded_for.order_by("pk")],
        "figure_cells": figure_cells(one.sku, one.location, one),
        **_acts(visit, one.sku, {row.location_id: row for row in (one, *others)}, one.location),
        "product": Product.objects.filter(organization=visit.organization, sku=one.sku).first(),
        "others": others,
        "reservations": reserved.select_related("line__order", "request_line").order_by("-pk")[:50],
        "page": paged(request, lambda cursor: page_of(entries, NEWEST, listing.USUAL_PAGE, cursor)),
        "events": LEDGER, "event": event, "figures": FIGURE_WORDS, "figure": figure,
        "author": author, "since": since, "until": day(request, "until"),
        "filtered": any((event, figure, author, since, until)),
    }  # fmt: skip
    return show(request, visit, "portal/inventory/one.html", context)


def _acts(
    visit: Visit, sku: str, records: Mapping[int, InventoryRecord], place: Location | None = None
) -> dict[str, object]:
    """What the dialogs that change stock offer: locations, `place` first, and the figures of a shelf."""
    places = active_cells(visit.organization, sku, records)
    return {"place": place, "places": places, "target": other_place(places, place), "shelves": SHELF_WORDS}
