"""Every recorded sample lives in the store and comes out of the API as it went in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.ecwid_twin.conftest import Caller

from ecwid_twin import samples

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ecwid_api"
ORDERS = sorted(
    path.relative_to(FIXTURES).as_posix()
    for folder in ("orders", "composed/orders")
    for path in (FIXTURES / folder).glob("order_*.json")
    if "calculate" not in path.name
    and "items" in (body := json.loads(path.read_text()))
    and ("createDate" in body or "createDate" in body["items"][0])
    and "request" not in path.name
)
PRODUCTS = sorted(
    path.relative_to(FIXTURES).as_posix()
    for folder in ("products", "composed/products")
    for path in (FIXTURES / folder).glob("product_*.json")
    if path.stem.startswith(("product_get", "product_search", "product_location", "product_unlimited"))
    and "response_fields" not in path.name
)


def documents(name: str) -> list[dict[str, object]]:
    body = json.loads((FIXTURES / name).read_text())
    return list(body["items"]) if "total" in body and "count" in body else [body]


def test_there_are_samples() -> None:
    assert len(ORDERS) >= 8
    assert len(PRODUCTS) >= 6


@pytest.mark.parametrize("name", ORDERS)
def test_orders_come_out_as_they_went_in(call: Caller, name: str) -> None:
    for order in documents(name):
        call.control.put_order(order)
        public = order.get("id") or order["vendorOrderNumber"]
        assert call.get(f"/orders/{public}") == order
        assert call.get(f"/orders/{order['orderNumber']}") == order
        assert call.get(f"/orders?ids={public}")["items"] == [order]


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_come_out_as_they_went_in(call: Caller, name: str) -> None:
    for product in documents(name):
        call.control.put_product(product)
        assert call.get(f"/products/{product['id']}") == product
        assert call.get(f"/products?productId={product['id']}")["items"] == [product]


def test_the_loaded_store_has_them_all(sampled: Caller) -> None:
    assert len(sampled.control.orders()) == len(samples.orders()) == 8
    assert len(sampled.control.products()) == len(samples.products()) == 7
    assert sampled.get("/categories")["total"] == 2
    assert sampled.get("/customers")["total"] == 2
    profile = json.loads((FIXTURES / "profile/profile.json").read_text())
    assert sampled.get("/profile") == profile


def test_request_samples_are_accepted(call: Caller) -> None:
    for name in (
        "orders/order_create_request",
        "orders/order_create_request_2020",
        "clients/order_create_request",
    ):
        body = json.loads((FIXTURES / f"{name}.json").read_text())
        made = call.post("/orders", body)
        order = call.get(f"/orders/{made['orderId']}")
        assert order["total"] == body["total"]
        assert order["items"][0]["name"] == body["items"][0]["name"]
    for name in ("orders/order_update_request", "orders/order_update_request_2020"):
        body = {**json.loads((FIXTURES / f"{name}.json").read_text()), "customerId": None}
        assert call.put(f"/orders/{made['orderId']}", body) == {"updateCount": 1}
    update = json.loads((FIXTURES / "profile/profile_update_request.json").read_text())
    assert call.put("/profile", update) == {"updateCount": 1}
    assert call.get("/profile")["company"] == update["company"]
    shipped = json.loads((FIXTURES / "composed/orders/order_mark_shipped_request.json").read_text())
    call.put(f"/orders/{made['orderId']}", shipped)
    assert call.get(f"/orders/{made['orderId']}")["trackingUrl"] == shipped["trackingUrl"]


def test_product_request_samples_are_accepted(call: Caller) -> None:
    call.control.store().categories.load([{"id": 9691094, "name": "Fruit"}])
    for name in ("products/product_create_request", "clients/product_create_request"):
        body = json.loads((FIXTURES / f"{name}.json").read_text())
        number = call.post("/products", {**body, "sku": name})["id"]
        assert call.get(f"/products/{number}")["options"][0]["name"] == "Size"
    variation = json.loads((FIXTURES / "products/variation_create_request.json").read_text())
    made = call.post(f"/products/{number}/combinations", variation)["id"]
    change = json.loads((FIXTURES / "products/variation_update_request.json").read_text())
    call.put(f"/products/{number}/combinations/{made}", change)
    stock = json.loads((FIXTURES / "products/product_inventory_adjust_request.json").read_text())
    assert call.put(f"/products/{number}/inventory", stock)["updateCount"] == 1
