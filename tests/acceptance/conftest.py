"""A hub and a stand-in store, connected, in one process: what most stories here begin with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings

from crossdock.flows import connecting, importing, switches
from crossdock.flows.adoption import adopt_stock
from crossdock.flows.sync import SyncReport, sync
from crossdock.hub.clock import system_clock
from crossdock.hub.models import ExceptionCase, Import, Integration, Order, Organization
from crossdock.routing.rules.book import set_default
from ecwid_twin.config import Config
from ecwid_twin.server import Running, running

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
LAG = 0.3


class Road:
    """One organization connected to one stand-in store."""

    def __init__(self, twin: Running) -> None:
        self.twin = twin
        self.control = twin.control
        self.organization = Organization.objects.create(name="Shop")
        set_default(self.organization, [{"do": "release"}], author="test", reason="no story waits here")
        self.integration = connecting.add_integration(self.organization, "ecwid", author="test")
        connecting.connect_with_credentials(
            self.integration, {"store_id": str(twin.store_id), "token": twin.token}, author="test"
        )
        switches.set_settings(
            self.integration, {"searchLagSeconds": LAG + 0.2, "guardLeast": 1000}, author="test"
        )

    def flows(self, **choices: str) -> None:
        """Turn flows on or off."""
        switches.set_flows(self.integration, choices, author="test", now=system_clock())

    def sync(self, *entities: str) -> SyncReport:
        """Run the flows until nothing is left."""
        return sync(self.integration, entities or None, trigger="test")

    def import_history(self) -> Import:
        """Bring in every order the store ever had."""
        return importing.run_import(
            importing.start_import(self.integration, "orders", since=LONG_AGO, author="test")
        )

    def open_for_business(self) -> None:
        """All flows on, history in, stock counted."""
        self.flows(orders="pull", products="both")
        self.sync()
        self.import_history()
        adopt_stock(self.integration, author="test")
        self.flows(inventory="push", fulfillments="push")
        self.sync()

    def order(self, number: str) -> Order:
        """The hub's order of that number."""
        return Order.objects.get(integration=self.integration, ext_order_id=number)

    def open_codes(self) -> set[str]:
        """The causes that are open."""
        return set(
            ExceptionCase.objects.filter(organization=self.organization, status="active").values_list(
                "code", flat=True
            )
        )

    def remote_stock(self) -> dict[str, int]:
        """What the store has of each counted SKU."""
        return {sku: row["quantity"] for sku, row in self.control.stock().items() if "quantity" in row}

    def tracked(self) -> str:
        """A SKU with plenty in stock."""
        return max(sorted(self.remote_stock()), key=self.remote_stock().__getitem__)

    def reload(self) -> Integration:
        """The integration as it is stored."""
        self.integration.refresh_from_db()
        return self.integration


@pytest.fixture
def twin() -> Iterator[Running]:
    """A stand-in store with a hundred orders."""
    with running(Config(orders=100, lag=LAG, rate_limit=100_000)) as handle:
        yield handle


@pytest.fixture
def road(transactional_db: None, twin: Running, settings: LazySettings) -> Road:
    """A hub connected to the stand-in store, all flows but locations off."""
    settings.CROSSDOCK_CONNECTORS = {
        "ecwid": {
            "client_id": "crossdock-dev",
            "client_secret": "twin-client-secret",
            "api_url": twin.api_url,
            "oauth_url": twin.oauth_url,
        }
    }
    return Road(twin)
