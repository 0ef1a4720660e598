"""Handing shipping requests to a warehouse: once, whatever happens in between, and not what was called off."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_warehouse import ScriptedWarehouse

from crossdock.connectors.errors import InDoubt, Reconnect, Retry
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import Attempt, Event, Flow, Integration, Link, Mark
from crossdock.hub.places.locations import assign_warehouse
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.withdrawing import cancel_request

House = Any  # the fixture of conftest.py beside this file


def test_turning_the_flow_on_hands_over_what_waits(house: House, outside: ScriptedWarehouse) -> None:
    first, second = house.request(tea=2), house.request(tea=1, cup=3)

    house.turn(shipments="push")
    report = house.run("shipments")

    assert (report.outcome, report.written) == ("completed", 2)
    assert outside.shipment_outbox.numbers == [first.ext_shipment_id, second.ext_shipment_id]
    for request in (first, second):
        request.refresh_from_db()
        assert request.status == "sentToFulfillment"
        assert request.fulfillment_integration == house.warehouse
        link = Link.objects.get(integration=house.warehouse, entity="shipments", record_id=request.pk)
        assert link.remote_id == request.ext_shipment_id
        event = Event.objects.get(entity="shippingRequests", record_id=request.pk, operation="sent")
        assert event.run is not None
        assert event.author == f"integration:{house.warehouse.key}"
    assert house.marks() == set()


def test_a_new_request_marks_and_is_sent_once(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request()
    assert house.marks() == {request.key}

    house.run("shipments")
    leave_marks(house.flow("shipments", "push"), [request.key], "again")
    again = house.run("shipments")

    assert (again.written, house.marks()) == (0, set())
    assert outside.shipment_outbox.numbers == [request.ext_shipment_id]


def test_a_dry_run_prints_and_does_nothing(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request(tea=2)

    report = house.run("shipments", dry_run=True)

    assert [(row.remote_id, row.after) for row in report.plan] == [
        (request.ext_shipment_id, "2 of tea from Main")
    ]
    assert outside.shipment_outbox.prepared == {}
    assert house.marks() == {request.key}


def test_what_is_cancelled_before_it_is_sent_never_goes(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request()
    cancel_request(request, True, author="test", reason="changed their mind")

    house.run("shipments")

    assert outside.shipment_outbox.numbers == []
    assert house.marks() == set()


def test_what_is_cancelled_while_it_is_prepared_never_goes(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    kept, dropped = house.request(), house.request()
    outside.shipment_outbox.on_prepared = lambda: cancel_request(dropped, True, author="x", reason="no")

    house.run("shipments")

    assert outside.shipment_outbox.numbers == [kept.ext_shipment_id]


def test_what_is_cancelled_while_it_is_sent_is_called_off(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request()
    outside.shipment_outbox.on_sent = lambda: cancel_request(request, True, author="x", reason="no")

    house.run("shipments")
    request.refresh_from_db()
    assert request.sent_to_fulfillment_at is not None
    assert house.marks() == {request.key}
    house.run("shipments")

    number = request.ext_shipment_id
    assert outside.shipment_outbox.numbers == [number, f"-{number}"]


def test_a_cancelled_request_is_called_off_once(house: House, outside: ScriptedWarehouse) -> None:
    request = house.sent()
    cancel_request(request, True, author="test", reason="changed their mind")
    assert house.marks() == {request.key}

    house.run("shipments")
    leave_marks(house.flow("shipments", "push"), [request.key], "again")
    house.run("shipments")

    number = request.ext_shipment_id
    assert outside.shipment_outbox.numbers == [number, f"-{number}"]
    request.refresh_from_db()
    assert request.cancellation_status == "sent"


def test_a_lost_answer_is_looked_up_and_not_repeated(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request()
    outside.shipment_outbox.answers = [InDoubt("no answer")]
    outside.shipment_outbox.lost = {"*"}

    assert house.run("shipments").outcome == "failed"
    Flow.objects.update(not_before=None)
    report = house.run("shipments")

    assert (report.outcome, report.written) == ("completed", 1)
    assert outside.shipment_outbox.numbers == [request.ext_shipment_id]
    request.refresh_from_db()
    assert request.status == "sentToFulfillment"
    assert house.marks() == set()


def test_what_did_not_go_out_is_prepared_anew(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request()
    outside.shipment_outbox.answers = [Retry("busy")]

    assert house.run("shipments").outcome == "failed"
    assert house.run("shipments").written == 1

    assert len(outside.shipment_outbox.prepared) == 2
    assert outside.shipment_outbox.numbers == [request.ext_shipment_id]
    assert not Attempt.objects.filter(settled_at=None).exists()


def test_nothing_new_goes_while_an_old_one_is_in_doubt(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    house.request()
    outside.shipment_outbox.answers = [InDoubt("no answer")]
    house.run("shipments")
    outside.shipment_outbox.unknown = Retry("cannot be looked up")
    fresh = house.request()

    report = house.run("shipments")

    assert report.outcome == "failed"
    assert outside.shipment_outbox.numbers == []
    assert fresh.key in house.marks()


def test_a_refused_request_stays_alone(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    bad, good = house.request(), house.request()
    outside.shipment_outbox.refuses = {bad.ext_shipment_id}

    report = house.run("shipments")

    assert report.outcome == "partial"
    assert outside.shipment_outbox.numbers == [good.ext_shipment_id]
    assert "no street" in house.open()["refused"]
    assert house.marks() == {bad.key}

    outside.shipment_outbox.refuses = set()
    Mark.objects.update(not_before=None)
    house.run("shipments")
    assert outside.shipment_outbox.numbers == [good.ext_shipment_id, bad.ext_shipment_id]
    assert house.open() == {}


def test_two_orders_of_one_number_are_not_mixed_up(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    first = house.request()
    house.run("shipments")
    other = house.request()
    type(other).objects.filter(pk=other.pk).update(ext_shipment_id=first.ext_shipment_id)

    house.run("shipments")

    assert outside.shipment_outbox.numbers == [first.ext_shipment_id]
    assert "shipmentNumberTaken" in house.open()
    cancel_request(other, True, author="test", reason="ship it elsewhere")
    Mark.objects.update(not_before=None)
    house.run("shipments")
    assert house.open() == {}


def test_a_dead_connection_parks_and_loses_nothing(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    request = house.request()
    outside.shipment_outbox.answers = [Reconnect("the password is wrong")]

    house.run("shipments")

    assert Integration.objects.get(pk=house.warehouse.pk).state == "error"
    assert house.marks() == {request.key}


def test_only_what_is_still_open_is_asked_for(house: House, outside: ScriptedWarehouse) -> None:
    request = house.request(tea=5)
    fulfill(request, {"tea": 2}, shipped_at=request.created_at, author="by hand")

    house.turn(shipments="push")
    house.run("shipments")

    (rows,) = outside.shipment_outbox.gone.values()
    assert [(line.sku, line.quantity) for line in rows[0].line_items] == [("tea", 3)]


def test_other_locations_are_none_of_its_business(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    house.request(house.world.location("Shop floor"))

    house.run("shipments")

    assert house.marks() == set()
    assert outside.shipment_outbox.numbers == []


def test_a_location_is_given_to_another_warehouse(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(shipments="push")
    elsewhere = house.world.location("Cellar")
    request = house.request(elsewhere)

    assign_warehouse(elsewhere, house.warehouse, author="test")
    assert house.marks() == {request.key}
    assign_warehouse(elsewhere, None, author="test")
    house.run("shipments")

    assert outside.shipment_outbox.numbers == []
    request.refresh_from_db()
    assert request.fulfillment_integration is None


@pytest.mark.parametrize("count", [7])
def test_many_go_in_batches(house: House, outside: ScriptedWarehouse, count: int) -> None:
    house.turn(shipments="push")
    for _ in range(count):
        house.request()

    report = house.run("shipments")

    assert report.written == count
    assert [len(rows) for rows in outside.shipment_outbox.gone.values()] == [3, 3, 1]
