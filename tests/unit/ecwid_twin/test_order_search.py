"""`GET /orders`: filters, dates, pages, field selection, and the index that lags."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.ecwid_twin.conftest import NOW, Caller, make


def place(call: Caller, **fields: Any) -> str:  # Any: order fields
    call.control.advance(1)
    return str(call.post("/orders", fields)["orderId"])


def ids(call: Caller, query: str) -> list[str]:
    return [item["id"] for item in call.get(f"/orders?{query}")["items"]]


def test_newest_first_in_an_envelope(call: Caller) -> None:
    first, second = place(call), place(call)
    page = call.get("/orders")
    assert [item["id"] for item in page["items"]] == [second, first]
    assert {name: page[name] for name in ("total", "count", "offset", "limit")} == {
        "total": 2,
        "count": 2,
        "offset": 0,
        "limit": 100,
    }


def test_limits_are_clamped_and_wrong_ones_refused(shop: Caller) -> None:
    page = shop.get("/orders?limit=500&offset=2")
    assert page["limit"] == 100
    assert page["count"] == page["total"] - 2
    assert shop.get("/orders?offset=5000")["items"] == []
    assert shop("GET", "/orders?limit=ten").json["errorCode"] == "WRONG_PARAMETER"
    assert shop("GET", "/orders?offset=-1").status == 400


def test_unfinished_orders_are_hidden_unless_asked_for(call: Caller) -> None:
    done, unfinished = place(call), place(call, paymentStatus="INCOMPLETE")
    assert ids(call, "") == [done]
    assert ids(call, "paymentStatus=INCOMPLETE") == [unfinished]
    assert ids(call, "paymentStatus=INCOMPLETE,AWAITING_PAYMENT") == [unfinished, done]


def test_comma_lists_are_or_and_filters_are_and(call: Caller) -> None:
    paid = place(call, paymentStatus="PAID", fulfillmentStatus="SHIPPED", email="a@example.com")
    cancelled = place(call, paymentStatus="CANCELLED", email="b@example.com")
    assert ids(call, "paymentStatus=PAID,CANCELLED") == [cancelled, paid]
    assert ids(call, "paymentStatus=PAID,CANCELLED&fulfillmentStatus=SHIPPED") == [paid]
    assert ids(call, f"ids={paid},{cancelled}") == [cancelled, paid]
    number = call.get(f"/orders/{paid}")["internalId"]
    assert ids(call, f"ids={number}") == [paid]
    assert ids(call, "email=B@example.com") == [cancelled]


def test_wrong_values_are_400(call: Caller) -> None:
    for query in (
        "paymentStatus=PAYED",
        "customerId=x",
        "totalFrom=much",
        "createdFrom=lately",
        "acceptMarketing=maybe",
        "productId=1,b",
        "responseFields=items(id",
    ):
        answer = call("GET", f"/orders?{query}")
        assert (answer.status, answer.json["errorCode"]) == (400, "WRONG_PARAMETER"), query


@pytest.mark.parametrize(
    "written",
    [
        str(NOW + 2),
        "2025-11-24%2016:00:02%20%2B0000",
        "2025-11-24+16:00:02",
        "2025-11-24%2018:00:02%20%2B0200",
        "2025-11-24+18:00:02++0200",
    ],
)
def test_windows_are_inclusive_and_take_every_form_of_date(call: Caller, written: str) -> None:
    first, second, third = place(call), place(call), place(call)
    assert ids(call, f"createdFrom={written}") == [third, second]
    assert ids(call, f"createdTo={written}") == [second, first]
    assert ids(call, f"createdFrom={written}&createdTo={written}") == [second]


def test_a_bare_day_is_midnight_utc(call: Caller) -> None:
    public = place(call)
    assert ids(call, "createdFrom=2025-11-24") == [public]
    assert ids(call, "createdFrom=2025-11-25") == []


def test_updated_windows_keep_creation_order(call: Caller) -> None:
    first, second = place(call), place(call)
    call.control.advance(100)
    since = NOW + 50
    assert ids(call, f"updatedFrom={since}") == []
    call.put(f"/orders/{second}", {"privateAdminNotes": "x"})
    call.control.advance(1)
    call.put(f"/orders/{first}", {"privateAdminNotes": "x"})
    assert ids(call, f"updatedFrom={since}") == [second, first]
    assert ids(call, f"updatedFrom={since}&createdFrom={NOW + 2}") == [second]


def test_filters_on_fields_that_are_not_indexed(call: Caller) -> None:
    public = place(
        call,
        paymentMethod="Cash",
        trackingNumber="1Z999",
        discountCoupon={"code": "WELCOME"},
        shippingOption={"shippingMethodName": "Post"},
        pickupTime="2025-12-01 10:00:00 +0000",
        items=[{"sku": "MUG-1", "name": "Mug", "productId": 77, "price": 2}],
        total=12.5,
    )
    place(call)
    for query in (
        "paymentMethod=Cash",
        "couponCode=WELCOME",
        "shippingMethod=Post",
        "keywords=1z999",
        "keywords=mug-1",
        "productId=5,77",
        "totalFrom=12&totalTo=13",
        "pickupTimeFrom=2025-12-01&pickupTimeTo=2025-12-02",
    ):
        assert ids(call, query) == [public], query
    assert ids(call, "couponCode=OTHER") == []


def test_response_fields(shop: Caller) -> None:
    page = shop.get("/orders?limit=2&responseFields=total,items(id,items(sku,selectedOptions(name)),nothing)")
    assert set(page) == {"total", "items"}
    assert set(page["items"][0]) <= {"id", "items"}
    assert set(page["items"][0]["items"][0]) <= {"sku", "selectedOptions"}
    assert set(shop.get("/orders?responseFields=count,limit")) == {"count", "limit"}
    public = next(order["id"] for order in shop.control.orders() if "id" in order)
    assert shop.get(f"/orders/{public}?responseFields=id") == {"id": public}


def test_searches_lag_behind_writes_and_reads_by_id_do_not() -> None:
    call = make(lag=2.0)
    public = str(call.post("/orders", {"email": "old@example.com"})["orderId"])
    assert ids(call, "") == [], "a new order is not found yet"
    assert call.get(f"/orders/{public}")["id"] == public
    call.control.advance(2)
    assert ids(call, "") == [public]
    call.put(f"/orders/{public}", {"email": "new@example.com"})
    assert call.get("/orders")["items"][0]["email"] == "old@example.com", "found in its previous state"
    assert ids(call, "email=new@example.com") == []
    assert call.get(f"/orders/{public}")["email"] == "new@example.com"
    call.control.advance(2)
    assert ids(call, "email=new@example.com") == [public]
    call("DELETE", f"/orders/{public}")
    assert ids(call, "") == [public], "a deleted order is found until the index catches up"
    call.control.advance(2)
    assert ids(call, "") == []


def test_pages_shift_while_they_are_read(shop: Caller) -> None:
    before = shop.get("/orders?limit=10")
    shop.control.fault(path="/orders", skip=0, drift=1)
    shifted = shop.get("/orders?limit=10&offset=10")
    assert shifted["total"] == before["total"] + 1
    assert shifted["items"][0] == before["items"][-1], "the last one of page one comes again"
