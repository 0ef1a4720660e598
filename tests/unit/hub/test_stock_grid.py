"""Stock as a table of SKUs and locations: what is listed, what it adds up to, and that it is read from indexes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.unit.hub.test_order_lists import MOST_ROWS, rows_read
from tests.unit.hub.test_product_lists import FILL, MANY

from crossdock.hub.listing import ListingError, StockRow, stock_grid
from crossdock.hub.models import BundleItem, InventoryRecord, Location, Product
from crossdock.hub.places.merging import merge_location
from crossdock.hub.stock.inventory import set_on_hand, set_state
from crossdock.hub.stock.sheet_export import stock_lines

if TYPE_CHECKING:
    from tests.unit.conftest import World


def count(world: World, sku: str, quantity: int, location: Location | None = None) -> None:
    set_on_hand(world.organization, sku, quantity, location=location, author="anna", reason="counted")


def product(world: World, sku: str, name: str, **fields: object) -> Product:
    return Product.objects.create(organization=world.organization, sku=sku, name=name, **fields)


def skus(world: World, **filters: object) -> list[str]:
    return [row.sku for row in stock_grid(world.organization, **filters).rows]  # type: ignore[arg-type]


def row(world: World, sku: str) -> StockRow:
    (found,) = [row for row in stock_grid(world.organization).rows if row.sku == sku]
    return found


def test_a_sku_is_one_row_with_its_locations_and_their_total(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 12)
    count(world, "tea", 5, depot)
    InventoryRecord.objects.filter(location=depot).update(committed=7)
    found = row(world, "tea")
    assert {key: record.available for key, record in found.records.items()} == {
        world.main.pk: 12,
        depot.pk: -2,
    }
    assert (found.total.state, found.total.on_hand, found.total.committed, found.total.available) == (
        "tracked", 17, 7, 10,
    )  # fmt: skip


def test_a_total_leaves_out_what_feeds_none_and_never_hides_a_state_in_a_number(world: World) -> None:
    depot = world.location("Depot", exclude_from_totals=True)
    count(world, "tea", 12)
    count(world, "tea", 5, depot)
    assert row(world, "tea").total.on_hand == 12
    set_state(world.organization, "tea", "unlimited", author="anna", reason="")
    assert row(world, "tea").total.state == "unlimited"
    set_state(world.organization, "tea", "unknown", author="anna", reason="")
    assert row(world, "tea").total.state == "unknown"


def test_a_merged_location_has_nothing_left_to_count(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 12)
    merge_location(world.main, depot, author="anna")
    found = row(world, "tea")
    assert (list(found.records), found.total.on_hand) == ([depot.pk], 12)
    assert (skus(world, show="unknown"), skus(world, show="tracked")) == ([], ["tea"])


def test_a_bundle_that_lies_whole_counts_only_where_bundles_are_kept_whole(world: World) -> None:
    gift = product(world, "gift", "Gift")
    BundleItem.objects.create(bundle=gift, sku="tea", quantity=2, updated_by="anna")
    depot = world.location("Depot", preserve_bundles=True)
    count(world, "gift", 5)
    assert row(world, "gift").total.state == "unknown"
    count(world, "gift", 3, depot)
    assert row(world, "gift").total.on_hand == 3


def test_a_product_that_nobody_has_counted_is_listed_too(world: World) -> None:
    count(world, "tea", 12)
    product(world, "cup", "Stoneware cup")
    product(world, "shirt", "Shirt", kind="parent")
    product(world, "old", "Old", status="archived")
    assert skus(world) == ["cup", "tea"]
    assert skus(world, show="unknown") == ["cup"]
    count(world, "cup", 0)
    assert skus(world, show="unknown") == []
    assert skus(world, show="short") == ["cup"]


def test_a_location_narrows_what_is_asked_for(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 0)
    count(world, "cup", 0, depot)
    assert skus(world, show="short", location=depot) == ["cup"]
    assert skus(world, location=depot) == ["cup", "tea"]
    assert skus(world, show="tracked", location=world.main) == ["tea"]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("te", ["TEA-1", "tea-2"]),
        ("STONE", ["cup"]),
        ("100%", []),
        ("_", []),
        ("a-2", []),
        ("oneware", []),
        ("stone a", ["cup"]),
        ("", ["cup", "TEA-1", "tea-2"]),
    ],
)
def test_search_takes_the_beginning_of_a_sku_or_of_words_of_a_name(
    world: World, search: str, expected: list[str]
) -> None:
    count(world, "TEA-1", 1)
    count(world, "tea-2", 1)
    product(world, "cup", "A stoneware cup")
    count(world, "cup", 1)
    assert sorted(skus(world, search=search), key=str.lower) == sorted(expected, key=str.lower)


def test_pages_give_every_sku_once(world: World) -> None:
    for number in range(7):
        count(world, f"s{number}", number)
        count(world, f"s{number}", number, world.organization.locations.get_or_create(name="Depot")[0])
    product(world, "s35", "Between")
    seen: list[str] = []
    cursor = None
    while True:
        page = stock_grid(world.organization, limit=3, cursor=cursor)
        seen += [row.sku for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted({*(f"s{number}" for number in range(7)), "s35"})


@pytest.mark.parametrize("cursor", ["*", "_w", "AA"])
def test_a_cursor_that_is_none_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(ListingError):
        stock_grid(world.organization, cursor=cursor)


def test_another_organization_sees_nothing(world: World) -> None:
    count(world, "tea", 1)
    assert skus(type(world)("Other")) == []


def test_it_is_narrowed_to_what_runs_short_or_changed(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 12)
    count(world, "tea", 3, depot)
    count(world, "cup", 4)
    product(world, "hat", "Hat that nobody has counted")
    assert skus(world, below=4) == ["tea"]
    assert skus(world, below=5) == ["cup", "tea"]
    assert skus(world, below=5, location=world.main) == ["cup"]
    assert skus(world, below=5, search="t") == ["tea"]
    assert skus(world, below=5, show="unknown") == []
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    InventoryRecord.objects.filter(sku="tea").update(updated_at=noon)
    InventoryRecord.objects.filter(sku="cup").update(updated_at=noon - timedelta(seconds=1))
    assert skus(world, since=noon) == ["tea"]
    assert skus(world, since=noon, below=4) == ["tea"]
    assert skus(world, since=noon, show="unlimited") == []
    lines = list(stock_lines(world.organization, below=5))
    assert [line.split(",")[0::4][:2] for line in lines[1:]] == [["cup", "4"], ["tea", "3"]]


RECORDS = """
INSERT INTO hub_inventoryrecord (organization_id, location_id, sku, state, on_hand, committed, future,
       committed_future, incoming, unavailable, hold, damaged, updated_at, count_means, locked)
SELECT organization_id, %s, sku, 'tracked', id %% 50, 0, 0, 0, 0, 0, 0, 0, now(), '', false FROM hub_product
"""
COSTS: list[tuple[dict[str, object], int, int]] = [
    ({}, 50, 0),
    ({"search": "SKU-7777"}, 11, 0),
    ({"search": "teapot"}, 10, 0),
    ({"search": "RARE tea"}, 10, 0),
    ({"search": "nobody has this"}, 0, 0),
    ({"search": "teapot", "below": 3}, -1, 0),
    ({"search": "mug"}, 50, 1),
    ({"search": "größe", "show": "short"}, 50, 1),
    ({"show": "short"}, 50, 0),
    ({"below": 3}, 50, 0),
    ({"below": 0}, 0, 1),
    ({"since": datetime(2100, 1, 1, tzinfo=UTC)}, 0, 1),
]
"""What is asked for, how many rows that finds (-1: by chance), and how many times it may read all there is."""
STEPS = 8
"""How many steps of a plan handle each SKU at most, where a word that nearly every name has finds them all."""


def test_a_page_is_read_from_indexes_with_a_hundred_thousand_skus(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"organization": world.organization.pk, "many": MANY})
        cursor.execute(RECORDS, [world.main.pk])
        cursor.execute("ANALYZE hub_inventoryrecord")
        cursor.execute("ANALYZE hub_product")
    faults = []
    for filters, number, times in COSTS:
        with CaptureQueriesContext(connection) as captured:
            found = skus(world, **filters)
        assert number in (-1, len(found)), filters
        assert found == sorted(found)
        assert len(captured) <= 4
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + captured[0]["sql"].replace("%", "%%"))
            plan = cursor.fetchone()[0][0]
        read, walked = rows_read(plan["Plan"])
        if read > MOST_ROWS + times * STEPS * MANY or (walked and not times):
            faults.append((filters, read, walked, plan["Execution Time"]))
    assert faults == [], "\n".join(map(str, faults))
