"""Reservations and figures follow the orders' facts, and the ledger explains every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.hub.models import Event, InventoryRecord, LedgerEntry, Order, Organization, Reservation
from crossdock.hub.stock.inventory import (
    InventoryError,
    check_ledger,
    set_on_hand,
    set_state,
    settle_reservations,
    sku_is_known,
)

if TYPE_CHECKING:
    from tests.unit.conftest import World


def settle(*orders: Order) -> None:
    settle_reservations([order.pk for order in orders], author="test", reason="test")


def count(world: World, sku: str, quantity: int) -> InventoryRecord:
    return set_on_hand(world.organization, sku, quantity, author="anna", reason="counted")


def sound(world: World) -> bool:
    assert check_ledger(world.organization.pk) == []
    return True


def test_an_open_order_keeps_its_units_committed(world: World) -> None:
    order = world.order({"tea": 2, "cup": 1})
    settle(order)
    assert world.reserved(order) == {"tea": (2, 0), "cup": (1, 0)}
    record = world.record("tea")
    assert (record.state, record.on_hand, record.committed, record.available) == ("unknown", 0, 2, -2)
    assert world.ledger("tea") == [("virtualCommit", "committed", 2, 0, 2)]
    entry = LedgerEntry.objects.get(record=record)
    assert (entry.entity, entry.entity_id, entry.order_id) == ("orders", order.pk, order.pk)
    assert (entry.author, entry.reason) == ("test", "test")
    assert world.marked() == {"tea", "cup"}
    assert sound(world)


def test_settling_twice_changes_nothing(world: World) -> None:
    order = world.order()
    settle(order)
    world.marked()
    settle(order)
    assert len(world.ledger("tea")) == 1
    assert world.marked() == set()


def test_an_unpaid_order_reserves_too(world: World) -> None:
    order = world.order({"tea": 3}, paid=False)
    settle(order)
    assert world.record("tea").committed == 3


def test_orders_and_lines_that_share_a_record_have_a_running_before_and_after(world: World) -> None:
    orders = [world.order({"tea": 2, "tea?": 3}), world.order({"tea": 4})]
    settle(*orders)
    assert [entry[2:] for entry in world.ledger("tea")] == [(2, 0, 2), (3, 2, 5), (4, 5, 9)]
    assert world.record("tea").committed == 9
    assert sound(world)


@pytest.mark.parametrize(
    "change",
    [
        {"standing": "canceled"},
        {"standing": "refunded"},
        {"standing": "fulfilled"},
        {"standing": "returned"},
        {"status": "archived"},
        {"deleted_at": "2026-03-02T10:00:00Z"},
    ],
)
def test_an_order_that_is_not_open_keeps_nothing(world: World, change: dict[str, str]) -> None:
    order = world.order()
    settle(order)
    Order.objects.filter(pk=order.pk).update(**change)
    settle(order)
    assert world.record("tea").committed == 0
    assert [entry[0] for entry in world.ledger("tea")] == ["virtualCommit", "release"]
    assert not Reservation.objects.exists()
    assert sound(world)


def test_digital_lines_and_lines_without_sku_reserve_nothing(world: World) -> None:
    order = world.order({"ebook": 1}, digital=True)
    world.line(order, "", 5)
    settle(order)
    assert not InventoryRecord.objects.exists()


def test_a_changed_quantity_moves_the_difference_only(world: World) -> None:
    order = world.order({"tea": 2})
    settle(order)
    order.lines.update(quantity=5)
    settle(order)
    order.lines.update(quantity=1)
    settle(order)
    assert [entry[:3] for entry in world.ledger("tea")] == [
        ("virtualCommit", "committed", 2),
        ("virtualCommit", "committed", 3),
        ("release", "committed", -4),
    ]
    assert sound(world)


def test_a_changed_sku_moves_the_reservation_to_the_other_record(world: World) -> None:
    order = world.order({"tea": 2})
    settle(order)
    order.lines.update(sku="coffee")
    settle(order)
    assert (world.record("tea").committed, world.record("coffee").committed) == (0, 2)
    assert sound(world)


def test_the_orders_own_location_is_used_if_it_holds_stock(world: World) -> None:
    depot = world.location("Depot")
    point = world.location("Kiosk", kind="pickup")
    at_depot, at_kiosk = world.order({"tea": 1}, location=depot), world.order({"tea": 2}, location=point)
    settle(at_depot, at_kiosk)
    assert (world.record("tea", depot).committed, world.record("tea").committed) == (1, 2)
    Order.objects.filter(pk=at_depot.pk).update(location=None)
    settle(at_depot)
    assert (world.record("tea", depot).committed, world.record("tea").committed) == (0, 3)
    assert sound(world)


def test_without_a_location_nothing_is_kept_until_there_is_one(world: World) -> None:
    order = world.order()
    type(world.main).objects.filter(pk=world.main.pk).update(is_default=False)
    settle(order)
    assert not Reservation.objects.exists()
    type(world.main).objects.filter(pk=world.main.pk).update(is_default=True)
    settle(order)
    assert world.reserved(order) == {"tea": (2, 0)}


def test_settling_nothing_is_allowed(world: World) -> None:
    settle_reservations([], author="test", reason="test")
    settle_reservations([999_999], author="test", reason="test")
    assert not InventoryRecord.objects.exists()


def test_counting_makes_a_sku_tracked(world: World) -> None:
    record = count(world, " tea ", 10)
    assert (record.sku, record.state, record.on_hand, record.available) == ("tea", "tracked", 10, 10)
    assert world.ledger("tea") == [("adjust", "on_hand", 10, 0, 10)]
    event = Event.objects.get(entity="inventory", record_id=record.pk)
    assert (event.operation, event.author) == ("adjust", "anna")
    assert event.before == {"state": "unknown", "onHand": 0}
    assert event.after == {"state": "tracked", "onHand": 10}
    assert "nothing else has the SKU tea yet" in event.reason
    assert world.marked() == {"tea"}
    count(world, "tea", 4)
    assert world.ledger("tea")[-1] == ("adjust", "on_hand", -6, 10, 4)
    assert sound(world)


def test_counting_the_same_again_leaves_no_trace(world: World) -> None:
    count(world, "tea", 10)
    world.marked()
    count(world, "tea", 10)
    assert (len(world.ledger("tea")), Event.objects.count(), world.marked()) == (1, 1, set())


def test_counting_zero_is_not_the_same_as_not_counting(world: World) -> None:
    record = count(world, "tea", 0)
    assert record.state == "tracked"
    assert world.ledger("tea") == []
    assert world.marked() == {"tea"}


def test_unlimited_forgets_what_was_counted(world: World) -> None:
    count(world, "tea", 10)
    record = set_state(world.organization, "tea", "unlimited", author="anna", reason="made to order")
    assert (record.state, record.on_hand) == ("unlimited", 0)
    assert world.marked() == {"tea"}
    assert sound(world)


def test_a_sku_is_known_by_its_order(world: World) -> None:
    assert not sku_is_known(world.organization.pk, "tea")
    world.order({"tea": 1})
    assert sku_is_known(world.organization.pk, "tea")
    count(world, "tea", 1)
    assert Event.objects.get().reason == "counted"


@pytest.mark.parametrize("quantity", [-1, 2_000_000_001, True, "7", 1.5])
def test_bad_quantities_are_refused_by_name(world: World, quantity: object) -> None:
    with pytest.raises(InventoryError, match=r"^quantity: ") as caught:
        count(world, "tea", quantity)  # type: ignore[arg-type]  # what a careless caller gives
    assert caught.value.field == "quantity"
    assert not InventoryRecord.objects.exists()


@pytest.mark.parametrize("sku", ["", "   ", "x" * 121])
def test_bad_skus_are_refused(world: World, sku: str) -> None:
    with pytest.raises(InventoryError, match=r"^sku: "):
        count(world, sku, 1)


def test_stock_needs_a_place_that_holds_it(world: World) -> None:
    stranger = Organization.objects.create(name="Other")
    with pytest.raises(InventoryError, match="no default location yet"):
        set_on_hand(stranger, "tea", 1, author="anna", reason="")
    with pytest.raises(InventoryError, match="another organization"):
        set_on_hand(stranger, "tea", 1, location=world.main, author="anna", reason="")
    kiosk = world.location("Kiosk", kind="pickup")
    with pytest.raises(InventoryError, match="pick-up point"):
        set_on_hand(world.organization, "tea", 1, location=kiosk, author="anna", reason="")


@pytest.mark.parametrize("state", ["tracked", "plenty"])
def test_a_state_without_a_figure_is_refused(world: World, state: str) -> None:
    with pytest.raises(InventoryError, match=r"^state: "):
        set_state(world.organization, "tea", state, author="anna", reason="")


def test_a_tampered_figure_is_found(world: World) -> None:
    order = world.order()
    settle(order)
    count(world, "tea", 5)
    InventoryRecord.objects.update(on_hand=6, committed=1)
    found = [
        (row.figure, row.stored, row.explained, row.source) for row in check_ledger(world.organization.pk)
    ]
    assert found == [
        ("committed", 1, 2, "ledger entries"),
        ("committed", 1, 2, "reservations"),
        ("on_hand", 6, 5, "ledger entries"),
    ]
    assert str(check_ledger(world.organization.pk)[2]) == (
        "tea at Main: on_hand is 6, but its ledger entries add up to 5"
    )
