"""Stock as a table of SKUs and locations: what is listed, what it adds up to, and that it is read from indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.hub.listing import ListingError, StockRow, stock_grid
from crossdock.hub.models import BundleItem, InventoryRecord, Location, Product
from crossdock.hub.places.merging import merge_location
from crossdock.hub.stock.inventory import set_on_hand, set_state

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
        ("", ["cup", "TEA-1", "tea-2"]),
    ],
)
def test_search_takes_the_beginning_of_a_sku_or_part_of_a_name(
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


def test_with_a_hundred_thousand_records_a_page_is_read_from_indexes(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO hub_inventoryrecord (organization_id, location_id, sku, state, on_hand, committed, future,
                      committed_future, incoming, unavailable, hold, damaged, updated_at, count_means, locked)
               SELECT %s, %s, 'S' || lpad(n::text, 6, '0'), 'tracked', n %% 50, 0, 0, 0, 0, 0, 0, 0, now(), '', false
                 FROM generate_series(1, 100000) AS n""",
            [world.organization.pk, world.main.pk],
        )
        cursor.execute("ANALYZE hub_inventoryrecord")
        cursor.execute("ANALYZE hub_product")
    cursor_at_half = stock_grid(world.organization, search="S050000").rows[0].sku
    assert cursor_at_half == "S050000"
    for filters in ({}, {"search": "S0500"}, {"show": "short"}):
        with CaptureQueriesContext(connection) as captured:
            page = stock_grid(world.organization, **filters)  # type: ignore[arg-type]
        assert len(page.rows) == 50
        assert len(captured) <= 4
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, TIMING OFF) " + captured[0]["sql"])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on hub_inventoryrecord" not in plan, plan
        assert "one_record_per_sku_location" in plan or "stock_by_sku" in plan, plan
