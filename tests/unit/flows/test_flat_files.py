"""The engine and the flat-file connector together: a folder as a warehouse, and connecting it again."""

from __future__ import annotations

import csv
import io
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile.manifest import MANIFEST
from crossdock.flows import connecting, switches
from crossdock.flows.runs import RunReport, run_flow
from crossdock.hub import vault
from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    ExceptionCase,
    Flow,
    Fulfillment,
    Integration,
    InventoryRecord,
    ShippingRequest,
)
from crossdock.hub.places.locations import assign_warehouse
from crossdock.hub.shipping.drafting import create_request

SECRET = "-----BEGIN PRIVATE KEY-----"


class Hall:
    """A shop whose goods lie in a hall that works with files."""

    def __init__(self, world: Any, files: Path) -> None:
        self.world, self.root = world, files / "hall"
        self.integration = connecting.add_integration(world.organization, "flatfile", author="test")
        connecting.connect_with_credentials(self.integration, {"path": "hall"}, author="test")
        switches.set_settings(self.integration, {"arrival": "whole"}, author="test")
        assign_warehouse(world.main, self.integration, author="test")
        switches.set_flows(
            self.integration,
            {"shipments": "push", "fulfillments": "pull", "inventory": "pull"},
            author="test",
            now=system_clock(),
        )

    def run(self, entity: str) -> RunReport:
        """Run one of its flows."""
        return run_flow(
            Flow.objects.get(integration=self.integration, entity=entity, enabled=True), trigger="test"
        )

    def request(self, **lines: int) -> ShippingRequest:
        """Place an order and ask the hall for all of it."""
        order = self.world.order(lines)
        wanted = [(line, line.quantity) for line in order.lines.all()]
        return create_request(order, self.world.main, wanted, reason="test", author="test")

    def gone_out(self) -> list[dict[str, str]]:
        """All rows of all files that went out."""
        return [
            row
            for path in sorted((self.root / "shipments").glob("*.csv"))
            for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        ]

    def drop(self, name: str, text: str, age: int = 0) -> None:
        """Leave a file for the hub, written `age` seconds ago."""
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        when = system_clock().timestamp() - age
        os.utime(path, (when, when))


@pytest.fixture
def hall(transactional_db: None, world: Any, tmp_path: Path, settings: Any) -> Hall:
    """A hall with nothing in it."""
    settings.CROSSDOCK_CONNECTORS = {"flatfile": {"files_dir": str(tmp_path)}}
    return Hall(world, tmp_path)


def test_a_request_goes_out_and_its_parcel_comes_in(hall: Hall) -> None:
    request = hall.request(tea=2, cup=1)

    assert hall.run("shipments").outcome == "completed"
    assert hall.run("shipments").outcome == "completed"
    assert [(row["extShipmentId"], row["sku"], row["quantity"]) for row in hall.gone_out()] == [
        (request.ext_shipment_id, "tea", "2"),
        (request.ext_shipment_id, "cup", "1"),
    ]
    header = "extShipmentId,sku,quantity,trackingNumber,shippingCarrier\n"
    rows = f"{request.ext_shipment_id},tea,2,T1,UPS\n{request.ext_shipment_id},cup,1,T1,UPS\nNOBODY,tea,1,T2,UPS\n"
    hall.drop("fulfillments/parcels.csv", header + rows)

    report = hall.run("fulfillments")
    hall.drop("fulfillments/again.csv", header + rows)
    hall.run("fulfillments")

    assert (report.created, report.failed) == (1, 1)
    parcel = Fulfillment.objects.get()
    assert (parcel.tracking_number, parcel.shipping_carrier) == ("T1", "UPS")
    request.refresh_from_db()
    assert request.status == "fulfilled"
    rejects = sorted((hall.root / "fulfillments/done").glob("*.rejects.csv"))
    assert [path.name.split(".")[0] for path in rejects] == ["again", "parcels"]
    assert "NOBODY" in rejects[1].read_text(encoding="utf-8").splitlines()[1]


def test_the_same_count_on_another_day_counts_again(hall: Hall) -> None:
    """Five, then seven, then five: the third file has the name and the bytes of the first."""
    figures = []
    for age, quantity in ((300, 5), (200, 7), (100, 5)):
        hall.drop("inventory/stock.csv", f"sku,quantity\ntea,{quantity}\n", age)
        hall.run("inventory")
        figures.append(InventoryRecord.objects.get(sku="tea", location=hall.world.main).on_hand)

    assert figures == [5, 7, 5]


def test_a_disk_that_is_not_mounted_holds_everything_back(hall: Hall) -> None:
    hall.request(tea=1)
    hall.root.rename(hall.root.with_name("unmounted"))
    hall.root.mkdir()
    (hall.root / "shipments").mkdir()

    assert hall.run("shipments").outcome != "completed"
    hall.root.rename(hall.root.with_name("empty"))
    hall.root.with_name("unmounted").rename(hall.root)
    Flow.objects.update(not_before=None)
    assert hall.run("shipments").outcome == "completed"
    assert len(hall.gone_out()) == 1


def test_a_setting_that_makes_no_sense_stops_its_flows_and_says_which(hall: Hall) -> None:
    for name, value in {"timezone": "Mars", "shipmentsFolder": "../out", "quietSeconds": -1}.items():
        with pytest.raises(switches.SwitchError) as refused:
            switches.set_settings(hall.integration, {name: value}, author="test")
        assert refused.value.field == name
    assert "timezone" not in Integration.objects.get(pk=hall.integration.pk).settings

    Integration.objects.filter(pk=hall.integration.pk).update(settings={"timezone": "Mars"})
    hall.integration.refresh_from_db()
    assert hall.run("inventory").outcome != "completed"
    case = ExceptionCase.objects.get(code="badOption")
    assert "timezone" in case.message

    switches.set_settings(hall.integration, {"timezone": "Europe/Berlin"}, author="test")
    assert hall.run("inventory").outcome == "completed", "it is tried again at once"
    case.refresh_from_db()
    assert case.status == "resolved"


def test_one_folder_is_connected_once_and_stays_its_own(hall: Hall, tmp_path: Path) -> None:
    other = connecting.add_integration(hall.world.organization, "flatfile", author="test")
    with pytest.raises(Refused) as again:
        connecting.connect_with_credentials(other, {"path": "hall"}, author="test")
    with pytest.raises(Refused) as moved:
        connecting.connect_with_credentials(hall.integration, {"path": "elsewhere"}, author="test")

    assert (again.value.code, moved.value.code) == ("alreadyConnected", "otherFolder")
    assert not (tmp_path / "elsewhere").exists()
    shutil.copytree(tmp_path / "hall", tmp_path / "new place")
    connecting.connect_with_credentials(hall.integration, {"path": "new place"}, author="test")


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"host_key": "SHA256:new"}, {"path": "in", "host": "h", "host_key": "old", "private_key": SECRET}),
        ({"password": "new"}, {"path": "in", "host": "h", "host_key": "old"}),
    ],
)
def test_only_what_has_changed_is_given_again(
    world: Any, given: dict[str, str], known: dict[str, str]
) -> None:
    integration = connecting.add_integration(world.organization, "flatfile", author="test")
    stored = {"path": "in", "host": "h", "host_key": "old", "private_key": SECRET}
    Integration.objects.filter(pk=integration.pk).update(credentials=vault.seal(stored))
    integration.refresh_from_db()

    assert connecting.known_credentials(integration, MANIFEST, given) == known
