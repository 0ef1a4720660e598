"""Products: variations with what they inherit, units, barcodes, images, and what is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.canon import Product
from crossdock.connectors.contract import Account, RemoteRecord, Translated
from crossdock.connectors.ecwid import translate
from crossdock.connectors.ecwid.translate.measures import canonical_unit, to_canonical, to_store
from crossdock.connectors.errors import Unreadable

Document = dict[str, object]
EUROS = Account(account_id="1", name="S", currency="EUR", weight_unit="KILOGRAM", dimensions_unit="CM")


def translated(document: object, account: Account = EUROS) -> Translated[Product]:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return translate.product(RemoteRecord(remote_id="700", updated_at=None, document=raw), account)


def simple(**fields: object) -> Document:
    return {"id": 700, "sku": "A", "name": "Thing", "price": 10, "quantity": 3, **fields}


def base(product: Product) -> Decimal:
    return next(one.value for one in product.prices if one.name == "base")


class TestVariations:
    OPTIONS = (
        {
            "name": "Size",
            "type": "RADIO",
            "choices": [
                {"text": "S", "priceModifier": -1, "priceModifierType": "ABSOLUTE"},
                {"text": "L", "priceModifier": 10, "priceModifierType": "PERCENT"},
            ],
        },
        {
            "name": "Color",
            "choices": [{"text": "Red", "priceModifier": 0.5, "priceModifierType": "ABSOLUTE"}],
        },
    )

    def variants(self, *combinations: Document) -> tuple[Product, ...]:
        document = simple(
            options=self.OPTIONS, combinations=combinations, weight=0.5, isShippingRequired=False
        )
        return translated(document).record.variants

    def test_a_variation_without_a_sku_inherits_sku_stock_price_and_weight(self) -> None:
        [one] = self.variants({"id": 1, "options": [{"name": "Size", "value": "S"}], "quantity": 99})
        assert (one.sku, one.stock.state, one.stock.quantity) == ("", "inherited", None)
        assert (base(one), one.weight, one.requires_shipping) == (Decimal("9.00"), Decimal("0.5"), False)
        assert (one.ext_product_id, one.parent_ext_product_id, one.kind) == ("700:1", "700", "child")
        assert one.name == "Thing - S"

    def test_modifiers_add_up_on_the_base_price(self) -> None:
        chosen = [{"name": "Size", "value": "L"}, {"name": "Color", "value": "Red"}]
        [one] = self.variants({"id": 1, "options": chosen})
        assert base(one) == Decimal("11.50")

    def test_a_variations_own_values_win(self) -> None:
        [one] = self.variants(
            {"id": 1, "sku": "A-1", "price": 7.555, "weight": 2, "quantity": 4, "isShippingRequired": True}
        )
        assert (one.sku, one.stock.quantity, base(one), one.weight) == ("A-1", 4, Decimal("7.56"), Decimal(2))
        assert one.requires_shipping

    def test_a_product_with_variations_is_a_parent(self) -> None:
        assert translated(simple()).record.kind == "simple"
        assert translated(simple(combinations=[{"id": 1}])).record.kind == "parent"

    def test_a_variation_without_an_id_is_refused_by_name(self) -> None:
        with pytest.raises(Unreadable) as caught:
            translated(simple(combinations=[{"id": 1}, {"sku": "B"}]))
        assert (caught.value.field, caught.value.remote_id) == ("combinations[1].id", "700")


class TestStock:
    @pytest.mark.parametrize(
        ("fields", "state", "quantity"),
        [
            ({"quantity": 3}, "tracked", 3),
            ({"quantity": -5, "unlimited": False}, "tracked", -5),
            ({"quantity": 0, "inStock": False}, "tracked", 0),
            ({"unlimited": True}, "unlimited", None),
            ({"unlimited": True, "quantity": 7}, "unlimited", None),
            ({}, "unknown", None),
            ({"quantity": None, "unlimited": None, "instock": True}, "unknown", None),
            ({"locationInventory": {"a": 2, "b": 5}}, "tracked", 7),
        ],
    )
    def test_the_states_are_kept_apart(self, fields: Document, state: str, quantity: int | None) -> None:
        stock = translated({"id": 700, "sku": "A", **fields}).record.stock
        assert (stock.state, stock.quantity) == (state, quantity)

    def test_outlets_split_the_figure(self) -> None:
        stock = translated(simple(quantity=7, locationInventory={"a": 2, "b": 5})).record.stock
        assert (stock.quantity, stock.by_location) == (7, {"a": 2, "b": 5})


class TestFields:
    def test_attributes_become_barcode_brand_and_the_rest(self) -> None:
        attributes = [
            {"id": 1, "type": "UPC", "name": "UPC", "value": "0123"},
            {"id": 2, "type": "BRAND", "name": "Brand", "value": "Acme"},
            {"id": 3, "type": "CUSTOM", "name": "Width", "value": "3 mm"},
            {"id": 4, "type": "CUSTOM", "name": "Empty", "value": ""},
        ]
        found = translated(simple(attributes=attributes)).record
        assert (found.upc, found.vendor) == ("0123", "Acme")
        assert [(one.name, one.value) for one in found.custom_fields] == [("Width", "3 mm")]

    def test_prices_by_name_and_quantity(self) -> None:
        tiers = [{"quantity": 10, "price": 8}, {"quantity": 5, "price": 9.005}]
        found = translated(simple(compareToPrice=12, costPrice=4, wholesalePrices=tiers)).record
        assert [(one.name, one.value, one.from_quantity) for one in found.prices] == [
            ("base", Decimal("10.00"), 1),
            ("compareTo", Decimal("12.00"), 1),
            ("wholesale", Decimal("9.01"), 5),
            ("wholesale", Decimal("8.00"), 10),
        ]
        assert (found.cost, found.cost_currency) == (Decimal("4.00"), "EUR")

    @pytest.mark.parametrize(
        ("fields", "urls"),
        [
            (
                {
                    "media": {
                        "images": [
                            {"orderBy": 1, "imageOriginalUrl": "b"},
                            {"isMain": True, "image1500pxUrl": "a"},
                        ]
                    }
                },
                ["a", "b"],
            ),
            (
                {"originalImage": {"url": "a"}, "galleryImages": [{"url": "b", "orderBy": 0}, {"url": "a"}]},
                ["a", "b"],
            ),
            ({"originalImageUrl": "a"}, ["a"]),
            ({"imageUrl": "a", "media": {"images": []}}, ["a"]),
            ({}, []),
        ],
    )
    def test_images_of_all_ages(self, fields: Document, urls: list[str]) -> None:
        assert list(translated(simple(**fields)).record.image_urls) == urls

    def test_a_disabled_product_is_inactive_with_its_variations(self) -> None:
        found = translated(simple(enabled=False, combinations=[{"id": 1}])).record
        assert (found.active, found.variants[0].active) == (False, False)

    @pytest.mark.parametrize(
        ("unit", "canonical"), [("POUND", "lb"), ("OUNCE", "oz"), ("KILOGRAM", "kg"), ("GRAM", "g")]
    )
    def test_weights_keep_their_value_in_a_unit_that_has_a_name(self, unit: str, canonical: str) -> None:
        account = msgspec.structs.replace(EUROS, weight_unit=unit)
        found = translated(simple(weight=1.25), account)
        assert (found.record.weight, found.record.weight_unit, found.notices) == (
            Decimal("1.25"),
            canonical,
            (),
        )

    def test_carats_millimetres_and_yards_are_converted_exactly_and_noticed(self) -> None:
        account = msgspec.structs.replace(EUROS, weight_unit="CARAT", dimensions_unit="MM")
        found = translated(simple(weight=7, dimensions={"length": 12.5, "width": 0, "height": 100}), account)
        product = found.record
        assert (product.weight, product.weight_unit) == (Decimal("1.4"), "g")
        assert (product.length, product.width, product.height) == (Decimal("1.25"), None, Decimal(10))
        assert product.dimensions_unit == "cm"
        assert [(one.code, one.field) for one in found.notices] == [
            ("unitConverted", "weight"),
            ("unitConverted", "dimensions"),
        ]
        yards = msgspec.structs.replace(EUROS, dimensions_unit="YD")
        assert translated(simple(dimensions={"length": 2}), yards).record.length == 6

    @pytest.mark.parametrize(("unit", "attention"), [("STONE", True), ("", False)])
    def test_an_unknown_unit_is_left_out_aloud(self, unit: str, attention: bool) -> None:
        found = translated(simple(weight=3), msgspec.structs.replace(EUROS, weight_unit=unit))
        assert found.record.weight is None
        assert [(one.code, one.field, one.attention) for one in found.notices] == [
            ("unknownUnit", "weight", attention)
        ]


class TestNotices:
    def test_a_duplicate_sku_names_both_places(self) -> None:
        found = translated(
            simple(combinations=[{"id": 1, "sku": "B"}, {"id": 2, "sku": "B"}, {"id": 3, "sku": "A"}])
        )
        assert [(one.code, one.field, one.attention) for one in found.notices] == [
            ("duplicateSku", "combinations[1].sku", True),
            ("duplicateSku", "combinations[2].sku", True),
        ]
        assert "combinations[0].sku" in found.notices[0].message

    @pytest.mark.parametrize("sku", ["", " ", None])
    def test_a_blank_sku(self, sku: object) -> None:
        found = translated(simple(sku=sku))
        assert [(one.code, one.field, one.attention) for one in found.notices] == [("blankSku", "sku", True)]
        assert found.record.sku == ""

    def test_demo_products_are_told_without_alarm(self) -> None:
        found = translated(simple(isSampleProduct=True))
        assert [(one.code, one.attention) for one in found.notices] == [("sampleProduct", False)]

    @pytest.mark.parametrize("field", ["price", "costPrice", "compareToPrice", "weight"])
    @pytest.mark.parametrize("value", ["NaN", "Infinity", "1e20"])
    def test_an_amount_that_is_none_is_named(self, field: str, value: str) -> None:
        with pytest.raises(Unreadable) as caught:
            translated(simple(**{field: value}))
        assert caught.value.field == field

    def test_a_currency_is_never_assumed(self) -> None:
        with pytest.raises(Unreadable) as caught:
            translated(simple(), msgspec.structs.replace(EUROS, currency=""))
        assert caught.value.code == "currencyUnknown"


@given(
    st.decimals(min_value="0.001", max_value=10_000, places=3),
    st.sampled_from(["GRAM", "KILOGRAM", "OUNCE", "POUND", "CARAT", "CM", "IN", "MM", "YD"]),
)
def test_a_measure_comes_back_as_it_went(value: Decimal, unit: str) -> None:
    canonical = to_canonical(value, unit)
    assert canonical is not None
    assert to_store(canonical, canonical_unit(unit), unit) == value


class TestReadings:
    def test_a_product_and_its_variations_by_remote_id(self) -> None:
        document = simple(
            combinations=[
                {"id": 1, "sku": "B", "quantity": 2},
                {"id": 2},
                {"id": 3, "sku": "C", "unlimited": True},
            ]
        )
        found = translate.stock(json.dumps(document).encode())
        assert {
            key: (one.stock.state, one.stock.quantity, one.sku, one.writable) for key, one in found.items()
        } == {
            "700": ("tracked", 3, "A", True),
            "700:1": ("tracked", 2, "B", True),
            "700:2": ("inherited", None, "", False),
            "700:3": ("unlimited", None, "C", False),
        }
        assert all(one.reason for one in found.values() if not one.writable)

    def test_stock_of_a_point_of_sale_is_not_ours(self, sample: Callable[[str], bytes]) -> None:
        found = translate.stock(sample("composed/products/product_location_inventory.json"))
        assert len(found) == 3
        assert not any(one.writable for one in found.values())
        assert all("point of sale" in one.reason for one in found.values())

    def test_zero_and_negative_are_figures(self) -> None:
        found = translate.stock(json.dumps(simple(quantity=-4)).encode())
        assert (found["700"].stock.quantity, found["700"].writable) == (-4, True)

    def test_without_an_id_there_is_no_reading(self) -> None:
        with pytest.raises(Unreadable):
            translate.stock(b'{"quantity":3}')
