"""Stock as a table: one row a SKU, one column a location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.http import HttpRequest

from crossdock.hub.listing import OTHERS, ListingError, StockPage, StockRow, stock_grid
from crossdock.hub.models import BundleItem, InventoryRecord, Location, Organization
from crossdock.hub.stock.recount import Seen
from crossdock.portal.access import Visit
from crossdock.portal.views.asked import day, one_of, text, units
from crossdock.portal.words.statuses import FIGURE, STOCK, Word

COLUMNS = 5
"""How many locations stand side by side."""
SHOWS = {**STOCK, "short": Word("Short: nothing left to sell", "red")}


@dataclass(frozen=True)
class Cell:
    """One SKU at one location; `record` is None where nothing was ever counted or kept there. A bundle is `bundle`."""

    sku: str
    location: Location
    record: InventoryRecord | None
    bundle: bool = False

    @property
    def as_parts(self) -> bool:
        """Whether it is kept as its parts here, so that what lies here whole does not count."""
        return self.bundle and not self.location.preserve_bundles

    @property
    def whole(self) -> int:
        """How many lie here whole."""
        return self.record.on_hand if self.record is not None else 0

    @property
    def others(self) -> list[tuple[int, Word]]:
        """The figures beside what is on hand and kept that are not zero, each with its words."""
        if self.record is None:
            return []
        rows = ((int(getattr(self.record, column)), FIGURE[name]) for name, column in OTHERS.items())
        return [(units, word) for units, word in rows if units]

    @property
    def seen(self) -> Seen:
        """What it shows, as a form carries it back."""
        return Seen.of(self.record)

    @property
    def name(self) -> str:
        """How the page calls the cell: the id of its element, the same for the same SKU and place."""
        return f"cell-{self.location.key}-{self.sku.encode().hex()}"


@dataclass(frozen=True)
class Line:
    """One row of the table: a SKU, and a cell for each location that is shown."""

    row: StockRow
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Columns:
    """The locations that are shown of all there are; `number` counts the pages of columns from 1."""

    shown: tuple[Location, ...]
    all: tuple[Location, ...]
    number: int
    pages: int

    @property
    def before(self) -> int | None:
        """The page of columns to the left."""
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        """The page of columns to the right."""
        return self.number + 1 if self.number < self.pages else None


def stock_locations(organization: Organization) -> tuple[Location, ...]:
    """Return the places that hold stock, the default one first; merged ones are other places now."""
    rows = Location.objects.filter(organization=organization, kind=Location.Kind.STOCK).exclude(
        status=Location.Status.MERGED
    )
    return tuple(rows.select_related("organization").order_by("-is_default", "status", "name", "pk"))


def is_bundle(organization: Organization, sku: str) -> bool:
    """Whether the product that is sold under a SKU has parts."""
    return BundleItem.objects.filter(bundle__organization=organization, bundle__sku=sku).exists()


def active_cells(organization: Organization, sku: str, records: Mapping[int, InventoryRecord]) -> list[Cell]:
    """Return the cells of a SKU at the locations that are in use; `records` are its own, by location."""
    return [
        Cell(sku, place, records.get(place.pk))
        for place in stock_locations(organization)
        if place.status == Location.Status.ACTIVE
    ]


def other_place(cells: Sequence[Cell], place: Location | None) -> Location | None:
    """Return where goods would go first: the first of some locations that is not where they are taken from."""
    here = place or (cells[0].location if cells else None)
    return next((cell.location for cell in cells if cell.location != here), None)


def columns_asked(request: HttpRequest, visit: Visit) -> tuple[Columns, Location | None]:
    """Return which locations to show, and the one that is filtered by, if any."""
    everywhere = stock_locations(visit.organization)
    chosen = next((place for place in everywhere if place.key == text(request, "location")), None)
    if chosen is not None:
        return Columns((chosen,), everywhere, 1, 1), chosen
    pages = max(-(-len(everywhere) // COLUMNS), 1)
    asked = text(request, "columns")
    number = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return Columns(everywhere[(number - 1) * COLUMNS : number * COLUMNS], everywhere, number, pages), None


class Narrowing(TypedDict):
    """What the table, and the file of it, may be narrowed to by the address."""

    search: str
    show: str
    below: int | None
    since: datetime | None


def narrowing_asked(request: HttpRequest) -> Narrowing:
    """Return what the address asks for, beside a location."""
    return {
        "search": text(request, "q"), "show": one_of(request, "state", SHOWS), "below": units(request, "below"),
        "since": day(request, "since"),
    }  # fmt: skip


def page_asked(
    request: HttpRequest, visit: Visit, location: Location | None, narrowing: Narrowing
) -> StockPage:
    """Return the page of SKUs that the address asks for; a cursor that is none begins at the top."""
    try:
        cursor = request.GET.get("after", "")
        return stock_grid(visit.organization, location=location, cursor=cursor, **narrowing)
    except ListingError:
        return stock_grid(visit.organization, location=location, **narrowing)


def lines(page: StockPage, locations: tuple[Location, ...]) -> list[Line]:
    """Return the rows of a page with a cell for each location."""
    return [
        Line(
            row,
            tuple(Cell(row.sku, place, row.records.get(place.pk), row.is_bundle) for place in locations),
        )
        for row in page.rows
    ]
