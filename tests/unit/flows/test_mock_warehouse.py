"""The mock warehouse, driven by the flows: what it is sent it ships, and its faults hurt nobody."""

from __future__ import annotations

from typing import Any

import pytest

from crossdock.flows import connecting, switches
from crossdock.flows.runs import RunReport, run_flow
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Delivery, Flow, Fulfillment, Integration, InventoryRecord, ShippingRequest
from crossdock.hub.places.locations import assign_warehouse
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.stock.inventory import check_ledger


class Depot:
    """A shop whose goods lie at a mock warehouse that is quick."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.integration: Integration = connecting.add_integration(
            world.organization, "mockwarehouse", author="test"
        )
        connecting.connect_with_credentials(self.integration, {}, author="test")
        assign_warehouse(world.main, self.integration, author="test")
        self.set(paceSeconds=0)
        choices = {"shipments": "push", "fulfillments": "pull", "inventory": "pull"}
        switches.set_flows(self.integration, choices, author="test", now=system_clock())

    def set(self, **options: object) -> None:
        """Tell it how to behave."""
        switches.set_settings(self.integration, options, author="test")

    def run(self, entity: str) -> RunReport:
        """Run one of its flows."""
        return run_flow(Flow.objects.get(integration=self.integration, entity=entity), trigger="test")

    def request(self, **lines: int) -> ShippingRequest:
        """Ask for something."""
        order = self.world.order(lines)
        wanted = [(line, line.quantity) for line in order.lines.all()]
        return create_request(order, self.world.main, wanted, reason="test", author="test")


@pytest.fixture
def depot(transactional_db: None, world: Any) -> Depot:
    """A shop whose goods lie at a mock warehouse."""
    return Depot(world)


def test_it_ships_what_it_is_sent(depot: Depot) -> None:
    depot.set(parcels=2, percentDuplicated=100, percentMalformed=100)
    request = depot.request(tea=3, cup=1)

    depot.run("shipments")
    first = depot.run("fulfillments")
    again = depot.run("fulfillments")

    request.refresh_from_db()
    assert request.status == "fulfilled"
    assert (Fulfillment.objects.count(), Delivery.objects.count()) == (2, 4)
    assert (first.created, first.unchanged, first.failed) == (2, 2, 4)
    assert again.read == 0
    assert check_ledger(depot.world.organization.pk) == []


def test_it_can_refuse(depot: Depot) -> None:
    depot.set(percentRejected=100)
    request = depot.request(tea=3)

    depot.run("shipments")
    depot.run("fulfillments")

    request.refresh_from_db()
    assert [row.open for row in request.lines.all()] == [0]
    assert Fulfillment.objects.get().fulfillment_type == "rejected"
    assert check_ledger(depot.world.organization.pk) == []


def test_it_can_be_busy(depot: Depot) -> None:
    depot.set(percentBusy=100)
    request = depot.request(tea=3)

    report = depot.run("shipments")
    request.refresh_from_db()
    assert (report.outcome, report.again_after) == ("failed", 1.0)
    assert request.sent_to_fulfillment_at is None

    depot.set(percentBusy=0)
    depot.run("shipments")
    request.refresh_from_db()
    assert request.sent_to_fulfillment_at is not None


def test_it_counts_each_morning(depot: Depot) -> None:
    depot.set(counts=["tea=40"])

    assert depot.run("inventory").created == 1
    assert depot.run("inventory").created == 0

    assert InventoryRecord.objects.get(sku="tea", location=depot.world.main).on_hand == 40


def test_a_wrong_option_stops_it_with_its_name(depot: Depot) -> None:
    with pytest.raises(switches.SwitchError, match="parcels is 0"):
        depot.set(parcels=0)
    Integration.objects.filter(pk=depot.integration.pk).update(settings={"parcels": 0})

    report = depot.run("fulfillments")

    assert report.outcome == "failed"
    assert "parcels is 0" in report.message
