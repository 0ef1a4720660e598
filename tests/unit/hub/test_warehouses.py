"""What warehouses are told, and what they report: parcels, rejections, answers; each unit once, whatever comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from crossdock.canon import ReportedLine, ShipmentReport
from crossdock.hub.models import (
    BundleItem,
    Event,
    ExceptionCase,
    Flow,
    Fulfillment,
    Integration,
    Link,
    Order,
    Product,
    ShippingRequest,
)
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.lifecycle import apply_standing
from crossdock.hub.shipping.cancellations import answer_cancellation, note_told
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill, fulfillment_state
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.rejections import reject
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.warehouses import sent_shipments, shipments_of, take_report
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.counts import take_count
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Case:
    """A shop whose main location is a warehouse with ten teas, twenty cups and twenty pots."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.warehouse = Integration.objects.create(
            organization=world.organization,
            connector="test",
            name="Depot Ltd",
            state="connected",
            account_id="w",
        )
        self.flow = world.flow("shipments", self.warehouse)
        world.main.fulfillment_integration = self.warehouse
        world.main.save()
        for sku, quantity in (("tea", 10), ("cup", 20), ("pot", 20)):
            set_on_hand(world.organization, sku, quantity, author="anna", reason="counted")
        product = Product.objects.create(organization=world.organization, sku="set", name="Set")
        for sku, quantity in (("cup", 2), ("pot", 1)):
            BundleItem.objects.create(bundle=product, sku=sku, quantity=quantity)

    def sent(self, lines: dict[str, int] | None = None) -> ShippingRequest:
        order = self.world.placed(lines or {"tea": 5})
        route_pending(self.world.organization.pk)
        return mark_sent(order.shipping_requests.get(), author="warehouse", ext_reference_id="W-1")

    def report(
        self, request: ShippingRequest, kind: Literal["shipped", "rejected"] = "shipped", ext: str = "P-1",
        **lines: int,
    ) -> Fulfillment:  # fmt: skip
        report = ShipmentReport(
            ext_shipment_id=request.ext_shipment_id, ext_fulfillment_id=ext, at=NOON, kind=kind, reason="none left",
            line_items=tuple(ReportedLine(sku, quantity) for sku, quantity in lines.items()),
        )  # fmt: skip
        try:
            return take_report(self.warehouse, report, author="integration:w")
        finally:
            request.refresh_from_db()
            assert check_ledger(self.world.organization.pk) == []

    def stock(self, sku: str = "tea") -> tuple[int, int, int]:
        record = self.world.record(sku)
        return record.on_hand, record.committed, record.unavailable

    def line(self, request: ShippingRequest) -> tuple[int, int, int]:
        line = request.order.lines.get()
        assert line.quantity == line.fulfilled + line.canceled + line.open
        return line.fulfilled, line.canceled, line.open

    @property
    def open_exceptions(self) -> set[str]:
        return set(ExceptionCase.objects.filter(status="active").values_list("code", flat=True))


@pytest.fixture
def case(world: World) -> Case:
    """A shop with a warehouse."""
    return Case(world)


def order_of(request: ShippingRequest) -> Order:
    return Order.objects.get(pk=request.order_id)


# -- what the warehouse is told --------------------------------------------------------------------------


def test_a_new_request_marks_its_warehouse(case: Case) -> None:
    order = case.world.order({"tea": 1})
    route_pending(case.world.organization.pk)
    request = order.shipping_requests.get()
    assert request.fulfillment_integration == case.warehouse
    assert case.world.marked(case.flow) == {request.key}


def test_a_location_where_people_ship_marks_nobody(case: Case) -> None:
    order = case.world.order({"tea": 1})
    create_request(order, case.world.location("Shop"), [(order.lines.get(), 1)], reason="", author="anna")
    assert case.world.marked(case.flow) == set()


def test_a_flow_that_is_off_is_not_marked(case: Case) -> None:
    Flow.objects.filter(pk=case.flow.pk).update(enabled=False)
    case.sent()
    assert case.world.marked(case.flow) == set()


def test_a_request_as_the_warehouse_knows_it(case: Case) -> None:
    order = case.world.order(
        {"tea": 3, "set": 2},
        canonical={
            "shippingAddress": {"address1": "Way 1", "country": "DE"}, "shippingCarrier": "DHL",
            "shippingClass": "Paket", "orderNote": "please ring",
        },
    )  # fmt: skip
    Link.objects.create(
        integration=case.warehouse, entity="locations", remote_id="LOC-9", record_id=case.world.main.pk
    )
    route_pending(case.world.organization.pk)
    [(_, shipment)] = shipments_of([order.shipping_requests.get()])
    assert (shipment.ext_shipment_id, shipment.ext_order_id, shipment.version) == ("#1001", "1001", 1)
    assert (shipment.location_name, shipment.ext_location_id) == ("Main", "LOC-9")
    assert (shipment.shipping_carrier, shipment.shipping_class) == ("DHL", "Paket")
    assert (shipment.shipping_note, shipment.currency, shipment.canceled) == ("please ring", "EUR", False)
    assert shipment.shipping_address is not None
    assert shipment.shipping_address.country == "DE"
    assert [(line.sku, line.quantity, len(line.parts)) for line in shipment.line_items] == [
        ("tea", 3, 0), ("set", 2, 2),
    ]  # fmt: skip


def test_what_a_warehouse_has_and_has_not_done_with(case: Case) -> None:
    first, second = case.sent(), case.sent({"cup": 1})
    case.report(first, tea=2)
    case.report(second)
    (open_one,) = sent_shipments(case.warehouse)
    assert (open_one.ext_shipment_id, open_one.ext_reference_id) == ("#1001", "W-1")
    assert [line.quantity for line in open_one.line_items] == [3]
    assert [line.quantity for line in open_one.requested] == [5]


def test_a_reference_is_noted_once_and_may_follow_later(case: Case) -> None:
    request = case.sent()
    assert request.ext_reference_id == "W-1"
    mark_sent(request, author="warehouse", ext_reference_id="W-1")
    mark_sent(request, author="warehouse", ext_reference_id="W-2")
    references = Event.objects.filter(operation="reference").order_by("pk").values_list("after", flat=True)
    assert list(references) == [{"extReferenceId": "W-1"}, {"extReferenceId": "W-2"}]
    with pytest.raises(ShippingError, match=r"^extReferenceId: "):
        mark_sent(request, author="warehouse", ext_reference_id="x" * 141)


# -- cancelling what a warehouse has ---------------------------------------------------------------------


def test_a_sent_request_that_is_cancelled_has_to_be_stopped(case: Case) -> None:
    request = case.sent()
    case.world.marked(case.flow)
    cancel_request(request, True, author="cli:anna", reason="")
    assert (request.cancellation_status, request.canceled_by_type) == ("requested", "user")
    assert case.world.marked(case.flow) == {request.key}
    [(_, shipment)] = shipments_of([request])
    assert shipment.canceled
    note_told(request, author="integration:w")
    assert request.cancellation_status == "sent"
    answer_cancellation(request, stopped=True, author="integration:w")
    note_told(request, author="integration:w")
    assert (request.cancellation_status, request.status) == ("confirmed", "canceledRestock")
    assert case.stock() == (10, 5, 0)


def test_an_unsent_request_is_cancelled_without_asking(case: Case) -> None:
    order = case.world.order({"tea": 1})
    route_pending(case.world.organization.pk)
    request = order.shipping_requests.get()
    case.world.marked(case.flow)
    cancel_request(request, True, author="anna", reason="")
    assert (request.cancellation_status, case.world.marked(case.flow)) == ("", set())
    with pytest.raises(ShippingError, match=r"^cancellationStatus: "):
        answer_cancellation(request, stopped=True, author="anna")


def test_a_request_cancelled_on_its_way_has_gone_all_the_same(case: Case) -> None:
    order = case.world.order({"tea": 1})
    route_pending(case.world.organization.pk)
    request = order.shipping_requests.get()
    cancel_order(order, True, author="anna", reason="")
    case.world.marked(case.flow)
    mark_sent(request, author="warehouse")
    assert (request.status, request.cancellation_status) == ("canceledRestock", "requested")
    assert case.world.marked(case.flow) == {request.key}
    assert case.open_exceptions == {"canceledAfterSending"}


@pytest.mark.parametrize("restock", [True, False])
def test_too_late_the_request_counts_again(case: Case, *, restock: bool) -> None:
    request = case.sent()
    cancel_request(request, restock, author="anna", reason="", route_again=True)
    answer_cancellation(request, stopped=False, author="warehouse", reason="on the van")
    assert (request.status, request.cancellation_status) == ("sentToFulfillment", "refused")
    assert case.stock() == (10, 5, 0)
    assert route_pending(case.world.organization.pk).routed == 0
    case.report(request)
    assert (case.stock(), case.line(request), request.status) == ((5, 0, 0), (5, 0, 0), "fulfilled")


def test_the_order_was_cancelled_and_the_parcel_left_all_the_same(case: Case) -> None:
    request = case.sent()
    cancel_order(request.order, True, author="anna", reason="")
    assert case.open_exceptions == {"canceledAfterSending"}
    case.report(request, tea=2)
    assert (case.line(request), case.stock()) == ((2, 3, 0), (8, 3, 0))
    assert (request.status, request.cancellation_status) == ("partialFulfillment", "refused")
    assert case.open_exceptions == {"canceledAfterSending", "canceledAfterShipping", "editedAfterSending"}
    case.report(request, ext="P-2")
    assert (case.line(request), case.stock(), order_of(request).status) == ((5, 0, 0), (5, 0, 0), "fulfilled")
    assert case.open_exceptions == {"canceledAfterShipping"}


def test_called_off_on_the_channel_and_too_late(case: Case) -> None:
    request = case.sent()
    Order.objects.filter(pk=request.order_id).update(standing="canceled")
    apply_standing(order_of(request), author="pull", reason="")
    answer_cancellation(request, stopped=False, author="warehouse")
    apply_standing(order_of(request), author="pull", reason="looked at again")
    request.refresh_from_db()
    assert (request.status, case.stock()) == ("sentToFulfillment", (10, 5, 0))
    case.report(request)
    assert (case.line(request), case.stock(), order_of(request).status) == ((5, 0, 0), (5, 0, 0), "fulfilled")
    assert case.open_exceptions == {"canceledAfterShipping"}


def test_the_warehouse_stops_what_the_channel_called_off(case: Case) -> None:
    request = case.sent()
    Order.objects.filter(pk=request.order_id).update(standing="canceled")
    case.world.marked(case.flow)
    apply_standing(order_of(request), author="pull", reason="")
    assert case.world.marked(case.flow) == {request.key}
    assert case.open_exceptions == {"canceledAfterSending"}
    note_told(request, author="warehouse")
    assert case.open_exceptions == {"canceledAfterSending"}, "told is not stopped: nobody may have read it"
    answer_cancellation(ShippingRequest.objects.get(pk=request.pk), stopped=True, author="warehouse")
    assert case.open_exceptions == set()


def test_routed_elsewhere_and_shipped_from_both_is_too_many(case: Case) -> None:
    shop = case.world.location("Shop")
    first = case.sent({"tea": 2})
    cancel_request(first, True, author="anna", reason="")
    line = first.order.lines.get()
    unsent = create_request(order_of(first), shop, [(line, 2)], reason="", author="anna")
    case.report(first, tea=1)
    unsent.refresh_from_db()
    assert unsent.status == "canceledRestock", "no warehouse knew of it yet"
    case.report(first, ext="P-2")
    assert case.line(first) == (2, 0, 0)

    second = case.sent({"tea": 2})
    cancel_request(second, True, author="anna", reason="")
    line = second.order.lines.get()
    other = create_request(order_of(second), shop, [(line, 2)], reason="", author="anna")
    fulfill(other, shipped_at=NOON, author="anna")
    case.report(second)
    line.refresh_from_db()
    assert (line.quantity, line.fulfilled, line.canceled) == (2, 4, 0)
    assert "editedAfterShipping" in case.open_exceptions


# -- rejections ------------------------------------------------------------------------------------------


def test_a_rejection_opens_the_line_again_and_doubts_the_figure(case: Case) -> None:
    request = case.sent()
    rejection = case.report(request, "rejected", tea=2)
    assert (rejection.fulfillment_type, rejection.reason) == ("rejected", "none left")
    assert (case.line(request), request.status) == ((0, 0, 5), "sentToFulfillment")
    assert case.stock() == (8, 5, 2)
    order = order_of(request)
    assert (order.status, order.routing_status) == ("readyForFulfillment", "pending")
    case_ = ExceptionCase.objects.get(code="rejectedByWarehouse")
    assert "2 x tea at Main" in case_.message
    doubt = {
        ("reject", "on_hand", -2, 10, 8), ("reject", "unavailable", 2, 0, 2),
        ("reject", "committed", -2, 5, 3),
    }  # fmt: skip
    assert doubt <= set(case.world.ledger("tea"))
    assert not fulfillment_state(order).parcels
    assert case.world.marked(case.world.fulfillments_flow) == set(), "the store is never told"
    assert "tea" in case.world.marked(), "but its stock is"


def test_all_rejected_fails_the_request(case: Case) -> None:
    request = case.sent()
    case.report(request, "rejected")
    assert (request.status, order_of(request).status) == ("failed", "readyForFulfillment")
    with pytest.raises(ShippingError, match="was rejected by its warehouse"):
        cancel_request(request, True, author="anna", reason="")


@pytest.mark.parametrize("shelf", [8, 6])
def test_a_count_ends_the_doubt(case: Case, shelf: int) -> None:
    request = case.sent()
    case.report(request, "rejected", tea=2)
    set_on_hand(case.world.organization, "tea", shelf, author="anna", reason="counted")
    assert case.stock() == (shelf, 5, 0)
    assert case.open_exceptions == set()
    assert check_ledger(case.world.organization.pk) == []
    assert ("recount", "unavailable", -2, 2, 0) in case.world.ledger("tea")


def test_a_warehouses_count_ends_the_doubt_if_it_is_younger(case: Case) -> None:
    request = case.sent()
    case.report(request, "rejected", tea=2)
    organization, main = case.world.organization, case.world.main
    for hours, stock in ((-1, (8, 5, 2)), (1, (9, 5, 0))):
        at = NOON + timedelta(hours=hours)
        quantity = 10 if hours < 0 else 9
        take_count(organization, main, "tea", quantity, at=at, author="anna", reason="", by_person=True)
        assert case.stock() == stock
        assert case.open_exceptions == ({"rejectedByWarehouse"} if hours < 0 else set())
    case.report(request, "rejected", ext="P-2", tea=1)
    assert case.stock() == (9, 5, 0), "that rejection is older than the count"
    assert check_ledger(organization.pk) == []


def test_the_doubt_ends_for_the_order_when_its_line_is_done(case: Case) -> None:
    request = case.sent()
    case.report(request, "rejected", tea=2)
    case.report(request, ext="P-2")
    assert case.open_exceptions == {"rejectedByWarehouse"}
    line = request.order.lines.get()
    other = create_request(
        order_of(request), case.world.location("Shop"), [(line, 2)], reason="", author="anna"
    )
    fulfill(other, shipped_at=NOON, author="anna")
    assert case.open_exceptions == set()
    assert case.stock() == (5, 0, 2), "the units stay unavailable until somebody counts"
    assert (request.status, order_of(request).status) == ("fulfilled", "fulfilled")


def test_a_rejection_that_a_person_has_set_aside_stays_so(case: Case) -> None:
    request = case.sent()
    case.report(request, "rejected", tea=2)
    ExceptionCase.objects.update(status="dismissed")
    apply_standing(order_of(request), author="pull", reason="looked at again")
    assert case.open_exceptions == set()
    case.report(request, "rejected", ext="P-2", tea=1)
    assert case.open_exceptions == {"rejectedByWarehouse"}, "that is another one"


def test_a_cancelled_line_is_in_doubt_no_more(case: Case) -> None:
    request = case.sent()
    case.report(request, "rejected")
    cancel_order(order_of(request), True, author="anna", reason="nobody has it")
    assert case.open_exceptions == set()


def test_what_nobody_counts_is_in_doubt_until_it_ships(case: Case) -> None:
    set_state(case.world.organization, "tea", "unlimited", author="anna", reason="")
    request = case.sent()
    case.report(request, "rejected")
    assert (case.stock(), case.open_exceptions) == ((0, 5, 0), {"rejectedByWarehouse"})


def test_a_rejected_bundle_is_doubted_by_its_parts(case: Case) -> None:
    request = case.sent({"set": 3})
    case.report(request, "rejected", cup=4, pot=2)
    assert (case.stock("cup"), case.stock("pot")) == ((16, 6, 4), (18, 3, 2))
    assert request.lines.get().rejected == 2


def test_the_same_rejection_twice_is_one(case: Case) -> None:
    request = case.sent()
    first = case.report(request, "rejected", tea=2)
    assert case.report(request, "rejected", tea=2).pk == first.pk
    for kind, lines in (("rejected", {"tea": 3}), ("shipped", {"tea": 2})):
        with pytest.raises(ShippingError, match=r"^extFulfillmentId: P-1 is recorded already"):
            case.report(request, kind, **lines)  # type: ignore[arg-type]  # literals in a tuple
    assert case.stock() == (8, 5, 2)


def test_more_cannot_be_rejected_than_is_open(case: Case) -> None:
    request = case.sent()
    case.report(request, tea=4)
    with pytest.raises(ShippingError, match=r"^quantity: "):
        case.report(request, "rejected", ext="P-2", tea=2)


@pytest.mark.parametrize(("restock", "stock"), [(True, (5, 5, 5)), (False, (5, 5, 0))])
def test_a_rejection_confirms_a_cancellation(
    case: Case, *, restock: bool, stock: tuple[int, int, int]
) -> None:
    request = case.sent()
    cancel_request(request, restock, author="anna", reason="")
    case.report(request, "rejected")
    assert (request.status, request.cancellation_status) == (
        "canceledRestock" if restock else "canceled", "confirmed",
    )  # fmt: skip
    assert case.stock() == stock


# -- reports ---------------------------------------------------------------------------------------------


def test_a_report_without_lines_means_all_that_is_open(case: Case) -> None:
    request = case.sent({"tea": 2, "set": 1})
    case.report(request)
    assert (request.status, case.stock("cup"), case.stock("pot")) == ("fulfilled", (18, 0, 0), (19, 0, 0))
    assert case.report(request).request_id == request.pk


def test_a_bundle_is_reported_by_its_parts_in_whole_sets(case: Case) -> None:
    request = case.sent({"set": 3, "cup": 1})
    case.report(request, cup=3, pot=1)
    assert {line.sku: line.fulfilled for line in request.lines.all()} == {"set": 1, "cup": 1}
    case.report(request, ext="P-2", set=1)
    with pytest.raises(
        ShippingError, match=r"1 x cup are no whole number of set.*1 x cup, 1 x pot are missing"
    ):
        case.report(request, ext="P-3", cup=1)
    with pytest.raises(ShippingError, match=r"2 of set were shipped, but only 1 are open"):
        case.report(request, ext="P-3", cup=4, pot=2)
    case.report(request, ext="P-3", cup=2, pot=1)
    assert (request.status, case.stock("cup"), case.stock("pot")) == ("fulfilled", (13, 0, 0), (17, 0, 0))
    same = case.report(request, cup=3, pot=1)
    assert same.ext_fulfillment_id == "P-1"


def test_a_report_is_about_a_request_of_that_warehouse(case: Case) -> None:
    request = case.sent()
    stranger = Integration.objects.create(
        organization=case.world.organization,
        connector="test",
        name="Other",
        state="connected",
        account_id="o",
    )
    report = ShipmentReport(
        ext_shipment_id="#1001", ext_fulfillment_id="P-1", at=NOON, ext_reference_id="W-7"
    )
    with pytest.raises(ShippingError, match="Other has no shipping request called '#1001'"):
        take_report(stranger, report, author="x")
    take_report(case.world.organization, report, author="x")
    request.refresh_from_db()
    assert (request.status, request.ext_reference_id) == ("fulfilled", "W-7")


def test_two_requests_of_one_name(case: Case) -> None:
    first, second = case.sent({"tea": 1}), case.sent({"tea": 1})
    ShippingRequest.objects.update(ext_shipment_id="#7")
    report = ShipmentReport(ext_shipment_id="#7", ext_fulfillment_id="P-1", at=NOON)
    with pytest.raises(ShippingError, match="the name of several requests"):
        take_report(case.warehouse, report, author="x")
    fulfill(first, shipped_at=NOON, author="anna", ext_fulfillment_id="P-0")
    assert take_report(case.warehouse, report, author="x").request_id == second.pk
    again = ShipmentReport(ext_shipment_id="#7", ext_fulfillment_id="P-0", at=NOON)
    assert take_report(case.warehouse, again, author="x").request_id == first.pk


def test_too_many_units_are_refused_unless_they_are_accepted(case: Case) -> None:
    request = case.sent({"tea": 2, "set": 1})
    with pytest.raises(ShippingError, match="3 of tea were shipped, but only 2 are open"):
        case.report(request, tea=3)
    assert not Fulfillment.objects.exists()
    organization = case.world.organization
    organization.settings = {"overfulfillPolicy": "accept"}
    organization.save()
    case.report(request, tea=3, cup=4, pot=2)
    parcel = Fulfillment.objects.get()
    assert list(parcel.lines.order_by("pk").values_list("sku", "quantity", "extra")) == [
        ("tea", 2, 1), ("set", 1, 1),
    ]  # fmt: skip
    assert (case.stock(), case.stock("cup"), case.stock("pot")) == ((7, 0, 0), (16, 0, 0), (18, 0, 0))
    for line in request.order.lines.all():
        assert line.quantity == line.fulfilled + line.canceled + line.open
    assert request.status == "fulfilled"
    assert case.open_exceptions == {"shippedTooMany"}
    assert "1 x tea, 1 x set more than was ordered" in ExceptionCase.objects.get().message
    assert [line.quantity for line in fulfillment_state(order_of(request)).parcels[0].lines] == [2, 1]
    case.report(request, ext="P-2", tea=1)
    assert case.stock() == (6, 0, 0)
    assert fulfillment_state(order_of(request)).parcels[1].lines == ()
    with pytest.raises(ShippingError, match="'milk' is not in"):
        case.report(request, ext="P-3", milk=1)


def test_a_tracking_link_is_made_where_none_is_given(case: Case) -> None:
    request = case.sent({"tea": 3})
    made = fulfill(request, {"tea": 1}, shipped_at=NOON, author="x", tracking_number="1Z9", carrier="ups")
    given = fulfill(
        request, {"tea": 1}, shipped_at=NOON + timedelta(1), author="x", tracking_number="1Z9", carrier="UPS",
        tracking_url="https://shop.example/1Z9",
    )  # fmt: skip
    unknown = fulfill(request, {"tea": 1}, shipped_at=NOON, author="x", tracking_number="1", carrier="Joe")
    assert made.tracking_url == "https://www.ups.com/track?tracknum=1Z9"
    assert (given.tracking_url, unknown.tracking_url) == ("https://shop.example/1Z9", "")


def test_a_rejection_by_hand(case: Case) -> None:
    request = case.sent({"tea": 2})
    rejection = reject(request, {"tea": 1}, at=NOON, author="anna", reason="broken")
    assert rejection.ext_fulfillment_id == "#1001-1"
    with pytest.raises(ShippingError, match="no time zone"):
        reject(request, at=NOON.replace(tzinfo=None), author="anna", reason="")
