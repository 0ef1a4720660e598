"""Figures other than what was counted: expected, received, set aside; and locks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.conftest import MONDAY

from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, InventoryRecord, LedgerEntry, Location
from crossdock.hub.stock.availability import channel_figures
from crossdock.hub.stock.counts import take_count
from crossdock.hub.stock.figures import (
    move_units,
    receive_units,
    set_figure,
    set_lock,
    transfer_units,
    write_off_units,
)
from crossdock.hub.stock.inventory import InventoryError, adopt_on_hand, check_ledger, set_on_hand, set_state

if TYPE_CHECKING:
    from tests.unit.conftest import World


def count(world: World, quantity: int) -> None:
    set_on_hand(world.organization, "tea", quantity, author="anna", reason="counted")
    world.marked()


def put(world: World, figure: str, quantity: int) -> InventoryRecord:
    record = set_figure(world.organization, "tea", figure, quantity, author="anna", reason="ordered")
    assert check_ledger(world.organization.pk) == []
    return record


def shown(world: World) -> int | None:
    return channel_figures(world.integration, ["tea"])["tea"].quantity


@pytest.mark.parametrize("figure", ["future", "incoming", "unavailable", "hold", "damaged"])
def test_each_figure_is_set_with_its_entry(world: World, figure: str) -> None:
    count(world, 10)
    assert getattr(put(world, figure, 4), figure) == 4
    assert world.ledger("tea")[-1] == ("adjust", figure, 4, 0, 4)
    event = Event.objects.order_by("pk").last()
    assert event is not None
    assert (event.before, event.after) == ({figure: 0}, {figure: 4})
    assert (shown(world), world.marked()) == ((14, {"tea"}) if figure == "future" else (10, set()))
    put(world, figure, 4)
    assert len(world.ledger("tea")) == 2
    put(world, figure, 1)
    assert world.ledger("tea")[-1] == ("adjust", figure, -3, 4, 1)


@pytest.mark.parametrize("figure", ["onHand", "committed", "committedFuture", "committed_future", "id"])
def test_other_figures_cannot_be_set(world: World, figure: str) -> None:
    with pytest.raises(InventoryError, match=r"^figure: "):
        put(world, figure, 4)


def test_a_negative_figure_is_refused(world: World) -> None:
    with pytest.raises(InventoryError, match=r"^quantity: "):
        put(world, "future", -1)


def receive(world: World, quantity: int, source: str | None = None) -> InventoryRecord:
    record = receive_units(world.organization, "tea", quantity, source=source, author="anna", reason="pallet")
    assert check_ledger(world.organization.pk) == []
    return record


def test_what_arrives_is_not_expected_any_more(world: World) -> None:
    count(world, 10)
    put(world, "future", 4)
    put(world, "incoming", 5)
    record = receive(world, 6)
    assert (record.on_hand, record.future, record.incoming, shown(world)) == (16, 0, 3, 16)
    assert world.ledger("tea")[-3:] == [
        ("receive", "future", -4, 4, 0), ("receive", "incoming", -2, 5, 3), ("receive", "on_hand", 6, 10, 16),
    ]  # fmt: skip
    record = receive(world, 5)
    assert (record.on_hand, record.incoming) == (21, 0)


def test_what_arrives_from_one_figure(world: World) -> None:
    count(world, 10)
    put(world, "incoming", 5)
    record = receive(world, 2, "incoming")
    assert (record.on_hand, record.incoming) == (12, 3)
    with pytest.raises(InventoryError, match="only 3 of tea are incoming, not 4"):
        receive(world, 4, "incoming")
    with pytest.raises(InventoryError, match=r"^source: "):
        receive(world, 4, "onHand")
    with pytest.raises(InventoryError, match=r"^quantity: "):
        receive(world, 0)


@pytest.mark.parametrize(
    ("state", "said"), [("unknown", "nobody has counted tea"), ("unlimited", "is unlimited")]
)
def test_nothing_arrives_where_the_shelf_is_not_known(world: World, state: str, said: str) -> None:
    set_state(world.organization, "tea", state, author="anna", reason="")
    with pytest.raises(InventoryError, match=said):
        receive(world, 4)
    with pytest.raises(InventoryError, match=said):
        move(world, 1, "onHand", "hold")


def move(world: World, quantity: int, source: str, target: str) -> InventoryRecord:
    record = move_units(world.organization, "tea", quantity, source, target, author="anna", reason="wet")
    assert check_ledger(world.organization.pk) == []
    return record


def test_what_is_set_aside_is_not_sold(world: World) -> None:
    count(world, 10)
    record = move(world, 3, "onHand", "damaged")
    assert (record.on_hand, record.damaged, shown(world), world.marked()) == (7, 3, 7, {"tea"})
    assert LedgerEntry.objects.filter(event="move").values_list("reason", flat=True).distinct().get() == (
        "wet; from onHand to damaged"
    )
    record = move(world, 1, "damaged", "hold")
    assert (record.damaged, record.hold, world.marked()) == (2, 1, set())
    record = move(world, 1, "hold", "onHand")
    assert (record.on_hand, record.hold) == (8, 0)


def test_what_is_not_there_cannot_be_moved(world: World) -> None:
    count(world, 2)
    for quantity, source, target, said in (
        (3, "onHand", "hold", "only 2 of tea are onHand"), (1, "hold", "onHand", "only 0 of tea are hold"),
        (1, "onHand", "onHand", "name another figure"), (1, "future", "onHand", r"^from: "),
        (1, "onHand", "committed", r"^to: "), (0, "onHand", "hold", r"^quantity: "),
    ):  # fmt: skip
        with pytest.raises(InventoryError, match=said):
            move(world, quantity, source, target)


def test_no_figure_grows_beyond_what_can_be_kept(world: World) -> None:
    count(world, 2_000_000_000)
    with pytest.raises(InventoryError, match="above 2000000000"):
        receive(world, 1)


def test_a_lock_is_told_once_and_keeps_channels_out(world: World) -> None:
    def lock(*, locked: bool) -> InventoryRecord:
        return set_lock(world.organization, "tea", locked=locked, author="anna", reason="audit")

    assert lock(locked=True).locked
    lock(locked=True)
    event = Event.objects.get(operation="lock")
    assert (event.reason, event.before, event.after) == ("audit", {"locked": False}, {"locked": True})
    with pytest.raises(InventoryError, match="locked"):
        adopt_on_hand(world.organization, "tea", 4, at=None, author="system", reason="")
    count(world, 5)
    assert world.record("tea").on_hand == 5
    assert not lock(locked=False).locked
    assert Event.objects.filter(operation="unlock").count() == 1


@pytest.mark.parametrize("taken_up", ["moved", "set"])
def test_rejected_units_that_are_taken_up_are_not_recounted_again(world: World, taken_up: str) -> None:
    from crossdock.hub.shipping.drafting import create_request
    from crossdock.hub.shipping.rejected_stock import doubted_units
    from crossdock.hub.shipping.rejections import reject

    count(world, 10)
    put(world, "unavailable", 1)
    order = world.order({"tea": 2})
    request = create_request(order, world.main, [(order.lines.get(), 2)], reason="", author="test")
    reject(request, {"tea": 2}, at=MONDAY, author="warehouse", reason="not found")
    record = world.record("tea")
    assert (record.on_hand, record.unavailable, doubted_units(record.pk)) == (8, 3, 2)
    if taken_up == "moved":
        record = move(world, 2, "unavailable", "onHand")
        assert (record.on_hand, record.unavailable) == (10, 1)
    else:
        assert put(world, "unavailable", 1).unavailable == 1
    assert doubted_units(record.pk) == 0
    count(world, 4)
    assert world.record("tea").unavailable == 1


def transfer(world: World, quantity: int, target: Location, arrives: str = "onHand") -> None:
    transfer_units(
        world.organization, "tea", quantity, world.main, target, arrives=arrives, author="anna", reason="van",
    )  # fmt: skip
    assert check_ledger(world.organization.pk) == []


def figures(world: World, *locations: Location) -> list[tuple[int, int, int]]:
    return [
        (record.on_hand, record.future, record.incoming)
        for record in (world.record("tea", place) for place in locations)
    ]


def test_units_go_from_one_location_to_another(world: World) -> None:
    depot = world.location("Depot")
    count(world, 10)
    with pytest.raises(InventoryError, match="nobody has counted tea at Depot yet"):
        transfer(world, 4, depot)
    set_on_hand(world.organization, "tea", 1, location=depot, author="anna", reason="")
    transfer(world, 4, depot)
    assert (figures(world, world.main, depot), shown(world)) == ([(6, 0, 0), (5, 0, 0)], 11)
    entries = LedgerEntry.objects.filter(event="move").order_by("pk")
    assert [(entry.quantity, entry.reason) for entry in entries] == [
        (-4, "van; from Main to Depot"), (4, "van; from Main to Depot"),
    ]  # fmt: skip
    assert [event.after for event in Event.objects.filter(operation="move").order_by("pk")] == [
        {"onHand": 6}, {"onHand": 5},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arrives", "at_depot", "sold"), [("future", (0, 3, 0), 10), ("incoming", (0, 0, 3), 7)]
)
def test_units_on_the_road_are_received_later(
    world: World, arrives: str, at_depot: tuple[int, int, int], sold: int
) -> None:
    depot = world.location("Depot")
    count(world, 10)
    transfer(world, 3, depot, arrives)
    assert (figures(world, world.main, depot), shown(world)) == ([(7, 0, 0), at_depot], sold)


def test_what_cannot_go_to_another_location_says_why(world: World) -> None:
    depot, closed = world.location("Depot"), world.location("Closed", status="inactive")
    counter = world.location("Counter", kind="pickup")
    count(world, 2)
    set_state(world.organization, "tea", "unlimited", location=depot, author="anna", reason="")
    for target, quantity, said in (
        (world.main, 1, "are at Main already"), (closed, 1, "not active"), (counter, 1, "pick-up point"),
        (depot, 1, "is unlimited at Depot"), (depot, 0, r"^quantity: "),
    ):  # fmt: skip
        with pytest.raises(InventoryError, match=said):
            transfer(world, quantity, target)
    with pytest.raises(InventoryError, match="only 2 of tea are onHand at Main, not 3"):
        transfer(world, 3, depot, "incoming")
    with pytest.raises(InventoryError, match=r"^arrives: "):
        transfer(world, 1, depot, "damaged")


def test_what_is_gone_is_written_off_and_an_older_count_lacks_it(world: World) -> None:
    def write_off(quantity: int, source: str = "onHand") -> InventoryRecord:
        record = write_off_units(
            world.organization, "tea", quantity, source=source, author="anna", reason="broken"
        )
        assert check_ledger(world.organization.pk) == []
        return record

    counted_at = system_clock() - timedelta(hours=1)
    count(world, 10)
    move(world, 4, "onHand", "damaged")
    assert (write_off(1).on_hand, write_off(3, "damaged").damaged, shown(world)) == (5, 1, 5)
    entries = LedgerEntry.objects.filter(event="writeOff").order_by("pk")
    assert [(entry.figure, entry.quantity, entry.reason) for entry in entries] == [
        ("on_hand", -1, "broken"), ("damaged", -3, "broken; from damaged"),
    ]  # fmt: skip
    for quantity, source, said in (
        (6, "onHand", "only 5"), (2, "damaged", "only 1"), (1, "future", r"^from: "), (0, "onHand", "quantity"),
    ):  # fmt: skip
        with pytest.raises(InventoryError, match=said):
            write_off(quantity, source)
    take_count(
        world.organization, world.main, "tea", 20, at=counted_at, author="anna", reason="", by_person=True
    )
    assert world.record("tea").on_hand == 15, "20 were counted; 4 were damaged and 1 was written off since"
