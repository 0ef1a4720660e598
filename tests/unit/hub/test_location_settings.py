"""What people decide about locations, and what follows at once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.conftest import World

from crossdock.hub.models import Event, Integration, Location, Order
from crossdock.hub.orders.retries import take_retries
from crossdock.hub.places.settings import LocationError, change_location, create_location
from crossdock.hub.stock.inventory import check_ledger, set_on_hand


def test_a_new_default_takes_over_what_waits(world: World) -> None:
    depot = world.location("Depot")
    world.placed({"tea": 3})
    assert world.record("tea").committed == 3
    change_location(depot, {"isDefault": True}, author="anna", reason="moved house")
    world.main.refresh_from_db()
    assert (depot.is_default, world.main.is_default) == (True, False)
    assert world.record("tea").committed == 0
    assert world.record("tea", depot).committed == 3
    assert check_ledger(world.organization.pk) == []
    event = Event.objects.get(entity="locations", record_id=depot.pk)
    assert (event.author, event.reason) == ("anna", "moved house")
    assert (event.before, event.after) == ({"isDefault": False}, {"isDefault": True})


@pytest.mark.parametrize(
    "changes", [{"excludeFromTotals": True}, {"infiniteAvailability": True}, {"preserveBundles": True}]
)
def test_what_feeds_a_channel_is_marked_when_it_changes(world: World, changes: dict[str, object]) -> None:
    set_on_hand(world.organization, "tea", 4, author="test", reason="")
    world.marked()
    change_location(world.main, changes, author="anna")
    assert world.marked() == {"tea"}
    change_location(world.main, changes, author="anna")
    assert world.marked() == set(), "what is said already changes nothing"
    assert Event.objects.filter(entity="locations").count() == 1


def test_stock_is_kept_from_one_channel(world: World) -> None:
    set_on_hand(world.organization, "tea", 4, author="test", reason="")
    world.marked()
    change_location(world.main, {"excludeFromTotalsByIntegration": [world.integration]}, author="anna")
    assert list(world.main.excluded_for.all()) == [world.integration]
    assert world.marked() == {"tea"}


def test_a_renamed_location_belongs_to_people(world: World) -> None:
    change_location(world.main, {"name": " Harbour "}, author="anna")
    assert (world.main.name, world.main.edited) == ("Harbour", True)


def test_orders_that_found_no_place_are_tried_again(world: World) -> None:
    order = world.order(routing_status="failed", routing_note="nobody has it")
    change_location(world.main, {"pauseLocation": True}, author="anna")
    assert take_retries(world.organization.pk) == 1
    assert Order.objects.get(pk=order.pk).routing_status == "pending"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pauseLocation": "yes"}, "pauseLocation"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"status": "merged"}, "status"),
        ({"status": "inactive"}, "status"),
        ({"isDefault": False}, "isDefault"),
        ({"colour": "red"}, "colour"),
        ({"excludeFromTotalsByIntegration": ["x"]}, "excludeFromTotalsByIntegration"),
    ],
)
def test_what_cannot_be(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(LocationError) as caught:
        change_location(world.main, changes, author="anna")
    assert caught.value.field == field
    assert Location.objects.get(pk=world.main.pk).name == "Main"
    assert not Event.objects.exists()


def test_a_stranger_s_integration_is_refused(world: World) -> None:
    other: Integration = World("Other").integration
    with pytest.raises(LocationError, match="of this organization"):
        change_location(world.main, {"excludeFromTotalsByIntegration": [other]}, author="anna")


def test_a_pickup_point_is_no_default(world: World) -> None:
    shop = world.location("Shop window", kind="pickup")
    with pytest.raises(LocationError, match="no active stock location"):
        change_location(shop, {"isDefault": True}, author="anna")


def test_a_location_of_the_merchant_s_own(db: None) -> None:
    world = World(located=False)
    window = create_location(world.organization, "Window", kind="pickup", author="anna")
    first = create_location(world.organization, " Depot ", author="anna", reason="rented")
    second = create_location(world.organization, "Cellar", author="anna")
    assert [(row.name, row.is_default, row.edited) for row in (window, first, second)] == [
        ("Window", False, True), ("Depot", True, True), ("Cellar", False, True),
    ]  # fmt: skip
    assert Event.objects.get(entity="locations", record_id=first.pk).reason == "rented"
    for name, kind, field in (("Depot", "stock", "name"), ("", "stock", "name"), ("Moon", "orbit", "kind")):
        with pytest.raises(LocationError) as caught:
            create_location(world.organization, name, kind=kind, author="anna")
        assert caught.value.field == field
