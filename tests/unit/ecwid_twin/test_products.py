"""Products: reading, writing, SKUs, stock, images, search, the wipe."""

from __future__ import annotations

import pytest
from tests.unit.ecwid_twin.conftest import NOW, Caller, make


def create(call: Caller, **fields: object) -> int:
    return int(call.post("/products", {"name": "Mug", **fields})["id"])


def test_only_a_name_is_needed_and_a_sku_is_made_up(call: Caller) -> None:
    first, second = create(call), create(call)
    assert call.get(f"/products/{first}")["sku"] == "00001"
    product = call.get(f"/products/{second}")
    assert product["sku"] == "00002"
    assert product["unlimited"] is True
    assert product["inStock"] is True
    assert "quantity" not in product
    assert product["createTimestamp"] == NOW
    assert call("POST", "/products", {"sku": "X"}).status == 400


def test_404_wording(call: Caller) -> None:
    answer = call("GET", "/products/123")
    assert answer.json == {"errorCode": "PRODUCT_NOT_FOUND", "errorMessage": "Product #123 not found"}
    assert call("PUT", "/products/123", {}).status == 404
    assert call("DELETE", "/products/123").json == {"deleteCount": 0}


def test_quantity_switches_tracking_on_and_unlimited_off(call: Caller) -> None:
    number = create(call, quantity=3)
    assert call.get(f"/products/{number}")["unlimited"] is False
    call.put(f"/products/{number}", {"unlimited": True})
    assert "quantity" not in call.get(f"/products/{number}")
    call.put(f"/products/{number}", {"quantity": 0})
    product = call.get(f"/products/{number}")
    assert (product["quantity"], product["unlimited"], product["inStock"]) == (0, False, False)
    call.put(f"/products/{number}", {"unlimited": True, "quantity": 5})
    assert "quantity" not in call.get(f"/products/{number}")


def test_puts_are_partial_and_ignore_what_cannot_be_written(call: Caller) -> None:
    number = create(call, sku="A", price=2, attributes=[{"alias": "UPC", "value": "4006381333931"}])
    call.put(f"/products/{number}", {"price": 3, "id": 1, "url": "x", "combinations": [{}], "nonsense": 1})
    product = call.get(f"/products/{number}")
    assert (product["id"], product["sku"], product["price"]) == (number, "A", 3)
    assert product["combinations"] == []
    assert "nonsense" not in product
    assert product["attributes"][0]["type"] == "UPC"
    call.put(f"/products/{number}", {"attributes": []})
    assert call.get(f"/products/{number}")["attributes"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"price": "5"}, "WRONG_PARAMETER"),
        ({"quantity": 1.5}, "WRONG_PARAMETER"),
        ({"enabled": "yes"}, "WRONG_PARAMETER"),
        ({"options": ["Size"]}, "WRONG_PARAMETER"),
        ({"costPrice": -1}, "COST_PRICE_CANT_BE_NEGATIVE"),
        ({"wholesalePrices": [{"quantity": 1, "price": 1}]}, "WHOLESALE_PRICES_QUANTITY_TOO_SMALL"),
        ({"outOfStockVisibilityBehaviour": "MAYBE"}, "WRONG_PARAMETER"),
    ],
)
def test_wrong_values(call: Caller, body: dict[str, object], code: str) -> None:
    answer = call("POST", "/products", {"name": "Mug", **body})
    assert (answer.status, answer.json["errorCode"]) == (400, code)


def test_skus_share_one_namespace_with_variations(call: Caller) -> None:
    first = create(call, sku="A")
    call.post(f"/products/{first}/combinations", {"options": [{"name": "Size", "value": "S"}], "sku": "A-S"})
    for taken in ("A", "A-S"):
        answer = call("POST", "/products", {"name": "Other", "sku": taken})
        assert (answer.status, answer.json["errorCode"]) == (409, "SKU_ALREADY_EXISTS")
    second = create(call, sku="B")
    assert call("PUT", f"/products/{second}", {"sku": "A-S"}).status == 409
    assert create(call, sku="a"), "matching is case-sensitive"
    call("DELETE", f"/products/{first}")
    assert create(call, sku="A-S"), "a deleted product frees its SKUs"


def test_the_toggle_for_empty_and_repeated_skus(call: Caller) -> None:
    call.control.set_toggle("ALLOW_EMPTY_AND_NON_UNIQUE_SKU", enabled=True)
    create(call, sku="A")
    create(call, sku="A")
    assert "sku" not in call.get(f"/products/{create(call)}")
    assert call.get("/products?sku=A")["total"] == 2


def test_deltas_go_below_nought_with_a_warning(call: Caller) -> None:
    number = create(call, quantity=15)
    path = f"/products/{number}/inventory"
    assert call.put(path, {"quantityDelta": 5}) == {"updateCount": 1}
    assert call.put(path, {"quantityDelta": -25}) == {
        "updateCount": 1,
        "warning": "Product has negative stock.",
    }
    assert call.get(f"/products/{number}")["quantity"] == -5
    assert call("PUT", path, {}).status == 400
    assert call("PUT", path).status == 400
    assert call("PUT", path, {"quantityDelta": "3"}).status == 400
    assert call("POST", path, {"quantityDelta": 3}).status == 405
    assert call.put(f"/products/{create(call)}/inventory", {"quantityDelta": 3}) == {"updateCount": 0}


def test_location_inventory_only_with_a_pos(call: Caller) -> None:
    number = create(call, quantity=1)
    answer = call("PUT", f"/products/{number}", {"locationInventory": {"a": 2}})
    assert (answer.status, answer.json["errorCode"]) == (409, "NOT_ALLOWED_TO_UPDATE_PARAMETER")
    call.control.set(posLinked=True)
    call.put(f"/products/{number}", {"locationInventory": {"a": 2}})
    call.put(f"/products/{number}", {"locationInventory": {"b": 5}})
    product = call.get(f"/products/{number}")
    assert product["locationInventory"] == {"a": 2, "b": 5}
    assert product["quantity"] == 7


def test_external_references_are_unique(call: Caller) -> None:
    create(call, externalReferenceId="pos-1")
    answer = call("POST", "/products", {"name": "Other", "externalReferenceId": "pos-1"})
    assert (answer.status, answer.json["errorCode"]) == (409, "EXTERNAL_ID_ALREADY_USED")


def test_categories_must_exist(call: Caller) -> None:
    answer = call("POST", "/products", {"name": "Mug", "categoryIds": [1]})
    assert (answer.status, answer.json["errorCode"]) == (404, "CATEGORIES_NOT_FOUND")
    category = call.post("/categories", {"name": "Kitchen"})["id"]
    number = create(call, categoryIds=[category])
    assert call.get(f"/products/{number}")["categories"][0]["name"] == "Kitchen"
    assert call.get(f"/products?category={category}")["total"] == 1


def test_the_plan_limits_the_number_of_products(call: Caller) -> None:
    call.control.set(maxProducts=1)
    create(call)
    assert call("POST", "/products", {"name": "Two"}).status == 402


def test_the_changed_item_comes_back_when_asked_for(call: Caller) -> None:
    number = create(call, sku="A")
    answer = call.put(f"/products/{number}?returnItem=true&responseFields=item(id,name)", {"name": "Cup"})
    assert answer == {"updateCount": 1, "item": {"id": number, "name": "Cup"}}


def test_deletion_list_and_events(call: Caller) -> None:
    number = create(call)
    call.put(f"/products/{number}/inventory", {"quantityDelta": 1})
    call.put(f"/products/{number}", {"quantity": 4})
    assert call("DELETE", f"/products/{number}").json == {"deleteCount": 1}
    assert call("GET", f"/products/{number}").status == 404
    row = {"id": number, "date": "2025-11-24 16:00:00 +0000"}
    assert call.get("/products/deleted?limit=10")["items"] == [row]
    assert call.events() == ["product.created", "product.updated", "product.deleted"]
    event = call.twin.postman.events[-1]
    assert (event.entity, event.data) == (number, None)


def test_wiping_the_catalogue_answers_202_with_nothing(shop: Caller) -> None:
    answer = shop("DELETE", "/products")
    assert (answer.status, answer.body) == (202, b"")
    assert shop.get("/products")["total"] == 0
    assert make(token_scopes=("update_catalog",))("DELETE", "/products").status == 403


def test_search(call: Caller) -> None:
    mug = create(call, sku="MUG", price=5, quantity=2, compareToPrice=9)
    call.control.advance(1)
    cup = create(call, name="Cup", sku="CUP", price=3, quantity=0, enabled=False)
    call.control.advance(1)
    call.put(f"/products/{mug}", {"price": 6})

    def found(query: str) -> list[int]:
        return [item["id"] for item in call.get(f"/products?{query}")["items"]]

    assert found("") == [cup, mug]
    assert found("enabled=true") == [mug]
    assert found("inStock=false") == [cup]
    assert found("inventory=instock") == [mug]
    assert found("onsale=onsale") == [mug]
    assert found("keyword=cup") == [cup]
    assert found("priceFrom=4") == [mug]
    assert found("sortBy=UPDATED_TIME_ASC") == [cup, mug]
    assert found("sortBy=NAME_DESC") == [mug, cup]
    assert found(f"updatedFrom={NOW + 2}") == [mug]
    assert found(f"productId={cup},{mug}&enabled=true") == [cup, mug], "ids switch other filters off"
    assert found("sku=mug") == []
    for wrong in ("sortBy=COLOUR", "inStock=perhaps", "productId=a"):
        assert call("GET", f"/products?{wrong}").json["errorCode"] == "WRONG_PARAMETER"
    assert call("GET", "/products?cleanUrls=1").json["errorCode"] == "CLEAN_URLS_PARAMETER_IS_INVALID"


def test_images_by_address(call: Caller) -> None:
    number = create(call)
    url = "https://images.example/mug.jpg"
    assert call("POST", f"/products/{number}/image?externalUrl={url}").json["id"] > 2**31
    assert call("POST", f"/products/{number}/gallery?externalUrl={url}2").status == 200
    assert call.post(f"/products/{number}/gallery/async", {"url": f"{url}3"})
    product = call.get(f"/products/{number}")
    assert product["originalImage"]["url"] == url
    assert [image["imageOriginalUrl"] for image in product["media"]["images"]] == [url, f"{url}2", f"{url}3"]
    assert [image["id"] for image in product["media"]["images"]] == ["0", "1", "2"]
    assert isinstance(product["galleryImages"][0]["id"], int)
    wrong = call("POST", f"/products/{number}/image?externalUrl=nowhere")
    assert (wrong.status, wrong.json["errorCode"]) == (422, "WRONG_URL")
    assert call("POST", f"/products/{number}/image", raw=b"hello", content_type="image/png").status == 422
    assert call("POST", f"/products/{number}/image", raw=b"{}").status == 415
    assert call("DELETE", f"/products/{number}/gallery").json == {"deleteCount": 2}
    assert call("DELETE", f"/products/{number}/image").json == {"deleteCount": 1}


def test_languages(call: Caller) -> None:
    number = create(call, nameTranslated={"cs": "Hrnek"})
    assert call.get(f"/products/{number}?lang=cs")["name"] == "Hrnek"
    assert call.get(f"/products/{number}?lang=en")["name"] == "Mug"


def test_products_lag_in_searches_only() -> None:
    call = make(lag=1.5)
    number = create(call, sku="A")
    assert call.get("/products")["total"] == 0
    assert call.get(f"/products/{number}")["sku"] == "A"
    call.control.advance(1.5)
    assert call.get("/products?sku=A")["total"] == 1


def test_facets_and_literal_segments_before_ids(shop: Caller) -> None:
    sent = {
        "params": {
            "filterFields": "price,inventory,categories,attribute_Brand,option_Size",
            "enabled": "true",
        }
    }
    got = shop.post("/products/filters", sent)
    assert got["productCount"] == 40
    assert got["filters"]["price"]["minValue"] < got["filters"]["price"]["maxValue"]
    assert {row["title"] for row in got["filters"]["attribute_Brand"]["values"]} == {"Hafen", "Nordlicht"}
    assert {row["title"] for row in got["filters"]["option_Size"]["values"]} >= {"S", "M", "L"}
    assert shop("POST", "/products/filters", {}).status == 400
    for path, method in (("deleted", "PUT"), ("filters", "GET"), ("sort", "DELETE")):
        assert shop(method, f"/products/{path}", {}).status == 405
    assert shop.get("/products/sort?parentCategory=172786255")["sortedIds"]
    assert shop.get("/categories/sort")["sortedIds"]
