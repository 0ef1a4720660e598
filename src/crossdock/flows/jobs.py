"""The jobs that workers run. The only module that knows the job engine's workers."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import structlog
from django.db import connection, transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from crossdock.flows.adoption import adopt_and_tell, ask_for_adoption, uncounted_skus
from crossdock.flows.failures import import_rests
from crossdock.flows.importing import run_import
from crossdock.flows.looking import TRIGGER, is_awaited
from crossdock.flows.order_acts import run_act
from crossdock.flows.runs import BUSY, DRAIN_AGAIN, RunReport, run_flow
from crossdock.flows.sync import POLL
from crossdock.hub.clock import system_clock
from crossdock.hub.events import SYSTEM
from crossdock.hub.marks import RUN_FLOW, WAKE_FLOW, wake_flow
from crossdock.hub.models import (
    Flow,
    Import,
    Integration,
    Mark,
    Order,
    OrderAct,
    Product,
    RoutingRetry,
    StockSheet,
)
from crossdock.hub.queueing import queue_once
from crossdock.hub.stock.bundle_items import SETTLE_BUNDLE, settle_bundle
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.pending import ready_requests
from crossdock.hub.stock.sheets import apply_sheet
from crossdock.hub.waking import ROUTE, WAKE_ROUTING, wake_routing
from crossdock.routing.advance import advance_orders
from crossdock.routing.rules.applying import waiting_for_rules

log = structlog.get_logger(__name__)

RUN_IMPORT = "crossdock.flows.import"
APPLY_SHEET = "crossdock.flows.apply_sheet"
ADOPT_STOCK = "crossdock.flows.adopt_stock"
ACT_ON_ORDERS = "crossdock.flows.act_on_orders"
HEARTBEAT, STALLED_AFTER = 2.0, 8.0


@app.task(name=RUN_FLOW, pass_context=True)
def run_flow_job(context: JobContext, flow_id: int) -> None:
    """Run one flow, because somebody asked, it was marked, or its time has come."""
    flow = Flow.objects.select_related("integration__organization").filter(pk=flow_id).first()
    if flow is None:
        return
    asked = is_awaited(flow)
    trigger = TRIGGER if asked else "mark" if Mark.objects.filter(flow=flow).exists() else "schedule"
    report = run_flow(flow, trigger=trigger)
    if asked and report.message == BUSY:
        report.again_after = DRAIN_AGAIN  # the other run may have begun before somebody asked
    _again(flow, report)


@app.task(name=WAKE_FLOW)
def wake_flow_job(flow_id: int) -> None:
    """Queue a run of a flow whose time has come."""
    flow = Flow.objects.filter(pk=flow_id).first()
    if flow is not None:
        with transaction.atomic():
            wake_flow(flow)


def _again(flow: Flow, report: RunReport) -> None:
    if report.again_after is not None:
        with transaction.atomic():
            wake_flow(flow, after=dt.timedelta(seconds=max(report.again_after, 0.2)))


@app.task(name=ROUTE)
def route_job(organization_id: int) -> None:
    """Let requests go on whose stock has come, have the rules decide, and route the orders that are let through."""
    ready_requests(organization_id, Cause(SYSTEM))
    advance_orders(organization_id, system_clock())


@app.task(name=WAKE_ROUTING)
def wake_routing_job(organization_id: int) -> None:
    """Have orders looked at, because a hold ends now."""
    with transaction.atomic():
        wake_routing(organization_id)


@app.task(name=SETTLE_BUNDLE)
def settle_bundle_job(product_id: int) -> None:
    """Let what open orders keep of a bundle follow its parts."""
    product = Product.objects.filter(pk=product_id).first()
    if product is not None:
        settle_bundle(product, author=SYSTEM)


@app.task(name=APPLY_SHEET)
def apply_sheet_job(sheet_id: int) -> None:
    """Apply what is left of a file of counts."""
    apply_sheet(sheet_id, now=system_clock())


def queue_sheet(sheet: StockSheet) -> None:
    """Have a worker apply a file of counts that has begun, in the caller's transaction."""
    name = f"sheet:{sheet.pk}"
    queue_once(APPLY_SHEET, name, lock=name, sheet_id=sheet.pk)


@app.task(name=ADOPT_STOCK)
def adopt_stock_job(integration_id: int, author: str) -> None:
    """Take a store's own figures as the first count of what nobody has counted."""
    integration = Integration.objects.select_related("organization").filter(pk=integration_id).first()
    if integration is not None:
        adopt_and_tell(integration, author=author)


def queue_adoption(integration: Integration, *, author: str) -> int:
    """Have a worker adopt the figures of a store, in the caller's transaction; returns how many SKUs it is about.

    Asked for twice is once. Raises `AdoptionError`.
    """
    name = f"adopt:{integration.pk}"
    with transaction.atomic():
        waiting = ask_for_adoption(integration, author=author)
        if queue_once(ADOPT_STOCK, name, lock=name, integration_id=integration.pk, author=author):
            return waiting
        transaction.set_rollback(True)  # it waits already: asking again is no event
    return uncounted_skus(integration)


@app.task(name=ACT_ON_ORDERS)
def act_on_orders_job(act_id: int) -> None:
    """Do what is left of an act on many orders."""
    run_act(act_id, now=system_clock())


def queue_act(act: OrderAct) -> None:
    """Have a worker act on many orders, in the caller's transaction."""
    name = f"act:{act.pk}"
    queue_once(ACT_ON_ORDERS, name, lock=name, act_id=act.pk)


@app.task(name=RUN_IMPORT)
def import_job(import_id: int) -> None:
    """Run an import until it is finished or paused."""
    backfill = Import.objects.filter(pk=import_id, state=Import.State.RUNNING).first()
    if backfill is not None:
        run_import(backfill)


def queue_import(backfill: Import) -> None:
    """Have a worker run the import, in the caller's transaction."""
    name = f"import:{backfill.pk}"
    queue_once(RUN_IMPORT, name, lock=name, priority=-10, import_id=backfill.pk)


@app.periodic(cron="* * * * * */10")
@app.task(name="crossdock.flows.sweep", queueing_lock="sweep", lock="sweep")
def sweep_job(timestamp: int) -> None:
    """Queue whatever is due: polls, marks whose time has come, imports and orders that were left."""
    sweep()


@app.periodic(cron="* * * * * */5")
@app.task(name="crossdock.flows.rescue", queueing_lock="rescue", pass_context=True)
async def rescue_job(context: JobContext, timestamp: int) -> None:
    """Give the jobs of dead workers to living ones; what they do is level-triggered, so a repeat is safe."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER)
    for job in stalled:
        if job.worker_id is not None and job.worker_id == context.job.worker_id:
            continue  # ours: we have been standing still, as on a machine that slept, but are not dead
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # another of its kind is queued already, and waits for this one's lock
            with suppress(ConnectorException):  # or it has ended meanwhile: its worker was slow, not dead
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException:  # it has ended meanwhile
            continue
        log.warning("job of a dead worker given to the living", task=job.task_name, job=job.id)


def sweep() -> int:
    """Queue every flow that is due; returns how many. One scheduling tick, safe to run anywhere, any time."""
    now, due = system_clock(), 0
    flows = Flow.objects.filter(enabled=True, integration__state="connected").select_related("integration")
    for flow in flows:
        if flow.not_before is not None and flow.not_before > now:
            continue
        if _poll_due(flow, now) or Mark.objects.filter(flow=flow).exclude(not_before__gt=now).exists():
            with (
                transaction.atomic()
            ):  # each on its own, for whoever queues the same run waits for our commit
                wake_flow(flow)
            due += 1
    pending = Order.objects.filter(routing_status=Order.Routing.PENDING)
    waiting = waiting_for_rules(now)
    for organization_id in {
        *pending.values_list("organization_id", flat=True).distinct(),
        *waiting.values_list("organization_id", flat=True).distinct(),
        *RoutingRetry.objects.values_list("organization_id", flat=True).distinct(),
    }:
        wake_routing(organization_id)
    for backfill in Import.objects.filter(state=Import.State.RUNNING):
        if not import_rests(backfill, now):
            queue_import(backfill)
    for sheet in StockSheet.objects.filter(state=StockSheet.State.APPLYING):
        queue_sheet(sheet)
    for act in OrderAct.objects.filter(state=OrderAct.State.RUNNING).defer("orders", "failed"):
        queue_act(act)
    return due


def _poll_due(flow: Flow, now: dt.datetime) -> bool:
    if flow.direction != "pull":
        return False
    every = dt.timedelta(seconds=POLL.get(flow.entity, 300))
    return flow.last_started_at is None or now - flow.last_started_at >= every


def run_worker(concurrency: int = 4) -> None:
    """Run jobs in this process until it is told to end (SIGTERM, SIGINT)."""
    connection.close()  # each job thread opens its own
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's connector has it
    with worker_app.replace_connector(worker_app.connector):
        worker_app.run_worker(
            concurrency=concurrency,
            fetch_job_polling_interval=1.0,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED_AFTER,
            delete_jobs="successful",
            listen_notify=True,
            shutdown_graceful_timeout=10,
        )
