"""Variations: inheritance, creation of options, SKUs, stock."""

from __future__ import annotations

import pytest
from tests.unit.ecwid_twin.conftest import Caller

SIZE_S = [{"name": "Size", "value": "S"}]
SIZE_M = [{"name": "Size", "value": "M"}]


@pytest.fixture
def tee(call: Caller) -> int:
    return int(call.post("/products", {"name": "Tee", "sku": "TEE", "price": 20, "quantity": 9})["id"])


def add(call: Caller, product: int, **fields: object) -> int:
    return int(call.post(f"/products/{product}/combinations", {"options": SIZE_S, **fields})["id"])


def test_without_a_sku_of_its_own_everything_is_inherited(call: Caller, tee: int) -> None:
    number = add(call, tee, quantity=5)
    variation = call.get(f"/products/{tee}/combinations/{number}")
    for inherited in ("sku", "price", "quantity", "weight"):
        assert inherited not in variation
    assert variation["unlimited"] is False
    assert variation["inStock"] is True
    assert variation["defaultDisplayedPrice"] == 20
    answer = call("PUT", f"/products/{tee}/combinations/{number}/inventory", {"quantityDelta": 1})
    assert answer.status == 400
    call.put(f"/products/{tee}", {"quantity": 0})
    assert call.get(f"/products/{tee}/combinations/{number}")["inStock"] is False


def test_with_a_sku_it_has_its_own_stock(call: Caller, tee: int) -> None:
    number = add(call, tee, sku="TEE-S", quantity=2, price=22)
    path = f"/products/{tee}/combinations/{number}"
    assert call.get(path)["quantity"] == 2
    assert call.put(f"{path}/inventory", {"quantityDelta": -3})["warning"]
    assert call.get(path)["quantity"] == -1
    call.put(path, {"unlimited": True})
    assert "quantity" not in call.get(path)
    call.put(path, {"quantity": 4})
    assert call.get(f"/products/{tee}")["combinations"][0]["quantity"] == 4
    call.put(path, {"sku": ""})
    assert "quantity" not in call.get(path), "without its SKU it inherits again"


def test_the_list_is_a_bare_array_and_can_be_pruned(call: Caller, tee: int) -> None:
    number = add(call, tee)
    assert call.get(f"/products/{tee}/combinations?responseFields=id,inStock") == [
        {"id": number, "inStock": True}
    ]


def test_unknown_options_and_values_are_created_as_select(call: Caller, tee: int) -> None:
    add(call, tee)
    add(call, tee, options=SIZE_M)
    option = call.get(f"/products/{tee}")["options"][0]
    assert (option["type"], option["name"]) == ("SELECT", "Size")
    assert [choice["text"] for choice in option["choices"]] == ["S", "M"]


def test_conflicts(call: Caller, tee: int) -> None:
    add(call, tee, sku="TEE-S", quantity=1)
    path = f"/products/{tee}/combinations"
    answers = [
        call("POST", path, {"options": SIZE_S}),
        call("POST", path, {"options": SIZE_M, "sku": "TEE-S"}),
        call("POST", path, {"options": SIZE_M, "sku": "TEE", "quantity": 3}),
        call("POST", path, {}),
    ]
    assert [(answer.status, answer.json["errorCode"]) for answer in answers] == [
        (409, "COMBINATION_DUPLICATED"),
        (409, "SKU_ALREADY_EXISTS"),
        (400, "DIFFERENT_COMBINATION_STOCK"),
        (400, "WRONG_PARAMETER"),
    ]
    assert call("POST", path, {"options": SIZE_M, "sku": "TEE", "quantity": 9}).status == 200
    assert len(call.get(path)) == 2


def test_options_in_use_cannot_be_taken_away(call: Caller, tee: int) -> None:
    add(call, tee)
    answer = call("PUT", f"/products/{tee}", {"options": []})
    assert (answer.status, answer.json["errorCode"]) == (409, "COMBINATION_CONTAINS_REMOVED_OPTION")
    renamed = [{"type": "SELECT", "name": "Size", "choices": [{"text": "Small"}]}]
    answer = call("PUT", f"/products/{tee}", {"options": renamed})
    assert answer.json["errorCode"] == "COMBINATION_CONTAINS_REMOVED_OPTION_VALUE"
    call.put(f"/products/{tee}?rebuildVariationsOnOptionsUpdate=true", {"options": renamed})
    assert call.get(f"/products/{tee}/combinations") == []


def test_inline_variations_need_their_flag(call: Caller) -> None:
    wanted = [{"options": SIZE_S, "sku": "T-S", "quantity": 1}, {"options": SIZE_M, "sku": "T-M"}]
    plain = call.post("/products", {"name": "Tee", "combinations": wanted})["id"]
    assert call.get(f"/products/{plain}")["combinations"] == []
    number = call.post("/products?saveCombinations=true", {"name": "Tee", "combinations": wanted})["id"]
    before = call.get(f"/products/{number}/combinations")
    assert [item["sku"] for item in before] == ["T-S", "T-M"]
    kept = [{"options": SIZE_M, "sku": "T-M2", "quantity": 8}]
    call.put(f"/products/{number}?saveCombinations=true", {"combinations": kept})
    after = call.get(f"/products/{number}/combinations")
    assert [(item["id"], item["sku"], item["quantity"]) for item in after] == [(before[1]["id"], "T-M2", 8)]


def test_a_failed_inline_creation_leaves_no_product(call: Caller, tee: int) -> None:
    wanted = [{"options": SIZE_S, "sku": "TEE"}]
    assert (
        call("POST", "/products?saveCombinations=true", {"name": "X", "combinations": wanted}).status == 409
    )
    assert call.get("/products")["total"] == 1


def test_too_many_at_once(call: Caller) -> None:
    wanted = [{"options": [{"name": "No", "value": str(number)}]} for number in range(201)]
    answer = call("POST", "/products?saveCombinations=true", {"name": "X", "combinations": wanted})
    assert (answer.status, answer.json["errorCode"]) == (400, "COMBINATION_LIMIT_PER_REQUEST_EXCEEDED")


def test_there_is_no_event_but_the_products_own(call: Caller, tee: int) -> None:
    add(call, tee)
    add(call, tee, options=SIZE_M)
    assert call.events() == ["product.created", "product.updated", "product.updated"]
    assert call("DELETE", f"/products/{tee}/combinations").json == {"deleteCount": 2}
    assert call("GET", f"/products/{tee}/combinations/1").json["errorCode"] == "COMBINATION_NOT_FOUND"
    assert call("GET", f"/products/{tee}/variations").status == 404


def test_a_plan_without_variations(call: Caller, tee: int) -> None:
    call.control.set(variationsAvailable=False)
    assert call("GET", f"/products/{tee}/combinations").status == 402


def test_orders_take_from_whoever_holds_the_stock(call: Caller, tee: int) -> None:
    own = add(call, tee, sku="TEE-S", quantity=5)
    shared = add(call, tee, options=SIZE_M)
    items = [
        {"productId": tee, "combinationId": own, "quantity": 2},
        {"productId": tee, "combinationId": shared, "quantity": 4},
    ]
    call.post("/orders", {"paymentStatus": "PAID", "items": items})
    product = call.get(f"/products/{tee}")
    assert product["quantity"] == 5
    assert product["combinations"][0]["quantity"] == 3
