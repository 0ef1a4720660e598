"""Files that go out: shipping requests and orders, a row for each line or for each record, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from filedesk import shipment

from crossdock.canon import Address, Order, OrderLine, ShipmentLine, ShipmentPart
from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile import translate
from crossdock.connectors.flatfile.options import read_options


def table(document: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.decode(), newline="")))


def picked(row: dict[str, str], *names: str) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def test_a_request_has_a_row_for_each_line() -> None:
    rows = table(translate.shipment_file([shipment()], read_options({})))

    assert [
        picked(row, "extShipmentId", "status", "lineNumber", "sku", "name", "quantity") for row in rows
    ] == [
        ("S-1", "readyForFulfillment", "1", "TEA", "Tea", "2"),
        ("S-1", "readyForFulfillment", "2", "CUP", "Cup, blue", "1"),
    ]
    assert picked(rows[0], "orderCreateTime", "city", "phone") == (
        "2026-03-02T09:00:00Z",
        "Köln",
        "'+49 30 1",
    )


def test_a_request_that_is_called_off_says_so() -> None:
    rows = table(translate.shipment_file([shipment(canceled=True, version=2)], read_options({})))

    assert {picked(row, "status", "version") for row in rows} == {("canceled", "2")}


def test_a_bundle_goes_out_as_its_parts() -> None:
    line = ShipmentLine(
        unique_id="1",
        sku="SET",
        name="Set",
        quantity=2,
        parts=(ShipmentPart("TEA", 1), ShipmentPart("CUP", 4)),
    )

    rows = table(translate.shipment_file([shipment(line_items=(line,))], read_options({})))

    assert [picked(row, "sku", "quantity", "bundleSku", "bundleQuantity") for row in rows] == [
        ("TEA", "2", "SET", "2"),
        ("CUP", "8", "SET", "2"),
    ]


def test_a_request_can_have_one_row_with_its_lines_side_by_side() -> None:
    one = shipment("S-2", line_items=(ShipmentLine(unique_id="1", sku="POT", name="Pot", quantity=1),))

    rows = table(translate.shipment_file([shipment(), one], read_options({"rowPer": "order"})))

    assert [picked(row, "extShipmentId", "sku1", "quantity1", "sku2", "quantity2") for row in rows] == [
        ("S-1", "TEA", "2", "CUP", "1"),
        ("S-2", "POT", "1", "", ""),
    ]


def test_a_request_with_too_many_lines_for_one_row_is_refused() -> None:
    lines = tuple(
        ShipmentLine(unique_id=str(number), sku=str(number), name="", quantity=1) for number in range(51)
    )

    with pytest.raises(Refused) as caught:
        translate.shipment_file([shipment(line_items=lines)], read_options({"rowPer": "order"}))
    assert (caught.value.code, caught.value.remote_id) == ("tooManyLines", "S-1")


def test_columns_get_the_names_that_the_warehouse_wants() -> None:
    options = read_options(
        {"shipmentsColumns": '{"Auftrag": "extShipmentId", "Artikel": "sku"}', "rowPer": "order"}
    )

    rows = table(translate.shipment_file([shipment()], options))

    assert picked(rows[0], "Auftrag", "Artikel1", "Artikel2") == ("S-1", "TEA", "CUP")
    assert "extShipmentId" not in rows[0]


def test_json_is_flat_by_line_and_nested_by_order() -> None:
    flat = json.loads(translate.shipment_file([shipment()], read_options({"format": "json"})))
    nested = json.loads(
        translate.shipment_file([shipment()], read_options({"format": "json", "rowPer": "order"}))
    )

    assert [(row["extShipmentId"], row["sku"], row["quantity"]) for row in flat] == [
        ("S-1", "TEA", 2),
        ("S-1", "CUP", 1),
    ]
    assert [line["sku"] for line in nested[0]["lineItems"]] == ["TEA", "CUP"]
    assert flat[0]["phone"] == "+49 30 1"


@pytest.mark.parametrize("text", ["a\x00b", "x" * 32_001])
def test_what_no_file_can_carry_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused) as caught:
        translate.shipment_file([shipment(shipping_note=text)], read_options({}))
    assert (caught.value.code, caught.value.field) == ("notExpressible", "shippingNote")


def order(**fields: Any) -> Order:
    values: dict[str, Any] = {
        "ext_order_id": "1042",
        "ext_order_api_id": "x",
        "ext_order_created_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "ext_order_updated_at": datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
        "order_source": "Ecwid",
        "standing": "open",
        "paid": True,
        "payment_status": "PAID",
        "fulfillment_status": "AWAITING_PROCESSING",
        "currency": "EUR",
        "total_price": Decimal("25.00"),
        "sub_total_price": Decimal("20.00"),
        "line_items": (
            OrderLine(unique_id="1", sku="=TEA", name="Tea", quantity=2, item_price=Decimal("10.00")),
        ),
        "billing_address": Address(first_name="Bob"),
        "shipping_address": Address(first_name="Ada"),
    }
    return Order(**(values | fields))


def test_an_order_goes_out_with_its_sums_and_both_addresses() -> None:
    rows = table(translate.order_file([order()], read_options({"decimalMark": "comma"})))

    assert picked(rows[0], "extOrderId", "paid", "totalPrice", "firstName", "billingFirstName", "sku", "itemPrice") == (
        "1042", "true", "25,00", "Ada", "Bob", "'=TEA", "10,00",
    )  # fmt: skip


def test_an_order_without_lines_is_not_left_out() -> None:
    choices: tuple[dict[str, object], ...] = ({}, {"rowPer": "order"})
    for options in choices:
        rows = table(
            translate.order_file([order(line_items=()), order(ext_order_id="1043")], read_options(options))
        )
        assert [row["extOrderId"] for row in rows] == ["1042", "1043"]
    nested = translate.order_file([order(line_items=())], read_options({"format": "json", "rowPer": "order"}))
    assert json.loads(nested)[0]["lineItems"] == []
