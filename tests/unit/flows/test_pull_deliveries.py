"""Taking deliveries in: whole, once, row by row, and put away afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scripted_warehouse import ScriptedWarehouse

from crossdock.canon import Product, ReportedLine, ShipmentReport, Stock, StockCount
from crossdock.connectors.errors import Refused, Retry
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Delivery, Fulfillment, InventoryRecord, ShippingRequest
from crossdock.hub.models import Product as StoredProduct
from crossdock.hub.places.locations import assign_warehouse

House = Any  # the fixture of conftest.py beside this file


def parcel(request: ShippingRequest, number: int, **lines: int) -> ShipmentReport:
    return ShipmentReport(
        ext_shipment_id=request.ext_shipment_id,
        ext_fulfillment_id=f"P{request.pk}-{number}",
        at=system_clock(),
        line_items=tuple(ReportedLine(sku, quantity) for sku, quantity in lines.items()),
        tracking_number=f"T{number}",
        carrier="UPS",
    )


def counted(sku: str, quantity: int, **fields: Any) -> StockCount:
    return StockCount(sku=sku, quantity=quantity, **({"at": system_clock()} | fields))


def test_parcels_come_in_and_the_file_is_put_away(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2, cup=1)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=2), parcel(request, 2, cup=1))

    report = house.run("fulfillments")

    assert (report.outcome, report.read, report.created, report.failed) == ("completed", 2, 2, 0)
    assert [row.ext_shipment_id for row in outside.report_inbox.asked] == [request.ext_shipment_id]
    assert outside.report_inbox.settled == [("a.csv", [], "")]
    request.refresh_from_db()
    assert request.status == "fulfilled"
    note = house.delivery("a.csv")
    assert (note.rows, note.accepted, note.rejects, note.refusal) == (2, 2, [], "")
    assert note.settled_at is not None
    assert note.run is not None
    assert house.open() == {}


def test_a_bad_row_stays_alone_and_comes_back_with_its_reason(
    house: House, outside: ScriptedWarehouse
) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put(
        "a.csv",
        "no quantity",
        parcel(request, 1, tea=1),
        parcel(request, 2, cup=1),
        parcel(request, 3, tea=1),
    )

    report = house.run("fulfillments")

    assert (report.outcome, report.created, report.failed) == ("partial", 2, 2)
    ((name, rejects, refusal),) = outside.report_inbox.settled
    assert (name, refusal) == ("a.csv", "")
    assert [(row.number, row.field, row.text) for row in rejects] == [
        (1, "row", "row 1"), (3, "lines", "row 3"),
    ]  # fmt: skip
    assert Fulfillment.objects.count() == 2
    message = house.open()["rowsRejected"]
    assert "2 of 4 rows of a.csv were not accepted" in message
    assert "row 1, row: no quantity" in message


def test_a_better_file_of_that_name_closes_what_was_open(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", "no quantity")
    house.run("fulfillments")
    assert "rowsRejected" in house.open()

    outside.report_inbox.put("a.csv", parcel(request, 1, tea=2))
    house.run("fulfillments")

    assert house.open() == {}
    assert Delivery.objects.count() == 2


def test_a_file_that_cannot_be_read_is_refused_whole(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put_unreadable("a.csv", "there is no column extShipmentId")
    outside.report_inbox.put("b.csv", parcel(request, 1, tea=2))

    report = house.run("fulfillments")

    assert (report.outcome, report.created) == ("partial", 1)
    assert outside.report_inbox.settled[0] == ("a.csv", [], "there is no column extShipmentId")
    assert "there is no column extShipmentId" in house.open()["fileRefused"]
    assert house.delivery("a.csv").refusal == "there is no column extShipmentId"


def test_all_or_nothing(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=1), parcel(request, 2, cup=9), whole=True)

    house.run("fulfillments")

    assert Fulfillment.objects.count() == 0
    ((_, rejects, refusal),) = outside.report_inbox.settled
    assert len(rejects) == 1
    assert refusal.startswith("1 of 2 rows cannot be accepted")
    assert house.delivery("a.csv").accepted == 0
    assert "fileRefused" in house.open()


def test_a_file_that_could_not_be_put_away_is_not_taken_twice(
    house: House, outside: ScriptedWarehouse
) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=1), "bad")
    outside.report_inbox.settle_error = Retry("the server is gone")

    assert house.run("fulfillments").outcome == "failed"
    assert house.delivery("a.csv").settled_at is None
    outside.report_inbox.settle_error = None
    again = house.run("fulfillments")

    assert (again.outcome, again.created, again.read) == ("completed", 0, 0)
    ((_, rejects, _),) = outside.report_inbox.settled
    assert [row.number for row in rejects] == [2]
    assert house.delivery("a.csv").settled_at is not None
    assert Fulfillment.objects.count() == 1


def test_one_that_cannot_be_put_away_does_not_stop_the_others(
    house: House, outside: ScriptedWarehouse
) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=1))
    outside.report_inbox.put("b.csv", parcel(request, 2, tea=1))
    outside.report_inbox.settle_error = Refused("the folder is not writable")

    report = house.run("fulfillments")

    assert (report.outcome, report.created) == ("partial", 2)
    assert "not writable" in house.open()["refused"]
    outside.report_inbox.settle_error = None
    house.run("fulfillments")
    assert house.open() == {}


def test_the_same_parcel_twice_is_one(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    row = parcel(request, 1, tea=1)
    outside.report_inbox.put("a.csv", row, row)
    outside.report_inbox.put("b.csv", row)

    report = house.run("fulfillments")

    assert (report.created, Fulfillment.objects.count(), report.failed) == (1, 1, 0)


def test_a_dry_run_says_what_would_come_and_leaves_everything(
    house: House, outside: ScriptedWarehouse
) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=1), "bad")

    report = house.run("fulfillments", dry_run=True)

    assert (report.read, report.created, report.failed) == (2, 1, 1)
    assert outside.report_inbox.settled == []
    assert (Delivery.objects.count(), Fulfillment.objects.count(), house.open()) == (0, 0, {})


def test_another_warehouse_may_not_speak_of_it(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2)
    type(request).objects.filter(pk=request.pk).update(fulfillment_integration=house.world.integration)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=2))

    report = house.run("fulfillments")

    assert (report.created, report.failed) == (0, 1)


def test_counts_are_taken_at_the_one_place(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(inventory="pull")
    outside.count_inbox.put(
        "c.csv", counted("tea", 40), counted("", 3), counted("cup", -2), counted("pot", 7)
    )

    report = house.run("inventory")

    assert (report.created, report.failed) == (2, 2)
    assert InventoryRecord.objects.get(sku="tea", location=house.place).on_hand == 40
    ((_, rejects, _),) = outside.count_inbox.settled
    assert [(row.number, row.field) for row in rejects] == [(2, "sku"), (3, "quantity")]


def test_a_count_names_its_place_where_there_are_several(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(inventory="pull")
    cellar = house.world.location("Cellar")
    assign_warehouse(cellar, house.warehouse, author="test", ext_location_id="C1")
    outside.count_inbox.put(
        "c.csv", counted("tea", 4), counted("tea", 5, ext_location_id="C1"),
        counted("tea", 6, ext_location_id="X"),
    )  # fmt: skip

    house.run("inventory")

    ((_, rejects, _),) = outside.count_inbox.settled
    assert [(row.number, row.field) for row in rejects] == [(1, "locationId"), (3, "locationId")]
    assert "'X' of Scripted" in rejects[1].reason
    assert InventoryRecord.objects.get(sku="tea", location=cellar).on_hand == 5


def test_without_a_place_no_count_is_taken(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(inventory="pull")
    assign_warehouse(house.place, None, author="test")
    outside.count_inbox.put("c.csv", counted("tea", 4))

    house.run("inventory")

    ((_, rejects, _),) = outside.count_inbox.settled
    assert "say at a location that this warehouse ships from it" in rejects[0].reason


def test_an_older_count_comes_back(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(inventory="pull")
    earlier = system_clock() - timedelta(hours=2)
    outside.count_inbox.put("c.csv", counted("tea", 4))
    outside.count_inbox.put("d.csv", counted("tea", 9, at=earlier))

    report = house.run("inventory")

    assert (report.created, report.failed) == (1, 1)
    assert InventoryRecord.objects.get(sku="tea", location=house.place).on_hand == 4


def test_products_come_in_and_belong_to_who_delivered_them(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(products="pull")
    unknown = Stock(state="unknown")
    outside.product_inbox.put(
        "p.csv", Product(ext_product_id="", sku="tea", name="Tea", stock=unknown),
        Product(ext_product_id="", sku="", name="Nothing", stock=unknown),
    )  # fmt: skip

    report = house.run("products")

    assert (report.created, report.failed) == (1, 1)
    product = StoredProduct.objects.get(sku="tea")
    assert product.owner == house.warehouse
    outside.product_inbox.put("q.csv", Product(ext_product_id="", sku="tea", name="Green tea", stock=unknown))
    house.run("products")
    product.refresh_from_db()
    assert product.name == "Green tea"


def test_one_that_is_being_written_does_not_stop_the_others(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent(tea=2)
    house.turn(fulfillments="pull")
    outside.report_inbox.put("a.csv", parcel(request, 1, tea=1))
    outside.report_inbox.put("b.csv", parcel(request, 2, tea=1))
    outside.report_inbox.changing = {"a.csv"}

    report = house.run("fulfillments")

    assert (report.outcome, report.created) == ("completed", 1)
    assert report.again_after is not None


def test_the_same_count_on_another_day_is_another_count(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(inventory="pull")
    count = counted("tea", 4, at=system_clock() - timedelta(hours=2))
    for day in (1, 1, 2):
        outside.count_inbox.at = datetime(2026, 3, day, tzinfo=UTC)
        outside.count_inbox.put("c.csv", count)
        house.run("inventory")

    assert Delivery.objects.filter(name="c.csv").count() == 2


def test_counts_of_one_place_see_each_other_in_a_large_file(
    house: House, outside: ScriptedWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossdock.flows.delivered.COUNTS_AT_ONCE", 2)
    house.turn(inventory="pull")
    at = system_clock()
    skus = ["tea", "cup", "pot", "jar", "tea"]
    outside.count_inbox.put("c.csv", *[counted(sku, n, at=at) for n, sku in enumerate(skus, start=1)])

    report = house.run("inventory")

    assert (report.created, report.failed) == (3, 2)
    ((_, rejects, _),) = outside.count_inbox.settled
    assert [row.number for row in rejects] == [1, 5]
    assert "more than once" in rejects[0].reason
