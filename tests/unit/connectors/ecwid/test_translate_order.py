"""Orders: what each field becomes, what is noticed, what is refused, and that money adds up."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.canon import Order
from crossdock.connectors.contract import Account, Notice, RemoteRecord, Translated
from crossdock.connectors.ecwid import translate, wire
from crossdock.connectors.errors import Unreadable

Document = dict[str, object]

EUROS = Account(account_id="1003", name="Store", currency="EUR", admin_url="https://admin.example/1003")
YEN = Account(account_id="1003", name="Store", currency="JPY", currency_precision=0)


def translated(document: object, account: Account = EUROS) -> Translated[Order]:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return translate.order(RemoteRecord(remote_id="520000101", updated_at=None, document=raw), account)


def notice(found: Translated[Order], code: str) -> Notice:
    [one] = [one for one in found.notices if one.code == code]
    return one


def codes(found: Translated[Order]) -> set[str]:
    return {one.code for one in found.notices}


def line(document: Document, position: int = 0) -> Document:
    items = document["items"]
    assert isinstance(items, list)
    item: Document = items[position]
    return item


class TestStanding:
    @pytest.mark.parametrize(
        ("payment", "fulfillment", "standing", "paid"),
        [
            ("PAID", "AWAITING_PROCESSING", "open", True),
            ("PAID", "PROCESSING", "open", True),
            ("PAID", "READY_FOR_PICKUP", "open", True),
            ("PAID", "CUSTOM_FULFILLMENT_STATUS_2", "open", True),
            ("PARTIALLY_REFUNDED", "PROCESSING", "open", True),
            ("AWAITING_PAYMENT", "AWAITING_PROCESSING", "open", False),
            ("CUSTOM_PAYMENT_STATUS_1", "AWAITING_PROCESSING", "open", False),
            ("QUEUED", "AWAITING_PROCESSING", "open", False),
            ("PAID", "SHIPPED", "fulfilled", True),
            ("PAID", "DELIVERED", "fulfilled", True),
            ("PAID", "OUT_FOR_DELIVERY", "fulfilled", True),
            ("PAID", "RETURNED", "returned", True),
            ("CANCELLED", "AWAITING_PROCESSING", "canceled", False),
            ("CANCELLED", "SHIPPED", "canceled", False),
            ("REFUNDED", "RETURNED", "refunded", False),
            ("INCOMPLETE", "AWAITING_PROCESSING", "incomplete", False),
            ("paid", " processing ", "open", True),
        ],
    )
    def test_the_table(
        self, order_document: Document, payment: str, fulfillment: str, standing: str, paid: bool
    ) -> None:
        found = translated({**order_document, "paymentStatus": payment, "fulfillmentStatus": fulfillment})
        assert (found.record.standing, found.record.paid) == (standing, paid)
        assert [notice.code for notice in found.notices if notice.code != "partlyRefunded"] == []

    @pytest.mark.parametrize(
        ("fulfillment", "told"), [("PROCESSING", True), ("SHIPPED", False), ("RETURNED", False)]
    )
    def test_a_part_refunded_before_all_has_shipped_is_told(
        self, order_document: Document, fulfillment: str, told: bool
    ) -> None:
        found = translated(
            {**order_document, "paymentStatus": "PARTIALLY_REFUNDED", "fulfillmentStatus": fulfillment}
        )
        assert ("partlyRefunded" in [notice.code for notice in found.notices if notice.attention]) == told

    def test_the_channels_words_are_in_camel_case(self, order_document: Document) -> None:
        found = translated({**order_document, "paymentStatus": "AWAITING_PAYMENT"}).record
        assert (found.payment_status, found.fulfillment_status) == ("awaitingPayment", "awaitingProcessing")

    @pytest.mark.parametrize("field", ["paymentStatus", "fulfillmentStatus"])
    @pytest.mark.parametrize("value", ["SENT_TO_MARS", "ACCEPTED", "DECLINED", "CHARGEABLE", "NEW", ""])
    def test_a_status_nobody_knows_is_kept_and_never_shipped_unasked(
        self, order_document: Document, field: str, value: str
    ) -> None:
        found = translated({**order_document, field: value})
        record = found.record
        assert (record.standing, record.paid) == ("open", False)
        assert value in (record.payment_status, record.fulfillment_status)
        unknown = notice(found, "unknownStatus")
        assert (unknown.field, unknown.attention) == (field, True)
        assert value in unknown.message

    @pytest.mark.parametrize("payment", ["CANCELLED", "REFUNDED"])
    def test_called_off_and_not_to_be_delivered_asks_nobody(
        self, order_document: Document, payment: str
    ) -> None:
        statuses = {"paymentStatus": payment, "fulfillmentStatus": "WILL_NOT_DELIVER"}
        assert "willNotDeliver" not in codes(translated({**order_document, **statuses}))

    def test_goods_that_are_not_to_be_delivered_stay_open_and_unsent(self, order_document: Document) -> None:
        found = translated({**order_document, "fulfillmentStatus": "WILL_NOT_DELIVER"})
        assert (found.record.standing, found.record.method) == ("open", "none")
        assert notice(found, "willNotDeliver").attention

    def test_nothing_to_deliver_is_nothing_to_tell(self, order_document: Document) -> None:
        line(order_document)["isShippingRequired"] = False
        found = translated({**order_document, "fulfillmentStatus": "WILL_NOT_DELIVER"})
        assert (found.record.method, found.notices) == ("none", ())


class TestMethod:
    @pytest.mark.parametrize(
        ("option", "method"),
        [
            ({"fulfillmentType": "SHIPPING"}, "shipping"),
            ({"fulfillmentType": "PICKUP", "isPickup": False}, "pickup"),
            ({"fulfillmentType": "SHIPPING", "isPickup": True}, "shipping"),
            ({"fulfillmentType": "DELIVERY"}, "delivery"),
            ({"fulfilmentType": "pickup"}, "pickup"),
            ({"fulfilmentType": "delivery"}, "delivery"),
            ({"isPickup": True}, "pickup"),
            ({"isPickup": False}, "shipping"),
            ({}, "shipping"),
        ],
    )
    def test_the_type_first_then_the_flag(
        self, order_document: Document, option: Document, method: str
    ) -> None:
        found = translated({**order_document, "shippingOption": option})
        assert (found.record.method, found.notices) == (method, ())

    def test_an_unknown_type_is_noticed(self, order_document: Document) -> None:
        found = translated(
            {**order_document, "shippingOption": {"fulfillmentType": "DRONE", "isPickup": True}}
        )
        assert found.record.method == "pickup"
        assert notice(found, "unknownFulfillmentType").attention

    def test_digital_goods_need_no_method(self, order_document: Document) -> None:
        order_document.pop("shippingOption")
        line(order_document)["isShippingRequired"] = False
        assert translated(order_document).record.method == "none"

    def test_a_digital_line_without_a_word_on_shipping(self, order_document: Document) -> None:
        item = line(order_document)
        del item["isShippingRequired"]
        item["digital"] = True
        assert translated(order_document).record.method == "none"

    def test_goods_without_a_shipping_method_are_not_lost(self, order_document: Document) -> None:
        order_document.pop("shippingOption")
        found = translated(order_document)
        assert (found.record.method, codes(found)) == ("shipping", {"noShippingOption"})

    def test_the_location_is_text_whatever_it_came_as(self, order_document: Document) -> None:
        option: Document = {"fulfillmentType": "PICKUP", "locationId": 12}
        assert translated({**order_document, "shippingOption": option}).record.ext_location_id == "12"


class TestMoney:
    def test_float_noise_is_rounded_half_up_to_the_stores_precision(self, order_document: Document) -> None:
        raw = json.dumps(order_document).replace('"total": 25,', '"total": 24.999999999999996,').encode()
        found = translated(raw)
        assert found.record.total_price == Decimal("25.00")
        assert found.notices == ()

    def test_yen_have_no_decimals(self, order_document: Document) -> None:
        found = translated(order_document, YEN).record
        assert (str(found.total_price), found.currency, str(found.line_items[0].item_price)) == (
            "25",
            "JPY",
            "13",
        )

    def test_the_discount_is_promotions_and_coupon(self, order_document: Document) -> None:
        found = translated(
            {
                **order_document,
                "discount": 3,
                "couponDiscount": 2.5,
                "total": 19.5,
                "discountInfo": [{"description": "Spring"}],
                "discountCoupon": {"name": "Ten", "code": "TEN"},
            }
        )
        assert found.notices == ()
        assert found.record.order_discount == Decimal("5.50")
        assert [(one.name, one.amount, one.code) for one in found.record.discounts] == [
            ("Spring", Decimal("3.00"), ""),
            ("Ten", Decimal("2.50"), "TEN"),
        ]

    def test_a_lines_discount_is_its_promotions_and_its_coupon(self, order_document: Document) -> None:
        line(order_document).update(discounts=[{"total": 1.1}, {"total": 0.2}], couponAmount=0.33, tax=1.005)
        found = translated(order_document).record.line_items[0]
        assert (found.item_discount, found.item_tax) == (Decimal("1.63"), Decimal("1.01"))

    def test_gift_cards_count_against_and_fees_for(self, order_document: Document) -> None:
        found = translated(
            {
                **order_document,
                "giftCardRedemption": 5,
                "giftCardCode": "G1",
                "handlingFee": {"name": "Packing", "value": 1},
                "customSurcharges": [{"id": "tip", "description": "Tip", "total": 2}],
                "total": 23,
            }
        )
        assert found.notices == ()
        assert [(one.name, one.amount, one.code) for one in found.record.additional_charges] == [
            ("Tip", Decimal("2.00"), "tip"),
            ("Packing", Decimal("1.00"), ""),
            ("Gift card", Decimal("-5.00"), "G1"),
        ]

    @pytest.mark.parametrize(
        ("change", "field", "said"),
        [
            ({"tax": 4}, "total", "4.00 less than expected; tax equals"),
            ({"handlingFee": {"value": 3}}, "total", "3.00 less than expected; handlingFee.value equals"),
            ({"couponDiscount": 2}, "total", "2.00 more than expected; couponDiscount equals"),
            (
                {"tax": 4, "pricesIncludeTax": True, "total": 29},
                "total",
                "4.00 more than expected; tax equals",
            ),
            ({"total": 25.01}, "total", "0.01 more than expected; no single part"),
            (
                {"total": 20, "loyalty": {"redemption": {"amount": 5}}},
                "total",
                "5.00 less than expected; loyalty equals",
            ),
            ({"refundedAmount": 9, "refunds": [{"amount": 4}]}, "refundedAmount", "5.00 more than expected"),
        ],
    )
    def test_a_difference_is_located_and_the_order_comes_in(
        self, order_document: Document, change: Document, field: str, said: str
    ) -> None:
        found = translated({**order_document, **change})
        mismatch = notice(found, "sumMismatch")
        assert (mismatch.field, mismatch.attention) == (field, True)
        assert said in mismatch.message
        assert found.record.line_items

    @pytest.mark.parametrize(
        ("change", "wrong"),
        [
            ({"giftCardRedemption": 5}, 30),
            ({"discount": 5}, 30),
            ({"couponDiscount": 5}, 30),
            ({"handlingFee": {"value": 5}}, 20),
            ({"customSurcharges": [{"total": 5}]}, 20),
            ({"shippingOption": {"shippingRate": 5}}, 20),
            ({"tax": 5}, 20),
        ],
    )
    def test_a_part_counted_the_wrong_way_round_is_seen(
        self, order_document: Document, change: Document, wrong: int
    ) -> None:
        assert codes(translated({**order_document, **change, "total": wrong})) == {"sumMismatch"}
        assert codes(translated({**order_document, **change, "total": 50 - wrong})) == set()

    def test_lines_that_do_not_add_up_are_named(self, order_document: Document) -> None:
        found = translated({**order_document, "subtotal": 50, "total": 50})
        mismatch = notice(found, "sumMismatch")
        assert mismatch.field == "subtotal"
        assert "25.00 more than expected; line 1 equals the difference" in mismatch.message

    def test_a_missing_subtotal_is_computed(self, order_document: Document) -> None:
        del order_document["subtotal"]
        found = translated(order_document)
        assert found.record.sub_total_price == Decimal("25.00")
        assert notice(found, "computedField").field == "subtotal"

    def test_refunds(self, order_document: Document) -> None:
        rows = [{"amount": 4, "date": "2024-11-05 12:00:00 +0200", "reason": "Late", "source": "CP"}]
        [refund] = translated({**order_document, "refundedAmount": 4, "refunds": rows}).record.refunds
        assert (refund.amount, refund.at, refund.reason) == (
            Decimal("4.00"),
            datetime(2024, 11, 5, 10, tzinfo=UTC),
            "Late",
        )
        [bare] = translated({**order_document, "refundedAmount": 4}).record.refunds
        assert (bare.amount, bare.at) == (Decimal("4.00"), None)

    @pytest.mark.parametrize("currency", ["", "EURO", "€", "eur"])
    def test_a_currency_is_never_assumed(self, order_document: Document, currency: str) -> None:
        account = msgspec.structs.replace(EUROS, currency=currency)
        with pytest.raises(Unreadable) as caught:
            translated(order_document, account)
        assert (caught.value.code, caught.value.remote_id) == ("currencyUnknown", "520000101")


amounts = st.decimals(min_value=0, max_value=100_000, places=2)
quantities = st.integers(min_value=1, max_value=99)


class TestProperties:
    @given(
        lines=st.lists(st.tuples(amounts, quantities), min_size=1, max_size=6),
        tax=amounts,
        shipping=amounts,
        fee=amounts,
        gross=st.booleans(),
        off=amounts,
    )
    def test_an_order_that_adds_up_is_never_questioned_and_a_cent_always_is(
        self,
        lines: list[tuple[Decimal, int]],
        tax: Decimal,
        shipping: Decimal,
        fee: Decimal,
        gross: bool,
        off: Decimal,
    ) -> None:
        subtotal = sum((price * quantity for price, quantity in lines), Decimal(0))
        total = subtotal + shipping + fee - off + (0 if gross else tax)

        def raw(total: Decimal) -> bytes:
            items = ",".join(
                f'{{"id":{n},"sku":"S{n}","price":{price},"quantity":{quantity}}}'
                for n, (price, quantity) in enumerate(lines, 1)
            )
            return (
                f'{{"internalId":1,"createTimestamp":1,"paymentStatus":"PAID","fulfillmentStatus":"PROCESSING",'
                f'"total":{total},"subtotal":{subtotal},"tax":{tax},"pricesIncludeTax":{json.dumps(gross)},'
                f'"couponDiscount":{off},"shippingOption":{{"shippingRate":{shipping}}},'
                f'"handlingFee":{{"value":{fee}}},"items":[{items}]}}'
            ).encode()

        found = translated(raw(total))
        assert found.notices == ()
        assert found.record.total_price == total
        assert sum(one.item_price * one.quantity for one in found.record.line_items) == subtotal
        assert codes(translated(raw(total + Decimal("0.01")))) == {"sumMismatch"}

    @given(
        at=st.datetimes(min_value=datetime(2009, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
        hours=st.integers(min_value=-12, max_value=14),
    )
    def test_any_offset_names_the_same_instant(self, at: datetime, hours: int) -> None:
        local = at.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
        found = wire.parsed_time(local.strftime("%Y-%m-%d %H:%M:%S %z"), "createDate")
        assert (found, found.tzinfo) == (local, UTC)

    @given(st.text(max_size=40), st.text(max_size=40))
    def test_any_text_survives(self, name: str, note: str) -> None:
        document = {
            "internalId": 1,
            "createTimestamp": 1,
            "total": 0,
            "subtotal": 0,
            "orderComments": note,
            "paymentStatus": "PAID",
            "fulfillmentStatus": "PROCESSING",
            "billingPerson": {"name": name},
        }
        found = translated(document).record
        assert found.order_note == note.replace("\0", "\ufffd")
        msgspec.json.decode(msgspec.json.encode(found), type=Order)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=5,
        ),
        st.sampled_from(
            [*sorted({"total", "items", "email", "shippingPerson", "paymentStatus", "refunds", "tax"})]
        ),
    )
    def test_any_value_in_any_place_gives_a_record_or_a_named_field(self, value: object, field: str) -> None:
        document = {"internalId": 1, "createTimestamp": 1, "total": 5, "subtotal": 5, field: value}
        with suppress(Unreadable):
            assert translated(json.dumps(document).encode()).record.currency == "EUR"


class TestPeople:
    def test_names_and_streets_are_split(self, order_document: Document) -> None:
        person = {
            "name": "Ana María de la Cruz",
            "street": "1 Main St\r\nFlat 4\nBack door",
            "countryCode": "ES",
        }
        address = translated({**order_document, "shippingPerson": person}).record.shipping_address
        assert address is not None
        assert (address.first_name, address.last_name) == ("Ana María de la", "Cruz")
        assert (address.address1, address.address2) == ("1 Main St", "Flat 4, Back door")
        assert address.email == "buyer@example.com"

    @pytest.mark.parametrize(
        ("person", "names"),
        [
            ({"name": "山田太郎"}, ("山田太郎", "")),
            ({"name": "  Cher "}, ("Cher", "")),
            ({"name": "Other Name", "firstName": "Given", "lastName": "Family"}, ("Given", "Family")),
            ({"name": "Иван Петров"}, ("Иван", "Петров")),
        ],
    )
    def test_names(self, order_document: Document, person: Document, names: tuple[str, str]) -> None:
        address = translated({**order_document, "billingPerson": person}).record.billing_address
        assert address is not None
        assert (address.first_name, address.last_name) == names

    def test_a_guest_without_anything(self, order_document: Document) -> None:
        for field in ("email", "customerId", "billingPerson", "shippingPerson"):
            order_document.pop(field)
        found = translated(order_document)
        assert found.record.customer is None
        assert (found.record.billing_address, found.record.shipping_address) == (None, None)
        assert found.notices == ()

    @pytest.mark.parametrize("empty", [None, {}, {"name": ""}])
    def test_absent_null_and_empty_persons_are_the_same(
        self, order_document: Document, empty: object
    ) -> None:
        assert translated({**order_document, "shippingPerson": empty}).record.shipping_address is None

    def test_masked_customers_are_nobodys_address(self, order_document: Document) -> None:
        person = {"name": "[DEMO] Kunde", "street": "[DEMO] Straße", "countryCode": "DE", "phone": "[DEMO] 1"}
        found = translated(
            {**order_document, "shippingPerson": person, "billingPerson": person, "email": "[DEMO] mail"}
        )
        masked = notice(found, "maskedCustomer")
        assert masked.attention
        assert "DEMO" not in msgspec.json.encode(found.record).decode()
        assert found.record.shipping_address is not None
        assert found.record.shipping_address.country == "DE"

    def test_a_product_named_demo_masks_nobody(self, order_document: Document) -> None:
        line(order_document)["name"] = "[DEMO] board"
        assert translated(order_document).notices == ()


class TestLines:
    def test_a_chosen_variation_is_the_unit(self, order_document: Document) -> None:
        assert translated(order_document).record.line_items[0].ext_product_id == "689454040:351047021"

    @pytest.mark.parametrize("missing", [None, 0, "0", ""])
    def test_a_custom_line_has_no_product(self, order_document: Document, missing: object) -> None:
        line(order_document).update(productId=missing, combinationId=missing)
        assert translated(order_document).record.line_items[0].ext_product_id == ""

    @pytest.mark.parametrize("sku", ["", "  ", None])
    def test_a_blank_sku_names_its_line(self, order_document: Document, sku: object) -> None:
        line(order_document)["sku"] = sku
        found = translated(order_document)
        blank = notice(found, "blankSku")
        assert (blank.field, blank.attention) == ("items[0].sku", True)
        assert "Best Pizza" in blank.message
        assert found.record.line_items[0].sku == ""

    def test_ids_are_unique_whatever_comes(self, order_document: Document) -> None:
        item = line(order_document)
        document = {
            **order_document,
            "items": [item, item, {**item, "id": None}, {**item, "id": 0}],
            "subtotal": 100,
        }
        found = translated(document)
        ids = [one.unique_id for one in found.record.line_items]
        assert ids == ["1828115599", "1828115599-line-2", "line-3", "line-4"]
        assert notice(found, "duplicateLineId").field == "items[1].id"

    @pytest.mark.parametrize(("quantity", "attention"), [(0, False), (-2, True)])
    def test_odd_quantities_are_kept_and_noticed(
        self, order_document: Document, quantity: int, attention: bool
    ) -> None:
        line(order_document)["quantity"] = quantity
        found = translated(order_document)
        odd = notice(found, "oddQuantity")
        assert (odd.field, odd.attention) == ("items[0].quantity", attention)
        assert found.record.line_items[0].quantity == quantity

    @pytest.mark.parametrize("field", ["quantity", "price"])
    def test_a_line_without_quantity_or_price_is_refused_by_name(
        self, order_document: Document, field: str
    ) -> None:
        del line(order_document)[field]
        with pytest.raises(Unreadable) as caught:
            translated(order_document)
        assert (caught.value.field, caught.value.remote_id) == (f"items[0].{field}", "520000101")

    def test_an_order_without_lines_says_so(self, order_document: Document) -> None:
        found = translated({**order_document, "items": [], "subtotal": 0, "total": 0})
        assert (found.record.method, notice(found, "noLines").attention) == ("none", True)


class TestRefusals:
    @pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e30", "1e999999"])
    @pytest.mark.parametrize("field", ["total", "subtotal", "tax", "couponDiscount", "giftCardRedemption"])
    def test_an_amount_that_is_none_is_named(self, order_document: Document, field: str, value: str) -> None:
        with pytest.raises(Unreadable) as caught:
            translated({**order_document, field: value})
        assert (caught.value.field, caught.value.remote_id) == (field, "520000101")

    @pytest.mark.parametrize("change", [{"price": "1e13"}, {"tax": "NaN"}, {"quantity": 2**31}])
    def test_a_lines_number_that_is_none_is_named(self, order_document: Document, change: Document) -> None:
        line(order_document).update(change)
        with pytest.raises(Unreadable) as caught:
            translated(order_document)
        assert caught.value.field == f"items[0].{next(iter(change))}"

    @pytest.mark.parametrize(
        ("gone", "field"), [(["total"], "total"), (["createTimestamp", "createDate"], "createTimestamp")]
    )
    def test_what_an_order_must_say(self, order_document: Document, gone: list[str], field: str) -> None:
        with pytest.raises(Unreadable) as caught:
            translated({key: value for key, value in order_document.items() if key not in gone})
        assert caught.value.field == field


class TestTheRest:
    def test_both_ids_and_the_admins_address(self, order_document: Document) -> None:
        found = translated({**order_document, "id": "PRE-Ä/1"}).record
        assert (found.ext_order_id, found.ext_order_api_id) == ("PRE-Ä/1", "520000101")
        assert found.ext_order_url == "https://admin.example/1003#order:id=PRE-%C3%84%2F1&return=orders"

    def test_times_are_utc_with_or_without_timestamps(self, order_document: Document) -> None:
        del order_document["createTimestamp"]
        found = translated({**order_document, "createDate": "2014-10-15 16:54:11 -0800"}).record
        assert found.ext_order_created_at == datetime(2014, 10, 16, 0, 54, 11, tzinfo=UTC)

    def test_tracking_of_labels_stands_in(self, order_document: Document) -> None:
        labels = [{"tracking": {"trackingNumber": "A"}}, {"tracking": {"tracking_number": "B"}}, {}]
        assert translated({**order_document, "shipments": labels}).record.tracking_number == "A, B"
        own = {**order_document, "shipments": labels, "trackingNumber": "C"}
        assert translated(own).record.tracking_number == "C"

    def test_extra_fields_and_channel(self, order_document: Document) -> None:
        found = translated(
            {
                **order_document,
                "extraFields": {"slot": "10:00", "none": ""},
                "orderExtraFields": [
                    {"id": "q1", "title": "Gift?", "value": "Yes"},
                    {"id": "q2", "value": "No"},
                ],
                "refererId": "Amazon",
                "b2b_b2c": "B2B",
            }
        ).record
        assert [(one.name, one.value) for one in found.custom_fields] == [
            ("Gift?", "Yes"),
            ("q2", "No"),
            ("slot", "10:00"),
        ]
        assert (found.order_source, found.order_source_type) == ("Amazon", "b2b")
