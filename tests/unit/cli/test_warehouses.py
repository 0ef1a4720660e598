"""Warehouses on the command line: adding a mock one, giving it a location, and looking at what it delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.cli.codes import Exit
from crossdock.hub.models import Delivery, Integration, Location, Organization

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run, RunJson


@pytest.fixture
def shop(transactional_db: None) -> Organization:
    """An organization with one location."""
    organization = Organization.objects.create(name="Shop")
    Location.objects.create(organization=organization, name="Main", is_default=True)
    return organization


def test_a_mock_warehouse_needs_no_credentials(shop: Organization, run_json: RunJson) -> None:
    added = run_json("integrations", "add", "mockwarehouse", "--name", "Depot")

    assert (added["connectorId"], added["status"]) == ("mockwarehouse", "connected")
    shown = run_json("flows", "show", "Depot")
    assert {(flow["entity"], flow["direction"]) for flow in shown["flows"]} == {
        ("orders", "push"), ("shipments", "push"), ("fulfillments", "pull"), ("inventory", "pull"),
    }  # fmt: skip
    assert run_json("integrations", "connect", "Depot")["status"] == "connected"


def test_a_location_is_assigned_and_taken_back(shop: Organization, run: Run, run_json: RunJson) -> None:
    depot = run_json("integrations", "add", "mockwarehouse", "--name", "Depot")["id"]

    assigned = run_json("locations", "assign", "Main", "Depot", "--as", "WH1")
    assert assigned["fulfillmentIntegrationId"] == depot
    assert assigned["externalSystems"] == [{"integrationId": depot, "extLocationId": "WH1"}]
    assert run_json("locations", "assign", "Main", "--none")["fulfillmentIntegrationId"] is None

    assert "push shipping requests to Depot is off" in run("locations", "assign", "Main", "Depot").stderr

    neither = run("locations", "assign", "Main")
    assert neither.exit_code == Exit.USAGE
    assert "--none" in neither.stderr


def test_a_store_ships_nothing(shop: Organization, run: Run) -> None:
    Integration.objects.create(organization=shop, connector="ecwid", name="Store", state="connected")

    refused = run("locations", "assign", "Main", "Store")

    assert refused.exit_code == Exit.USAGE
    assert "Store is no warehouse" in refused.stderr


def test_deliveries_are_listed_and_shown(shop: Organization, run: Run, run_json: RunJson) -> None:
    warehouse = Integration.objects.create(
        organization=shop, connector="mockwarehouse", name="Depot", state="connected"
    )
    reject = {"number": 2, "field": "sku", "reason": "it is empty", "text": ";3"}
    Delivery.objects.create(
        integration=warehouse, entity="inventory", name="a.csv", digest=b"1", rows=2, accepted=1,
        rejects=[reject],
    )  # fmt: skip
    Delivery.objects.create(
        integration=warehouse, entity="fulfillments", name="b.csv", digest=b"2", rows=1, accepted=1
    )

    assert [row["name"] for row in run_json("deliveries", "list")["deliveries"]] == ["b.csv", "a.csv"]
    assert [row["name"] for row in run_json("deliveries", "list", "--rejected")["deliveries"]] == ["a.csv"]
    assert [
        row["name"] for row in run_json("deliveries", "list", "--entity", "fulfillments")["deliveries"]
    ] == ["b.csv"]
    assert run_json("deliveries", "show", "a.csv")["rejects"] == [reject]
    assert "it is empty" in run("deliveries", "show", "a.csv").stdout
    assert run("deliveries", "show", "c.csv").exit_code == Exit.NOT_FOUND


def test_removing_a_warehouse_leaves_its_location_to_people(shop: Organization, run_json: RunJson) -> None:
    run_json("integrations", "add", "mockwarehouse", "--name", "Depot")
    run_json("locations", "assign", "Main", "Depot")

    run_json("integrations", "remove", "Depot", "--yes")

    assert run_json("locations", "show", "Main")["fulfillmentIntegrationId"] is None
