"""Statuses follow from facts; a change on the channel at any stage leaves figures and statuses right."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.unit.hub.five_teas import FiveTeas

from crossdock.hub.models import LedgerEntry, Order, ShippingRequest
from crossdock.hub.orders.lifecycle import (
    OrderFacts,
    apply_standing,
    apply_standings,
    derive_order_status,
    derive_request_status,
    initial_state,
    open_quantity,
)
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, settle_reservations
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def facts(**changes: object) -> OrderFacts:
    values: dict[str, object] = {
        "current": "new", "standing": "open", "deleted": False, "paid": True, "ships": True, "open": 3,
    }  # fmt: skip
    return OrderFacts(**(values | changes))  # type: ignore[arg-type]  # names and values match by hand


# -- pure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "new"),
        ({"current": "onHold"}, "new"),
        ({"release": "held"}, "onHold"),
        ({"release": "review"}, "reviewRequired"),
        ({"release": "held", "held": 2}, "onHold"),
        ({"release": "held", "held": 3}, "readyForFulfillment"),
        ({"release": "held", "held": 3, "sent": 3}, "sentToFulfillment"),
        ({"release": "held", "fulfilled": 1, "open": 2}, "partialFulfillment"),
        ({"release": "held", "open": 0, "canceled": 3}, "canceled"),
        ({"release": "held", "standing": "canceled"}, "canceled"),
        ({"current": "archived", "standing": "canceled"}, "archived"),
        ({"release": "released"}, "readyForFulfillment"),
        ({"release": "released", "paid": False}, "new"),
        ({"release": "released", "paid": False, "accept_unpaid": True}, "readyForFulfillment"),
        ({"held": 3}, "readyForFulfillment"),
        ({"held": 3, "sent": 2}, "readyForFulfillment"),
        ({"held": 3, "sent": 3}, "sentToFulfillment"),
        ({"fulfilled": 1, "open": 2, "sent": 2}, "partialFulfillment"),
        ({"fulfilled": 3, "open": 0}, "fulfilled"),
        ({"fulfilled": 2, "open": 0, "canceled": 1}, "fulfilled"),
        ({"open": 0, "canceled": 3}, "canceled"),
        ({"standing": "canceled"}, "canceled"),
        ({"standing": "canceled", "fulfilled": 1, "open": 0, "canceled": 2}, "fulfilled"),
        ({"standing": "refunded"}, "refunded"),
        ({"standing": "refunded", "fulfilled": 3, "open": 0}, "refunded"),
        ({"standing": "returned"}, "returned"),
        ({"standing": "fulfilled"}, "fulfilled"),
        ({"standing": "fulfilled", "deleted": True}, "canceled"),
        ({"deleted": True}, "canceled"),
        ({"ships": False, "open": 0}, "closed"),
        ({"ships": False, "open": 0, "paid": False}, "new"),
        ({"ships": False, "open": 0, "struck": True}, "canceled"),
    ],
)
def test_an_orders_status_follows_from_its_facts(changes: dict[str, object], status: str) -> None:
    assert derive_order_status(facts(**changes)) == status


@pytest.mark.parametrize(
    ("current", "sent", "lines", "status"),
    [
        ("new", False, [(2, 0, 0)], "new"),
        ("readyForFulfillment", False, [(2, 0, 0)], "readyForFulfillment"),
        ("failed", False, [(2, 0, 0)], "failed"),
        ("failed", True, [(2, 0, 0)], "sentToFulfillment"),
        ("readyForFulfillment", False, [(2, 1, 0), (1, 0, 0)], "partialFulfillment"),
        ("sentToFulfillment", True, [(2, 2, 0), (1, 1, 0)], "fulfilled"),
        ("sentToFulfillment", True, [(2, 0, 1)], "sentToFulfillment"),
        ("sentToFulfillment", True, [(2, 0, 2), (1, 0, 1)], "failed"),
        ("readyForFulfillment", False, [(2, 0, 2)], "failed"),
        ("sentToFulfillment", True, [(2, 1, 1), (1, 0, 0)], "partialFulfillment"),
        ("partialFulfillment", True, [(2, 1, 1), (1, 0, 1)], "fulfilled"),
        ("canceled", True, [(2, 2, 0)], "canceled"),
        ("canceledRestock", True, [(2, 1, 0)], "canceledRestock"),
        ("canceled", True, [(2, 0, 2)], "canceled"),
    ],
)
def test_a_requests_status_follows_from_its_lines(
    current: str, sent: bool, lines: list[tuple[int, int, int]], status: str
) -> None:
    assert derive_request_status(current, sent=sent, lines=lines) == status


def test_open_is_never_negative() -> None:
    assert [open_quantity(5, 2, 1), open_quantity(1, 2, 0), open_quantity(0, 0, 0)] == [2, 0, 0]


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"standing": "open", "paid": True}, ("new", "pending", "")),
        ({"standing": "open", "paid": False}, ("new", "pending", "waiting for payment")),
        ({"standing": "open", "paid": False, "accept_unpaid": True}, ("new", "pending", "")),
        (
            {"standing": "fulfilled", "paid": True},
            ("fulfilled", "excluded", "already shipped on the channel"),
        ),
        ({"standing": "canceled", "paid": False}, ("canceled", "excluded", "canceled on the channel")),
        ({"standing": "refunded", "paid": False}, ("refunded", "excluded", "refunded on the channel")),
        (
            {"standing": "open", "paid": True, "deleted": True},
            ("canceled", "excluded", "deleted on the channel"),
        ),
        (
            {"standing": "open", "paid": True, "ships": False},
            ("closed", "excluded", "nothing of it is shipped (digital goods or services)"),
        ),
        (
            {"standing": "open", "paid": True, "method": "none"},
            ("new", "excluded", "not to be delivered, says the channel"),
        ),
    ],
)
def test_an_order_comes_in_with_its_states(values: dict[str, object], state: tuple[str, str, str]) -> None:
    got = initial_state(**({"method": "shipping", "ships": True} | values))
    assert (got.status, got.routing_status, got.routing_note) == state


# -- changes after import --------------------------------------------------------------------------------


class Case(FiveTeas):
    """The order, as its channel changes it."""

    def sent(self) -> ShippingRequest:
        return mark_sent(self.routed(), author="warehouse")

    def ship(self, quantity: int) -> None:
        fulfill(self.request, {"tea": quantity}, shipped_at=NOON, author="warehouse")

    def becomes(self, **fields: object) -> None:
        Order.objects.filter(pk=self.order.pk).update(**fields)
        apply_standing(self.order, author="pull", reason="the order changed on the channel")
        entries = LedgerEntry.objects.count()
        apply_standing(self.order, author="pull", reason="looked at again")
        assert LedgerEntry.objects.count() == entries, "looking again moves nothing"
        line = self.order.lines.get()
        assert line.quantity == line.fulfilled + line.canceled + line.open
        assert check_ledger(self.world.organization.pk) == []

    def edited(self, quantity: int) -> None:
        self.order.lines.update(quantity=quantity)
        self.becomes()


@pytest.fixture
def case(world: World) -> Case:
    return Case(world)


@pytest.mark.parametrize(
    ("change", "status", "note"),
    [
        ({"standing": "canceled"}, "canceled", "canceled on the channel"),
        ({"standing": "refunded"}, "refunded", "refunded on the channel"),
        ({"deleted_at": NOON}, "canceled", "deleted on the channel"),
    ],
)
@pytest.mark.parametrize("stage", ["stored", "routed", "sent"])
def test_called_off_before_shipping(
    case: Case, stage: str, change: dict[str, object], status: str, note: str
) -> None:
    if stage != "stored":
        getattr(case, stage)()
    case.world.marked()
    case.becomes(**change)
    assert (case.order.status, case.order.routing_status, case.order.routing_note) == (
        status,
        "excluded",
        note,
    )
    assert case.stock == (10, 0)
    assert case.line == (0, 5, 0)
    assert case.world.marked() == {"tea"}
    if stage != "stored":
        assert (case.request.status, case.request.canceled_by) == ("canceledRestock", "pull")
    assert case.open_exceptions == ({"canceledAfterSending"} if stage == "sent" else set())
    assert route_pending(case.world.organization.pk).considered == 0


def test_called_off_after_some_has_shipped(case: Case) -> None:
    case.sent()
    case.ship(2)
    case.becomes(standing="canceled")
    assert case.stock == (8, 0)
    assert case.line == (2, 3, 0)
    assert case.order.status == "fulfilled"
    assert case.open_exceptions == {"canceledAfterSending", "canceledAfterShipping"}


def test_refunded_after_all_has_shipped(case: Case) -> None:
    case.routed()
    case.ship(5)
    case.becomes(standing="refunded")
    assert (case.stock, case.line, case.order.status) == ((5, 0), (5, 0, 0), "refunded")
    assert case.request.status == "fulfilled"
    assert case.open_exceptions == {"canceledAfterShipping"}


@pytest.mark.parametrize("stage", ["stored", "routed", "sent"])
def test_open_again_after_it_was_called_off(case: Case, stage: str) -> None:
    if stage != "stored":
        getattr(case, stage)()
    case.becomes(standing="canceled")
    case.becomes(standing="open")
    assert (case.order.status, case.order.routing_status) == ("new", "pending")
    assert (case.stock, case.line) == ((10, 5), (0, 0, 5))
    had = {"canceledAfterSending"} if stage == "sent" else set()
    assert case.open_exceptions == had, "the warehouse still has the first request"
    case.world.curate()
    assert route_pending(case.world.organization.pk).routed == 1
    assert case.request.version == (1 if stage == "stored" else 2)
    assert case.stock == (10, 5)


@pytest.mark.parametrize("stage", ["stored", "routed"])
def test_shipped_by_the_merchant_on_the_channel(case: Case, stage: str) -> None:
    if stage != "stored":
        case.routed()
    case.world.marked()
    case.becomes(standing="fulfilled")
    assert case.stock == (5, 0), "the goods left the shelf: what is available must not rise"
    assert case.world.marked() == set()
    assert (case.order.status, case.line) == ("fulfilled", (5, 0, 0))
    assert case.open_exceptions == set()
    if stage == "routed":
        assert case.request.status == "canceled"
    case.becomes(standing="open")
    assert (case.stock, case.line) == ((10, 5), (0, 0, 5))
    assert (case.order.status, case.order.routing_status) == ("new", "pending")


def test_shipped_on_the_channel_while_a_warehouse_has_it(case: Case) -> None:
    case.sent()
    case.becomes(standing="fulfilled")
    assert case.stock == (10, 5), "nobody knows yet whose parcel it is"
    assert case.request.status == "sentToFulfillment"
    assert case.open_exceptions == {"shippedElsewhere"}
    cancel_request(case.request, False, author="anna", reason="it was the channel's parcel")
    assert case.stock == (5, 0)
    assert case.open_exceptions == set()


def test_shipped_on_the_channel_and_then_reported_by_the_warehouse(case: Case) -> None:
    case.sent()
    case.becomes(standing="fulfilled")
    case.ship(5)
    assert (case.stock, case.line) == ((5, 0), (5, 0, 0))
    assert case.open_exceptions == set()


def test_the_echo_of_our_own_shipment_changes_nothing(case: Case) -> None:
    case.routed()
    case.ship(5)
    case.becomes(standing="fulfilled")
    assert (case.stock, case.line, case.order.status) == ((5, 0), (5, 0, 0), "fulfilled")
    assert case.request.status == "fulfilled"


def test_an_order_that_was_shipped_before_it_came_in_moves_no_stock(world: World) -> None:
    set_on_hand(world.organization, "tea", 10, author="anna", reason="counted")
    order = world.order({"tea": 5}, standing="fulfilled")
    settle_reservations([order.pk], author="test", reason="")
    apply_standing(order, author="pull", reason="")
    assert (world.record("tea").on_hand, world.record("tea").committed) == (10, 0)


def test_returned_goods_are_not_put_back_by_themselves(case: Case) -> None:
    case.routed()
    case.ship(5)
    case.becomes(standing="returned")
    assert (case.stock, case.order.status) == ((5, 0), "returned")


@pytest.mark.parametrize(("stage", "asked"), [("routed", [7]), ("sent", [5, 2])])
def test_edited_to_more_is_one_parcel_while_it_can_be(case: Case, stage: str, asked: list[int]) -> None:
    getattr(case, stage)()
    case.edited(7)
    assert case.stock == (10, 7)
    assert case.order.routing_status == "pending"
    case.world.curate()
    route_pending(case.world.organization.pk)
    live = ShippingRequest.objects.exclude(status="canceledRestock").order_by("pk")
    assert [row.quantity for request in live for row in request.lines.all()] == asked
    assert case.stock == (10, 7)


@pytest.mark.parametrize("quantity", [0, 3])
def test_edited_to_less_before_sending_is_routed_anew(case: Case, quantity: int) -> None:
    first = case.routed()
    case.edited(quantity)
    first.refresh_from_db()
    assert first.status == "canceledRestock"
    assert case.stock == (10, quantity)
    case.world.curate()
    route_pending(case.world.organization.pk)
    assert case.stock == (10, quantity)
    assert case.world.reserved(case.order) == ({"tea": (0, 3)} if quantity else {})


def test_edited_to_less_after_sending_asks_a_person(case: Case) -> None:
    request = case.sent()
    case.edited(3)
    request.refresh_from_db()
    assert request.status == "sentToFulfillment"
    assert case.open_exceptions == {"editedAfterSending"}
    cancel_request(request, True, author="anna", reason="stopped at the warehouse", route_again=True)
    assert case.open_exceptions == set()
    assert case.stock == (10, 3)


def test_a_deleted_line_of_a_partly_shipped_order_completes_it(case: Case) -> None:
    case.routed()
    case.ship(2)
    case.edited(2)
    assert (case.line, case.order.status, case.stock) == ((2, 0, 0), "fulfilled", (8, 0))


def test_paid_after_it_waited(world: World) -> None:
    order = world.order({"tea": 1}, paid=False)
    apply_standing(order, author="pull", reason="")
    world.curate()
    assert route_pending(world.organization.pk).waiting == 1
    assert route_pending(world.organization.pk).considered == 0
    Order.objects.filter(pk=order.pk).update(paid=True)
    apply_standing(order, author="pull", reason="")
    world.curate()
    assert route_pending(world.organization.pk).routed == 1


def test_a_whole_page_in_one_call(world: World) -> None:
    orders = [world.order({"tea": 1, "cup": 2}) for _ in range(6)]
    ids = [order.pk for order in orders]
    settle_reservations(ids, author="test", reason="")
    route_pending(world.organization.pk)
    Order.objects.filter(pk__in=ids[:2]).update(standing="canceled")
    Order.objects.filter(pk__in=ids[2:4]).update(standing="fulfilled")
    apply_standings([*ids, 999_999], author="pull", reason="")
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == [
        "canceled", "canceled", "fulfilled", "fulfilled", "readyForFulfillment", "readyForFulfillment",
    ]  # fmt: skip
    assert world.record("cup").committed == 4
    assert check_ledger(world.organization.pk) == []


def test_applying_to_no_order_is_allowed(world: World) -> None:
    apply_standings([], author="pull", reason="")
