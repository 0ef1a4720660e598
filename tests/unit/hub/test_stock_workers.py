"""Several workers on one shop: nobody waits in a ring, nothing is committed twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from tests.unit.conftest import World

from crossdock.hub.models import Fulfillment, LedgerEntry, Order, Product, Reservation, ShippingRequest
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import lock_order
from crossdock.hub.stock.bundle_items import set_bundle_items
from crossdock.hub.stock.bundles import BundleError
from crossdock.hub.stock.counts import take_count
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, settle_reservations
from crossdock.routing.router import route_pending

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SKUS = [f"sku-{number}" for number in range(8)]
WORKERS = 4

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], None]) -> None:
    """Run all at once, each on a connection of its own; raises what any of them raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait(timeout=30)
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for result in [pool.submit(run, work) for work in works]:
            result.result(timeout=60)


def test_workers_that_touch_the_same_skus_in_any_order() -> None:
    world, dice = World(), Random(7)
    orders = []
    for _ in range(40):
        skus = dice.sample(SKUS, 4)
        orders.append(world.order({sku: dice.randint(1, 3) for sku in skus}))

    def settle(number: int) -> Callable[[], None]:
        def work() -> None:
            mine = [order.pk for order in orders[number::WORKERS]]
            for start in range(0, len(mine), 2):
                settle_reservations(mine[start : start + 2], author=f"worker {number}", reason="test")
                set_on_hand(world.organization, SKUS[-1 - number], start + 1, author="count", reason="")
            while route_pending(world.organization.pk, author=f"worker {number}", limit=3).more:
                pass

        return work

    together(*(settle(number) for number in range(WORKERS)))
    while route_pending(world.organization.pk).more:
        pass
    assert check_ledger(world.organization.pk) == []
    assert ShippingRequest.objects.count() == len(orders), "each order was routed by one worker only"
    assert not Order.objects.exclude(routing_status="acknowledged").exists()
    for sku in SKUS:
        ordered = sum(line.quantity for order in orders for line in order.lines.filter(sku=sku))
        assert world.record(sku).committed == ordered
        entries = LedgerEntry.objects.filter(record=world.record(sku), figure="committed").order_by("pk")
        afters = [0, *entries.values_list("after", flat=True)]
        assert [entry.before for entry in entries] == afters[:-1], (
            "each entry begins where the last one ended"
        )


def test_an_order_another_worker_has_in_hand_is_left_to_it() -> None:
    world = World()
    first, second = world.order(), world.order()
    taken, done = Event(), Event()

    def busy() -> None:
        with transaction.atomic():
            lock_order(first.pk)
            taken.set()
            assert done.wait(timeout=30)

    def routing() -> None:
        assert taken.wait(timeout=30)
        try:
            assert route_pending(world.organization.pk).considered == 1
        finally:
            done.set()

    together(busy, routing)
    assert ShippingRequest.objects.get().order == second


def test_the_last_unit_of_a_request_ships_once() -> None:
    world = World()
    set_on_hand(world.organization, "tea", 5, author="anna", reason="")
    world.order({"tea": 1})
    route_pending(world.organization.pk)
    request = ShippingRequest.objects.get()
    refused: list[str] = []

    def ship() -> None:
        own = ShippingRequest.objects.get(pk=request.pk)
        try:
            fulfill(own, {"tea": 1}, shipped_at=NOON, author="warehouse")
        except ShippingError as error:
            refused.append(error.field)

    together(*[ship] * WORKERS)
    assert refused == ["quantity"] * (WORKERS - 1)
    assert Fulfillment.objects.count() == 1
    assert (world.record("tea").on_hand, world.record("tea").committed) == (4, 0)


def test_the_same_report_from_many_sides_is_one_parcel() -> None:
    world = World()
    world.order({"tea": 4})
    route_pending(world.organization.pk)
    request = ShippingRequest.objects.get()

    def ship() -> None:
        own = ShippingRequest.objects.get(pk=request.pk)
        fulfill(own, {"tea": 1}, shipped_at=NOON, author="warehouse", ext_fulfillment_id="F-1")

    together(*[ship] * WORKERS)
    assert Fulfillment.objects.count() == 1
    assert request.lines.get().fulfilled == 1


def test_a_bundle_changes_while_its_orders_come_in() -> None:
    world, dice = World(), Random(11)
    Product.objects.create(organization=world.organization, sku="box", name="Box")
    orders = [world.order({"box": 1, "tea": 1}) for _ in range(45)]

    def settle(number: int) -> Callable[[], None]:
        def work() -> None:
            mine = [order.pk for order in orders[number::3]]
            for start in range(0, len(mine), 3):
                # Two settlements in one transaction, as a page with new and with changed orders has them.
                with transaction.atomic():
                    settle_reservations(mine[start : start + 1], author="intake", reason="")
                    settle_reservations(mine[start + 1 : start + 3], author="intake", reason="")

        return work

    def define() -> None:
        for _ in range(12):
            parts: dict[str, object] = {sku: dice.randint(1, 3) for sku in dice.sample(SKUS, 3)}
            set_bundle_items(world.organization, "box", parts, author="anna")
        set_bundle_items(world.organization, "box", {"cup": 2, "tea": 1}, author="anna")

    together(settle(0), settle(1), settle(2), define)
    assert check_ledger(world.organization.pk) == []
    kept = Reservation.objects.values_list("record__sku", "quantity")
    assert sorted(kept) == sorted([("cup", 2), ("tea", 1), ("tea", 1)] * len(orders)), (
        "by today's parts, all of them"
    )


def test_whoever_changes_a_bundle_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossdock.hub.stock.bundle_items.PATIENCE", 2)
    monkeypatch.setattr("crossdock.hub.stock.bundle_items.HOLD_TIMEOUT", "10ms")
    world = World()
    Product.objects.create(organization=world.organization, sku="box", name="Box")
    order = world.order({"box": 1})
    settled, done = Event(), Event()

    def busy() -> None:
        with transaction.atomic():
            settle_reservations([order.pk], author="intake", reason="")
            settled.set()
            assert done.wait(timeout=30)

    def define() -> None:
        assert settled.wait(timeout=30)
        try:
            with pytest.raises(BundleError, match="try again in a while"):
                set_bundle_items(world.organization, "box", {"cup": 2}, author="anna")
        finally:
            done.set()

    together(busy, define)


def test_counts_and_parcels_meet_to_the_unit() -> None:
    """Ten lay there before the parcels of noon; a count of an hour later says six, whenever it comes in."""
    world = World()
    take_count(world.organization, None, "tea", 10, at=NOON - timedelta(days=1), author="w", reason="")
    for _ in range(4):
        world.order({"tea": 1})
    route_pending(world.organization.pk)
    requests = list(ShippingRequest.objects.order_by("pk"))

    def ship(request: ShippingRequest) -> Callable[[], None]:
        def work() -> None:
            fulfill(request, shipped_at=NOON, author="w")

        return work

    def count() -> None:
        at = NOON + timedelta(hours=1)
        assert (
            take_count(world.organization, None, "tea", 6, at=at, author="w", reason="").outcome != "refused"
        )

    together(count, *(ship(request) for request in requests))
    assert (world.record("tea").on_hand, world.record("tea").committed) == (6, 0)
    assert check_ledger(world.organization.pk) == []
