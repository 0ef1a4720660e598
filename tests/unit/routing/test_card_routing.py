"""Orders routed by cards: what is free, who goes first, what is split, and what is tried again when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crossdock.hub.documents import order_document, shipment_document
from crossdock.hub.models import (
    BundleItem,
    Event,
    ExceptionCase,
    Fulfillment,
    InventoryRecord,
    Link,
    Location,
    Order,
    Product,
    RoutingCard,
    RoutingRetry,
    ShippingRequest,
)
from crossdock.hub.orders import lifecycle
from crossdock.hub.places.settings import change_location
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock import inventory
from crossdock.hub.stock.bundle_items import set_bundle_items
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state
from crossdock.routing.card_book import put_card
from crossdock.routing.router import RoutingReport, route_again, route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GERMANY = {"shippingAddress": {"country": "DE", "zipCodeOrPostalCode": "20095"}}


def card(world: World, name: str = "Everywhere", *locations: str, **fields: object) -> RoutingCard:
    record = {"name": name, "locations": list(locations or ("Main",)), **fields}
    return put_card(world.organization, record, author="anna")


def count(world: World, location: Location, **figures: int) -> None:
    for sku, quantity in figures.items():
        set_on_hand(world.organization, sku, quantity, location=location, author="anna", reason="count")


def route(world: World, limit: int = 200) -> RoutingReport:
    """Route until nothing is left to do at once; gives the sums."""
    reports = [route_pending(world.organization.pk, limit=limit)]
    while reports[-1].more:
        reports.append(route_pending(world.organization.pk, limit=limit))
    return RoutingReport(
        considered=sum(report.considered for report in reports), routed=sum(report.routed for report in reports),
        failed=sum(report.failed for report in reports), waiting=sum(report.waiting for report in reports),
    )  # fmt: skip


def shipped_from(order: Order) -> dict[str, dict[str, int]]:
    """What live requests are to ship, by location and SKU; one that waits for stock is marked."""
    found: dict[str, dict[str, int]] = {}
    for request in order.shipping_requests.exclude(status__in=("canceled", "canceledRestock")).order_by("pk"):
        name = request.location.name + (" later" if request.status == "pendingInventory" else "")
        units = found.setdefault(name, {})
        for line in request.lines.all():
            units[line.sku] = units.get(line.sku, 0) + line.quantity
    return found


@pytest.fixture
def depot(world: World) -> Location:
    return world.location("Depot")


def test_the_first_place_that_has_everything(world: World, depot: Location) -> None:
    count(world, world.main, tea=1, cup=5)
    count(world, depot, tea=5, cup=5)
    card(world, "Everywhere", "Main", "Depot")
    order = world.placed({"tea": 2, "cup": 1})
    assert route(world).routed == 1
    assert shipped_from(order) == {"Depot": {"tea": 2, "cup": 1}}
    request = order.shipping_requests.get()
    assert request.routing_reason == "card Everywhere: Depot"
    assert request.explanation == [
        {
            "card": "Everywhere", "location": "Main", "locationId": world.main.key, "chosen": False,
            "why": "1 of 2 tea are free", "free": {"tea": 1, "cup": 5},
        },
        {
            "card": "Everywhere", "location": "Depot", "locationId": depot.key, "chosen": True,
            "why": "it has everything", "free": {"tea": 5, "cup": 5},
        },
    ]  # fmt: skip
    event = Event.objects.get(entity="orders", record_id=order.pk, operation="route")
    assert event.after is not None
    assert event.after["explanation"] == request.explanation
    assert shipment_document(request)["explanation"] == request.explanation
    assert order_document(order, full=True)["explanation"] == request.explanation
    assert (world.record("tea").committed, world.record("tea", depot).committed) == (0, 2)
    assert check_ledger(world.organization.pk) == []


def test_a_split_ships_every_unit_once(world: World, depot: Location) -> None:
    count(world, world.main, tea=2, cup=1)
    count(world, depot, tea=2)
    card(world, "Split", "Main", "Depot", allowSplit=True)
    order = world.placed({"tea": 3, "cup": 1})
    route(world)
    assert shipped_from(order) == {"Main": {"tea": 2, "cup": 1}, "Depot": {"tea": 1}}
    numbers = order.shipping_requests.order_by("pk").values_list("ext_shipment_id", flat=True)
    assert list(numbers) == ["#1001", "#1001.2"]
    assert order.shipping_requests.first().routing_reason == "card Split: split over Main and Depot"  # type: ignore[union-attr]  # it is there
    order.refresh_from_db()
    assert order.routing_status == "acknowledged"
    assert check_ledger(world.organization.pk) == []


def test_cards_go_by_position_filter_and_region(world: World, depot: Location) -> None:
    count(world, world.main, tea=9)
    count(world, depot, tea=9)
    card(world, "Off", "Depot", enabled=False)
    card(world, "Big", "Depot", filters=[{"field": "totalPrice", "operator": "atLeast", "value": 100}])
    card(world, "Germany", "Depot", regions=[{"country": "DE"}])
    card(world, "World", "Main")
    at_home = world.placed({"tea": 1}, canonical=GERMANY)
    abroad = world.placed({"tea": 1}, canonical={"shippingAddress": {"country": "FR"}})
    nowhere = world.placed({"tea": 1})
    big = world.placed({"tea": 1}, total_price=100)
    assert route(world).routed == 4
    assert [list(shipped_from(order)) for order in (at_home, abroad, nowhere, big)] == [
        ["Depot"], ["Main"], ["Main"], ["Depot"],
    ]  # fmt: skip
    explained = nowhere.shipping_requests.get().explanation
    assert [(row["card"], row["why"]) for row in explained] == [
        ("Off", "it is turned off"),
        ("Big", "its filters do not match the order"),
        ("Germany", "its regions need an address, and the order has none"),
        ("World", "it has everything"),
    ]


def test_no_place_is_an_exception_that_says_why_and_closes_itself(world: World, depot: Location) -> None:
    count(world, world.main, tea=1)
    card(world, "Everywhere", "Main", "Depot")
    order = world.placed({"tea": 2})
    assert route(world).failed == 1
    order.refresh_from_db()
    assert order.routing_status == "failed"
    case = ExceptionCase.objects.get(code="noRoute")
    assert (case.status, case.subject, case.record_id) == (
        "active",
        f"orders:{order.ext_order_api_id}",
        order.pk,
    )
    assert case.message == (
        "Order 1001 cannot be routed: no card places it. Everywhere: Main: 1 of 2 tea are free, "
        "Depot: nobody has counted tea there"
    )
    assert world.reserved(order) == {"tea": (2, 0)}, "it keeps its units"
    assert order_document(order, full=True)["explanation"][1]["free"] == {"tea": "unknown"}  # type: ignore[index]  # a list
    assert route(world).considered == 0, "not on a clock"
    count(world, depot, tea=2)
    assert route(world).routed == 1
    case.refresh_from_db()
    assert (case.status, case.resolution) == ("resolved", "A place was found.")
    assert shipped_from(order) == {"Depot": {"tea": 2}}


def test_an_order_called_off_needs_no_place(world: World) -> None:
    card(world)
    order = world.placed({"tea": 2})
    route(world)
    Order.objects.filter(pk=order.pk).update(standing="canceled")
    lifecycle.apply_standing(order, author="test", reason="called off")
    assert ExceptionCase.objects.get(code="noRoute").resolution == "Nothing is to be routed any more."


def test_a_request_by_hand_closes_it_too(world: World, depot: Location) -> None:
    card(world)
    order = world.placed({"tea": 2})
    route(world)
    create_request(order, depot, [(order.lines.get(), 2)], reason="we found some", author="anna")
    assert ExceptionCase.objects.get(code="noRoute").status == "resolved"


def test_only_the_orders_concerned_are_tried_again(world: World) -> None:
    card(world)
    tea, cup = world.placed({"tea": 1}), world.placed({"cup": 1})
    assert route(world).failed == 2
    count(world, world.main, cup=1)
    report = route(world)
    assert (report.considered, report.routed) == (1, 1)
    assert shipped_from(cup) == {"Main": {"cup": 1}}
    events = Event.objects.filter(entity="orders", record_id=tea.pk, operation="routing")
    count(world, world.main, tea=0)
    assert route(world).considered == 0, "a count of nothing gives nobody a chance"
    assert events.count() == 1
    assert not RoutingRetry.objects.exists()


@pytest.mark.parametrize("change", ["card", "location", "unlimited", "infinite"])
def test_what_else_has_orders_tried_again(world: World, depot: Location, change: str) -> None:
    depot.pause_location = True
    depot.save()
    count(world, depot, tea=5)
    card(world, "Everywhere", "Main", "Depot")
    order = world.placed({"tea": 1})
    assert route(world).failed == 1
    if change == "card":
        card(world, "Everywhere", "Main", checkStock=False)
    elif change == "location":
        change_location(depot, {"pauseLocation": False}, author="anna")
    elif change == "unlimited":
        set_state(world.organization, "tea", "unlimited", author="anna", reason="endless")
    else:
        change_location(world.main, {"infiniteAvailability": True}, author="anna")
    assert route(world).routed == 1
    assert list(shipped_from(order)) == ["Depot" if change == "location" else "Main"]


def test_the_oldest_goes_first_and_nobody_overtakes(world: World) -> None:
    count(world, world.main, tea=3)
    card(world)
    first, second, third = (world.placed({"tea": quantity}) for quantity in (2, 2, 1))
    report = route(world)
    assert (report.routed, report.failed) == (1, 2)
    assert shipped_from(first) == {"Main": {"tea": 2}}
    assert shipped_from(third) == {}, "the unit that is left waits for the second order"
    count(world, world.main, tea=4)
    assert route(world).routed == 1
    assert shipped_from(second) == {"Main": {"tea": 2}}


def test_what_an_older_order_keeps_is_not_free_even_if_it_is_not_routed_now(world: World) -> None:
    count(world, world.main, tea=2)
    card(world)
    unpaid = world.placed({"tea": 2}, paid=False)
    younger = world.placed({"tea": 1})
    report = route(world)
    assert (report.waiting, report.failed) == (1, 1)
    lifecycle_canceled = Order.objects.filter(pk=unpaid.pk)
    lifecycle_canceled.update(standing="canceled")
    lifecycle.apply_standing(unpaid, author="test", reason="called off")
    assert route(world).routed == 1, "what was let go of gives the younger one its chance"
    assert shipped_from(younger) == {"Main": {"tea": 1}}


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_batches_of_any_size_come_to_the_same(world: World, limit: int) -> None:
    count(world, world.main, tea=5)
    card(world)
    orders = [world.placed({"tea": 1 + number % 2}) for number in range(6)]
    route(world, limit)
    assert [bool(shipped_from(order)) for order in orders] == [True, True, True, False, False, False]
    assert (world.record("tea").on_hand, world.record("tea").committed) == (5, 9)
    assert check_ledger(world.organization.pk) == []


def test_orders_of_one_moment_go_by_number(world: World) -> None:
    count(world, world.main, tea=1)
    card(world)
    first, second = (world.placed({"tea": 1}, ext_order_created_at=NOON) for _ in range(2))
    route(world, 1)
    assert (list(shipped_from(first)), list(shipped_from(second))) == (["Main"], [])


def test_a_card_without_stock_check_ships_what_nobody_counted(world: World, depot: Location) -> None:
    depot.pause_location = True
    depot.save()
    card(world, "Trusting", "Depot", "Main", checkStock=False)
    order = world.placed({"tea": 2})
    assert route(world).routed == 1
    assert shipped_from(order) == {"Main": {"tea": 2}}
    assert [row["why"] for row in order.shipping_requests.get().explanation] == [
        "it is paused",
        "it is the first location that ships, and stock is not checked",
    ]


def test_stock_on_its_way(world: World) -> None:
    count(world, world.main, tea=1)
    InventoryRecord.objects.filter(sku="tea").update(future=5)
    card(world)
    order = world.placed({"tea": 3})
    assert route(world).failed == 1
    assert "1 of 3 tea are free (5 on their way)" in ExceptionCase.objects.get(code="noRoute").message
    card(world, "Everywhere", "Main", allowSplit=True, sendFuture=True)
    assert route(world).routed == 1
    assert shipped_from(order) == {"Main": {"tea": 1}, "Main later": {"tea": 2}}


def test_bundles_ship_as_their_parts(world: World, depot: Location) -> None:
    bundle = Product.objects.create(organization=world.organization, sku="set", name="Tea set")
    BundleItem.objects.create(bundle=bundle, sku="tea", quantity=2, updated_by="anna")
    BundleItem.objects.create(bundle=bundle, sku="cup", quantity=1, updated_by="anna")
    count(world, world.main, tea=3, cup=9)
    depot.preserve_bundles = True
    depot.save()
    card(world, "Everywhere", "Main", "Depot")
    order = world.placed({"set": 2})
    assert route(world).failed == 1
    count(world, world.main, tea=4)
    assert route(world).routed == 1
    assert shipped_from(order) == {"Main": {"set": 2}}
    assert (world.record("tea").committed, world.record("cup").committed) == (4, 2)
    later = world.placed({"set": 1})
    assert route(world).failed == 1
    count(world, depot, set=1)
    assert route(world).routed == 1
    assert shipped_from(later) == {"Depot": {"set": 1}}
    assert check_ledger(world.organization.pk) == []


def test_a_bundle_that_is_made_of_other_parts_is_tried_again(
    world: World,
) -> None:
    Product.objects.create(organization=world.organization, sku="set", name="Tea set")
    set_bundle_items(world.organization, "set", {"pot": 1}, author="anna")
    count(world, world.main, tea=1)
    card(world)
    order = world.placed({"set": 1})
    assert route(world).failed == 1
    set_bundle_items(world.organization, "set", {"tea": 1}, author="anna")
    assert route(world).routed == 1
    assert shipped_from(order) == {"Main": {"set": 1}}


def test_who_rejected_an_order_is_not_asked_again(world: World, depot: Location) -> None:
    count(world, world.main, tea=9)
    count(world, depot, tea=9)
    card(world, "Everywhere", "Main", "Depot")
    order = world.placed({"tea": 2})
    route(world)
    request = order.shipping_requests.get()
    Fulfillment.objects.create(
        organization=world.organization, request=request, order=order, location=world.main, author="warehouse",
        ext_fulfillment_id="R-1", fulfillment_type="rejected", actual_ship_date=NOON,
    )  # fmt: skip
    cancel_request(request, True, author="warehouse", reason="broken", route_again=True)
    assert route(world).routed == 1
    assert shipped_from(order) == {"Depot": {"tea": 2}}
    why = ShippingRequest.objects.latest("pk").explanation[0]["why"]
    assert why == "it would not ship this order before"


def test_the_place_that_the_channel_chose_is_looked_up_and_respected(world: World, depot: Location) -> None:
    count(world, world.main, tea=9)
    card(world, "Everywhere", "Main")
    order = world.placed({"tea": 1}, canonical={"extLocationId": "outlet-7"})
    Link.objects.create(
        integration=world.integration, entity="locations", remote_id="outlet-7", record_id=depot.pk
    )
    assert route(world).routed == 1
    assert shipped_from(order) == {"Depot": {"tea": 1}}
    order.refresh_from_db()
    assert order.location == depot


def test_a_pick_up_says_what_to_link_and_goes_there_then(world: World, depot: Location) -> None:
    kiosk = world.location("Kiosk", kind="pickup")
    count(world, depot, tea=1)
    card(world, "Everywhere", "Depot")
    order = world.placed({"tea": 1}, method="pickup", location=kiosk)
    assert route(world).failed == 1
    message = ExceptionCase.objects.get(code="noRoute").message
    assert f"at {kiosk.name}, which is no active stock location; merge it into" in message
    from crossdock.hub.places.merging import merge_location

    merge_location(kiosk, depot, author="anna")
    assert route(world).routed == 1
    assert shipped_from(order) == {"Depot": {"tea": 1}}


def test_what_is_left_of_an_order_is_routed_alone(world: World, depot: Location) -> None:
    count(world, world.main, tea=1)
    count(world, depot, tea=1)
    card(world, "Everywhere", "Depot", "Main", allowSplit=True)
    order = world.placed({"tea": 2})
    route(world)
    at_depot = order.shipping_requests.get(location=depot)
    cancel_request(at_depot, False, author="anna", reason="lost")
    route_again(order, author="anna", reason="the rest")
    assert route(world).failed == 1
    assert shipped_from(order) == {"Main": {"tea": 1}}
    inventory.set_on_hand(world.organization, "tea", 2, author="anna", reason="found one")
    assert route(world).routed == 1
    assert shipped_from(order) == {"Main": {"tea": 2}}


def test_a_place_that_has_only_some_of_it_is_no_reason_to_ask_again_and_again(world: World) -> None:
    count(world, world.main, tea=1)
    card(world)
    order = world.placed({"tea": 2})
    route(world)
    before = Event.objects.filter(entity="orders", record_id=order.pk).count()
    card(world, "Another", "Main", enabled=False)
    report = route(world)
    assert report.considered == 1
    card(world, "Another", "Main", enabled=False)
    assert route(world).considered == 0, "storing what is stored already changes nothing"
    assert ExceptionCase.objects.filter(code="noRoute").count() == 1
    assert Event.objects.filter(entity="orders", record_id=order.pk).count() == before + 1, (
        "the reason names the new card"
    )


def test_the_default_rule_is_what_holds_without_cards(world: World) -> None:
    order = world.placed({"tea": 2})
    assert route(world).routed == 1
    assert order.shipping_requests.get().explanation == [
        {
            "card": "default rule", "location": "Main", "locationId": world.main.key, "chosen": True,
            "why": "it is the default location; stock is not checked",
        }
    ]  # fmt: skip
