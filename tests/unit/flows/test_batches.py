"""Many requests sent, and many reports taken, at once: no more statements than for a few, and the same promises."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from scripted_warehouse import ScriptedWarehouse

from crossdock.canon import ReportedLine, ShipmentReport
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, Fulfillment, LedgerEntry, Link, ShippingRequest
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.inventory import check_ledger, set_on_hand

House = Any  # the fixture of conftest.py beside this file


@pytest.fixture
def large(outside: ScriptedWarehouse, monkeypatch: pytest.MonkeyPatch) -> ScriptedWarehouse:
    """The warehouse, taking many requests in one piece."""
    manifest = msgspec.structs.replace(outside.manifest, batch_size=500)
    monkeypatch.setattr(ScriptedWarehouse, "manifest", manifest)
    return outside


def parcel(request: ShippingRequest, name: str, tracking: str = "T", **lines: int) -> ShipmentReport:
    return ShipmentReport(
        ext_shipment_id=request.ext_shipment_id,
        ext_fulfillment_id=f"{request.ext_shipment_id}-{name}",
        at=system_clock(),
        line_items=tuple(ReportedLine(sku, quantity) for sku, quantity in lines.items()),
        tracking_number=tracking,
        carrier="UPS",
    )


def test_many_take_no_more_statements_than_a_few(house: House, large: ScriptedWarehouse) -> None:
    house.turn(shipments="push", fulfillments="pull")
    sent, taken = [], []
    for number in (2, 9):
        requests = [house.request(tea=2, cup=1) for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert house.run("shipments").written == number
        sent.append(len(captured))
        # One of them in two parcels, in both files: the second waits for the first.
        first, *others = requests
        large.report_inbox.put(
            f"{number}.csv", parcel(first, "a", tea=2), *(parcel(row, "a", tea=2, cup=1) for row in others),
            parcel(first, "b", cup=1),
        )  # fmt: skip
        with CaptureQueriesContext(connection) as captured:
            assert house.run("fulfillments").created == number + 1
        taken.append(len(captured))
        assert not ShippingRequest.objects.exclude(status="fulfilled").exists()
    # A little happens in one of the two only, like a job that is queued already.
    assert sent[1] <= sent[0] + 2
    assert taken[1] <= taken[0] + 2


def test_each_parcel_leaves_its_own_trace(house: House, large: ScriptedWarehouse) -> None:
    for sku in ("tea", "cup"):
        set_on_hand(house.organization, sku, 50, author="test", reason="count")
    house.turn(shipments="push", fulfillments="pull")
    requests = [house.request(tea=2, cup=1) for _ in range(3)]
    house.run("shipments")
    assert Link.objects.filter(entity="shipments", integration=house.warehouse).count() == 3
    large.report_inbox.put("a.csv", *(parcel(row, "a", tea=2, cup=1) for row in requests))
    house.run("fulfillments")

    for request in requests:
        name = f"{request.ext_shipment_id}-a"
        made = Fulfillment.objects.get(request=request)
        entries = LedgerEntry.objects.filter(order_id=request.order_id, event="fulfill")
        assert {(row.entity, row.entity_id, row.reason) for row in entries} == {
            ("fulfillments", made.pk, f"{name} shipped")
        }
        assert sorted(entries.values_list("figure", "quantity")) == [
            ("committed", -2), ("committed", -1), ("on_hand", -2), ("on_hand", -1),
        ]  # fmt: skip
        events = Event.objects.filter(entity="orders", record_id=request.order_id)
        assert events.get(operation="fulfill").reason == f"{name} shipped from Main"
        assert events.filter(operation="status").latest("pk").reason == f"{name} shipped"
        status = Event.objects.filter(entity="shippingRequests", record_id=request.pk, operation="status")
        assert [(row.reason, row.after) for row in status.order_by("pk")] == [
            (f"handed to {house.warehouse.name}", {"status": "sentToFulfillment"}),
            (f"{name} shipped", {"status": "fulfilled"}),
        ]
    assert [house.world.record(sku).on_hand for sku in ("tea", "cup")] == [44, 47]
    assert check_ledger(house.organization.pk) == []
    assert house.world.marked(house.world.fulfillments_flow) == {
        request.order.ext_order_api_id for request in requests
    }


def test_one_bad_report_stays_one(house: House, large: ScriptedWarehouse) -> None:
    house.turn(shipments="push", fulfillments="pull")
    good, too_many, called_off, unstorable, last = (house.request(tea=2) for _ in range(5))
    house.run("shipments")
    cancel_request(called_off, True, author="test", reason="too late")
    large.report_inbox.put(
        "a.csv", parcel(good, "a", tea=1), parcel(good, "a", tea=1), parcel(too_many, "a", tea=3),
        parcel(called_off, "a", tea=2), parcel(unstorable, "a", tracking="a\0b", tea=2), parcel(last, "a", tea=2),
        parcel(good, "b", tea=2),
    )  # fmt: skip

    report = house.run("fulfillments")

    assert (report.outcome, report.created, report.unchanged, report.failed) == ("partial", 3, 1, 3)
    ((_, rejects, _),) = large.report_inbox.settled
    assert [(row.number, row.field) for row in rejects] == [(3, "quantity"), (5, "row"), (7, "quantity")]
    statuses = {row.pk: row.status for row in ShippingRequest.objects.all()}
    assert [statuses[row.pk] for row in (good, too_many, called_off, unstorable, last)] == [
        "partialFulfillment", "sentToFulfillment", "fulfilled", "sentToFulfillment", "fulfilled",
    ]  # fmt: skip
