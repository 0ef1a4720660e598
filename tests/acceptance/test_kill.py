"""A worker killed with SIGKILL in the middle of its work costs nothing and needs nobody."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from crossdock.flows import importing, jobs
from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, Order, Run, ShippingRequest
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock import inventory
from ecwid_twin.config import Config
from ecwid_twin.server import Running, running

from .conftest import LAG, LONG_AGO, Road

WORKER = (
    "from crossdock import runtime\n"
    "with runtime.start():\n"
    "    from crossdock.flows import jobs\n"
    "    jobs.run_worker(2)\n"
)
PATIENCE = 90.0


@pytest.fixture
def twin() -> Iterator[Running]:
    """A store with enough orders to be killed in the midst of."""
    with running(Config(orders=1200, lag=LAG, rate_limit=100_000)) as handle:
        yield handle


class Workers:
    """Worker processes on the test's own database."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start one."""
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=self._environ)
        self._processes.append(process)
        return process

    def end(self) -> None:
        """Kill those that are left."""
        for process in self._processes:
            process.kill()
            process.wait(timeout=10)


@pytest.fixture
def workers(road: Road, child_environ: dict[str, str]) -> Iterator[Workers]:
    """Workers that see the database and the store that the test sees."""
    environ = child_environ | {
        "CROSSDOCK_ECWID_API_URL": road.twin.api_url,
        "CROSSDOCK_ECWID_OAUTH_URL": road.twin.oauth_url,
    }
    crew = Workers(environ)
    try:
        yield crew
    finally:
        crew.end()


def _until(true: Callable[[], object], what: str) -> None:
    """Wait until something holds, or fail saying what never did."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(0.05)


def _kill(process: subprocess.Popen[bytes]) -> None:
    assert process.poll() is None, "the worker ended by itself"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)


def _seen(road: Road, method: str, part: str) -> bool:
    return any(call["method"] == method and part in str(call["path"]) for call in road.control.calls())


def test_killed_in_the_middle_of_an_import(road: Road, workers: Workers) -> None:
    road.flows(orders="pull")
    road.sync()
    backfill = importing.start_import(road.integration, "orders", since=LONG_AGO, author="test")
    jobs.queue_import(backfill)
    # Some pages come at once, the others not before the worker has been killed, however slow the machine is.
    road.control.fault(method="GET", path="/orders", skip=6, times=10_000, delay=10.0)
    victim = workers.start()
    _until(lambda: Order.objects.count() >= 200, "the import's beginning")
    _kill(victim)
    half = Order.objects.count()
    backfill.refresh_from_db()
    assert backfill.state == "running"
    assert backfill.read >= half

    road.control.clear_faults()
    road.control.clear_calls()
    workers.start()

    def finished() -> bool:
        backfill.refresh_from_db()
        return backfill.state == "completed"

    _until(finished, "the import's end")
    expected = [
        str(row.get("internalId", row["orderNumber"]))
        for row in road.control.orders()
        if row.get("paymentStatus") != "INCOMPLETE"
    ]
    assert half < len(expected)
    assert Counter(Order.objects.values_list("ext_order_api_id", flat=True)) == Counter(expected)
    assert Run.objects.filter(outcome="abandoned").exists()
    assert inventory.check_ledger(road.organization.pk) == []
    assert road.control.call_count() < -(-len(expected) // 100) + 20


def test_killed_in_the_middle_of_a_stock_push(road: Road, workers: Workers) -> None:
    road.open_for_business()
    sku = road.tracked()
    before = road.remote_stock()[sku]
    record = InventoryRecord.objects.get(sku=sku)
    road.control.fault(method="PUT", path="/inventory", times=1, delay=4.0)
    road.control.clear_calls()
    inventory.set_on_hand(road.organization, sku, record.on_hand - 3, author="test", reason="count")
    victim = workers.start()
    _until(lambda: road.remote_stock()[sku] == before - 3 or _seen(road, "PUT", "/inventory"), "the write")
    _kill(victim)

    workers.start()
    _until(
        lambda: not road.integration.flows.filter(entity="inventory", marks__isnull=False).exists(),
        "the push",
    )
    time.sleep(4.5)  # the delayed answer's write, should it come late, has come by now
    _until(
        lambda: not road.integration.flows.filter(entity="inventory", marks__isnull=False).exists(),
        "the push",
    )
    assert road.remote_stock()[sku] == before - 3
    record.refresh_from_db()
    assert record.available == before - 3


def test_killed_in_the_middle_of_a_shipment_push(road: Road, workers: Workers) -> None:
    road.open_for_business()
    placed = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.sync()
    request = ShippingRequest.objects.get(order=road.order(placed["id"]))
    mails = len(road.control.mails())
    road.control.fault(method="PUT", path="/orders/", times=1, delay=3.0)
    road.control.clear_calls()
    fulfill(request, None, tracking_number="K-1", shipped_at=system_clock(), author="test")
    victim = workers.start()
    _until(
        lambda: (
            road.control.order(placed["id"]).get("trackingNumber") == "K-1" or _seen(road, "PUT", "/orders/")
        ),
        "the write",
    )
    _kill(victim)

    workers.start()
    _until(
        lambda: not road.integration.flows.filter(entity="fulfillments", marks__isnull=False).exists(),
        "the push",
    )
    remote = road.control.order(placed["id"])
    assert (remote["trackingNumber"], remote["fulfillmentStatus"]) == ("K-1", "SHIPPED")
    assert len([mail for mail in road.control.mails()[mails:] if "hipped" in str(mail)]) == 1
