"""Products out: created once, changed only where they differ, never stripped, their stock never touched."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest

from crossdock.canon import NameValue, Price, Product, ProductOption, Stock, VariantOption
from crossdock.connectors.contract import Account, RemoteRecord, Write
from crossdock.connectors.ecwid import plan, translate
from crossdock.connectors.ecwid.routes import Call, planned_calls, scope_for
from crossdock.connectors.errors import Refused, Unreadable

Document = dict[str, object]
EUROS = Account(account_id="1", name="S", currency="EUR", weight_unit="KILOGRAM", dimensions_unit="CM")
TRACKED = Stock(state="tracked", quantity=9)


def price(value: str, name: str = "base", currency: str = "EUR", from_quantity: int = 1) -> Price:
    return Price(name=name, value=Decimal(value), currency=currency, from_quantity=from_quantity)


def variant(sku: str, size: str, **fields: object) -> Product:
    made = Product(
        ext_product_id="",
        sku=sku,
        name="",
        stock=TRACKED,
        kind="child",
        variant_options=(VariantOption("Size", size),),
    )
    return msgspec.structs.replace(made, **fields)


def thing(**fields: object) -> Product:
    made = Product(ext_product_id="", sku="TEE", name="Tee", stock=TRACKED, prices=(price("20"),))
    return msgspec.structs.replace(made, **fields)


def record(document: Document) -> RemoteRecord:
    return RemoteRecord(
        remote_id=str(document["id"]), updated_at=None, document=json.dumps(document).encode()
    )


def current(document: Document) -> Product:
    return translate.product(record(document), EUROS).record


def calls(write: Write) -> list[Call]:
    found = list(planned_calls(write.request))
    for call in found:
        scope_for(msgspec.structs.replace(call, path=call.path.replace("{id}", "1")))
    return found


def sent(write: Write) -> dict[str, object]:
    [call] = calls(write)
    assert isinstance(call.body, dict)
    return call.body


class TestCreate:
    def test_everything_that_is_stated(self) -> None:
        product = thing(
            description="Soft",
            upc="0123",
            vendor="Acme",
            cost=Decimal("4.005"),
            taxable=False,
            requires_shipping=False,
            weight=Decimal(1),
            weight_unit="lb",
            length=Decimal(1),
            dimensions_unit="in",
            harmonized_code="6109",
            prices=(price("20.004"), price("25", "compareTo"), price("18", "wholesale", from_quantity=5)),
            custom_fields=(NameValue("Fabric", "Cotton"),),
        )
        body = sent(plan.product(None, product, EUROS))
        assert body == {
            "name": "Tee",
            "sku": "TEE",
            "enabled": True,
            "price": 20,
            "compareToPrice": 25,
            "costPrice": 4.01,
            "wholesalePrices": [{"quantity": 5, "price": 18}],
            "weight": 0.453592,
            "dimensions": {"length": 2.54},
            "attributes": [
                {"alias": "UPC", "value": "0123"},
                {"alias": "BRAND", "value": "Acme"},
                {"name": "Fabric", "value": "Cotton"},
            ],
            "customsHsTariffCode": "6109",
            "quantity": 0,
            "isShippingRequired": False,
            "description": "Soft",
            "tax": {"taxable": False},
        }

    def test_the_request_is_plain_json(self) -> None:
        write = plan.product(None, thing(variants=(variant("A", "S", prices=(price("9.99"),)),)), EUROS)
        assert json.loads(json.dumps(write.request)) == write.request

    @pytest.mark.parametrize(
        ("stock", "said"),
        [
            (TRACKED, {"quantity": 0}),
            (Stock(state="unlimited"), {"unlimited": True}),
            (Stock(state="unknown"), {"quantity": 0}),
        ],
    )
    def test_stock_begins_at_zero_or_uncounted(self, stock: Stock, said: Document) -> None:
        body = sent(plan.product(None, thing(stock=stock), EUROS))
        assert {key: body[key] for key in ("quantity", "unlimited") if key in body} == said

    def test_variations_go_inline_with_the_options_they_are_made_of(self) -> None:
        inherited = variant("", "L", stock=Stock(state="inherited"))
        write = plan.product(
            None, thing(variants=(variant("TEE-S", "S", prices=(price("19"),)), inherited)), EUROS
        )
        [call] = calls(write)
        assert (call.method, call.target) == ("POST", "/products?saveCombinations=true")
        assert isinstance(call.body, dict)
        assert call.body["combinations"] == [
            {"options": [{"name": "Size", "value": "S"}], "sku": "TEE-S", "price": 19, "quantity": 0},
            {"options": [{"name": "Size", "value": "L"}]},
        ]
        assert [
            (one["name"], [choice["text"] for choice in one["choices"]]) for one in call.body["options"]
        ] == [("Size", ["S", "L"])]

    def test_more_than_one_request_takes_are_added_one_by_one(self) -> None:
        many = tuple(variant(f"T{n}", str(n)) for n in range(203))
        first, *others = calls(plan.product(None, thing(variants=many), EUROS))
        assert isinstance(first.body, dict)
        assert len(first.body["combinations"]) == 200
        assert [call.path for call in others] == ["/products/{id}/combinations"] * 3

    def test_images_are_fetched_by_ecwid_after_the_create(self) -> None:
        write = plan.product(
            None, thing(image_urls=("https://x.example/a b.jpg", "https://x.example/2")), EUROS
        )
        assert [(call.path, call.query.get("externalUrl")) for call in calls(write)[1:]] == [
            ("/products/{id}/image", "https://x.example/a b.jpg"),
            ("/products/{id}/gallery", "https://x.example/2"),
        ]

    @pytest.mark.parametrize(("fields", "code"), [({"sku": " "}, "blankSku"), ({"name": ""}, "blankName")])
    def test_what_could_be_made_twice_is_refused(self, fields: dict[str, object], code: str) -> None:
        with pytest.raises(Refused) as caught:
            plan.product(None, thing(**fields), EUROS)
        assert caught.value.code == code

    def test_an_archived_product_is_not_made(self) -> None:
        write = plan.product(None, thing(active=False), EUROS)
        assert (write.kind, write.request) == ("none", {})

    def test_prices_of_another_currency_are_refused(self) -> None:
        with pytest.raises(Refused) as caught:
            plan.product(None, thing(prices=(price("20", currency="USD"),)), EUROS)
        assert caught.value.code == "currencyMismatch"

    def test_without_a_currency_nothing_is_planned(self) -> None:
        with pytest.raises(Unreadable):
            plan.product(None, thing(), msgspec.structs.replace(EUROS, currency=""))


class TestUpdate:
    def test_only_what_differs(self, product_document: Document) -> None:
        desired = msgspec.structs.replace(current(product_document), name="Beet", prices=(price("2.5"),))
        write = plan.product(
            record({**product_document, "enabled": True}),
            msgspec.structs.replace(desired, active=True),
            EUROS,
        )
        assert (write.kind, sent(write)) == ("update", {"name": "Beet", "price": 2.5})
        assert [(one.field, one.before, one.after) for one in write.changes] == [
            ("name", "Radish", "Beet"),
            ("price", "1.15", "2.5"),
        ]

    def test_what_is_not_stated_wipes_nothing(self, product_document: Document) -> None:
        document = {**product_document, "enabled": True}
        sparse = Product(ext_product_id="37208340", sku="00007", name="Radish", stock=TRACKED)
        assert plan.product(record(document), sparse, EUROS).kind == "none"

    def test_stock_is_never_touched(self, product_document: Document) -> None:
        document = {**product_document, "enabled": True}
        present = current(document)
        desired = msgspec.structs.replace(
            present,
            stock=Stock(state="unlimited"),
            name="X",
            variants=tuple(
                msgspec.structs.replace(one, stock=TRACKED, prices=(price("7"),)) for one in present.variants
            ),
        )
        for call in calls(plan.product(record(document), desired, EUROS)):
            assert isinstance(call.body, dict)
            assert not {"quantity", "unlimited", "locationInventory", "id"} & call.body.keys()

    def test_archiving_switches_off_and_nothing_else(self, product_document: Document) -> None:
        document = {**product_document, "enabled": True}
        desired = msgspec.structs.replace(current(document), active=False, name="Changed")
        write = plan.product(record(document), desired, EUROS)
        assert (write.kind, sent(write)) == ("archive", {"enabled": False})
        off = {**document, "enabled": False}
        assert (
            plan.product(record(off), msgspec.structs.replace(current(off), active=False), EUROS).kind
            == "none"
        )

    def test_a_product_that_is_back_is_switched_on(self, product_document: Document) -> None:
        desired = msgspec.structs.replace(current(product_document), active=True)
        assert sent(plan.product(record(product_document), desired, EUROS)) == {"enabled": True}

    def test_attributes_are_written_whole_because_they_replace(self, product_document: Document) -> None:
        document = {**product_document, "enabled": True}
        document["attributes"] = [
            {"id": 1, "type": "UPC", "name": "UPC", "value": "old"},
            {"id": 2, "type": "CUSTOM", "name": "Width", "value": "3", "valueTranslated": {"en": "3"}},
        ]
        desired = msgspec.structs.replace(current(document), upc="new", custom_fields=())
        assert sent(plan.product(record(document), desired, EUROS)) == {
            "attributes": [
                {"id": 2, "value": "3", "valueTranslated": {"en": "3"}},
                {"alias": "UPC", "value": "new"},
            ]
        }

    def test_taxes_are_written_whole_because_they_replace(self) -> None:
        document: Document = {
            "id": 1,
            "sku": "A",
            "name": "A",
            "quantity": 1,
            "tax": {"taxable": True, "enabledManualTaxes": [7], "taxClassCode": "default"},
        }
        desired = msgspec.structs.replace(current(document), taxable=False)
        assert sent(plan.product(record(document), desired, EUROS)) == {
            "tax": {"taxable": False, "enabledManualTaxes": [7], "taxClassCode": "default"}
        }

    def test_the_same_weight_in_another_unit_is_the_same(self) -> None:
        document: Document = {"id": 1, "sku": "A", "name": "A", "weight": 1.5, "quantity": 1}
        same = msgspec.structs.replace(current(document), weight=Decimal(1500), weight_unit="g")
        assert plan.product(record(document), same, EUROS).kind == "none"
        more = msgspec.structs.replace(same, weight=Decimal(1600))
        assert sent(plan.product(record(document), more, EUROS)) == {"weight": 1.6}

    def test_images_are_added_only_where_there_are_none(self, product_document: Document) -> None:
        document = {**product_document, "enabled": True}
        desired = msgspec.structs.replace(current(document), image_urls=("https://x.example/1",))
        write = plan.product(record(document), desired, EUROS)
        assert (write.kind, len(write.notes)) == ("none", 1)
        bare: Document = {"id": 1, "sku": "A", "name": "A", "quantity": 1}
        with_image = msgspec.structs.replace(current(bare), image_urls=("https://x.example/1",))
        [call] = calls(plan.product(record(bare), with_image, EUROS))
        assert (call.method, call.path) == ("POST", "/products/1/image")

    def test_options_that_differ_are_left_alone_aloud(self, product_document: Document) -> None:
        document = {**product_document, "enabled": True}
        desired = msgspec.structs.replace(
            current(document), options=(ProductOption(name="Size", choices=("XXL",)),)
        )
        write = plan.product(record(document), desired, EUROS)
        assert (write.kind, any("options differ" in note for note in write.notes)) == ("none", True)


class TestVariations:
    DOCUMENT: Document = {
        "id": 5,
        "sku": "TEE",
        "name": "Tee",
        "quantity": 1,
        "price": 20,
        "combinations": [
            {"id": 51, "sku": "TEE-S", "quantity": 1, "options": [{"name": "Size", "value": "S"}]},
            {"id": 52, "options": [{"name": "Size", "value": "M"}]},
        ],
    }

    def planned(self, *variants: Product) -> Write:
        return plan.product(record(self.DOCUMENT), thing(variants=variants), EUROS)

    def test_known_by_id_by_sku_and_by_choices(self) -> None:
        for one in (
            variant("NEW", "S", ext_product_id="5:51"),
            variant("TEE-S", "S", upc="1"),
            variant("", "M", upc="1"),
        ):
            [call] = calls(self.planned(one))
            assert call.method == "PUT"
            assert (
                call.path
                == f"/products/5/combinations/{'52' if one.variant_options[0].value == 'M' else '51'}"
            )

    def test_a_new_one_is_added_and_none_is_deleted(self) -> None:
        write = self.planned(variant("TEE-L", "L"))
        [call] = calls(write)
        assert (call.method, call.path) == ("POST", "/products/5/combinations")
        assert any("TEE-S" in note and "Size M" in note for note in write.notes)

    def test_unchanged_ones_are_not_written(self) -> None:
        assert self.planned(variant("TEE-S", "S"), variant("", "M")).kind == "none"

    def test_a_sku_of_its_own_means_a_stock_of_its_own(self) -> None:
        write = self.planned(variant("TEE-M", "M"), variant("TEE-S", "S"))
        assert sent(write) == {"sku": "TEE-M"}
        assert any("stock of its own" in note for note in write.notes)

    def test_a_blank_sku_matches_no_stranger(self) -> None:
        [call] = calls(self.planned(variant("", "XL")))
        assert call.method == "POST"
