"""Requests that wait for stock on its way keep committedFuture, and committed once it is here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from crossdock.hub.models import (
    BundleItem,
    Event,
    InventoryRecord,
    Order,
    Product,
    Reservation,
    ShippingRequest,
)
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.availability import channel_figures
from crossdock.hub.stock.figures import receive_units, set_figure
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state, settle_reservations
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.pending import ready_requests
from crossdock.hub.waking import ROUTE

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CAUSE = Cause("system")
PENDING = ShippingRequest.Status.PENDING_INVENTORY


@pytest.fixture
def awaited(world: World) -> World:
    """No tea on the shelf, and ten of them on their way."""
    set_on_hand(world.organization, "tea", 0, author="anna", reason="")
    set_figure(world.organization, "tea", "future", 10, author="anna", reason="ordered")
    return world


def waiting(world: World, quantity: int, sku: str = "tea") -> ShippingRequest:
    """A request that waits, made as routing makes one."""
    order: Order = world.order({sku: quantity})
    settle_reservations([order.pk], author="test", reason="")
    request = create_request(
        order, world.main, [(line, line.quantity) for line in order.lines.all()], reason="", author="test"
    )
    ShippingRequest.objects.filter(pk=request.pk).update(status=PENDING)
    settle_reservations([order.pk], author="test", reason="waits")
    request.refresh_from_db()
    return request


def figures(world: World, sku: str = "tea") -> tuple[int, int, int, int]:
    assert check_ledger(world.organization.pk) == []
    record = world.record(sku)
    return record.on_hand, record.committed, record.future, record.committed_future


def events(world: World) -> list[tuple[str, str, int]]:
    return [entry[:3] for entry in world.ledger("tea")]


def test_a_waiting_request_keeps_future_units(awaited: World) -> None:
    waiting(awaited, 4)
    assert figures(awaited) == (0, 0, 10, 4)
    assert events(awaited)[-2:] == [("release", "committed", -4), ("futureShip", "committed_future", 4)]
    assert channel_figures(awaited.integration, ["tea"])["tea"].terms == (
        ("onHand", 0), ("committed", 0), ("future", 10), ("committedFuture", -4), ("buffer", 0),
    )  # fmt: skip
    assert Reservation.objects.get().future


def test_it_goes_on_when_its_stock_is_here_the_oldest_first(awaited: World) -> None:
    first, second, third = waiting(awaited, 4), waiting(awaited, 4), waiting(awaited, 1)
    assert ready_requests(awaited.organization.pk, CAUSE) == []
    receive_units(awaited.organization, "tea", 5, author="anna", reason="pallet")
    assert [request.pk for request in ready_requests(awaited.organization.pk, CAUSE)] == [first.pk, third.pk]
    assert figures(awaited) == (5, 5, 5, 4)
    assert ready_requests(awaited.organization.pk, CAUSE) == []
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.status, second.status) == ("readyForFulfillment", "pendingInventory")
    assert events(awaited)[-4:] == [
        ("release", "committed_future", -4), ("ship", "committed", 4),
        ("release", "committed_future", -1), ("ship", "committed", 1),
    ]  # fmt: skip
    event = Event.objects.filter(entity="shippingRequests", operation="status", record_id=first.pk).get()
    assert (event.reason, event.after) == (
        "the stock it waited for is here",
        {"status": "readyForFulfillment"},
    )


def test_a_worker_looks_when_stock_arrives(awaited: World) -> None:
    from crossdock.flows.jobs import route_job

    request = waiting(awaited, 4)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    receive_units(awaited.organization, "tea", 4, author="anna", reason="pallet")
    assert queued(), "although no more is available in all than before"
    route_job(awaited.organization.pk)
    request.refresh_from_db()
    assert request.status == "readyForFulfillment"


def queued() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [ROUTE])
        return bool(cursor.fetchone()[0])


def test_younger_orders_that_wait_for_routing_do_not_hold_it_up(awaited: World) -> None:
    request = waiting(awaited, 4)
    younger = awaited.order({"tea": 9})
    settle_reservations([younger.pk], author="test", reason="")
    receive_units(awaited.organization, "tea", 4, author="anna", reason="pallet")
    assert [row.pk for row in ready_requests(awaited.organization.pk, CAUSE)] == [request.pk]


def test_unlimited_counts_as_here_and_unknown_does_not(awaited: World) -> None:
    request = waiting(awaited, 4)
    set_state(awaited.organization, "tea", "unknown", author="anna", reason="")
    assert ready_requests(awaited.organization.pk, CAUSE) == []
    set_state(awaited.organization, "tea", "unlimited", author="anna", reason="")
    assert [row.pk for row in ready_requests(awaited.organization.pk, CAUSE)] == [request.pk]


def test_a_bundle_waits_for_its_parts(awaited: World) -> None:
    box = Product.objects.create(organization=awaited.organization, sku="box", name="Box")
    BundleItem.objects.create(bundle=box, sku="tea", quantity=3, updated_by="anna")
    request = waiting(awaited, 2, "box")
    assert figures(awaited) == (0, 0, 10, 6)
    receive_units(awaited.organization, "tea", 5, author="anna", reason="pallet")
    assert ready_requests(awaited.organization.pk, CAUSE) == []
    receive_units(awaited.organization, "tea", 1, author="anna", reason="pallet")
    assert [row.pk for row in ready_requests(awaited.organization.pk, CAUSE)] == [request.pk]
    assert figures(awaited) == (6, 6, 4, 0)


def test_cancelling_lets_go_of_future_units(awaited: World) -> None:
    request = waiting(awaited, 4)
    cancel_request(request, True, author="anna", reason="")
    assert events(awaited)[-2:] == [
        ("futureShipCancel", "committed_future", -4),
        ("virtualCommit", "committed", 4),
    ]
    assert figures(awaited) == (0, 4, 10, 0)


def test_sent_all_the_same_it_keeps_what_is_here(awaited: World) -> None:
    mark_sent(waiting(awaited, 4), author="anna")
    assert figures(awaited) == (0, 4, 10, 0)


def test_shipped_all_the_same_the_rest_is_committed(awaited: World) -> None:
    request = waiting(awaited, 4)
    fulfill(request, {"tea": 1}, shipped_at=NOON, author="anna")
    assert figures(awaited) == (-1, 3, 10, 0)
    request.refresh_from_db()
    assert request.status == "partialFulfillment"
    assert ("fulfill", "committed_future", -1) in events(awaited)


def test_a_tampered_future_commitment_is_found(awaited: World) -> None:
    waiting(awaited, 4)
    InventoryRecord.objects.update(committed_future=3)
    assert [(row.figure, row.stored, row.explained, row.source) for row in check_ledger(awaited.organization.pk)] == [
        ("committed_future", 3, 4, "ledger entries"), ("committed_future", 3, 4, "reservations"),
    ]  # fmt: skip
