"""Cancelling an order here: units, stock, requests and statuses follow, and the channel cannot undo it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.unit.hub.five_teas import FiveTeas

from crossdock.canon import Order as CanonOrder
from crossdock.canon import OrderLine as CanonLine
from crossdock.hub.intake import Incoming, Origin, canonical_json, document_hash, known_links
from crossdock.hub.models import (
    BundleItem,
    Event,
    LedgerEntry,
    Order,
    Product,
)
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.changes import still_struck
from crossdock.hub.orders.intake import ingest_orders
from crossdock.hub.orders.lifecycle import apply_standing
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.stock.inventory import check_ledger, set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Case(FiveTeas):
    """The order, as somebody cancels it."""

    def cancel(self, *, restock: bool = True, lines: Mapping[int | str, int] | None = None) -> int:
        units = cancel_order(self.order, restock, author="anna", reason="buyer called", lines=lines)
        assert check_ledger(self.world.organization.pk) == []
        line = self.order.lines.get()
        assert line.quantity == line.fulfilled + line.canceled + line.open
        return units

    @property
    def states(self) -> tuple[str, str]:
        self.order.refresh_from_db()
        return self.order.status, self.order.routing_status


@pytest.fixture
def case(world: World) -> Case:
    """The order, stored."""
    return Case(world)


@pytest.mark.parametrize("stage", ["stored", "routed"])
@pytest.mark.parametrize(("restock", "stock"), [(True, (10, 0)), (False, (5, 0))])
def test_cancelling_all_of_an_order(case: Case, stage: str, *, restock: bool, stock: tuple[int, int]) -> None:
    if stage == "routed":
        case.routed()
    assert case.cancel(restock=restock) == 5
    assert (case.stock, case.line) == (stock, (0, 5, 0))
    assert case.states == ("canceled", "acknowledged")
    for request in case.order.shipping_requests.all():
        assert request.status == ("canceledRestock" if restock else "canceled")
    event = Event.objects.get(entity="orders", operation="cancel")
    assert event.reason == "buyer called (the channel is not told; cancel it there, too)"
    assert event.after == {
        "canceled": 5, "restock": restock, "lines": [{"sku": "tea", "quantity": 5}],
    }  # fmt: skip
    entries = LedgerEntry.objects.count()
    assert case.cancel(restock=restock) == 0
    assert LedgerEntry.objects.count() == entries
    assert Event.objects.filter(entity="orders", operation="cancel").count() == 1
    assert case.open_exceptions == set()
    assert route_pending(case.world.organization.pk).routed == 0


def test_what_a_warehouse_has_becomes_an_exception(case: Case) -> None:
    mark_sent(case.routed(), author="warehouse")
    case.cancel()
    assert (case.states, case.stock) == (("canceled", "acknowledged"), (10, 0))
    assert case.open_exceptions == {"canceledAfterSending"}
    apply_standing(case.order, author="pull", reason="looked at again")
    assert case.open_exceptions == {"canceledAfterSending"}, "looking again does not stop a parcel"


def test_what_has_shipped_stays_shipped(case: Case) -> None:
    fulfill(case.routed(), {"tea": 2}, shipped_at=NOON, author="warehouse")
    assert case.cancel() == 3
    assert (case.line, case.stock, case.states[0]) == ((2, 3, 0), (8, 0), "fulfilled")


@pytest.mark.parametrize(("restock", "on_hand"), [(True, 10), (False, 8)])
@pytest.mark.parametrize("stage", ["stored", "routed"])
def test_cancelling_some_units(case: Case, stage: str, *, restock: bool, on_hand: int) -> None:
    if stage == "routed":
        case.routed()
    assert case.cancel(restock=restock, lines={"tea": 2}) == 2
    assert (case.line, case.stock) == ((0, 2, 3), (on_hand, 3))
    assert case.routed().lines.get().quantity == 3
    assert case.stock == (on_hand, 3)


def test_cancelling_some_units_that_a_warehouse_has_asks_a_person(case: Case) -> None:
    request = mark_sent(case.routed(), author="warehouse")
    case.cancel(lines={"tea": 2})
    request.refresh_from_db()
    assert (request.status, case.stock) == ("sentToFulfillment", (10, 5))
    assert case.open_exceptions == {"editedAfterSending"}
    fulfill(request, shipped_at=NOON, author="warehouse")
    assert (case.line, case.stock) == ((5, 0, 0), (5, 0))
    assert case.open_exceptions == {"canceledAfterShipping"}


@pytest.mark.parametrize(
    ("lines", "field"),
    [({}, "lines"), ({"milk": 1}, "lines"), ({"tea": 6}, "quantity"), ({"tea": 0}, "quantity"),
     ({"tea": True}, "quantity")],
)  # fmt: skip
def test_a_cancellation_that_cannot_be_is_refused(
    case: Case, lines: dict[int | str, int], field: str
) -> None:
    with pytest.raises(ShippingError) as caught:
        case.cancel(lines=lines)
    assert caught.value.field == field
    assert case.line == (0, 0, 5)


def test_two_lines_of_one_sku_are_cancelled_one_after_another(world: World) -> None:
    order = world.order({"tea": 2, "tea?": 2, "cup": 1})
    first, second, _ = order.lines.order_by("pk")
    cancel_order(order, True, author="anna", reason="", lines={"tea": 1, second.pk: 1})
    assert list(order.lines.order_by("pk").values_list("canceled", "struck")) == [(1, 1), (1, 1), (0, 0)]
    assert first.quantity == 2


def test_a_bundle_is_written_off_by_its_parts(world: World) -> None:
    product = Product.objects.create(organization=world.organization, sku="set", name="Set")
    for sku, quantity in (("cup", 2), ("pot", 1)):
        BundleItem.objects.create(bundle=product, sku=sku, quantity=quantity)
        set_on_hand(world.organization, sku, 20, author="anna", reason="counted")
    order = world.placed({"set": 3})
    cancel_order(order, False, author="anna", reason="", lines={"set": 1})
    route_pending(world.organization.pk)
    cancel_order(order, False, author="anna", reason="", lines={"set": 1})
    assert (world.record("cup").on_hand, world.record("pot").on_hand) == (16, 18)
    assert (world.record("cup").committed, world.record("pot").committed) == (2, 1)
    assert check_ledger(world.organization.pk) == []


def test_an_order_of_digital_goods_is_cancelled_too(world: World) -> None:
    order = world.order({"ebook": 1}, digital=True)
    assert cancel_order(order, True, author="anna", reason="fraud") == 1
    assert order.status == "canceled"


def test_the_channel_cannot_bring_back_what_was_cancelled_here(case: Case) -> None:
    case.cancel(lines={"tea": 2})
    for standing in ("canceled", "open"):
        Order.objects.filter(pk=case.order.pk).update(standing=standing)
        apply_standing(case.order, author="pull", reason="")
    assert (case.line, case.stock) == ((0, 2, 3), (10, 3))


@pytest.mark.parametrize(
    ("fulfilled", "struck", "quantity", "left"),
    [
        (0, 2, 5, 2),
        (0, 2, 7, 2),
        (0, 2, 4, 1),
        (0, 2, 3, 0),
        (0, 2, 1, 0),
        (0, 5, 5, 5),
        (0, 5, 6, 5),
        (0, 5, 2, 2),
        (2, 3, 5, 3),
        (2, 3, 3, 1),
        (2, 3, 2, 0),
        (2, 3, 1, 0),
    ],
)
def test_less_on_the_channel_takes_up_what_was_cancelled_here(
    case: Case, fulfilled: int, struck: int, quantity: int, left: int
) -> None:
    line = case.order.lines.get()
    line.fulfilled, line.struck, line.canceled = fulfilled, struck, struck
    assert still_struck(line, quantity) == left


class Store:
    """A channel that reports an order with two lines."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.record = CanonOrder(
            ext_order_id="7", ext_order_api_id="r7", order_source="test", ext_order_created_at=NOON,
            ext_order_updated_at=NOON, standing="open", paid=True, payment_status="PAID",
            fulfillment_status="", currency="EUR", sub_total_price=Decimal(1), total_price=Decimal(1),
            line_items=(),
        )  # fmt: skip

    def says(self, **lines: int) -> Order:
        items = tuple(
            CanonLine(unique_id=sku, sku=sku, name=sku, quantity=quantity, item_price=Decimal(1))
            for sku, quantity in lines.items()
        )
        record = msgspec.structs.replace(self.record, line_items=items)
        body = canonical_json(record)
        incoming = Incoming(
            remote_id="r7", updated_at=NOON, document=body, hash=document_hash(body), record=record,
            canonical=body,
        )  # fmt: skip
        known = known_links(self.world.integration, "orders", ["r7"])
        ingest_orders(Origin(self.world.integration, None, "pull"), [incoming], known)
        assert check_ledger(self.world.organization.pk) == []
        return Order.objects.get(ext_order_api_id="r7")


def open_of(order: Order) -> dict[str, tuple[int, int, int]]:
    return {line.sku: (line.quantity, line.canceled, line.open) for line in order.lines.all()}


def test_an_edit_on_the_channel_after_a_cancellation_here(world: World) -> None:
    store = Store(world)
    order = store.says(tea=5, cup=2)
    cancel_order(order, True, author="anna", reason="", lines={"tea": 5})
    assert open_of(store.says(tea=5, cup=3)) == {"tea": (5, 5, 0), "cup": (3, 0, 3)}
    assert open_of(store.says(tea=6, cup=3)) == {"tea": (6, 5, 1), "cup": (3, 0, 3)}
    assert open_of(store.says(tea=1, cup=3)) == {"tea": (1, 0, 1), "cup": (3, 0, 3)}


def test_a_line_that_is_removed_and_comes_back_is_open(world: World) -> None:
    store = Store(world)
    store.says(tea=5, cup=2)
    order = store.says(cup=2)
    assert open_of(order) == {"tea": (5, 5, 0), "cup": (2, 0, 2)}
    for standing in ("canceled", "open"):
        Order.objects.filter(pk=order.pk).update(standing=standing)
        apply_standing(order, author="pull", reason="")
    assert open_of(order)["tea"] == (5, 5, 0), "open again, but without the line that is gone"
    assert open_of(store.says(tea=4, cup=2))["tea"] == (4, 0, 4)
