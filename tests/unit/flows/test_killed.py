"""A process killed with SIGKILL between any two steps sends nothing twice, takes nothing twice, and loses nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock.canon import ReportedLine, Shipment, ShipmentReport
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Attempt, Delivery, Fulfillment, Run
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.inventory import check_ledger

House = Any  # the fixture of conftest.py beside this file
HERE = Path(__file__).parent


class Child:
    """Runs a flow in a process of its own that may be told where to die."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder, self._environ = folder, environ
        for name in ("prepared", "out", "in", "done"):
            folder.joinpath(name).mkdir()

    def run(self, flow_pk: int, point: str = "") -> str:
        """Run the flow; returns its outcome, ``killed`` for a process that died where it should."""
        done = subprocess.run(
            [sys.executable, str(HERE / "mortal_warehouse.py"), str(flow_pk)],
            env=self._environ | {"MORTAL_POINT": point}, capture_output=True, text=True, check=False, timeout=90,
        )  # fmt: skip
        if point:
            assert done.returncode == -signal.SIGKILL, done.stderr
            return "killed"
        assert done.returncode == 0, done.stderr
        return done.stdout

    def out(self) -> list[Shipment]:
        """Everything that has gone out, in order."""
        return [
            shipment
            for path in sorted(self.folder.joinpath("out").iterdir())
            for shipment in msgspec.json.decode(path.read_bytes(), type=list[Shipment])
        ]


@pytest.fixture
def child(house: House, tmp_path: Path, child_environ: dict[str, str]) -> Child:
    """A child process on the test's own database."""
    return Child(tmp_path, child_environ | {"CROSSDOCK_LOG_LEVEL": "error", "MORTAL_FOLDER": str(tmp_path)})


@pytest.mark.parametrize("point", ["prepared", "claimed", "sent", "recording", "over"])
def test_killed_while_requests_are_handed_over(house: House, child: Child, point: str) -> None:
    requests = [house.request() for _ in range(3)]
    house.turn(shipments="push")
    flow = house.flow("shipments", "push")

    child.run(flow.pk, point)
    assert child.run(flow.pk) == "completed"

    assert sorted(row.ext_shipment_id for row in child.out()) == sorted(
        row.ext_shipment_id for row in requests
    )
    for request in requests:
        request.refresh_from_db()
        assert request.status == "sentToFulfillment"
    assert house.marks() == set()
    assert not Attempt.objects.filter(settled_at=None).exists()
    assert Run.objects.filter(flow=flow, outcome="abandoned").count() == 1


def test_what_is_cancelled_after_the_death_is_called_off_only_if_it_had_gone(
    house: House, child: Child
) -> None:
    house.turn(shipments="push")
    flow = house.flow("shipments", "push")
    went = house.request()
    child.run(flow.pk, "sent")
    cancel_request(went, True, author="test", reason="never mind")
    stayed = house.request()
    child.run(flow.pk, "claimed")
    cancel_request(stayed, True, author="test", reason="never mind")

    child.run(flow.pk)
    child.run(flow.pk)

    assert [(row.ext_shipment_id, row.canceled) for row in child.out()] == [
        (went.ext_shipment_id, False),
        (went.ext_shipment_id, True),
    ]


@pytest.mark.parametrize("point", ["read", "rows", "noting", "taken", "put away", "over"])
def test_killed_while_parcels_are_taken_in(house: House, child: Child, point: str) -> None:
    house.turn(shipments="push", fulfillments="pull")
    request = house.request(None, tea=3)
    assert child.run(house.flow("shipments", "push").pk) == "completed"
    reports: list[object] = [
        ShipmentReport(
            ext_shipment_id=request.ext_shipment_id, ext_fulfillment_id=f"P{number}", at=system_clock(),
            line_items=(ReportedLine("tea", 1),),
        )
        for number in range(3)
    ]  # fmt: skip
    child.folder.joinpath("in", "a.json").write_bytes(msgspec.json.encode([*reports, "no row at all"]))
    flow = house.flow("fulfillments", "pull")

    child.run(flow.pk, point)
    if point in ("read", "rows", "noting"):
        assert Fulfillment.objects.count() == 0
    assert child.run(flow.pk) in ("completed", "partial")

    assert Fulfillment.objects.count() == 3
    request.refresh_from_db()
    assert request.status == "fulfilled"
    (delivery,) = Delivery.objects.all()
    assert (delivery.accepted, len(delivery.rejects)) == (3, 1)
    assert delivery.settled_at is not None
    assert [path.name for path in child.folder.joinpath("in").iterdir()] == []
    assert sorted(path.name for path in child.folder.joinpath("done").iterdir()) == [
        "a.json",
        "a.json.rejects",
    ]
    assert check_ledger(house.organization.pk) == []
