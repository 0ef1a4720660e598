"""When a flow runs next: a run for later holds up none that is wanted now, and no wish for one is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from unittest.mock import patch

from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from crossdock.flows import runs
from crossdock.hub.marks import RUN_FLOW, WAKE_FLOW, leave_marks, wake_flow
from crossdock.hub.models import Flow, Mark

from .conftest import Road


def test_a_run_for_later_does_not_hold_up_one_for_now(road: Road) -> None:
    flow = Flow.objects.get(integration=road.integration, entity="locations")
    ProcrastinateJob.objects.all().delete()
    with transaction.atomic():
        wake_flow(flow, after=timedelta(hours=1))
        wake_flow(flow)
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        worker = cursor.fetchone()[0]
        cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
        assert cursor.fetchone()[0] == RUN_FLOW
        cursor.execute("SELECT procrastinate_unregister_worker_v1(%s)", [worker])


def test_orders_drained_by_a_stock_push_are_looked_at_again_when_the_search_has_caught_up(road: Road) -> None:
    road.open_for_business()
    road.control.place_order({"items": [{"sku": road.tracked(), "quantity": 1}]})
    orders = Flow.objects.get(integration=road.integration, entity="orders")
    push = Flow.objects.get(integration=road.integration, entity="inventory")
    with transaction.atomic():
        leave_marks(push, [road.tracked()], "test")
    ProcrastinateJob.objects.all().delete()
    report = runs.run_flow(push, trigger="test")
    assert report.outcome == "completed"
    later = ProcrastinateJob.objects.filter(task_name=WAKE_FLOW, args__flow_id=orders.pk)
    assert later.count() == 1


def test_a_stock_push_that_finds_the_orders_being_read_comes_again_and_has_not_failed(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    orders = Flow.objects.get(integration=road.integration, entity="orders")
    push = Flow.objects.get(integration=road.integration, entity="inventory")
    with transaction.atomic():
        leave_marks(push, [sku], "test")
    with ThreadPoolExecutor(1) as other, patch.object(runs, "DRAIN_PATIENCE", 0.3):
        reading, done = Event(), Event()
        run = other.submit(_read_orders, orders, reading, done)
        assert reading.wait(timeout=30)
        report = runs.run_flow(push, trigger="test")
        done.set()
        run.result(timeout=30)
    assert (report.outcome, report.written) == ("completed", 0)
    assert report.again_after is not None
    assert Mark.objects.filter(flow=push, key=sku).exists()
    road.sync()
    assert not Mark.objects.filter(flow=push).exists()


def _read_orders(orders: Flow, reading: Event, done: Event) -> None:
    """Be the orders' own run until told to end."""
    try:
        with runs.flow_locked(orders) as held:
            assert held
            reading.set()
            assert done.wait(timeout=30)
    finally:
        connection.close()
