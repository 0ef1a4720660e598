"""A shop whose goods lie at a scripted warehouse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from scripted_warehouse import ScriptedWarehouse

from crossdock.flows import connecting, switches
from crossdock.flows.runs import RunReport, run_flow
from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    Delivery,
    ExceptionCase,
    Flow,
    Integration,
    Location,
    Mark,
    Order,
    Organization,
    ShippingRequest,
)
from crossdock.hub.places.locations import assign_warehouse
from crossdock.hub.shipping.drafting import create_request


class House:
    """An organization with one location, which a warehouse ships for; all of that one's flows are on."""

    def __init__(self, world: Any, outside: ScriptedWarehouse) -> None:
        self.world, self.outside = world, outside
        self.organization: Organization = world.organization
        self.place: Location = world.main
        self.warehouse: Integration = connecting.add_integration(self.organization, "scripted", author="test")
        connecting.connect_with_credentials(self.warehouse, {}, author="test")
        assign_warehouse(self.place, self.warehouse, author="test")

    def turn(self, **choices: str) -> None:
        """Turn flows on or off."""
        switches.set_flows(self.warehouse, choices, author="test", now=system_clock())

    def flow(self, entity: str, direction: str) -> Flow:
        """One of the warehouse's flows."""
        return Flow.objects.get(integration=self.warehouse, entity=entity, direction=direction)

    def run(self, entity: str, direction: str = "", *, dry_run: bool = False) -> RunReport:
        """Run a flow of the warehouse."""
        way = direction or ("push" if entity in ("shipments", "orders") else "pull")
        return run_flow(self.flow(entity, way), trigger="test", dry_run=dry_run)

    def order(self, **lines: int) -> Order:
        """Place an order."""
        return self.world.order(lines or {"tea": 2})

    def request(self, place: Location | None = None, **lines: int) -> ShippingRequest:
        """Place an order and ask for all of it."""
        order = self.world.order(lines or {"tea": 2})
        wanted = [(line, line.quantity) for line in order.lines.all()]
        return create_request(order, place or self.place, wanted, reason="test", author="test")

    def sent(self, **lines: int) -> ShippingRequest:
        """A request that the warehouse has."""
        request = self.request(None, **lines)
        if not self.flow("shipments", "push").enabled:
            self.turn(shipments="push")
        assert self.run("shipments").outcome == "completed"
        request.refresh_from_db()
        assert request.status == "sentToFulfillment"
        return request

    def marks(self, entity: str = "shipments") -> set[str]:
        """What is marked for a push of the warehouse."""
        return set(Mark.objects.filter(flow=self.flow(entity, "push")).values_list("key", flat=True))

    def open(self) -> dict[str, str]:
        """What needs attention: messages by code."""
        cases = ExceptionCase.objects.filter(organization=self.organization, status="active")
        return dict(cases.values_list("code", "message"))

    def delivery(self, name: str) -> Delivery:
        """The note of one delivery."""
        return Delivery.objects.get(integration=self.warehouse, name=name)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> ScriptedWarehouse:
    """The warehouse, as the only connector there is."""
    scripted = ScriptedWarehouse()
    monkeypatch.setattr("crossdock.connectors.offered", lambda: (scripted,))
    return scripted


@pytest.fixture
def house(transactional_db: None, world: Any, outside: ScriptedWarehouse) -> House:
    """A shop whose goods lie at the scripted warehouse."""
    return House(world, outside)
