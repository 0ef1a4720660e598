"""Lists: every row once, of one organization, in a number of queries that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.hub import listing
from crossdock.hub.documents import (
    fulfillment_document,
    links_of,
    order_document,
    product_document,
    run_document,
    shipment_document,
)
from crossdock.hub.listing import paging
from crossdock.hub.models import ExceptionCase, Order, Product, Published, Run
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _numbers(page: listing.Page) -> list[str]:  # type: ignore[type-arg]  # of orders
    return [row.ext_order_id for row in page.rows]


def _walk(read: Callable[[str | None], listing.Page]) -> list[object]:  # type: ignore[type-arg]  # of anything
    rows: list[object] = []
    cursor = None
    while True:
        page = read(cursor)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows


def test_pages_give_every_order_once_though_many_share_a_time(world: World) -> None:
    made = [world.order(ext_order_created_at=MONDAY + timedelta(hours=number // 4)) for number in range(11)]
    rows = _walk(lambda cursor: listing.orders(world.organization, limit=3, cursor=cursor))
    expected = sorted(made, key=lambda row: (row.ext_order_created_at, row.pk), reverse=True)
    assert rows == expected


def test_counting_ends_where_nobody_needs_to_know_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    for number in range(1, 5):
        world.order()
        assert paging.counted(Order.objects.order_by("-id")) == min(number, 3)


def test_what_arrives_between_two_pages_moves_nothing(world: World) -> None:
    for _ in range(4):
        world.order()
    first = listing.orders(world.organization, limit=2)
    world.order()
    second = listing.orders(world.organization, limit=2, cursor=first.next_cursor)
    assert _numbers(first) + _numbers(second) == ["1004", "1003", "1002", "1001"]
    assert second.next_cursor is None


def test_another_organization_sees_nothing(world: World) -> None:
    other = type(world)("Other")
    order = other.order()
    assert listing.orders(world.organization).rows == []
    with pytest.raises(listing.NotFoundError):
        listing.find_order(world.organization, order.key)
    with pytest.raises(listing.NotFoundError):
        listing.find_integration(world.organization, other.integration.key)


def test_filters(world: World) -> None:
    plain = world.order({"tea": 1}, email="ann@shop.test", customer_name="Ann Lee")
    held = world.order({"cup": 1}, status="onHold", routing_status="failed")
    gone = world.order(deleted_at=MONDAY)

    def found(**filters: object) -> list[str]:
        return _numbers(listing.orders(world.organization, **filters))  # type: ignore[arg-type]  # named by each test

    assert found(status=["onHold"]) == [held.ext_order_id]
    assert found(routing_status=["failed"]) == [held.ext_order_id]
    assert found(deleted=True) == [gone.ext_order_id]
    assert found(since=held.ext_order_created_at, until=gone.ext_order_created_at) == [held.ext_order_id]
    assert found(updated_since=MONDAY + timedelta(days=9999)) == []
    assert found(integration=world.integration) == ["1003", "1002", "1001"]
    for text in ("ANN@shop.test", "lee", plain.key, plain.ext_order_api_id):
        assert found(search=text) == [plain.ext_order_id], text
    assert found(search="cup") == [held.ext_order_id]
    assert found(search="nothing") == []


def test_a_tracking_number_finds_its_order_and_its_parcel(world: World) -> None:
    set_on_hand(world.organization, "tea", 9, author="test", reason="count")
    order = world.order({"tea": 1})
    world.order({"tea": 1})
    route_pending(world.organization.pk)
    parcel = fulfill(
        order.shipping_requests.get(), None, tracking_number="T1", shipped_at=MONDAY, author="test"
    )
    assert listing.orders(world.organization, search="T1").rows == [order]
    assert listing.fulfillments(world.organization, search="T1").rows == [parcel]
    assert listing.fulfillments(world.organization, search="1001").rows == [parcel]
    assert listing.fulfillments(world.organization, search="1002").rows == []
    assert listing.find_fulfillment(world.organization, "T1") == parcel
    assert listing.shipping_requests(world.organization, order=order).rows == [parcel.request]


@pytest.mark.parametrize("limit", [0, -1, listing.LARGEST_PAGE + 1])
def test_a_limit_out_of_range_is_refused(world: World, limit: int) -> None:
    with pytest.raises(listing.ListingError, match="limit"):
        listing.orders(world.organization, limit=limit)


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA", "WzFd", "WyJhIiwiYiJd", "é"])
def test_a_forged_cursor_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(listing.ListingError, match="cursor"):
        listing.orders(world.organization, cursor=cursor)


def test_an_unknown_status_is_refused_with_those_there_are(world: World) -> None:
    with pytest.raises(listing.ListingError, match="readyForFulfillment"):
        listing.orders(world.organization, status=["shipped"])


def test_a_number_used_twice_is_ambiguous_but_its_id_is_not(world: World) -> None:
    first, second = world.order(ext_order_id="7"), world.order(ext_order_id="7")
    with pytest.raises(listing.AmbiguousError, match=first.key):
        listing.find_order(world.organization, "7")
    assert listing.find_order(world.organization, second.key) == second


def test_inventory_is_listed_by_sku_and_place(world: World) -> None:
    second = world.location("Second")
    for sku, location, count in (("tea", second, 1), ("cup", world.main, 2), ("tea", world.main, 9)):
        set_on_hand(world.organization, sku, count, location=location, author="test", reason="count")
    rows = _walk(lambda cursor: listing.inventory(world.organization, limit=1, cursor=cursor))
    assert [(row.sku, row.location.name) for row in rows] == [  # type: ignore[attr-defined]  # records
        ("cup", "Main"), ("tea", "Main"), ("tea", "Second"),
    ]  # fmt: skip
    assert [row.sku for row in listing.inventory(world.organization, available_below=2).rows] == ["tea"]
    assert len(listing.ledger(world.organization, "tea").rows) == 2


def test_exceptions_are_those_still_open(world: World) -> None:
    for status in ("active", "resolved"):
        ExceptionCase.objects.create(
            organization=world.organization,
            code="x",
            entity="orders",
            subject=status,
            message="m",
            status=status,
        )
    assert [row.status for row in listing.exceptions(world.organization).rows] == ["active"]
    assert len(listing.exceptions(world.organization, status=()).rows) == 2


def _fill(world: World, count: int) -> None:
    """Add orders that are routed and shipped, products with variants, and runs."""
    set_on_hand(world.organization, "tea", 999, author="test", reason="count")
    for number in range(count):
        order = world.order({"tea": 1})
        route_pending(world.organization.pk)
        fulfill(order.shipping_requests.get(), None, shipped_at=MONDAY, author="test")
        sku = f"P{world.orders}"
        product = Product.objects.create(
            organization=world.organization, owner=world.integration, sku=sku, name=sku
        )
        Product.objects.create(
            organization=world.organization, parent=product, sku=f"{sku}-{number}", name=sku
        )
        Published.objects.create(product=product, integration=world.integration)
        Run.objects.create(flow=world.inventory_flow, trigger="test")


def _products(world: World) -> list[object]:
    rows = listing.products(world.organization).rows
    links = links_of(
        "products", [row.pk for row in rows] + [one.pk for row in rows for one in row.variants.all()]
    )
    return [product_document(row, links=links) for row in rows]


@pytest.mark.parametrize(
    ("documents", "most"),
    [
        (lambda world: [order_document(row) for row in listing.orders(world.organization).rows], 2),
        (
            lambda world: [
                shipment_document(row) for row in listing.shipping_requests(world.organization).rows
            ],
            3,
        ),
        (
            lambda world: [
                fulfillment_document(row) for row in listing.fulfillments(world.organization).rows
            ],
            4,
        ),
        (_products, 8),
        (lambda world: [run_document(row) for row in listing.runs(world.organization).rows], 2),
    ],
    ids=["orders", "shipments", "fulfillments", "products", "runs"],
)
def test_a_longer_page_costs_no_more_queries(
    world: World, documents: Callable[[World], list[object]], most: int
) -> None:
    _fill(world, 2)
    with CaptureQueriesContext(connection) as few:
        assert documents(world)
    _fill(world, 3)
    with CaptureQueriesContext(connection) as many:
        assert len(documents(world)) == 5
    assert len(many) == len(few) <= most, [query["sql"] for query in many]


def test_the_order_list_is_read_from_its_index(world: World) -> None:
    first = listing.orders(world.organization, limit=1)
    assert first.next_cursor is None
    for _ in range(3):
        world.order()
    page = listing.orders(world.organization, limit=1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    with CaptureQueriesContext(connection) as captured:
        listing.orders(world.organization, limit=1, cursor=page.next_cursor)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + captured[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "order_newest" in plan, plan
