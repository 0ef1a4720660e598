"""Rows of a stock count → counts. A SKU stands once in a file for each location: two figures could not both hold."""

from __future__ import annotations

from typing import Literal

from crossdock.canon import StockCount
from crossdock.connectors.contract import Reject, RemoteRecord, Row, Rows
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.cells import BadCell, moment, needed, whole, word
from crossdock.connectors.flatfile.translate.sheet import Sheet, as_it_read, open_sheet
from crossdock.connectors.flatfile.wire import Raw

Means = Literal["onHand", "available"]


def counts(record: RemoteRecord, options: Options) -> Rows[StockCount]:
    """Translate a file of counts. Raises `Unreadable` where it cannot be read at all."""
    sheet = open_sheet(record, "inventory", options)
    figure, means = _figure(sheet, options)
    rows: list[Row[StockCount]] = []
    rejects: list[Reject] = []
    times: dict[tuple[str, str], int] = {}
    count = 0
    for raw in sheet.rows:
        count += 1
        try:
            counted = _count(sheet, raw, figure, means, record, options)
        except BadCell as error:
            field = sheet.name_of(error.field)
            rejects.append(Reject(number=raw.number, field=field, reason=error.reason, text=as_it_read(raw)))
            continue
        key = (counted.sku, counted.ext_location_id)
        times[key] = times.get(key, 0) + 1
        # Without its text: a count may have hundreds of thousands of rows, and the file still has them all.
        rows.append(Row(number=raw.number, record=counted))
    if len(times) < len(rows):
        rows, doubled = _without_doubles(rows, times, sheet.name_of("sku"))
        rejects += doubled
    return Rows(
        count=count,
        rows=tuple(rows),
        rejects=tuple(sorted(rejects, key=lambda reject: reject.number)),
        all_or_nothing="inventory" in options.all_or_nothing,
        notices=sheet.notices,
    )


def _figure(sheet: Sheet, options: Options) -> tuple[str, Means]:
    """Return the column that holds the figure, and what it means."""
    if "quantity" in sheet.places:
        return "quantity", "available" if options.count_means == "available" else "onHand"
    return ("onHand", "onHand") if "onHand" in sheet.places else ("available", "available")


def _count(
    sheet: Sheet, raw: Raw, figure: str, means: Means, record: RemoteRecord, options: Options
) -> StockCount:
    if raw.problem:
        raise BadCell("row", raw.problem)
    sku = needed("sku", sheet.cell(raw, "sku"))
    quantity = whole(figure, sheet.cell(raw, figure), sheet.decimal_mark)
    if quantity < 0 and means == "onHand":
        raise BadCell(figure, f"{figure} is {quantity}; what lies on a shelf cannot be less than nothing.")
    at = moment("countedAt", sheet.cell(raw, "countedAt"), options.timezone) or record.updated_at
    if at is None:
        raise BadCell("countedAt", "countedAt is empty, and the file has no time either.")
    return StockCount(
        sku=sku,
        quantity=quantity,
        at=at,
        means=means,
        ext_location_id=word("extLocationId", sheet.cell(raw, "extLocationId")),
    )


def _without_doubles(
    rows: list[Row[StockCount]], times: dict[tuple[str, str], int], field: str
) -> tuple[list[Row[StockCount]], list[Reject]]:
    single: list[Row[StockCount]] = []
    doubled: list[Reject] = []
    for row in rows:
        often = times[row.record.sku, row.record.ext_location_id]
        if often == 1:
            single.append(row)
        else:
            reason = (
                f"{row.record.sku} is counted {often} times in this file; give one figure for each location."
            )
            doubled.append(Reject(number=row.number, field=field, reason=reason))
    return single, doubled
