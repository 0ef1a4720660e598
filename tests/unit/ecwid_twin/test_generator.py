"""The invented shop: repeatable, varied, and every total adds up."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.ecwid_twin.conftest import NOW, Caller, make

from ecwid_twin.orders.entry import Entry

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def exact(entry: Entry) -> Any:  # Any: JSON with Decimals
    """The order with its amounts as they are written."""
    return _decoder.decode(entry.body)


def entries(call: Caller) -> list[Entry]:
    return list(call.twin.store.orders.shelf.live.values())


@pytest.fixture(scope="module")
def many() -> Caller:
    return make(orders=1500)


def test_the_same_seed_makes_the_same_shop() -> None:
    first, second, other = make(orders=30), make(orders=30), make(orders=30, seed=2)
    bodies = [[entry.body for entry in entries(call)] for call in (first, second, other)]
    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]
    assert first.token == second.token


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_totals_satisfy_the_check_sum(currency: str) -> None:
    for entry in entries(make(orders=300, currency=currency)):
        order = exact(entry)
        total = order["subtotal"] - order["discount"] - order["couponDiscount"]
        total += (order.get("shippingOption") or {}).get("shippingRate", 0)
        total += (order.get("handlingFee") or {}).get("value", 0)
        if not order["pricesIncludeTax"]:
            total += order["tax"]
        assert total == order["total"], order["vendorOrderNumber"]
        assert sum(item["price"] * item["quantity"] for item in order["items"]) == order["subtotal"]
        assert sum(item["tax"] for item in order["items"]) == order["tax"]
        coupons = sum(Decimal(item.get("couponAmount", 0)) for item in order["items"])
        assert coupons == order["couponDiscount"]


def test_all_kinds_of_orders_are_there(many: Caller) -> None:
    orders = many.control.orders()
    kinds = {(order.get("shippingOption") or {}).get("fulfillmentType") for order in orders}
    assert kinds == {"SHIPPING", "PICKUP", "DELIVERY", None}
    assert {order["paymentStatus"] for order in orders} == {
        "PAID",
        "AWAITING_PAYMENT",
        "CANCELLED",
        "REFUNDED",
        "PARTIALLY_REFUNDED",
        "INCOMPLETE",
    }
    assert {"SHIPPED", "AWAITING_PROCESSING", "READY_FOR_PICKUP", "OUT_FOR_DELIVERY", "DELIVERED"} <= {
        order["fulfillmentStatus"] for order in orders
    }
    assert any(order["discount"] and order["couponDiscount"] for order in orders)
    assert any("handlingFee" in order for order in orders)
    assert any("customerId" not in order for order in orders), "guests"
    assert any(order["email"] == "" for order in orders)
    assert any("id" not in order for order in orders), "shapes from before 2020"
    assert {True, False} == {order["pricesIncludeTax"] for order in orders}
    letters = "".join(order["billingPerson"]["name"] for order in orders)
    scripts = {unicodedata.name(letter).split()[0] for letter in set(letters) if letter.isalpha()}
    assert {"LATIN", "CYRILLIC", "GREEK", "HEBREW", "HANGUL", "CJK"} <= scripts
    lines = [item for order in orders for item in order["items"]]
    assert 2.5 < len(lines) / len(orders) < 3.5
    assert any("combinationId" in item for item in lines)


def test_the_past_is_the_last_days_and_ids_are_unique(many: Caller) -> None:
    orders = many.control.orders()
    created = [order["createTimestamp"] for order in orders]
    assert min(created) >= NOW - 90 * 86400
    assert max(created) <= NOW
    assert all(order["createTimestamp"] <= order["updateTimestamp"] <= NOW for order in orders)
    assert len({order["orderNumber"] for order in orders}) == 1500
    assert len({order["vendorOrderNumber"] for order in orders}) == 1500
    lines = [item["id"] for order in orders for item in order["items"]]
    assert len(set(lines)) == len(lines)


def test_the_catalogue(many: Caller) -> None:
    products = many.control.products()
    assert len(products) == 40
    variations = [item for product in products for item in product["combinations"]]
    assert any("sku" in item for item in variations)
    assert any("sku" not in item for item in variations)
    assert any(product["unlimited"] for product in products)
    assert all(("quantity" in product) is not product["unlimited"] for product in products)
    skus = [
        part["sku"] for product in products for part in (product, *product["combinations"]) if "sku" in part
    ]
    assert len(skus) == len(set(skus))


def test_shoppers_buy_what_is_there(many: Caller) -> None:
    before = many.control.stock()
    order = many.control.place_order({"kind": "pickup", "email": "me@example.com"})
    assert order["email"] == "me@example.com"
    assert order["paymentStatus"] == "PAID"
    after = many.control.stock()
    assert all(level.get("quantity", 0) >= 0 for level in after.values())
    moved = sum(before[sku].get("quantity", 0) - after[sku].get("quantity", 0) for sku in before)
    tracked = sum(item["quantity"] for item in order["items"] if item["trackQuantity"])
    assert moved == tracked
