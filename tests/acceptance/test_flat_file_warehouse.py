"""A store and a warehouse that speaks in files: from the order to the tracking number, from the shelf to the store."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from crossdock.flows import connecting, switches
from crossdock.flows.sync import SyncReport, sync
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Delivery, Integration, ShippingRequest
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.places.locations import assign_warehouse
from crossdock.hub.stock import inventory
from crossdock.hub.stock.inventory import default_location

from .conftest import Road


class Depot:
    """A warehouse's folder, connected, which ships for the shop's default location."""

    def __init__(self, road: Road, folder: Path) -> None:
        self.road, self.folder = road, folder
        self.integration: Integration = connecting.add_integration(
            road.organization, "flatfile", author="test"
        )
        connecting.connect_with_credentials(self.integration, {"path": str(folder)}, author="test")
        switches.set_settings(self.integration, {"arrival": "whole"}, author="test")
        place = default_location(road.organization.pk)
        assert place is not None
        assign_warehouse(place, self.integration, author="test")
        self.flows(shipments="push", fulfillments="pull", inventory="pull")

    def flows(self, **choices: str) -> None:
        """Turn flows on or off."""
        switches.set_flows(self.integration, choices, author="test", now=system_clock())

    def sync(self) -> SyncReport:
        """Run the warehouse's flows."""
        return sync(self.integration, trigger="test")

    def files(self, kind: str) -> list[Path]:
        """The files in a folder of the warehouse."""
        return sorted(path for path in self.folder.joinpath(kind).glob("*.csv"))

    def rows(self, kind: str) -> list[dict[str, str]]:
        """All rows of the files in a folder of the warehouse."""
        return [
            row
            for path in self.files(kind)
            for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        ]

    def leave(self, kind: str, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Leave a file for the hub."""
        target = self.folder / kind / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture
def depot(road: Road, tmp_path: Path, settings: LazySettings) -> Depot:
    """A shop that is open, and a warehouse with a folder."""
    settings.CROSSDOCK_CONNECTORS = {
        **settings.CROSSDOCK_CONNECTORS,
        "flatfile": {"files_dir": str(tmp_path)},
    }
    folder = tmp_path / "depot"
    folder.mkdir()
    road.open_for_business()
    return Depot(road, folder)


def _order(road: Road, quantity: int) -> tuple[str, ShippingRequest]:
    placed = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": quantity}], "paymentStatus": "PAID"}
    )
    road.sync()
    return placed["id"], ShippingRequest.objects.get(order=road.order(placed["id"]))


def test_from_the_order_to_the_tracking_number(road: Road, depot: Depot) -> None:
    depot.sync()  # what waited before
    before = len(depot.rows("shipments"))
    sku = road.tracked()
    number, request = _order(road, 3)

    assert depot.sync().complete
    request.refresh_from_db()
    assert request.status == "sentToFulfillment"
    (row,) = depot.rows("shipments")[before:] if before else depot.rows("shipments")
    assert (row["extShipmentId"], row["sku"], row["quantity"]) == (request.ext_shipment_id, sku, "3")

    parcel = {"extShipmentId": request.ext_shipment_id, "sku": sku, "shippingCarrier": "UPS"}
    depot.leave(
        "fulfillments",
        "parcels.csv",
        [
            parcel | {"extFulfillmentId": "P1", "quantity": 1, "trackingNumber": "1Z1"},
            parcel | {"extFulfillmentId": "P2", "quantity": 2, "trackingNumber": "1Z2"},
            parcel
            | {"extFulfillmentId": "P3", "quantity": 9, "trackingNumber": "1Z3", "extShipmentId": "#0"},
        ],
    )
    depot.sync()
    delivery = Delivery.objects.get(integration=depot.integration)
    assert (delivery.rows, len(delivery.rejects), delivery.rejects[0]["number"]) == (3, 1, 3)
    assert "rowsRejected" in road.open_codes()
    assert depot.files("fulfillments") == []
    (reject_file,) = depot.folder.joinpath("fulfillments", "done").glob("*.rejects.csv")
    assert "1Z3" in reject_file.read_text(encoding="utf-8-sig")

    road.sync()
    remote = road.control.order(number)
    assert remote["fulfillmentStatus"] == "SHIPPED"
    assert "1Z2" in remote["trackingNumber"]
    request.refresh_from_db()
    assert request.status == "fulfilled"
    assert inventory.check_ledger(road.organization.pk) == []


def test_from_the_shelf_to_the_store(road: Road, depot: Depot) -> None:
    sku = road.tracked()
    depot.leave("inventory", "counts.csv", [{"sku": sku, "onHand": 77}, {"sku": "", "onHand": 1}])

    depot.sync()
    road.sync()

    record = road.organization.inventory.get(sku=sku)
    assert record.on_hand == 77
    assert road.remote_stock()[sku] == record.available
    assert inventory.check_ledger(road.organization.pk) == []


def test_what_is_called_off_after_it_was_sent_is_called_off_there(road: Road, depot: Depot) -> None:
    depot.sync()
    _, request = _order(road, 1)
    depot.sync()
    cancel_order(request.order, restock=True, author="test", reason="changed their mind")

    depot.sync()

    told = [
        row["status"] for row in depot.rows("shipments") if row["extShipmentId"] == request.ext_shipment_id
    ]
    assert told[-1] == "canceled"
    assert len(told) == 2
