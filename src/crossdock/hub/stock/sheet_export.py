"""Stock as a CSV file: line by line, in the columns that a file of counts is read in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime

from crossdock.hub.listing.stock_grid import Narrowed, StockRow, stock_grid
from crossdock.hub.models import InventoryRecord, Location, Organization
from crossdock.hub.spreadsheets import BYTE_ORDER_MARK, Line
from crossdock.hub.stock.sheet_file import safe_cell

COLUMNS = (
    "sku", "product", "location", "state", "onHand", "committed", "available", "future", "committedFuture",
    "incoming", "unavailable", "hold", "damaged", "locked", "countedAt", "updatedAt",
)  # fmt: skip


def stock_lines(
    organization: Organization,
    *,
    search: str = "",
    show: str = "",
    location: Location | None = None,
    below: int | None = None,
    since: datetime | None = None,
) -> Iterator[str]:
    """Yield a heading and a line for each record that the grid would show with these filters; times are UTC.

    A SKU that nobody has counted anywhere has one line, with its state and no location. Units are empty where
    nothing is counted.
    """
    narrowed = Narrowed(show, location, below, since)
    writer = csv.writer(Line())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    cursor: str | None = None
    while True:
        page = stock_grid(
            organization, search=search, show=show, location=location, below=below, since=since, limit=500,
            cursor=cursor,
        )  # fmt: skip
        for row in page.rows:
            for cells in _rows(row, narrowed):
                yield writer.writerow(cells)
        cursor = page.next_cursor
        if cursor is None:
            return


def _rows(row: StockRow, narrowed: Narrowed) -> Iterator[list[object]]:
    records = [record for record in row.records.values() if narrowed.fits(record)]
    name = row.product.name if row.product is not None else ""
    if not records and not row.is_bundle:
        where = narrowed.location.name if narrowed.location is not None else ""
        yield [safe_cell(row.sku), safe_cell(name), safe_cell(where), "unknown", *[""] * (len(COLUMNS) - 4)]
    for record in records:
        tracked = record.state == InventoryRecord.State.TRACKED
        yield [
            safe_cell(record.sku), safe_cell(name), safe_cell(record.location.name), record.state,
            record.on_hand if tracked else "", record.committed, record.available if tracked else "", record.future,
            record.committed_future, record.incoming, record.unavailable, record.hold, record.damaged,
            "yes" if record.locked else "",
            f"{record.counted_at:%Y-%m-%dT%H:%M:%SZ}" if record.counted_at else "",
            f"{record.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        ]  # fmt: skip
