"""Many orders for the last units, routed by several worker processes at once: none is sold twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from random import Random

import pytest
from django.db.models import Sum
from tests.unit.conftest import World

from crossdock.hub.models import (
    BundleItem,
    Event,
    ExceptionCase,
    InventoryRecord,
    Order,
    OrderLine,
    Product,
    Reservation,
    RoutingRetry,
    ShippingRequest,
)
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, settle_reservations
from crossdock.routing.card_book import put_card
from crossdock.routing.router import route_pending

PATIENCE = 150.0
WORKERS = 4
SKUS = ("tea", "cup", "pot")
BEGIN = """
import sys
from crossdock import runtime
with runtime.start():
    from django.db import connection
    connection.ensure_connection()
    organization = int(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
"""
ROUTE = (
    BEGIN
    + """
    from crossdock.routing.router import route_pending
    quiet = 0
    while quiet < 8:
        report = route_pending(organization, author=sys.argv[2], limit=3)
        quiet = 0 if report.more or report.considered else quiet + 1
"""
)
ARRIVE = (
    BEGIN
    + """
    from crossdock.hub.stock.inventory import set_on_hand
    from crossdock.hub.models import Location, Organization
    shop = Organization.objects.get(pk=organization)
    for round in range(1, 6):
        for place in Location.objects.filter(organization=shop).order_by("name"):
            for sku in ("tea", "cup", "pot"):
                if place.name != "Attic" or sku == "pot":
                    set_on_hand(shop, sku, 2 + round, location=place, author="dock", reason="arrived")
"""
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    """Three places with a few units of each SKU, two cards, and more orders than there are goods."""
    world = World()
    places = [world.main, world.location("Depot"), world.location("Attic")]
    bundle = Product.objects.create(organization=world.organization, sku="set", name="Tea set")
    for sku, quantity in (("tea", 2), ("cup", 1)):
        BundleItem.objects.create(bundle=bundle, sku=sku, quantity=quantity, updated_by="test")
    for place in places[:2]:
        for sku in SKUS:
            set_on_hand(world.organization, sku, 2, location=place, author="test", reason="count")
    for name, regions, split in (("Home", [{"country": "DE"}], True), ("World", [], False)):
        record = {
            "name": name, "regions": regions, "allowSplit": split, "locations": [place.key for place in places],
        }  # fmt: skip
        put_card(world.organization, record, author="test")
    dice, orders = Random(5), []
    for _ in range(70):
        skus = dice.sample((*SKUS, "set"), dice.randint(1, 3))
        country = dice.choice(("DE", "FR"))
        order = world.order(
            {sku: dice.randint(1, 2) for sku in skus}, canonical={"shippingAddress": {"country": country}}
        )
        orders.append(order.pk)
    settle_reservations(orders, author="test", reason="placed")
    return world


class Crew:
    """Processes that begin at one moment."""

    def __init__(self, environ: dict[str, str], organization_id: int) -> None:
        self._environ, self._organization = environ, str(organization_id)
        self._processes: list[subprocess.Popen[str]] = []

    def add(self, program: str, name: str) -> None:
        """Start a process, which waits for the others."""
        self._processes.append(
            subprocess.Popen(
                [sys.executable, "-c", program, self._organization, name],
                env=self._environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip

    def work(self) -> None:
        """Let all begin, and wait for the last."""
        for process in self._processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in self._processes:
            assert process.wait(timeout=PATIENCE) == 0

    def end(self) -> None:
        """Kill those that are left."""
        for process in self._processes:
            process.kill()
            process.wait(timeout=10)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


@pytest.fixture
def crew(child_environ: dict[str, str], shop: World) -> Iterator[Crew]:
    """Routing workers, not started yet."""
    crew = Crew(child_environ, shop.organization.pk)
    try:
        yield crew
    finally:
        crew.end()


def requested(record: InventoryRecord) -> int:
    """How many units live requests are to ship from a record."""
    rows = Reservation.objects.filter(record=record).exclude(request_line=None)
    return int(rows.aggregate(units=Sum("quantity"))["units"] or 0)


def promised_twice() -> list[str]:
    """Where requests ask for more than there is."""
    return [
        f"{record.sku} at {record.location.name}: {requested(record)} of {record.on_hand}"
        for record in InventoryRecord.objects.select_related("location")
        if requested(record) > max(record.on_hand, 0)
    ]


def routed_units() -> dict[int, int]:
    """How many units of each line lie in live requests."""
    rows = OrderLine.objects.annotate(units=Sum("request_lines__quantity"))
    return {line.pk: line.units or 0 for line in rows}


def settle_down(shop: World) -> None:
    while route_pending(shop.organization.pk).more:
        pass


def test_the_last_units_from_many_sides(shop: World, crew: Crew) -> None:
    for number in range(WORKERS):
        crew.add(ROUTE, f"worker {number}")
    crew.add(ARRIVE, "dock")
    crew.work()
    settle_down(shop)

    assert promised_twice() == []
    assert check_ledger(shop.organization.pk) == []
    units = routed_units()
    for order in Order.objects.prefetch_related("lines"):
        whole = {line.pk: line.quantity for line in order.lines.all()}
        found = {pk: units[pk] for pk in whole}
        expected = dict.fromkeys(whole, 0) if order.routing_status == "failed" else whole
        assert found == expected, f"{order} ({order.routing_status}) is routed once and whole, or not at all"
    left_over = Order.objects.filter(routing_status="failed")
    assert 0 < left_over.count() < 70
    assert Order.objects.filter(routing_status="acknowledged").count() + left_over.count() == 70
    cases = ExceptionCase.objects.filter(code="noRoute", status="active")
    assert set(cases.values_list("record_id", flat=True)) == set(left_over.values_list("pk", flat=True))
    routed_by = Event.objects.filter(operation="route", author__startswith="worker").values_list(
        "author", flat=True
    )
    assert len(set(routed_by)) > 1, "several workers took part"

    # Nothing was missed: whoever is left over really finds no place.
    assert not RoutingRetry.objects.exists()
    left_over.update(routing_status="pending")
    settle_down(shop)
    assert ShippingRequest.objects.exclude(order__routing_status="acknowledged").count() == 0
    assert Order.objects.filter(routing_status="failed").count() == cases.count()

    # When enough arrives, all of them go, by themselves.
    for sku in SKUS:
        set_on_hand(shop.organization, sku, 500, author="dock", reason="a lorry")
    settle_down(shop)
    assert not Order.objects.exclude(routing_status="acknowledged").exists()
    assert not ExceptionCase.objects.filter(code="noRoute", status="active").exists()
    assert promised_twice() == []
    assert check_ledger(shop.organization.pk) == []
    assert routed_units() == dict(OrderLine.objects.values_list("pk", "quantity"))
