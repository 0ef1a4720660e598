"""A client that nobody here wrote, pyecwid from PyPI, works against the stand-in store."""

from __future__ import annotations

import pytest
from pyecwid import Ecwid
from requests import HTTPError

from ecwid_twin.server import Running


def test_the_client_probes_the_profile_with_its_token(twin: Running, ecwid: Ecwid) -> None:
    first = twin.control.calls()[0]
    assert (first["path"], first["status"]) == ("/api/v3/1003/profile", 200)
    with pytest.raises(HTTPError):
        Ecwid("secret_wrong", 1003, base_url=f"{twin.api_url}/{{0}}/")


def test_it_pages_through_all_products(twin: Running, ecwid: Ecwid) -> None:
    for number in range(120):
        twin.control.create_product({"name": f"Extra {number}"})
    found = ecwid.products.get()
    assert {product["id"] for product in found} == {product["id"] for product in twin.control.products()}
    assert len(found) == 160


def test_products_are_added_read_changed_and_deleted(twin: Running, ecwid: Ecwid) -> None:
    number = ecwid.products.add({"name": "Lamp", "sku": "LAMP-1", "quantity": 4, "price": 10})
    assert twin.control.product(number)["quantity"] == 4
    assert ecwid.products.get_by_id(number)["sku"] == "LAMP-1"
    assert ecwid.products.get_by_keyword("Lamp")
    assert ecwid.products.get_by_params({"sku": "LAMP-1"})[0]["id"] == number
    ecwid.products.update(number, {"price": 12})
    assert twin.control.product(number)["price"] == 12
    ecwid.products.delete(number)
    assert number not in {product["id"] for product in twin.control.products()}


def test_orders_are_added_read_changed_and_deleted(twin: Running, ecwid: Ecwid) -> None:
    shown = [order for order in twin.control.orders() if order["paymentStatus"] != "INCOMPLETE"]
    assert len(ecwid.orders.get()) == len(shown)
    number = ecwid.orders.add(
        {
            "email": "buyer@example.com",
            "subtotal": 10,
            "total": 10,
            "paymentStatus": "PAID",
            "fulfillmentStatus": "AWAITING_PROCESSING",
            "items": [{"sku": "LAMP-1", "name": "Lamp", "price": 10, "quantity": 1}],
        }
    )
    assert ecwid.orders.get_by_id(number)["email"] == "buyer@example.com"
    ecwid.orders.update(number, {"fulfillmentStatus": "SHIPPED", "trackingNumber": "1Z"})
    assert twin.control.order(str(number))["trackingNumber"] == "1Z"
    ecwid.orders.delete(number)
    assert twin.control.mails()[-1]["kind"] == "orderShipped"


def test_customers_coupons_and_product_types(ecwid: Ecwid) -> None:
    customer = ecwid.customers.add({"email": "new@example.com", "name": "New"})
    assert ecwid.customers.get_by_email("new@example.com")[0]["id"] == customer
    coupon = ecwid.coupons.add({"name": "C", "code": "ABC", "discountType": "ABS", "discount": 1})
    assert ecwid.coupons.get_by_id(coupon)["code"] == "ABC"
    kind = ecwid.producttypes.add({"name": "Shirts", "attributes": []})
    assert ecwid.producttypes.get_by_id(kind)["name"] == "Shirts"
