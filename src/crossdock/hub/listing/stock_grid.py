"""Stock as a table of SKUs and locations: one row for each SKU that is sold or kept, page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from crossdock.hub.listing.name_words import words_query
from crossdock.hub.listing.paging import LARGEST_PAGE, USUAL_PAGE, ListingError
from crossdock.hub.models import InventoryRecord, Location, Organization, Product

SHORT = "short"
SHOWS = (*InventoryRecord.State.values, SHORT)
"""What a grid may be narrowed to: a state of a record, or ``short``: counted, with nothing left to sell."""
State = InventoryRecord.State


OTHERS = {
    "future": "future", "committedFuture": "committed_future", "incoming": "incoming", "unavailable": "unavailable",
    "hold": "hold", "damaged": "damaged",
}  # fmt: skip
"""The figures beside what is on hand and kept for orders: their names in documents, and their columns."""


@dataclass(frozen=True)
class Total:
    """What the counted records of a SKU make together, in units; ``unknown`` where none is counted.

    Locations that are inactive or excluded from totals do not count, and of a bundle those that keep it as its parts
    neither. One record without limit makes it ``unlimited``.
    `others` are the sums of `OTHERS`, which are kept whether somebody has counted or not.
    """

    state: str
    on_hand: int = 0
    committed: int = 0
    others: Mapping[str, int] = field(default_factory=dict)

    @property
    def available(self) -> int:
        """What may be sold of it."""
        return self.on_hand - self.committed


@dataclass(frozen=True)
class StockRow:
    """One SKU: its product, if there is one, its records by location, and what they make together.

    What was kept at a location that has been merged into another one is kept there now, so its record is left out.
    """

    sku: str
    product: Product | None
    is_bundle: bool
    records: Mapping[int, InventoryRecord]
    total: Total


@dataclass(frozen=True)
class Narrowed:
    """What one record of a SKU must be for the SKU to be listed; `_RECORD` says it to the database."""

    show: str
    location: Location | None
    below: int | None
    since: datetime | None

    @property
    def by_figures(self) -> bool:
        """Whether it leaves anything out: a location alone does not."""
        return bool(self.show) or self.below is not None or self.since is not None

    def fits(self, record: InventoryRecord) -> bool:
        """Whether a record is all of it. Whether its location is merged into another is left to the database."""
        tracked = record.state == InventoryRecord.State.TRACKED
        short = self.show == SHORT and tracked and record.available <= 0
        return (
            (self.location is None or record.location_id == self.location.pk)
            and (not self.show or record.state == self.show or short)
            and (self.below is None or (tracked and record.available < self.below))
            and (self.since is None or record.updated_at >= self.since)
        )


class StockPage(NamedTuple):
    """Some rows by SKU, and where the next ones begin; None when these were the last."""

    rows: list[StockRow]
    next_cursor: str | None


def stock_grid(
    organization: Organization,
    *,
    search: str = "",
    show: str = "",
    location: Location | None = None,
    below: int | None = None,
    since: datetime | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> StockPage:
    """List SKUs with their records at every location; four queries a page.

    `search` finds the beginning of a SKU, or the beginnings of words of a product's name. The others list the SKUs with
    one record that is all of it, at `location` if one is given, else anywhere: `show` is one of `SHOWS`, `below` keeps
    what is counted with fewer available, `since` what changed here then or later. Without them every SKU is listed that
    a product or a record has. Raises `ListingError`.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise ListingError("limit", f"give a number from 1 to {LARGEST_PAGE}, not {limit}")
    if show and show not in SHOWS:
        raise ListingError("show", f"{show!r} is not one of {', '.join(SHOWS)}")
    narrowed = Narrowed(show, location, below, since)
    skus = _skus(organization.pk, search.strip(), narrowed, limit + 1, _decoded(cursor))
    more = len(skus) > limit
    del skus[limit:]
    return StockPage(stock_rows(organization, skus), _encoded(skus[-1]) if more else None)


def stock_rows(organization: Organization, skus: Sequence[str]) -> list[StockRow]:
    """Return the rows of `skus`, in their order; three queries."""
    records: dict[str, dict[int, InventoryRecord]] = {sku: {} for sku in skus}
    found = InventoryRecord.objects.filter(organization=organization, sku__in=list(skus))
    for record in found.exclude(location__status=Location.Status.MERGED).select_related("location"):
        records[record.sku][record.location_id] = record
    products = {
        product.sku: product
        for product in Product.objects.filter(organization=organization, sku__in=list(skus)).prefetch_related(
            "bundle_items"
        )
    }
    rows = []
    for sku in skus:
        product = products.get(sku)
        is_bundle = bool(product and product.bundle_items.all())
        total = total_of(list(records[sku].values()), is_bundle=is_bundle)
        rows.append(StockRow(sku, product, is_bundle, records[sku], total))
    return rows


def total_of(records: Sequence[InventoryRecord], *, is_bundle: bool = False) -> Total:
    """Return what records of one SKU, with their locations fetched, make together. Pure."""
    counting = [
        record
        for record in records
        if record.location.status == Location.Status.ACTIVE
        and not record.location.exclude_from_totals
        and (record.location.preserve_bundles or not is_bundle)
    ]
    others = {name: sum(getattr(record, column) for record in counting) for name, column in OTHERS.items()}
    committed = sum(record.committed for record in counting)
    if any(record.state == State.UNLIMITED for record in counting):
        return Total(State.UNLIMITED, committed=committed, others=others)
    if not any(record.state == State.TRACKED for record in counting):
        return Total(State.UNKNOWN, committed=committed, others=others)
    return Total(State.TRACKED, sum(record.on_hand for record in counting), committed, others)


def _skus(organization: int, search: str, narrowed: Narrowed, limit: int, after: str) -> list[str]:
    values: dict[str, str | int | datetime | None] = {
        "organization": organization, "after": after, "limit": limit, "show": narrowed.show,
        "location": narrowed.location.pk if narrowed.location is not None else None, "below": narrowed.below,
        "since": narrowed.since, "narrowed": narrowed.by_figures,
    }  # fmt: skip
    page = _PAGE
    if search:
        words = words_query(search)
        page = _FOUND.replace("{names}", _NAMES if words else "")
        values |= {"words": words, "prefix": f"{_literal(search.upper())}%"}
    with connection.cursor() as cursor:
        cursor.execute(page, values)
        return [row[0] for row in cursor.fetchall()]


# What a record, and a product that nobody has counted, must be to be listed. Conditions on what was not asked for
# vanish before planning.
_RECORD = """
        (NOT %(narrowed)s
         OR (%(show)s = '' OR r.state = %(show)s
             OR %(show)s = 'short' AND r.state = 'tracked' AND r.available <= 0)
            AND (%(below)s::bigint IS NULL OR r.state = 'tracked' AND r.available < %(below)s::bigint)
            AND (%(since)s::timestamptz IS NULL OR r.updated_at >= %(since)s::timestamptz)
            AND r.location_id NOT IN (SELECT l.id FROM hub_location l
                                       WHERE l.organization_id = %(organization)s AND l.status = 'merged')
            AND (%(location)s::bigint IS NULL OR r.location_id = %(location)s::bigint))
"""
_UNCOUNTED = """
        p.kind <> 'parent' AND p.status <> 'archived'
        AND (NOT %(narrowed)s
             OR %(show)s = 'unknown' AND %(below)s::bigint IS NULL AND %(since)s::timestamptz IS NULL
                AND NOT EXISTS (SELECT 1 FROM hub_bundleitem part WHERE part.bundle_id = p.id)
                AND NOT EXISTS (SELECT 1 FROM hub_inventoryrecord known
                                 WHERE known.organization_id = p.organization_id AND known.sku = p.sku
                                   AND (%(location)s::bigint IS NULL OR known.location_id = %(location)s::bigint)))
"""

# The SKUs of records, and those of products that are sold by themselves, even if nobody has counted them. Each side is
# read from its index, only as far as the page goes.
_PAGE = """
SELECT sku FROM (
    (SELECT DISTINCT r.sku FROM hub_inventoryrecord r
      WHERE r.organization_id = %(organization)s AND r.sku > %(after)s AND {record}
      ORDER BY r.sku LIMIT %(limit)s)
    UNION
    (SELECT DISTINCT p.sku FROM hub_product p
      WHERE p.organization_id = %(organization)s AND p.sku > %(after)s AND p.sku <> '' AND {uncounted}
      ORDER BY p.sku LIMIT %(limit)s)
) AS found ORDER BY sku LIMIT %(limit)s
""".replace("{record}", _RECORD).replace("{uncounted}", _UNCOUNTED)

# The SKUs that a text finds are read first, each way from its own index and planned as if all were wanted: with the
# limit in sight they would be planned for the first rows, as a walk along all SKUs, to the end where few are found.
# Then each is looked up by itself, in order, until the page is full.
_NAMES = """
    UNION ALL
    SELECT p.sku FROM hub_product p
     WHERE p.organization_id = %(organization)s AND to_tsvector('simple'::regconfig, p.name) @@ %(words)s::tsquery
"""
_FOUND = """
WITH found AS MATERIALIZED (
    SELECT r.sku FROM hub_inventoryrecord r
     WHERE r.organization_id = %(organization)s AND upper(r.sku) LIKE %(prefix)s
    UNION ALL
    SELECT p.sku FROM hub_product p
     WHERE p.organization_id = %(organization)s AND upper(p.sku) LIKE %(prefix)s
    {names}
)
SELECT DISTINCT one.sku
  FROM (SELECT sku FROM found WHERE sku <> '' AND sku > %(after)s ORDER BY sku OFFSET 0) AS one, LATERAL (
    (SELECT 1 FROM hub_inventoryrecord r
      WHERE r.organization_id = %(organization)s AND r.sku = one.sku AND {record} LIMIT 1)
    UNION ALL
    (SELECT 1 FROM hub_product p
      WHERE p.organization_id = %(organization)s AND p.sku = one.sku AND p.sku <> '' AND {uncounted} LIMIT 1)
    LIMIT 1
) AS listed ORDER BY one.sku LIMIT %(limit)s
""".replace("{record}", _RECORD).replace("{uncounted}", _UNCOUNTED)


def _literal(text: str) -> str:
    """What stands for itself in a pattern of LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _encoded(sku: str) -> str:
    return base64.urlsafe_b64encode(sku.encode()).decode().rstrip("=")


def _decoded(cursor: str | None) -> str:
    try:
        padded = (cursor or "") + "=" * (-len(cursor or "") % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ListingError("cursor", "this is not a cursor of this list; begin without one") from error
    if "\x00" in text:
        raise ListingError("cursor", "this is not a cursor of this list; begin without one")
    return text
