"""An order comes in from the store, is held, and is routed when its hold ends; nobody can buy its goods meanwhile."""

from __future__ import annotations

from datetime import timedelta

from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, InventoryRecord, Order, Reservation
from crossdock.hub.stock.inventory import check_ledger
from crossdock.routing.advance import advance_orders
from crossdock.routing.rules.book import Draft, put_rule

from .conftest import Road

HOLD = {"do": "hold", "minutes": 30, "from": "arrival"}


def test_an_order_is_held_then_routed_and_stays_committed_all_along(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    filters = [{"field": "lineItems.sku", "operator": "equals", "value": sku}]
    put_rule(road.organization, Draft("patience", [HOLD], filters=filters), author="anna")
    record = InventoryRecord.objects.get(organization=road.organization, sku=sku, location__is_default=True)
    committed = record.committed
    placed = road.control.place_order({"items": [{"sku": sku, "quantity": 2}]})
    road.sync()

    order = Order.objects.get(integration=road.integration, ext_order_api_id=str(placed["internalId"]))
    assert (order.status, order.release, order.routing_status) == ("onHold", "held", "pending")
    assert order.hold_until == order.created_at + timedelta(minutes=30)
    assert order.shipping_requests.count() == 0
    record.refresh_from_db()
    assert record.committed == committed + 2
    assert Reservation.objects.get(line__order=order).request_line is None

    assert advance_orders(road.organization.pk, order.hold_until - timedelta(seconds=1)).routed == 0
    assert advance_orders(road.organization.pk, order.hold_until).routed == 1
    routed = Order.objects.get(pk=order.pk)
    assert (routed.status, routed.routing_status) == ("readyForFulfillment", "acknowledged")
    record.refresh_from_db()
    assert record.committed == committed + 2
    assert Reservation.objects.get(line__order=order).request_line is not None
    assert check_ledger(road.organization.pk) == []
    reasons = Event.objects.filter(record_id=order.pk, operation="release").values_list("reason", flat=True)
    assert all("rule “patience”" in reason for reason in reasons)
    assert routed.hold_until is None
    assert routed.released_at is not None
    assert routed.released_at <= system_clock()
