"""How each entity that a warehouse delivers meets the hub, row by row: what `pull_deliveries.py` needs to know of it.

What is pulled from stores meets the hub in `pulled.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db import transaction

from crossdock.canon import Product, ShipmentReport, StockCount
from crossdock.connectors.contract import Inbox
from crossdock.connectors.errors import Refused
from crossdock.flows.context import RunContext
from crossdock.flows.pull_deliveries import STORAGE_ERRORS, Result, RowError, Taking, one_by_one
from crossdock.hub.intake import Incoming, bulk_cursor, canonical_json, document_hash, known_links
from crossdock.hub.models import Link, Location, ShippingRequestLine
from crossdock.hub.products import ENTITY as PRODUCTS
from crossdock.hub.products import ingest_products
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.reports import take_reports
from crossdock.hub.stock.counts import Count, take_counts
from crossdock.hub.stock.inventory import LONGEST_SKU
from crossdock.hub.stock.ledger import Place, lock_records

T = TypeVar("T")

REPORTS_AT_ONCE = 500
COUNTS_AT_ONCE = 1000
"""So many reports, or counts, are worked out together, however many a delivery has: all of them are one transaction."""


def delivered_reports(ctx: RunContext) -> Taking[ShipmentReport]:
    """Parcels that left, and what a warehouse will not ship."""
    return Taking(_offered(ctx, ctx.warehouse.report_inbox), _take_reports, _lock_requests)


def delivered_counts(ctx: RunContext) -> Taking[StockCount]:
    """What a warehouse counted."""
    return Taking(_offered(ctx, ctx.warehouse.count_inbox), _take_counts, _lock_places, dated=True)


def delivered_products(ctx: RunContext) -> Taking[Product]:
    """A catalogue, or a part of one; what begins here belongs to the integration that delivered it."""
    return Taking(_offered(ctx, ctx.warehouse.product_inbox), one_by_one(_take_product), _lock_nothing)


def _offered(ctx: RunContext, inbox: Inbox[T] | None) -> Inbox[T]:
    if inbox is None:
        raise Refused(f"{ctx.integration.name} delivers no {ctx.flow.entity}.", code="unknownFlow")
    return inbox


# -- reports ---------------------------------------------------------------------------------------------


def _lock_requests(ctx: RunContext, reports: Sequence[ShipmentReport]) -> None:
    """Lock the orders that the reports are about, then the stock of what they ask for."""
    numbers = {report.ext_shipment_id for report in reports}
    requests = Link.objects.filter(integration=ctx.integration, entity="shipments", remote_id__in=numbers)
    lines = list(
        ShippingRequestLine.objects.filter(request_id__in=requests.values("record_id")).select_related(
            "request"
        )
    )
    with bulk_cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM hub_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [list({line.request.order_id for line in lines})],
        )
    lock_records(
        Place(line.request.organization_id, sku, line.request.location_id)
        for line in lines
        for sku, _ in line.parts()
        if sku
    )


def _take_reports(ctx: RunContext, reports: Sequence[ShipmentReport]) -> Sequence[Result]:
    """Take reports in batches; what the database does not store is found by taking each by itself."""
    results: list[Result] = []
    for start in range(0, len(reports), REPORTS_AT_ONCE):
        results += _reported(ctx, reports[start : start + REPORTS_AT_ONCE])
    return results


def _reported(ctx: RunContext, reports: Sequence[ShipmentReport]) -> list[Result]:
    try:
        with transaction.atomic():
            taken = take_reports(ctx.integration, reports, author=ctx.author, run=ctx.run)
    except STORAGE_ERRORS as error:
        if len(reports) == 1:
            return [RowError("row", f"it cannot be stored: {str(error).splitlines()[0]}")]
        return [result for report in reports for result in _reported(ctx, [report])]
    return [RowError(one.field, one.message) if isinstance(one, ShippingError) else one.news for one in taken]


# -- counts ----------------------------------------------------------------------------------------------


def _lock_places(ctx: RunContext, counts: Sequence[StockCount]) -> None:
    places = _Places(ctx)
    known = ((count.sku.strip(), places.find(count.ext_location_id)) for count in counts)
    lock_records(
        Place(ctx.integration.organization_id, sku, place.pk)
        for sku, place in known
        if isinstance(place, Location) and 0 < len(sku) <= LONGEST_SKU
    )


def _take_counts(ctx: RunContext, counts: Sequence[StockCount]) -> Sequence[Result]:
    """Take counts in batches, those of one place together: two that contradict each other must see each other."""
    places = _Places(ctx)
    results: dict[int, Result] = {}
    by_place: dict[tuple[str, int], list[int]] = {}
    for index, count in enumerate(counts):
        place = places.find(count.ext_location_id)
        if isinstance(place, Location):
            by_place.setdefault((count.sku.strip(), place.pk), []).append(index)
        else:
            results[index] = place
    batch: list[int] = []
    for key in sorted(by_place):
        batch += by_place[key]
        if len(batch) >= COUNTS_AT_ONCE:
            results |= _batch_counted(ctx, counts, places, batch)
            batch = []
    results |= _batch_counted(ctx, counts, places, batch)
    return [results[index] for index in range(len(counts))]


def _batch_counted(
    ctx: RunContext, counts: Sequence[StockCount], places: _Places, batch: Sequence[int]
) -> dict[int, Result]:
    rows = []
    for count in (counts[index] for index in batch):
        place = places.find(count.ext_location_id)
        if isinstance(place, Location):
            rows.append(Count(count.sku, place, count.quantity, count.at, count.means))
    return dict(zip(batch, _counted(ctx, rows), strict=True)) if rows else {}


def _counted(ctx: RunContext, rows: Sequence[Count]) -> list[Result]:
    reason = f"counted by {ctx.integration.name}"
    try:
        with transaction.atomic():
            results = take_counts(
                ctx.integration.organization, rows, author=ctx.author, reason=reason, run=ctx.run
            )
    except STORAGE_ERRORS as error:
        if len(rows) == 1:
            return [RowError("row", f"it cannot be stored: {str(error).splitlines()[0]}")]
        return [result for row in rows for result in _counted(ctx, [row])]
    return [
        RowError(result.field, result.message) if result.outcome == "refused" else result.outcome == "taken"
        for result in results
    ]


class _Places:
    """Which location of ours a warehouse means."""

    def __init__(self, ctx: RunContext) -> None:
        self._integration = ctx.integration
        self._found: dict[str, Location | RowError] = {}

    def find(self, ext_location_id: str) -> Location | RowError:
        """Return the location linked to that id; without an id the only one that this warehouse ships from."""
        if ext_location_id not in self._found:
            linked = self._linked(ext_location_id) if ext_location_id else self._only()
            self._found[ext_location_id] = linked
        return self._found[ext_location_id]

    def _linked(self, ext_location_id: str) -> Location | RowError:
        link = Link.objects.filter(
            integration=self._integration, entity="locations", remote_id=ext_location_id, tombstoned_at=None
        ).first()
        if link is not None:
            return Location.objects.get(pk=link.record_id)
        return RowError(
            "locationId",
            f"no location is linked to {ext_location_id!r} of {self._integration.name}; say at "
            "the location that this warehouse ships from it, and what the warehouse calls it",
        )

    def _only(self) -> Location | RowError:
        places = list(Location.objects.filter(fulfillment_integration=self._integration)[:2])
        if len(places) == 1:
            return places[0]
        return RowError(
            "locationId",
            f"it is empty, and {self._integration.name} ships from several locations; name one in each row"
            if places
            else f"no location ships by {self._integration.name}; say at a "
            "location that this warehouse ships from it",
        )


# -- products --------------------------------------------------------------------------------------------


def _lock_nothing(_ctx: RunContext, _products: Sequence[Product]) -> None:
    """Products are locked one by one; only this integration writes those that are its own."""


def _take_product(ctx: RunContext, product: Product) -> bool:
    remote_id = product.ext_product_id or product.sku
    if not remote_id.strip():
        raise RowError("sku", "it is empty; a product needs a SKU")
    canonical = canonical_json(product)
    incoming = Incoming(
        remote_id=remote_id, updated_at=product.ext_product_updated_at, document=canonical,
        hash=document_hash(canonical), record=product, canonical=canonical,
    )  # fmt: skip
    known = known_links(ctx.integration, PRODUCTS, [remote_id])
    tally = ingest_products(ctx.origin, [incoming], known)
    if tally.failed:
        raise RowError("row", "it cannot be stored; the exception about this product says why")
    return bool(tally.touched)
