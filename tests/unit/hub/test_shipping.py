"""Requests and parcels: counters, figures, statuses and marks move together, and bad input moves nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crossdock.canon import ParcelLine
from crossdock.hub.models import (
    Event,
    Fulfillment,
    FulfillmentLine,
    Integration,
    LedgerEntry,
    Location,
    Order,
    Organization,
    ShippingRequest,
)
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill, fulfillment_state
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.inventory import check_ledger, set_on_hand

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def stocked(world: World, **skus: int) -> None:
    for sku, quantity in skus.items():
        set_on_hand(world.organization, sku, quantity, author="anna", reason="counted")


def placed(world: World, lines: dict[str, int] | None = None) -> Order:
    order = world.placed(lines or {"tea": 2, "cup": 3})
    world.marked()
    return order


def request_all(world: World, order: Order, location: Location | None = None) -> ShippingRequest:
    lines = [(line, line.open) for line in order.lines.order_by("position")]
    return create_request(order, location or world.main, lines, reason="by hand", author="anna")


def ship(request: ShippingRequest, lines: dict[int | str, int] | None = None, **more: str) -> Fulfillment:
    return fulfill(request, lines, shipped_at=NOON, author="anna", **more)  # type: ignore[arg-type]  # texts only


def sound(world: World) -> bool:
    assert check_ledger(world.organization.pk) == []
    return True


# -- requests --------------------------------------------------------------------------------------------


def test_a_request_takes_the_commitment_over(world: World) -> None:
    stocked(world, tea=10, cup=10)
    order = placed(world)
    request = request_all(world, order)
    assert (request.ext_shipment_id, request.version, request.status) == ("#1001", 1, "readyForFulfillment")
    assert world.reserved(order) == {"tea": (0, 2), "cup": (0, 3)}
    assert world.record("tea").committed == 2
    assert world.ledger("tea")[-2:] == [("release", "committed", -2, 2, 0), ("ship", "committed", 2, 0, 2)]
    assert world.marked() == set(), "what is available has not changed"
    order.refresh_from_db()
    assert (order.status, order.routing_status) == ("readyForFulfillment", "acknowledged")
    event = Event.objects.get(entity="orders", operation="route")
    assert event.after == {
        "shippingRequest": "#1001",
        "location": "Main",
        "lines": [{"sku": "tea", "quantity": 2}, {"sku": "cup", "quantity": 3}],
    }
    assert sound(world)


def test_a_request_elsewhere_moves_the_commitment_there(world: World) -> None:
    depot = world.location("Depot")
    order = placed(world)
    request_all(world, order, depot)
    assert (world.record("tea").committed, world.record("tea", depot).committed) == (0, 2)
    assert world.marked() == {"tea", "cup"}
    assert sound(world)


def test_requests_split_an_order_and_never_ask_twice(world: World) -> None:
    order = placed(world, {"tea": 5})
    line = order.lines.get()
    create_request(order, world.main, [(line, 2)], reason="first", author="anna")
    order.refresh_from_db()
    assert world.reserved(order) == {"tea": (3, 2)}
    assert order.routing_status == "pending"
    with pytest.raises(ShippingError, match="only 3 are open") as caught:
        create_request(order, world.main, [(line, 2), (line, 2)], reason="too many", author="anna")
    assert caught.value.field == "quantity"
    second = create_request(order, world.main, [(line, 3)], reason="rest", author="anna")
    assert (second.ext_shipment_id, second.version) == ("#1001.2", 2)
    assert world.record("tea").committed == 5
    assert sound(world)


@pytest.mark.parametrize("quantity", [0, -1, True, "2", 1.0])
def test_a_request_needs_whole_positive_quantities(world: World, quantity: object) -> None:
    order = placed(world)
    with pytest.raises(ShippingError, match=r"^quantity: "):
        create_request(order, world.main, [(order.lines.all()[0], quantity)], reason="", author="anna")  # type: ignore[list-item]  # bad on purpose
    assert not ShippingRequest.objects.exists()


def test_a_request_is_refused_where_it_makes_no_sense(world: World) -> None:
    order, other = placed(world), placed(world)
    line = order.lines.order_by("position")[0]
    ebook = world.line(order, "ebook", 1, 9, requires_shipping=False)
    kiosk = world.location("Kiosk", kind="pickup")
    closed = world.location("Closed", status="inactive")
    stranger = Location.objects.create(organization=Organization.objects.create(name="X"), name="Strange")
    for location in (kiosk, closed, stranger):
        with pytest.raises(ShippingError, match=r"^location: "):
            create_request(order, location, [(line, 1)], reason="", author="anna")
    for lines in ([], [(ebook, 1)], [(other.lines.all()[0], 1)]):
        with pytest.raises(ShippingError, match=r"^lines: "):
            create_request(order, world.main, lines, reason="", author="anna")
    Order.objects.filter(pk=order.pk).update(standing="canceled")
    with pytest.raises(ShippingError, match=r"^order: 1001 is not open"):
        create_request(order, world.main, [(line, 1)], reason="", author="anna")


def test_sending_makes_the_order_sent_when_all_of_it_is(world: World) -> None:
    order = placed(world, {"tea": 5})
    line = order.lines.get()
    first = create_request(order, world.main, [(line, 2)], reason="", author="anna")
    second = create_request(order, world.main, [(line, 3)], reason="", author="anna")
    mark_sent(first, author="warehouse")
    order.refresh_from_db()
    assert (first.status, order.status) == ("sentToFulfillment", "readyForFulfillment")
    at = first.sent_to_fulfillment_at
    mark_sent(second, author="warehouse")
    mark_sent(first, author="warehouse")
    order.refresh_from_db()
    assert order.status == "sentToFulfillment"
    assert first.sent_to_fulfillment_at == at


# -- cancelling ------------------------------------------------------------------------------------------


def test_cancelling_with_restock_gives_the_units_back_to_the_order(world: World) -> None:
    stocked(world, tea=10)
    order = placed(world, {"tea": 2})
    request = request_all(world, order)
    cancel_request(request, True, author="anna", reason="wrong place")
    assert (request.status, request.canceled_by) == ("canceledRestock", "anna")
    assert request.canceled_at is not None
    assert world.reserved(order) == {"tea": (2, 0)}
    assert world.ledger("tea")[-2:] == [
        ("shipCancelRestock", "committed", -2, 2, 0),
        ("virtualCommit", "committed", 2, 0, 2),
    ]
    assert world.record("tea").available == 8
    order.refresh_from_db()
    assert (order.status, order.routing_status) == ("readyForFulfillment", "ready")
    assert sound(world)


def test_cancelling_without_restock_writes_the_units_off(world: World) -> None:
    stocked(world, tea=10)
    order = placed(world, {"tea": 2})
    cancel_request(request_all(world, order), False, author="anna", reason="damaged")
    record = world.record("tea")
    assert (record.on_hand, record.committed, record.available) == (8, 2, 6)
    assert ("shipCancel", "on_hand", -2, 10, 8) in world.ledger("tea")
    assert ("shipCancel", "committed", -2, 2, 0) in world.ledger("tea")
    assert world.marked() == {"tea"}
    assert sound(world)


def test_cancelling_twice_is_cancelling_once(world: World) -> None:
    order = placed(world)
    request = request_all(world, order)
    cancel_request(request, True, author="anna", reason="", route_again=True)
    entries = LedgerEntry.objects.count()
    cancel_request(request, False, author="bob", reason="")
    assert (request.status, request.canceled_by) == ("canceledRestock", "anna")
    assert LedgerEntry.objects.count() == entries
    order.refresh_from_db()
    assert order.routing_status == "pending"


def test_what_has_shipped_cannot_be_cancelled_but_the_rest_can(world: World) -> None:
    stocked(world, tea=10)
    order = placed(world, {"tea": 5})
    request = request_all(world, order)
    ship(request, {"tea": 2})
    cancel_request(request, True, author="anna", reason="")
    assert world.reserved(order) == {"tea": (3, 0)}
    order.refresh_from_db()
    assert order.status == "partialFulfillment"
    again = request_all(world, order)
    ship(again)
    with pytest.raises(ShippingError, match="has shipped entirely"):
        cancel_request(again, True, author="anna", reason="")
    assert (world.record("tea").on_hand, world.record("tea").committed) == (5, 0)
    assert sound(world)


# -- parcels ---------------------------------------------------------------------------------------------


def test_a_parcel_takes_units_off_the_shelf_and_off_the_commitment(world: World) -> None:
    stocked(world, tea=10, cup=10)
    order = placed(world)
    request = request_all(world, order)
    fulfillment = ship(request, tracking_number="T1", tracking_url="https://track.example/T1", carrier="Post")
    record = world.record("cup")
    assert (record.on_hand, record.committed, record.available) == (7, 0, 7)
    assert world.marked() == set(), "what is available has not changed"
    entries = LedgerEntry.objects.filter(event="fulfill", record=record)
    assert {(row.figure, row.quantity, row.entity, row.entity_id) for row in entries} == {
        ("on_hand", -3, "fulfillments", fulfillment.pk),
        ("committed", -3, "fulfillments", fulfillment.pk),
    }
    order.refresh_from_db()
    assert (request.status, order.status) == ("fulfilled", "fulfilled")
    assert order.fulfilled_at is not None
    assert [line.open for line in order.lines.all()] == [0, 0]
    assert world.reserved(order) == {}
    assert world.marked(world.fulfillments_flow) == {order.ext_order_api_id}
    assert fulfillment.ext_fulfillment_id == "#1001-1"
    assert sound(world)


def test_parcels_by_sku_and_by_line_add_up(world: World) -> None:
    order = placed(world, {"tea": 2, "tea?": 2, "cup": 1})
    request = request_all(world, order)
    first, second, cup = request.lines.order_by("pk")
    ship(request, {"tea": 3})
    order.refresh_from_db()
    assert (request.status, order.status) == ("partialFulfillment", "partialFulfillment")
    assert list(FulfillmentLine.objects.values_list("request_line_id", "quantity")) == [
        (first.pk, 2),
        (second.pk, 1),
    ]
    last = ship(request, {second.pk: 1, "cup": 1})
    assert set(last.lines.values_list("request_line_id", "quantity")) == {(second.pk, 1), (cup.pk, 1)}
    order.refresh_from_db()
    assert (request.status, order.status) == ("fulfilled", "fulfilled")
    assert sound(world)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ({"tea": 3}, "quantity"),
        ({"tea": 0}, "quantity"),
        ({"tea": -1}, "quantity"),
        ({"tea": True}, "quantity"),
        ({"tea": "1"}, "quantity"),
        ({"tea": 1.0}, "quantity"),
        ({"milk": 1}, "lines"),
        ({"": 1}, "lines"),
        ({999_999: 1}, "lines"),
        ({}, "lines"),
        ({"cup": 1, "tea": 9}, "quantity"),
    ],
)
def test_a_parcel_that_cannot_be_is_refused_whole(
    world: World, lines: dict[int | str, int], field: str
) -> None:
    stocked(world, tea=10, cup=10)
    request = request_all(world, placed(world))
    with pytest.raises(ShippingError) as caught:
        ship(request, lines)
    assert caught.value.field == field
    assert not Fulfillment.objects.exists()
    assert world.record("cup").on_hand == 10


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"tracking_number": "x" * 201}, "trackingNumber"),
        ({"tracking_url": "javascript:alert(1)"}, "trackingUrl"),
        ({"carrier": "x" * 121}, "shippingCarrier"),
        ({"ext_fulfillment_id": " "}, "extFulfillmentId"),
    ],
)
def test_a_parcels_texts_are_checked(world: World, more: dict[str, str], field: str) -> None:
    request = request_all(world, placed(world))
    with pytest.raises(ShippingError) as caught:
        ship(request, None, **more)
    assert caught.value.field == field


def test_a_naive_ship_date_is_refused(world: World) -> None:
    request = request_all(world, placed(world))
    with pytest.raises(ShippingError, match="no time zone"):
        fulfill(request, shipped_at=NOON.replace(tzinfo=None), author="anna")


def test_one_and_a_half_parcels_are_refused_after_everything_shipped(world: World) -> None:
    request = request_all(world, placed(world))
    ship(request)
    with pytest.raises(ShippingError, match="nothing of #1001 is open"):
        ship(request)


def test_a_cancelled_request_ships_nothing(world: World) -> None:
    request = request_all(world, placed(world))
    cancel_request(request, True, author="anna", reason="")
    with pytest.raises(ShippingError, match=r"^status: #1001 is cancelled"):
        ship(request)


def test_the_same_report_twice_is_one_parcel(world: World) -> None:
    stocked(world, tea=10)
    request = request_all(world, placed(world, {"tea": 5}))
    first = ship(request, {"tea": 2}, ext_fulfillment_id="F-1")
    again = ship(request, {"tea": 2}, ext_fulfillment_id="F-1")
    assert first.pk == again.pk
    assert ship(request, ext_fulfillment_id="F-1").pk == first.pk
    assert world.record("tea").on_hand == 8
    with pytest.raises(ShippingError, match=r"^extFulfillmentId: F-1 is recorded already"):
        ship(request, {"tea": 3}, ext_fulfillment_id="F-1")
    assert request.lines.get().fulfilled == 2


def test_uncounted_stock_has_no_shelf_to_take_from(world: World) -> None:
    request = request_all(world, placed(world, {"tea": 2}))
    ship(request)
    record = world.record("tea")
    assert (record.state, record.on_hand, record.committed) == ("unknown", 0, 0)
    assert sound(world)


def test_a_line_without_sku_ships_by_hand_and_commits_nothing(world: World) -> None:
    order = placed(world, {"tea": 1})
    nameless = world.line(order, "", 2, 1)
    request = create_request(order, world.main, [(order.lines.get(sku="tea"), 1)], reason="", author="anna")
    ship(request)
    assert not fulfillment_state(order).complete
    ship(create_request(order, world.main, [(nameless, 2)], reason="by hand", author="anna"))
    assert fulfillment_state(order).complete
    order.refresh_from_db()
    assert order.status == "fulfilled"
    assert sound(world)


def test_only_the_orders_own_store_is_told(world: World) -> None:
    other = Integration.objects.create(
        organization=world.organization, connector="test", name="Second", state="connected", account_id="2"
    )
    elsewhere = world.flow("fulfillments", other)
    ship(request_all(world, placed(world)))
    assert world.marked(elsewhere) == set()
    assert len(world.marked(world.fulfillments_flow)) == 1


def test_a_push_that_is_off_is_not_marked(world: World) -> None:
    type(world.fulfillments_flow).objects.filter(pk=world.fulfillments_flow.pk).update(enabled=False)
    ship(request_all(world, placed(world)))
    assert world.marked(world.fulfillments_flow) == set()


def test_the_state_for_the_channel_has_all_parcels_oldest_first(world: World) -> None:
    order = placed(world, {"tea": 3})
    request = request_all(world, order)
    fulfill(request, {"tea": 1}, shipped_at=NOON, author="anna", tracking_number="second")
    fulfill(
        request,
        {"tea": 1},
        shipped_at=NOON.replace(hour=8),
        author="anna",
        tracking_number="first",
        service="Air",
    )
    state = fulfillment_state(order)
    assert [parcel.tracking_number for parcel in state.parcels] == ["first", "second"]
    assert state.parcels[0].lines == (ParcelLine("1", "tea", 1),)
    assert (state.ext_order_api_id, state.complete, state.notify_buyer) == (
        order.ext_order_api_id,
        False,
        True,
    )
    ship(request)
    Integration.objects.update(settings={"notifyBuyer": False})
    order = Order.objects.get(pk=order.pk)
    assert (fulfillment_state(order).complete, fulfillment_state(order).notify_buyer) == (True, False)


def test_an_order_without_parcels_is_not_complete(world: World) -> None:
    assert not fulfillment_state(world.order({"ebook": 1}, digital=True)).complete
