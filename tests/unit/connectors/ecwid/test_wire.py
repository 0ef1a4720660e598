"""Pages, identities and odd shapes: mended where nothing is lost, named where something would be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crossdock.connectors.ecwid import wire
from crossdock.connectors.errors import Unreadable

Sample = Callable[[str], bytes]


def raw(value: object) -> bytes:
    return json.dumps(value).encode()


class TestPages:
    def test_a_page_gives_its_numbers_and_the_exact_bytes_of_its_items(self) -> None:
        page = wire.decode_page(
            b'{"total":9,"count":2,"offset":4,"limit":2,"items":[{"id": 1.10},{"id":"b"}]}'
        )
        assert (page.total, page.count, page.offset, page.limit) == (9, 2, 4, 2)
        assert [bytes(item) for item in page.items] == [b'{"id": 1.10}', b'{"id":"b"}']

    def test_missing_numbers_are_counted(self) -> None:
        page = wire.decode_page(b'{"offset":4,"items":[{},{},{}]}')
        assert (page.total, page.count, page.offset, page.limit) == (7, 3, 4, 3)

    def test_a_bare_array_is_a_page(self) -> None:
        page = wire.decode_page(b' [{"id":1},{"id":2}]')
        assert (page.total, page.count, page.offset, len(page.items)) == (2, 2, 0, 2)

    def test_numbers_as_text_are_read(self) -> None:
        page = wire.decode_page(b'{"total":"23","count":null,"offset":"1","limit":"1","items":[{"a":1.10}]}')
        assert (page.total, page.offset, page.limit) == (23, 1, 1)
        assert bytes(page.items[0]) == b'{"a":1.10}'

    def test_the_count_is_what_is_there_not_what_is_said(self) -> None:
        assert wire.decode_page(b'{"count":100,"items":[{}]}').count == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html><body>502 Bad Gateway</body></html>",
            b'{"total":1,"items":[{"id":1}',
            b'{"items":{"id":1}}',
            b'{"items":null}',
            b'{"items":"none"}',
            b'{"errorCode":"INTERNAL_ERROR"}',
            b"{}",
            b"12",
            b"[" * 100_000,
            b'{"items":[NaN]}',
            b"\xff\xfe",
        ],
    )
    def test_what_is_no_page_is_never_an_empty_one(self, body: bytes) -> None:
        with pytest.raises(Unreadable) as caught:
            wire.decode_page(body)
        assert caught.value.reason

    @pytest.mark.parametrize(
        "name", ["orders/order_search_page_2018_partial_refund.json", "products/variation_list.json"]
    )
    def test_every_cut_of_a_page_is_refused(self, sample: Sample, name: str) -> None:
        body = sample(name).strip()
        assert wire.decode_page(body).count >= 1
        for end in range(0, len(body) - 1, 97):
            with pytest.raises(Unreadable):
                wire.decode_page(body[:end])


class TestIdentity:
    def test_the_internal_id_comes_first_and_time_is_utc(self) -> None:
        found = wire.order_identity(
            raw({"id": "AB-1", "internalId": 5_200_000_101, "orderNumber": 7, "updateTimestamp": 1730455200})
        )
        assert found == ("5200000101", datetime(2024, 11, 1, 10, tzinfo=UTC), "AB-1")

    def test_old_orders_have_a_number_only(self) -> None:
        found = wire.order_identity(raw({"orderNumber": "1028", "vendorOrderNumber": "x1028"}))
        assert found == ("1028", None, "x1028")

    @pytest.mark.parametrize(
        ("text", "hour"),
        [
            ("2014-10-15 16:54:11 -0800", 0),
            ("2014-10-15 16:54:11 +0400", 12),
            ("2014-10-15 16:54:11 +0000", 16),
            ("2014-10-15 16:54:11", 16),
            ("2014-10-15", 0),
        ],
    )
    def test_dates_are_read_with_their_offset(self, text: str, hour: int) -> None:
        _, updated, _ = wire.order_identity(raw({"internalId": 1, "updateDate": text}))
        assert updated is not None
        assert (updated.hour, updated.tzinfo) == (hour, UTC)

    @pytest.mark.parametrize("empty", [{}, {"internalId": None}, {"internalId": 0}, {"internalId": ""}])
    def test_an_order_without_any_number_is_named_by_its_public_id(self, empty: dict[str, object]) -> None:
        with pytest.raises(Unreadable) as caught:
            wire.order_identity(raw({"id": "K8XTQ", **empty}))
        assert (caught.value.field, caught.value.remote_id) == ("internalId", "K8XTQ")

    def test_a_time_that_is_none_names_field_and_record(self) -> None:
        with pytest.raises(Unreadable) as caught:
            wire.order_identity(raw({"internalId": 7, "updateTimestamp": 10**17}))
        assert (caught.value.field, caught.value.remote_id) == ("updateTimestamp", "7")
        with pytest.raises(Unreadable, match="yesterday"):
            wire.product_identity(raw({"id": 7, "updated": "yesterday"}))

    def test_products(self) -> None:
        assert wire.product_identity(raw({"id": 37208339, "updateTimestamp": 0})) == ("37208339", None)
        with pytest.raises(Unreadable) as caught:
            wire.product_identity(raw({"sku": "A"}))
        assert caught.value.field == "id"

    @pytest.mark.parametrize("document", [b"", b"null", b"[]", b'"text"', b"{", b"7", b"{" * 50_000])
    def test_what_is_no_object_is_unreadable(self, document: bytes) -> None:
        with pytest.raises(Unreadable):
            wire.order_identity(document)


class TestMending:
    def test_money_is_exact_from_the_text(self) -> None:
        document, odd = wire.read_order(b'{"total": 11.067309160854485, "subtotal": 0.1}')
        assert (document.total, document.subtotal, odd) == (Decimal("11.067309160854485"), Decimal("0.1"), [])

    def test_money_stays_exact_on_the_mending_road(self) -> None:
        document, _ = wire.read_order(b'{"total": 11.067309160854485, "tax": "0.10", "email": null}')
        assert (document.total, document.tax) == (Decimal("11.067309160854485"), Decimal("0.10"))

    def test_null_means_absent_without_a_word(self) -> None:
        document, odd = wire.read_order(
            raw({"email": None, "items": None, "shippingPerson": None, "tax": None})
        )
        assert (document.email, document.tax) == ("", Decimal(0))
        assert not document.items
        assert document.shipping_person is None
        assert odd == []

    def test_a_number_as_text_is_read_and_noticed(self) -> None:
        document, odd = wire.read_order(raw({"total": "12.50", "items": [{"quantity": "2", "price": " 5 "}]}))
        assert document.total == Decimal("12.50")
        assert (document.items[0].quantity, document.items[0].price) == (2, Decimal(5))
        assert {one.field for one in odd} == {"total", "items[0].quantity", "items[0].price"}
        assert not any(one.attention for one in odd)

    def test_text_as_number_and_words_as_booleans(self) -> None:
        document, odd = wire.read_order(raw({"email": 5, "paymentMethod": True, "pricesIncludeTax": "yes"}))
        assert (document.email, document.payment_method, document.prices_include_tax) == ("5", "true", True)
        assert len(odd) == 3

    def test_object_for_list_and_list_for_object(self) -> None:
        document, odd = wire.read_order(
            raw(
                {
                    "refunds": {"amount": 3},
                    "handlingFee": [{"value": 4}],
                    "shippingPerson": [],
                    "extraFields": [],
                }
            )
        )
        assert [one.amount for one in document.refunds] == [3]
        assert document.handling_fee is not None
        assert document.handling_fee.value == 4
        assert (document.shipping_person, document.extra_fields) == (None, {})
        assert {one.field for one in odd} == {"refunds", "handlingFee"}

    @pytest.mark.parametrize("empty", [None, "", []])
    def test_an_empty_entry_of_a_list_is_left_out_aloud(self, empty: object) -> None:
        document, odd = wire.read_order(raw({"items": [{"id": 1}, empty, {"id": 2}]}))
        assert [one.id for one in document.items] == [1, 2]
        assert [one.field for one in odd] == ["items[1]"]

    def test_other_spellings_of_a_key_are_found(self) -> None:
        document, _ = wire.read_order(raw({"payment_status": "PAID", "EMAIL": "a@example.com", "tax": None}))
        assert (document.payment_status, document.email) == ("PAID", "a@example.com")

    def test_both_spellings_of_a_labels_tracking(self) -> None:
        document, odd = wire.read_order(
            raw(
                {"shipments": [{"tracking": {"trackingNumber": "A"}}, {"tracking": {"tracking_number": "B"}}]}
            )
        )
        numbers = [
            one.tracking.tracking_number or one.tracking.tracking_number_snake
            for one in document.shipments
            if one.tracking
        ]
        assert (numbers, odd) == (["A", "B"], [])

    def test_business_hours_as_object_or_as_text(self, sample: Sample) -> None:
        text, _ = wire.read_profile(raw({"shipping": {"shippingOptions": [{"businessHours": '{"MON":[]}'}]}}))
        thing, _ = wire.read_profile(raw({"shipping": {"shippingOptions": [{"businessHours": {"MON": []}}]}}))
        assert text.shipping is not None
        assert thing.shipping is not None
        assert text.shipping.shipping_options == thing.shipping.shipping_options

    def test_a_text_field_that_cannot_be_read_is_left_out_aloud(self) -> None:
        document, odd = wire.read_order(raw({"total": 1, "shippingPerson": "nobody", "hidden": 3}))
        assert document.shipping_person is None
        assert [(one.code, one.field, one.attention) for one in odd] == [
            ("unreadableField", "shippingPerson", True)
        ]

    @pytest.mark.parametrize(
        ("value", "field"),
        [
            ({"total": "a lot"}, "total"),
            ({"total": {}}, "total"),
            ({"total": True}, "total"),
            ({"items": "none"}, "items"),
            ({"items": ["none"]}, "items"),
            ({"items": [{}, {"quantity": 1.5}]}, "items[1].quantity"),
            ({"items": [{"price": [1]}]}, "items[0].price"),
            ({"internalId": {"a": 1}}, "internalId"),
            ({"createTimestamp": "soon"}, "createTimestamp"),
            ({"shippingOption": {"shippingRate": "free"}}, "shippingOption.shippingRate"),
        ],
    )
    def test_numbers_ids_and_lines_that_cannot_be_read_are_fatal(self, value: object, field: str) -> None:
        with pytest.raises(Unreadable) as caught:
            wire.read_order(raw(value))
        assert caught.value.field == field
        assert "correct it in Ecwid" in caught.value.reason

    def test_what_no_database_stores_is_replaced(self) -> None:
        document, odd = wire.read_order(b'{"email":"a\\u0000b","orderComments":"x\\ud800y"}')
        assert (document.email, document.order_comments) == ("a\ufffdb", "x?y")
        assert {one.field for one in odd} == {"email", "orderComments"}
        document.order_comments.encode("utf-8")

    def test_what_is_not_utf8_is_replaced(self) -> None:
        document, _ = wire.read_order(b'{"email":"caf\xe9"}')
        assert document.email == "caf\ufffd"

    def test_the_place_of_broken_json_is_told(self) -> None:
        with pytest.raises(Unreadable, match="character 10"):
            wire.read_order(b'{"total": ')


def test_unknown_fields_are_reported() -> None:
    assert wire.unknown_fields(raw({"id": 1, "zebra": 1, "apple": None})) == ("apple", "zebra")
    assert wire.unknown_fields(raw({"id": 1, "internalId": 2}), "product") == ("internalId",)
    assert wire.unknown_fields(b"[]") == ()
