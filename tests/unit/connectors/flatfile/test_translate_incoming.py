"""Rows that come in: parcels gathered, counts, products; and each way in which a row can be wrong."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossdock.canon import Price, ReportedLine, ShipmentReport, StockCount
from crossdock.connectors.contract import RemoteRecord, Rows
from crossdock.connectors.errors import Unreadable
from crossdock.connectors.flatfile import translate
from crossdock.connectors.flatfile.options import read_options

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def delivery(text: str, name: str = "a.csv", arrived: datetime | None = ARRIVED) -> RemoteRecord:
    return RemoteRecord(remote_id=name, updated_at=arrived, document=text.encode())


def reports(text: str, name: str = "a.csv", **options: Any) -> Rows[ShipmentReport]:
    return translate.reports(delivery(text, name), read_options(options))


def counts(text: str, arrived: datetime | None = ARRIVED, **options: Any) -> Rows[StockCount]:
    return translate.counts(delivery(text, arrived=arrived), read_options(options))


def bad(rows: Rows[Any]) -> list[tuple[int, str]]:
    return [(reject.number, reject.field) for reject in rows.rejects]


HEADER = "extShipmentId,sku,quantity,trackingNumber,extFulfillmentId,shippingCarrier,actualShipDate\n"


def test_rows_of_one_parcel_are_gathered() -> None:
    found = reports(
        HEADER
        + "S1,A,1,T1,,UPS,2026-03-01T10:00:00+01:00\nS1,B,2,T1,,,\nS1,A,3,T2,,UPS,\nS2,A,1,T1,,UPS,\nS1,A,1,T1,,,\n"
    )

    assert [(row.number, row.record.ext_shipment_id, row.record.line_items) for row in found.rows] == [
        (1, "S1", (ReportedLine("A", 2), ReportedLine("B", 2))),
        (3, "S1", (ReportedLine("A", 3),)),
        (4, "S2", (ReportedLine("A", 1),)),
    ]
    first = found.rows[0].record
    assert (first.carrier, first.at) == ("UPS", datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    assert found.rows[1].record.at == ARRIVED
    assert (found.count, found.rejects) == (5, ())


def test_the_same_parcel_in_a_renamed_and_shuffled_file_has_the_same_id() -> None:
    one = reports(HEADER + "S1,A,1,T1,,UPS,\nS1,B,2,T1,,UPS,\n", "monday.csv")
    other = reports(HEADER + "S1,B,2,T1,,UPS,\nS1,A,1,T1,,UPS,\n", "tuesday.csv")
    more = reports(HEADER + "S1,B,2,T1,,UPS,\nS1,A,2,T1,,UPS,\n", "tuesday.csv")

    ids = [found.rows[0].record.ext_fulfillment_id for found in (one, other, more)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("content-")


def test_an_id_of_its_own_is_kept_and_gathers_rows() -> None:
    found = reports(HEADER + "S1,A,1,,P-7,UPS,\nS1,B,1,T9,P-7,UPS,\n")

    assert [(row.record.ext_fulfillment_id, row.record.tracking_number) for row in found.rows] == [
        ("P-7", "T9")
    ]


def test_a_row_without_units_means_all_that_is_open() -> None:
    found = reports("extShipmentId,trackingNumber\nS1,T1\nS2,\n")

    assert [row.record.line_items for row in found.rows] == [(), ()]


def test_a_rejection_is_told_from_a_parcel() -> None:
    found = reports(
        "extShipmentId,fulfillmentType,sku,quantity,actualShipDate,reason\n"
        "S1,Rejected,A,1,2026-03-01,broken\nS1,shipped,A,1,2026-03-01,\n"
    )

    assert [(row.record.kind, row.record.reason) for row in found.rows] == [
        ("rejected", "broken"),
        ("shipped", ""),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",A,1,T1,,,", "extShipmentId"),
        ("S1,A,,T1,,,", "quantity"),
        ("S1,,1,T1,,,", "sku"),
        ("S1,A,one,T1,,,", "quantity"),
        ("S1,A,1.5,T1,,,", "quantity"),
        ("S1,A,0,T1,,,", "quantity"),
        ("S1,A,-1,T1,,,", "quantity"),
        ("S1,A,99999999999,T1,,,", "quantity"),
        ("S1,A,1,T1,,,yesterday", "actualShipDate"),
        ("S1,A,1,,,,", "extFulfillmentId"),
        (f"S1,A,1,{'T' * 201},,,", "trackingNumber"),
        ("S1,A,1,T\x07,,,", "trackingNumber"),
        ("S1,A,1,T1", "row"),
    ],
)
def test_a_bad_row_comes_back_and_the_good_ones_are_taken(row: str, field: str) -> None:
    found = reports(f"{HEADER}S9,A,1,T9,,,\n{row}\nS8,A,1,T8,,,\n")

    assert bad(found) == [(2, field)]
    assert [line.record.ext_shipment_id for line in found.rows] == ["S9", "S8"]
    assert found.rejects[0].reason
    assert found.count == 3


def test_a_parcel_is_taken_whole_or_not_at_all() -> None:
    found = reports(HEADER + "S1,A,1,T1,,,\nS1,B,x,T1,,,\nS1,C,1,T2,,,\n")

    assert bad(found) == [(1, "row"), (2, "quantity")]
    assert [row.record.tracking_number for row in found.rows] == ["T2"]
    assert "Row 2 of the same parcel" in found.rejects[0].reason


def test_a_row_of_broken_shape_holds_back_all_parcels_of_its_request() -> None:
    found = reports(HEADER + "S1,A,1,T1,,,\nS1,B,1\nS2,A,1,T1,,,\n")

    assert bad(found) == [(1, "row"), (2, "row")]
    assert [row.record.ext_shipment_id for row in found.rows] == ["S2"]


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ("S1,A,1,T1,,UPS,\nS1,B,1,T1,,DHL,\n", "shippingCarrier"),
        ("S1,A,1,T1,,,2026-03-01\nS1,B,1,T1,,,2026-03-02\n", "actualShipDate"),
        ("S1,A,1,T1,,,\nS1,,,T1,,,\n", "sku"),
    ],
)
def test_rows_of_a_parcel_that_contradict_each_other_are_refused(rows: str, field: str) -> None:
    assert bad(reports(HEADER + rows)) == [(1, field), (2, field)]


def test_every_row_of_a_parcel_is_found_by_its_first() -> None:
    record = delivery(HEADER + "S1,A,1,T1,,,\nS2,A,1,T1,,,\nS1,B,1,T1,,,\n")

    assert translate.gathered_rows(record, read_options({})) == {1: [1, 3], 2: [2]}


def test_columns_go_by_the_names_they_have_at_the_warehouse() -> None:
    options = {
        "fulfillmentsColumns": "Auftrag=extShipmentId, Artikel=sku, Menge=quantity, Sendung=trackingNumber"
    }

    found = reports(
        "Sendung;AUFTRAG;Artikel;Menge;Lager\nT1;S1;A;2;x\nT2;S1;A;zwei;x\n", delimiter="semicolon", **options
    )

    assert found.rows[0].record.line_items == (ReportedLine("A", 2),)
    assert bad(found) == [(2, "Menge")]
    assert [(notice.code, notice.field) for notice in found.notices] == [("unknownField", "Lager")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("sku,quantity\nA,1\n", "The column extShipmentId is missing; there is: sku, quantity."),
        ("extShipmentId;sku\nS1;A\n", "Is the setting delimiter right?"),
        ("extShipmentId,sku,SKU\nS1,A,A\n", "The column SKU is there twice"),
    ],
)
def test_a_file_without_a_needed_column_is_refused_whole(text: str, part: str) -> None:
    with pytest.raises(Unreadable) as caught:
        reports(text)
    assert part in caught.value.reason


def test_the_columns_of_a_reject_file_are_no_news() -> None:
    found = reports(
        "rejectedRow,rejectedField,rejectedBecause,extShipmentId,trackingNumber\n3,sku,why,S1,T1\n"
    )

    assert (len(found.rows), found.notices) == (1, ())


def test_all_or_nothing_is_told_to_the_engine() -> None:
    assert not reports(HEADER).all_or_nothing
    assert reports(HEADER, fulfillmentsAllOrNothing=True).all_or_nothing
    assert counts("sku,quantity\n", inventoryAllOrNothing=True).all_or_nothing


def test_naive_times_are_in_the_zone_that_is_set() -> None:
    found = reports(HEADER + "S1,A,1,T1,,,2026-07-01T12:00:00\n", timezone="Europe/Berlin")

    assert found.rows[0].record.at == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


def test_a_count_is_read_with_place_and_time() -> None:
    found = counts("sku,quantity,extLocationId,countedAt\nA,5,W1,2026-03-01T08:00:00Z\nB,0,,\n")

    assert [row.record for row in found.rows] == [
        StockCount(sku="A", quantity=5, at=datetime(2026, 3, 1, 8, 0, tzinfo=UTC), ext_location_id="W1"),
        StockCount(sku="B", quantity=0, at=ARRIVED),
    ]


@pytest.mark.parametrize(
    ("column", "options", "means"),
    [
        ("quantity", {}, "onHand"),
        ("quantity", {"countMeans": "available"}, "available"),
        ("onHand", {"countMeans": "available"}, "onHand"),
        ("available", {}, "available"),
    ],
)
def test_what_a_figure_means_is_told_by_its_column_or_by_the_setting(
    column: str, options: dict[str, Any], means: str
) -> None:
    assert counts(f"sku,{column}\nA,5\n", **options).rows[0].record.means == means


@pytest.mark.parametrize(
    "row", [",5", "A,", "A,x", "A,-1", "A,2147483648", "A,1.000", "A,1 000", "A,1e3", "A,0x5"]
)
def test_a_bad_count_comes_back(row: str) -> None:
    found = (
        counts(f"sku,quantity\n{row}\nB,2\n") if row != "A,1.000" else counts("sku,quantity\nA,1 000\nB,2\n")
    )

    assert [number for number, _ in bad(found)] == [1]
    assert [line.record.sku for line in found.rows] == ["B"]


def test_a_fraction_of_zero_is_no_fraction() -> None:
    assert [row.record.quantity for row in counts("sku,quantity\nA,5.0\nB,+7\nC,3.00\n").rows] == [5, 7, 3]


def test_a_sku_counted_twice_is_not_guessed_at() -> None:
    found = counts("sku,quantity,extLocationId\nA,5,W1\nB,1,W1\nA,6,W1\nA,7,W2\n")

    assert bad(found) == [(1, "sku"), (3, "sku")]
    assert [(row.record.sku, row.record.ext_location_id) for row in found.rows] == [("B", "W1"), ("A", "W2")]


def test_a_count_without_any_time_comes_back() -> None:
    assert bad(counts("sku,quantity\nA,1\n", arrived=None)) == [(1, "countedAt")]


def test_a_file_of_counts_needs_a_figure() -> None:
    with pytest.raises(Unreadable, match="no column quantity or onHand or available"):
        counts("sku,stock\nA,1\n")


def test_a_count_of_two_hundred_thousand_rows_is_read_within_bounds() -> None:
    text = "sku,quantity\n" + "".join(f"SKU-{number:06d},{number % 100}\n" for number in range(200_000))
    tracemalloc.start()
    try:
        found = counts(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (len(found.rows), found.count) == (200_000, 200_000)
    assert peak < 120 * 1024 * 1024


def test_a_product_is_read() -> None:
    text = (
        "sku,name,price,cost,currency,weight,weightUnit,status,imageURLs,taxable\n"
        'A,"Tea, green","12,50",4,EUR,"0,25",KG,inactive,https://a/1.png|https://a/2.png,no\n'
    )

    product = translate.products(delivery(text), read_options({"decimalMark": "comma"})).rows[0].record

    assert (product.ext_product_id, product.name, product.active, product.taxable) == (
        "A",
        "Tea, green",
        False,
        False,
    )
    assert product.prices == (Price(name="base", value=Decimal("12.50"), currency="EUR"),)
    assert (product.cost, product.cost_currency) == (Decimal(4), "EUR")
    assert (product.weight, product.weight_unit) == (Decimal("0.25"), "kg")
    assert product.image_urls == ("https://a/1.png", "https://a/2.png")
    assert product.stock.state == "unknown"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",Tea,1,EUR", "sku"),
        ("A,,1,EUR", "name"),
        ('A,Tea,"1,50",EUR', "price"),
        ("A,Tea,-1,EUR", "price"),
        ("A,Tea,1,", "currency"),
        ("Z,Tea,1,EUR", "sku"),
    ],
)
def test_a_bad_product_comes_back(row: str, field: str) -> None:
    found = translate.products(delivery(f"sku,name,price,currency\nZ,Cup,2,EUR\n{row}\n"), read_options({}))

    assert bad(found) == [(2, field)]
    assert [line.record.sku for line in found.rows] == ["Z"]


def test_a_price_without_a_currency_takes_the_one_that_is_set() -> None:
    found = translate.products(delivery("sku,name,price\nA,Tea,1\n"), read_options({"currency": "CHF"}))

    assert found.rows[0].record.prices[0].currency == "CHF"
