"""Orders: reading, creating, changing, deleting, and what that does to stock and mail."""

from __future__ import annotations

import pytest
from tests.unit.ecwid_twin.conftest import NOW, Caller, make

ADDRESS = {"name": "Ada King", "street": "1 Sample Street", "city": "New York", "countryCode": "US"}


def product(call: Caller, sku: str = "MUG", quantity: int | None = 10) -> int:
    values = {"name": "Mug", "sku": sku, "price": 5}
    made = call.post("/products", values if quantity is None else {**values, "quantity": quantity})
    return int(made["id"])


def bought(call: Caller, number: int, quantity: int = 3, **fields: object) -> str:
    items = [{"productId": number, "sku": "MUG", "name": "Mug", "price": 5, "quantity": quantity}]
    made = call.post("/orders", {"email": "a@example.com", "paymentStatus": "PAID", "items": items, **fields})
    return str(made["orderId"])


def left(call: Caller, number: int) -> int:
    return int(call.get(f"/products/{number}")["quantity"])


def test_an_empty_order_is_accepted(call: Caller) -> None:
    made = call.post("/orders", {})
    order = call.get(f"/orders/{made['orderId']}")
    assert order["internalId"] == order["orderNumber"] == made["id"]
    assert order["paymentStatus"] == "AWAITING_PAYMENT"
    assert order["fulfillmentStatus"] == "AWAITING_PROCESSING"
    assert order["createTimestamp"] == NOW
    assert "billingPerson" not in order, "what has no value is absent, not null"
    assert made["id"] > 2**31


def test_an_order_is_found_by_public_id_and_by_internal_number(call: Caller) -> None:
    made = call.post("/orders", {})
    assert call.get(f"/orders/{made['id']}") == call.get(f"/orders/{made['orderId']}")


def test_ids_with_prefix_and_suffix_are_percent_decoded(call: Caller) -> None:
    call.put("/profile", {"formatsAndUnits": {"orderNumberPrefix": "A/", "orderNumberSuffix": " é"}})
    made = call.post("/orders", {})
    assert made["orderId"].startswith("A/")
    from urllib.parse import quote

    order = call.get(f"/orders/{quote(made['orderId'], safe='')}")
    assert order["id"] == f"A/{order['publicUid']} é"


def test_the_404_wording(call: Caller) -> None:
    answer = call("GET", "/orders/NOPE1")
    assert answer.status == 404
    assert answer.json == {"errorCode": "ORDER_NOT_FOUND", "errorMessage": "Order #NOPE1 not found"}


def test_put_is_partial_at_top_level_and_replaces_nested_objects(call: Caller) -> None:
    made = call.post("/orders", {"shippingPerson": ADDRESS, "email": "a@example.com"})
    call.control.advance(30)
    assert call.put(f"/orders/{made['id']}", {"shippingPerson": {"name": "Bob"}}) == {"updateCount": 1}
    order = call.get(f"/orders/{made['id']}")
    assert order["shippingPerson"] == {"name": "Bob", "firstName": "Bob"}
    assert order["email"] == "a@example.com"
    assert order["updateTimestamp"] == NOW + 30
    assert order["createTimestamp"] == NOW


def test_read_only_and_unknown_fields_and_nulls_are_ignored(call: Caller) -> None:
    made = call.post("/orders", {"total": 5, "email": "a@example.com"})
    sent = {"id": "HACK", "internalId": 1, "refundedAmount": 9, "createDate": "2001-01-01", "nonsense": 1}
    call.put(f"/orders/{made['id']}", {**sent, "email": None})
    order = call.get(f"/orders/{made['id']}")
    assert order["id"] == made["orderId"]
    assert order["refundedAmount"] == 0
    assert order["createTimestamp"] == NOW
    assert order["email"] == "a@example.com"
    assert "nonsense" not in order


def test_items_keep_their_identity_when_their_id_is_sent(call: Caller) -> None:
    public = bought(call, product(call))
    item = call.get(f"/orders/{public}")["items"][0]
    call.put(f"/orders/{public}", {"items": [{"id": item["id"], "quantity": 1}, {"name": "New", "price": 1}]})
    items = call.get(f"/orders/{public}")["items"]
    assert items[0] == {**item, "quantity": 1}
    assert items[1]["id"] != item["id"]


@pytest.mark.parametrize(
    "body",
    [
        {"paymentStatus": "WHATEVER"},
        {"fulfillmentStatus": "shipped"},
        {"total": "12"},
        {"items": "none"},
        {"items": [{"quantity": "2"}]},
        {"billingPerson": []},
        {"createDate": "yesterday"},
    ],
)
def test_wrong_values_are_refused(call: Caller, body: dict[str, object]) -> None:
    answer = call("POST", "/orders", body)
    assert answer.status == 400
    assert answer.json["errorCode"] == "WRONG_PARAMETER"


def test_the_retired_status_has_its_own_message(call: Caller) -> None:
    answer = call("POST", "/orders", {"paymentStatus": "QUEUED"})
    assert answer.status == 400
    assert answer.json == {"errorMessage": "Status QUEUED is deprecated, use AWAITING_PAYMENT instead"}


def test_a_language_that_is_not_enabled(call: Caller) -> None:
    assert call("POST", "/orders", {"lang": "fr"}).json["errorCode"] == "LANGUAGES_NOT_ALLOWED"
    assert call("POST", "/orders", {"lang": "cs"}).status == 200


def test_a_customer_that_does_not_exist_is_404_and_one_is_found_by_email(call: Caller) -> None:
    assert call("POST", "/orders", {"customerId": 5}).status == 404
    number = call.post("/customers", {"email": "A@example.com"})["id"]
    made = call.post("/orders", {"email": "a@example.com"})
    assert call.get(f"/orders/{made['id']}")["customerId"] == number


def test_delivery_spelled_with_one_l_is_understood(call: Caller) -> None:
    made = call.post("/orders", {"shippingOption": {"fulfilmentType": "delivery", "shippingRate": 3}})
    option = call.get(f"/orders/{made['id']}")["shippingOption"]
    assert option["fulfillmentType"] == "DELIVERY"
    assert option["shippingMethodId"] == "customShippingId"


def test_an_external_id_needs_external_fulfilment(call: Caller) -> None:
    made = call.post("/orders", {})
    call.put(f"/orders/{made['id']}", {"externalOrderId": "7"})
    assert "externalOrderId" not in call.get(f"/orders/{made['id']}")
    call.put(f"/orders/{made['id']}", {"externalOrderId": "7", "externalFulfillment": True})
    assert call.get(f"/orders/{made['id']}")["externalOrderId"] == "7"


def test_delete_then_404_and_the_deleted_list(call: Caller) -> None:
    made = call.post("/orders", {})
    call.control.advance(10)
    assert call("DELETE", f"/orders/{made['orderId']}").json == {"deleteCount": 1}
    assert call("GET", f"/orders/{made['orderId']}").status == 404
    assert call("DELETE", f"/orders/{made['orderId']}").status == 404
    page = call.get("/orders/deleted?limit=5")
    row = {"id": made["id"], "orderId": made["orderId"], "date": "2025-11-24 16:00:10 +0000"}
    assert page == {"total": 1, "count": 1, "offset": 0, "limit": 5, "items": [row]}
    assert call.get(f"/orders/deleted?from_date={NOW + 10}&to_date={NOW + 10}")["count"] == 1
    assert call.get(f"/orders/deleted?from_date={NOW + 11}")["count"] == 0
    assert call.events()[-1] == "order.deleted"


def test_stock_follows_the_payment_status(call: Caller) -> None:
    number = product(call)
    public = bought(call, number)
    assert left(call, number) == 7
    for status, expected in (
        ("CANCELLED", 10),
        ("PAID", 7),
        ("PARTIALLY_REFUNDED", 7),
        ("REFUNDED", 10),
        ("CANCELLED", 10),
        ("AWAITING_PAYMENT", 7),
    ):
        call.put(f"/orders/{public}", {"paymentStatus": status})
        assert left(call, number) == expected, status


def test_returns_edits_and_deletion_leave_stock_alone(call: Caller) -> None:
    number = product(call)
    public = bought(call, number)
    call.put(f"/orders/{public}", {"fulfillmentStatus": "RETURNED"})
    item = call.get(f"/orders/{public}")["items"][0]
    call.put(f"/orders/{public}", {"items": [{**item, "quantity": 1}]})
    call("DELETE", f"/orders/{public}")
    assert left(call, number) == 7


def test_unfinished_orders_take_no_stock_until_they_are_paid(call: Caller) -> None:
    number = product(call)
    public = bought(call, number, paymentStatus="INCOMPLETE")
    assert left(call, number) == 10
    call.put(f"/orders/{public}", {"paymentStatus": "PAID"})
    assert left(call, number) == 7
    assert [kind for kind in call.events() if "order" in kind] == [
        "unfinished_order.created",
        "order.created",
    ]


def test_stock_of_created_orders_is_a_switch(call: Caller) -> None:
    call.control.set(createTakesStock=False)
    number = product(call)
    bought(call, number)
    assert left(call, number) == 10


def test_one_mail_for_tracking_and_status_together(call: Caller) -> None:
    call.post("/orders", {"email": "a@example.com", "paymentStatus": "PAID"})
    public = call.get("/orders")["items"][0]["id"]
    both = {"fulfillmentStatus": "SHIPPED", "trackingNumber": "1Z", "trackingUrl": "https://t.example/1Z"}
    call.put(f"/orders/{public}", both)
    assert [mail["kind"] for mail in call.control.mails()] == ["orderConfirmation", "orderShipped"]
    call.put(f"/orders/{public}", both)
    assert len(call.control.mails()) == 2, "nothing new, no mail; yet an event"
    assert call.events().count("order.updated") == 2


def test_two_writes_make_two_mails_and_silence_makes_none(call: Caller) -> None:
    public = call.post("/orders", {"email": "a@example.com"})["orderId"]
    call.put(f"/orders/{public}", {"trackingNumber": "1Z"})
    call.put(f"/orders/{public}", {"fulfillmentStatus": "SHIPPED"})
    assert [mail["kind"] for mail in call.control.mails()].count("orderShipped") == 2
    call.put(f"/orders/{public}", {"disableAllCustomerNotifications": True})
    call.put(f"/orders/{public}", {"fulfillmentStatus": "READY_FOR_PICKUP"})
    assert len(call.control.mails()) == 3


def test_updated_events_carry_old_and_new_statuses(call: Caller) -> None:
    made = call.post("/orders", {})
    call.put(f"/orders/{made['id']}", {"fulfillmentStatus": "SHIPPED"})
    event = call.twin.postman.events[-1]
    assert event.entity == made["id"]
    assert event.data == {
        "orderId": made["orderId"],
        "oldPaymentStatus": "AWAITING_PAYMENT",
        "newPaymentStatus": "AWAITING_PAYMENT",
        "oldFulfillmentStatus": "AWAITING_PROCESSING",
        "newFulfillmentStatus": "SHIPPED",
    }


def test_extra_fields(call: Caller) -> None:
    public = call.post("/orders", {})["orderId"]
    path = f"/orders/{public}/extraFields"
    assert call.post(path, {"id": "ref", "value": "1"}) == {"createCount": 1}
    assert call.put(f"{path}/ref", {"value": "2"}) == {"updateCount": 1}
    assert call.get(path) == [{"customerInputType": "TEXT", "id": "ref", "value": "2"}]
    assert call("DELETE", f"{path}/ref").json == {"deleteCount": 1}
    assert call("PUT", f"{path}/ref", {"value": "2"}).status == 404


def test_the_last_order_of_a_customer(call: Caller) -> None:
    call.post("/orders", {"email": "a@example.com", "shippingPerson": ADDRESS})
    call.control.advance(5)
    call.post("/orders", {"email": "a@example.com"})
    assert "shippingPerson" not in call.get("/orders/last?customerEmail=a@example.com")
    assert "shippingPerson" in call.get("/orders/last?customerEmail=a@example.com&withAddress=true")
    assert call("GET", "/orders/last?customerEmail=b@example.com").status == 404


def test_wrong_content_type_and_wrong_method(call: Caller) -> None:
    assert call("POST", "/orders", raw=b"{}", content_type="text/plain").status == 415
    assert call("POST", "/orders", raw=b"{", content_type="application/json").status == 400
    assert call("POST", "/orders", raw=b"[]").status == 400
    answer = call("PUT", "/orders")
    assert (answer.status, answer.json["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
    assert call("PUT", "/orders/last", {}).status == 405, "literal segments come before ids"


def test_custom_statuses_can_be_renamed_and_built_in_ones_not(call: Caller) -> None:
    assert len(call.get("/profile/order_statuses")["items"]) == 20
    path = "/profile/order_status/CUSTOM_PAYMENT_STATUS_1"
    call.put(path, {"name": "Money on hold", "enabled": True})
    assert call.get(path)["name"] == "Money on hold"
    assert "defaultStatus" not in call.get(path)
    assert call("PUT", "/profile/order_status/PAID", {"enabled": False}).status == 400


def test_downgraded_stores_mask_their_customers() -> None:
    call = make(orders=3)
    call.control.set(maskCustomers=True)
    item = call.get("/orders?limit=1")["items"][0]
    assert item["billingPerson"]["name"].startswith("[DEMO]")
