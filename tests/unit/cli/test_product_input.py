"""Products from JSON: read exactly, or refused with the name of the field."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from crossdock.cli.product_input import ProductInputError, read_products

MUG = {"sku": "MUG", "name": "Mug", "price": 12.1, "currency": "EUR"}


def test_amounts_never_pass_through_a_float() -> None:
    (product,) = read_products(
        b'{"sku": "A", "name": "A", "price": 0.1000000000000000055, "currency": "EUR"}'
    )
    assert product.prices[0].value == Decimal("0.1000000000000000055")


def test_one_a_list_and_an_envelope_are_accepted() -> None:
    for document in (MUG, [MUG], {"products": [MUG]}):
        (product,) = read_products(json.dumps(document).encode())
        assert (product.sku, product.prices[0].value, product.stock.state) == (
            "MUG",
            Decimal("12.1"),
            "unknown",
        )


def test_a_product_with_variants_is_a_parent_and_bare_variants_inherit_its_stock() -> None:
    document = {
        "sku": "TEE", "name": "Tee", "imageURLs": ["https://pics.test/1.png"],
        "variants": [
            {"sku": "TEE-M", "variantOptions": [{"name": "Size", "value": "M"}]},
            {"variantOptions": [{"name": "Size", "value": "L"}]},
        ],
    }  # fmt: skip
    (product,) = read_products(json.dumps(document).encode())
    assert product.kind == "parent"
    assert [(row.kind, row.sku, row.name, row.stock.state) for row in product.variants] == [
        ("child", "TEE-M", "Tee", "unknown"),
        ("child", "", "Tee", "inherited"),
    ]
    assert product.image_urls == ("https://pics.test/1.png",)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"name": "Mug"}, "sku"),
        ({"sku": "", "name": "Mug"}, "sku"),
        ({"sku": 5, "name": "Mug"}, "sku"),
        ({"sku": "MUG"}, "name"),
        ({**MUG, "colour": "red"}, "colour"),
        ({**MUG, "currency": "euro"}, "currency"),
        ({**MUG, "price": "cheap"}, "prices[0].value"),
        ({**MUG, "weight": "heavy"}, "weight"),
        ({**MUG, "status": "gone"}, "status"),
        ({**MUG, "variants": "none"}, "variants"),
        ({**MUG, "variants": [7]}, "variants[0]"),
        ({**MUG, "variants": [{"sku": "A", "variants": [{}]}]}, "variants[0].variants"),
        ({**MUG, "variants": [{"sku": "A", "size": 1}]}, "variants[0].size"),
        ([MUG, {"sku": "B"}], "products[1].name"),
        ([MUG, "mug"], "products[1]"),
        ({**MUG, "variantOptions": [{"name": "Size"}]}, "variantOptions[0]"),
    ],
)
def test_an_error_names_the_field(document: object, field: str) -> None:
    with pytest.raises(ProductInputError) as caught:
        read_products(json.dumps(document).encode())
    assert str(caught.value).startswith(f"{field}:"), caught.value


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "nothing"),
        (b"  \n", "nothing"),
        (b"[]", "no products"),
        (b'{"sku": "A",', "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_json_is_refused(content: bytes, part: str) -> None:
    with pytest.raises(ProductInputError, match=part):
        read_products(content)
