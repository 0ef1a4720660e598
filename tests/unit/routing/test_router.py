"""Waiting orders are routed once, in batches, and what cannot be routed says why and holds nobody up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.hub.models import Event, ExceptionCase, Location, Order, ShippingRequest, ShippingRequestLine
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.inventory import check_ledger
from crossdock.routing.router import RoutingReport, route_again, route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World


def route(world: World, limit: int = 200) -> RoutingReport:
    return route_pending(world.organization.pk, limit=limit)


def test_a_paid_order_gets_one_request_for_all_of_it(world: World) -> None:
    order = world.order({"tea": 2, "cup": 1})
    assert route(world) == RoutingReport(considered=1, routed=1)
    request = ShippingRequest.objects.get(order=order)
    assert request.location == world.main
    assert request.routing_reason == "default rule: paid; Main, because it is the default location"
    assert list(request.lines.order_by("pk").values_list("sku", "quantity")) == [("tea", 2), ("cup", 1)]
    order.refresh_from_db()
    assert (order.status, order.routing_status, order.routing_note) == (
        "readyForFulfillment",
        "acknowledged",
        "",
    )
    assert order.last_routed_at is not None
    event = Event.objects.get(entity="orders", record_id=order.pk, operation="route")
    assert (event.author, event.reason) == ("routing", request.routing_reason)
    assert world.reserved(order) == {"tea": (0, 2), "cup": (0, 1)}
    assert world.marked() == {"tea", "cup"}
    assert route(world) == RoutingReport()
    assert ShippingRequest.objects.count() == 1


def test_many_orders_in_one_pass_commit_what_they_need(world: World) -> None:
    for _ in range(7):
        world.order({"tea": 2, "cup": 1})
    reports = [route(world, limit=3) for _ in range(3)]
    assert [(report.routed, report.more) for report in reports] == [(3, True), (3, True), (1, False)]
    assert (world.record("tea").committed, world.record("cup").committed) == (14, 7)
    assert min(ShippingRequest.objects.values_list("ext_shipment_id", flat=True)) == "#1001"
    assert check_ledger(world.organization.pk) == []


def test_unpaid_orders_wait_without_holding_others_up(world: World) -> None:
    unpaid = [world.order(paid=False) for _ in range(3)]
    world.order()
    assert route(world, limit=3).waiting == 3
    assert route(world, limit=3).routed == 1
    for order in unpaid:
        order.refresh_from_db()
        assert (order.status, order.routing_status, order.routing_note) == (
            "new",
            "pending",
            "waiting for payment",
        )
        assert world.reserved(order) == {"tea": (2, 0)}
    assert route(world, limit=3).considered == 0
    Order.objects.filter(pk=unpaid[0].pk).update(paid=True)
    assert route(world).routed == 1


def test_a_setting_accepts_unpaid_orders(world: World) -> None:
    world.order(paid=False)
    assert route(world).waiting == 1
    world.integration.settings = {"acceptUnpaid": True}
    world.integration.save()
    assert route(world).routed == 1


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"standing": "canceled"}, "canceled on the channel"),
        ({"standing": "fulfilled"}, "already shipped on the channel"),
        ({"method": "none"}, "not to be delivered, says the channel"),
    ],
)
def test_what_must_not_ship_is_excluded_with_the_reason(
    world: World, fields: dict[str, str], note: str
) -> None:
    order = world.order(**fields)  # type: ignore[arg-type]  # texts by field name
    assert route(world).excluded == 1
    order.refresh_from_db()
    assert (order.routing_status, order.routing_note) == ("excluded", note)
    assert not ShippingRequest.objects.exists()
    assert Event.objects.get(record_id=order.pk, operation="routing").reason == f"default rule: {note}"


def test_digital_orders_are_excluded(world: World) -> None:
    world.order({"ebook": 1}, digital=True)
    assert route(world).excluded == 1


def test_lines_without_sku_are_left_to_a_person(world: World) -> None:
    order = world.order({"tea": 1})
    world.line(order, "", 3, 1)
    nameless = world.order({"": 1})
    report = route(world)
    assert (report.routed, report.failed) == (1, 1)
    assert list(ShippingRequestLine.objects.values_list("sku", "quantity")) == [("tea", 1)]
    nameless.refresh_from_db()
    assert (nameless.routing_status, nameless.routing_note) == ("failed", "none of its open lines has a SKU")


def test_no_location_yet_is_one_exception_that_closes_itself(world: World) -> None:
    Location.objects.update(is_default=False)
    orders = [world.order(), world.order()]
    assert route(world).waiting == 2
    assert route(world).considered == 0
    case = ExceptionCase.objects.get()
    assert (case.code, case.status, case.subject) == ("noLocation", "active", "locations:default")
    assert case.message.startswith("2 orders cannot be routed")
    assert world.reserved(orders[0]) == {}
    Location.objects.update(is_default=True)
    assert route(world).routed == 2
    case.refresh_from_db()
    assert case.status == "resolved"


def test_an_order_with_a_place_of_its_own_needs_no_default(world: World) -> None:
    Location.objects.update(is_default=False)
    world.order(location=world.main)
    assert route(world).routed == 1
    assert not ExceptionCase.objects.exists()


def test_a_paused_location_makes_orders_wait(world: World) -> None:
    Location.objects.update(pause_location=True)
    order = world.order()
    assert route(world).waiting == 1
    assert route(world).considered == 0
    order.refresh_from_db()
    assert (order.routing_note, world.reserved(order)) == ("waiting: its location is paused", {"tea": (2, 0)})
    Location.objects.update(pause_location=False)
    assert route(world).routed == 1


def test_a_paused_place_of_its_own_does_not_stop_the_others(world: World) -> None:
    depot = world.location("Depot", pause_location=True)
    world.order(location=depot)
    world.order()
    assert (route(world).waiting, ShippingRequest.objects.get().location) == (1, world.main)
    assert route(world).considered == 0
    Location.objects.update(pause_location=False)
    assert route(world).routed == 1


def test_after_a_cancelled_request_a_person_decides(world: World) -> None:
    order = world.order()
    route(world)
    cancel_request(ShippingRequest.objects.get(), True, author="anna", reason="wrong box")
    assert route(world).considered == 0
    route_again(order, author="anna", reason="now the right box")
    assert route(world).routed == 1
    assert ShippingRequest.objects.latest("pk").ext_shipment_id == "#1001.2"
    assert world.record("tea").committed == 2


def test_an_order_that_is_routed_already_is_done(world: World) -> None:
    order = world.order()
    route(world)
    route_again(order, author="anna", reason="just looking")
    assert route(world).done == 1
    assert ShippingRequest.objects.count() == 1


def test_other_organizations_are_left_alone(world: World) -> None:
    world.order()
    assert route_pending(world.organization.pk + 1) == RoutingReport()
