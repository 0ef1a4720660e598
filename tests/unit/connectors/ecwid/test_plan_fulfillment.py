"""Shipments: one PUT, forward only, never rewritten, and a note for all that Ecwid cannot say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from crossdock.canon import FulfillmentState, Parcel, ParcelLine
from crossdock.connectors.contract import RemoteRecord, Write
from crossdock.connectors.ecwid import plan
from crossdock.connectors.ecwid.routes import planned_calls, scope_for

Document = dict[str, object]
AT = datetime(2024, 11, 2, tzinfo=UTC)
LINE = "1828115599"


def parcel(number: str = "", quantity: int = 2, **fields: str) -> Parcel:
    return Parcel(
        shipped_at=AT, tracking_number=number, lines=(ParcelLine(LINE, "PIZZA-L", quantity),), **fields
    )


def planned(
    document: Document,
    *parcels: Parcel,
    complete: bool = True,
    notify: bool = True,
    options: Mapping[str, object] | None = None,
) -> Write:
    record = RemoteRecord(remote_id="520000103", updated_at=None, document=json.dumps(document).encode())
    state = FulfillmentState(
        ext_order_api_id="520000103", parcels=parcels, complete=complete, notify_buyer=notify
    )
    return plan.fulfillment(record, state, options or {})


def body(write: Write) -> object:
    [call] = planned_calls(write.request)
    assert (call.method, scope_for(call)) == ("PUT", "update_orders")
    return call.body


def applied(document: Document, write: Write) -> Document:
    sent = body(write)
    assert isinstance(sent, dict)
    return {**document, **sent}


class TestStatus:
    @pytest.mark.parametrize(
        ("method", "complete", "partial"),
        [
            ("SHIPPING", "SHIPPED", "PROCESSING"),
            ("PICKUP", "READY_FOR_PICKUP", "PROCESSING"),
            ("DELIVERY", "OUT_FOR_DELIVERY", "PROCESSING"),
        ],
    )
    def test_each_method_has_its_own(
        self, order_document: Document, method: str, complete: str, partial: str
    ) -> None:
        document = {**order_document, "shippingOption": {"fulfillmentType": method}}
        assert body(planned(document, parcel())) == {"fulfillmentStatus": complete}
        assert body(planned(document, parcel(quantity=1), complete=False)) == {"fulfillmentStatus": partial}

    def test_digital_orders_are_delivered(self, order_document: Document) -> None:
        items = order_document["items"]
        assert isinstance(items, list)
        items[0]["isShippingRequired"] = False
        assert body(planned(order_document, parcel())) == {"fulfillmentStatus": "DELIVERED"}

    @pytest.mark.parametrize("current", ["SHIPPED", "DELIVERED", "OUT_FOR_DELIVERY"])
    def test_what_is_true_or_further_is_not_written(self, order_document: Document, current: str) -> None:
        write = planned({**order_document, "fulfillmentStatus": current}, parcel())
        assert (write.kind, write.changes, write.request) == ("none", (), {})

    @pytest.mark.parametrize("current", ["READY_FOR_PICKUP", "CUSTOM_FULFILLMENT_STATUS_1", "SOMETHING_NEW"])
    def test_a_part_never_moves_an_order_back(self, order_document: Document, current: str) -> None:
        document = {**order_document, "fulfillmentStatus": current}
        assert planned(document, parcel(quantity=1), complete=False).kind == "none"
        assert body(planned(document, parcel())) == {"fulfillmentStatus": "SHIPPED"}

    def test_goods_that_went_after_all_are_reported(self, order_document: Document) -> None:
        document = {**order_document, "fulfillmentStatus": "WILL_NOT_DELIVER"}
        assert body(planned(document, parcel())) == {"fulfillmentStatus": "SHIPPED"}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("paymentStatus", "CANCELLED"),
            ("paymentStatus", "REFUNDED"),
            ("paymentStatus", "INCOMPLETE"),
            ("fulfillmentStatus", "RETURNED"),
        ],
    )
    def test_what_was_called_off_is_left_alone_aloud(
        self, order_document: Document, field: str, value: str
    ) -> None:
        write = planned({**order_document, field: value}, parcel("T1"))
        assert (write.kind, write.request, len(write.notes)) == ("none", {}, 1)

    def test_nothing_shipped_is_nothing_to_say(self, order_document: Document) -> None:
        assert planned(order_document, complete=False).kind == "none"
        assert planned(order_document, complete=True).kind == "none"

    def test_options_choose_the_statuses(self, order_document: Document) -> None:
        custom = {"partialStatus": "CUSTOM_FULFILLMENT_STATUS_1", "pickupStatus": "DELIVERED"}
        partly = planned(order_document, parcel(), complete=False, options=custom)
        assert body(partly) == {"fulfillmentStatus": "CUSTOM_FULFILLMENT_STATUS_1"}
        pickup = {**order_document, "shippingOption": {"isPickup": True}}
        assert body(planned(pickup, parcel(), options=custom)) == {"fulfillmentStatus": "DELIVERED"}

    def test_an_empty_partial_status_waits_for_the_whole(self, order_document: Document) -> None:
        write = planned(order_document, parcel(), complete=False, options={"partialStatus": ""})
        assert write.kind == "none"

    def test_an_option_that_is_no_status_falls_back_aloud(self, order_document: Document) -> None:
        write = planned(order_document, parcel(), complete=False, options={"partialStatus": "HALF"})
        assert body(write) == {"fulfillmentStatus": "PROCESSING"}
        assert any("HALF" in note for note in write.notes)


class TestTracking:
    def test_status_and_tracking_go_in_one_put(self, order_document: Document) -> None:
        write = planned(order_document, parcel("1Z", tracking_url="https://t.example/1Z"))
        assert body(write) == {
            "fulfillmentStatus": "SHIPPED",
            "trackingNumber": "1Z",
            "trackingUrl": "https://t.example/1Z",
        }
        assert [(one.field, one.before, one.after) for one in write.changes][:2] == [
            ("fulfillmentStatus", "AWAITING_PROCESSING", "SHIPPED"),
            ("trackingNumber", "", "1Z"),
        ]

    def test_numbers_are_joined_in_order_and_once(self, order_document: Document) -> None:
        write = planned(order_document, parcel("B", 1), parcel("A", 1), parcel("b"), parcel())
        assert body(write) == {"fulfillmentStatus": "SHIPPED", "trackingNumber": "B, A"}
        assert any("share the order's one tracking field" in note for note in write.notes)

    @pytest.mark.parametrize("present", ["A, B", "B,A", "a;b", " A ,  B ", "C, A, B"])
    def test_numbers_that_are_there_are_not_written_again(
        self, order_document: Document, present: str
    ) -> None:
        document = {**order_document, "fulfillmentStatus": "SHIPPED", "trackingNumber": present}
        assert planned(document, parcel("A", 1), parcel("B", 1)).kind == "none"

    def test_another_hands_number_is_kept(self, order_document: Document) -> None:
        write = planned({**order_document, "trackingNumber": "THEIRS"}, parcel("OURS"))
        assert body(write) == {"fulfillmentStatus": "SHIPPED", "trackingNumber": "THEIRS, OURS"}
        assert any("THEIRS" in note for note in write.notes)

    def test_an_address_alone_is_no_reason_to_write(self, order_document: Document) -> None:
        document = {**order_document, "fulfillmentStatus": "SHIPPED", "trackingNumber": "1Z"}
        assert planned(document, parcel("1Z", tracking_url="https://t.example/1Z")).kind == "none"

    def test_tracking_still_reaches_an_order_already_delivered(self, order_document: Document) -> None:
        write = planned({**order_document, "fulfillmentStatus": "DELIVERED"}, parcel("1Z"))
        assert body(write) == {"trackingNumber": "1Z"}

    @pytest.mark.parametrize("complete", [True, False])
    def test_what_was_written_plans_to_nothing(self, order_document: Document, complete: bool) -> None:
        parcels = (parcel("A", 1, tracking_url="u"), parcel("B", 1))
        write = planned(order_document, *parcels, complete=complete, notify=False)
        again = planned(applied(order_document, write), *parcels, complete=complete, notify=False)
        assert (again.kind, again.changes) == ("none", ())


class TestBuyer:
    @pytest.mark.parametrize(("notify", "options"), [(False, {}), (True, {"notifyBuyer": False})])
    def test_mails_are_switched_off_in_the_same_put_and_said(
        self, order_document: Document, notify: bool, options: dict[str, object]
    ) -> None:
        write = planned(order_document, parcel(), notify=notify, options=options)
        assert body(write) == {"fulfillmentStatus": "SHIPPED", "disableAllCustomerNotifications": True}
        assert any("stay off" in note for note in write.notes)

    def test_silence_alone_is_no_reason_to_write(self, order_document: Document) -> None:
        write = planned({**order_document, "fulfillmentStatus": "SHIPPED"}, parcel(), notify=False)
        assert write.kind == "none"

    def test_the_merchants_own_silence_is_kept(self, order_document: Document) -> None:
        write = planned({**order_document, "disableAllCustomerNotifications": True}, parcel())
        assert body(write) == {"fulfillmentStatus": "SHIPPED"}
        assert any("not told" in note for note in write.notes)


class TestNotes:
    def test_the_extent_of_a_part_is_said(self, order_document: Document) -> None:
        items = order_document["items"]
        assert isinstance(items, list)
        items.append({**items[0], "id": 2})
        items.append({**items[0], "id": 3})
        write = planned(order_document, parcel(quantity=2), parcel(quantity=0), complete=False)
        assert "1 of 3 lines shipped: Ecwid has no status for a part." in write.notes
        half = planned(order_document, parcel(quantity=1), complete=False)
        assert "0 of 3 lines shipped (1 of 6 units): Ecwid has no status for a part." in half.notes

    def test_parcels_that_name_no_known_line(self, order_document: Document) -> None:
        write = planned(order_document, Parcel(shipped_at=AT), complete=False)
        assert "1 parcel sent, more to come: Ecwid has no status for a part." in write.notes

    def test_the_carrier_has_no_field(self, order_document: Document) -> None:
        assert any("UPS" in note for note in planned(order_document, parcel(carrier="UPS")).notes)


@pytest.mark.parametrize(
    ("ids", "path"),
    [
        ({"id": "PRE-Ä/1"}, "/orders/PRE-%C3%84%2F1"),
        ({"id": None, "vendorOrderNumber": "x1028"}, "/orders/x1028"),
        ({"id": None, "vendorOrderNumber": None}, "/orders/520000103"),
    ],
)
def test_the_path_names_the_public_id(order_document: Document, ids: Document, path: str) -> None:
    [call] = planned_calls(planned({**order_document, **ids}, parcel()).request)
    assert call.path == path
