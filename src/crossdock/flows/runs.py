"""Executing one flow once: its lock, a session with the account, the flow's own work, and what came of it.

Every flow runs through here, whoever asks for it: a worker's job (`jobs.py`), a command (`sync.py`), an import
(`importing.py`) or a look beforehand (`rehearsing.py`). What a flow does is in `pull.py`, `pull_deliveries.py` and the
modules `push_…`; `_store_work` and `_warehouse_work` say which is whose. Why one may not run is in `obstacles.py`, what
follows when a run fails in `failures.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from django.db import connection, transaction

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Change, ConnectorError
from crossdock.connectors.errors import Refused
from crossdock.flows.context import RunContext
from crossdock.flows.delivered import delivered_counts, delivered_products, delivered_reports
from crossdock.flows.failures import book_defect, book_failure
from crossdock.flows.gate import RequestGate
from crossdock.flows.observer import Observer, Silent
from crossdock.flows.obstacles import obstacle
from crossdock.flows.opening import account_of, calls_per_minute, opened, search_lag
from crossdock.flows.pull import pull
from crossdock.flows.pull_deliveries import pull_deliveries
from crossdock.flows.pulled import pull_locations, pulled_orders, pulled_products
from crossdock.flows.push_fulfillments import push_fulfillments
from crossdock.flows.push_inventory import push_inventory
from crossdock.flows.push_orders import push_orders
from crossdock.flows.push_products import push_products
from crossdock.flows.push_shipments import push_shipments
from crossdock.flows.subjects import subject_of
from crossdock.hub.clock import system_clock
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.marks import TakenMark, wake_flow
from crossdock.hub.models import Flow, Import, Run
from crossdock.hub.shipping.warehouses import sent_shipments
from crossdock.hub.vault import SecretUnreadable

log = structlog.get_logger(__name__)

FLOW_LOCK = 0x63726F73  # the namespaces of this application's advisory locks: a run of a flow,
IMPORT_LOCK = 0x63726F74  # and an import, which goes on beside the flow's own runs

Work = Callable[[RunContext], None]
"""What an import or a rehearsal does within its run."""
REHEARSAL = "preview"
"""The trigger of a run that only says what it would do."""
BUSY = "Another run of this flow is going on."
DRAIN_PATIENCE = 20.0
"""Seconds that a stock push waits for the orders' own run to make room for the newest orders."""
DRAIN_AGAIN = 2.0
"""Seconds after which it tries anew when that run is still going on."""
POLL_AFTER = 1.0
"""Seconds until a poll follows a run that could read none of its marks."""


@dataclass
class RunReport:
    """What one run did; `plan` holds what a dry run would write, `remarks` what else it has to say, counted.

    `seconds` it took.
    """

    run_key: str
    entity: str
    direction: str
    outcome: str
    message: str = ""
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    written: int = 0
    skipped: int = 0
    failed: int = 0
    remote_calls: int = 0
    least_calls: int = 0
    seconds: float = 0.0
    again_after: float | None = None
    plan: list[Change] = field(default_factory=list)
    remarks: dict[str, int] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether the run found nothing to do and wants no other soon."""
        return self.again_after is None and not (self.created or self.changed or self.deleted or self.written)


@contextmanager
def flow_locked(flow: Flow, namespace: int = FLOW_LOCK) -> Iterator[bool]:
    """Hold the flow's lock, which a dead process cannot keep; yields False when another run has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [namespace, flow.pk & 0x7FFFFFFF])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [namespace, flow.pk & 0x7FFFFFFF])


def run_flow(
    flow: Flow, *, trigger: str, dry_run: bool = False, observer: Observer | None = None
) -> RunReport:
    """Run `flow` once, in this process. Never raises for what the outside system or its records do.

    A flow that may not run, or that another process is running, reports the outcome ``skipped``.
    """
    with flow_locked(flow) as held:
        if not held:
            return _skipped(flow, BUSY)
        flow.refresh_from_db()
        reason = obstacle(flow)
        if reason:
            return _skipped(flow, reason)
        return _execute(flow, trigger, observer or Silent(), dry_run=dry_run)


def rehearse_flow(
    flow: Flow, foreseen: Sequence[TakenMark] | None = None, *, work: Work | None = None
) -> RunReport:
    """Run `flow`, as it stands in memory, on or off, without writing anything on either side.

    `foreseen` are marks to look at instead of its own, `work` something to do instead of the flow's own work. Where
    the account cannot be used it reports ``skipped``.
    """
    with flow_locked(flow) as held:
        if not held:
            return _skipped(flow, BUSY)
        flow.integration.refresh_from_db()
        if not flow.integration.usable:
            return _skipped(flow, obstacle(flow))
        return _execute(flow, REHEARSAL, Silent(), dry_run=True, foreseen=foreseen, work=work)


def run_backfill(backfill: Import, work: Work, *, observer: Observer | None = None) -> RunReport:
    """Run an import; `work` is called with the run's context. The flow's own runs go on beside it.

    Two processes never run the same flow's import; the second reports ``skipped``.
    """
    flow = backfill.flow
    with flow_locked(flow, IMPORT_LOCK) as held:
        if not held:
            return _skipped(flow, "This import is being run by another process.")
        reason = obstacle(flow)
        if reason:
            return _skipped(flow, reason)
        return _execute(flow, "import", observer or Silent(), backfill=(backfill, work))


def _skipped(flow: Flow, reason: str) -> RunReport:
    return RunReport("", flow.entity, flow.direction, "skipped", reason)


def _execute(
    flow: Flow,
    trigger: str,
    observer: Observer,
    *,
    dry_run: bool = False,
    backfill: tuple[Import, Work] | None = None,
    foreseen: Sequence[TakenMark] | None = None,
    work: Work | None = None,
) -> RunReport:
    integration = flow.integration
    connector = connector_for(integration.connector)
    _abandon_dead_runs(flow, imports=backfill is not None)
    run = Run.objects.create(flow=flow, trigger=trigger, backfill=backfill[0] if backfill else None)
    if not dry_run:
        Flow.objects.filter(pk=flow.pk).update(last_started_at=system_clock())
    started = time.monotonic()
    limit = calls_per_minute(integration, connector)
    ctx: RunContext | None = None
    failure: ConnectorError | SecretUnreadable | None = None
    with RequestGate(integration.pk, limit, backfill=backfill is not None) as gate:
        try:
            with opened(integration, gate) as session:
                ctx = RunContext(
                    flow=flow,
                    integration=integration,
                    run=run,
                    session=session,
                    account=account_of(integration),
                    gate=gate,
                    clock=system_clock,
                    observer=observer,
                    dry_run=dry_run,
                    lag=timedelta(seconds=search_lag(integration, connector)),
                    page_size=connector.manifest.page_size,
                    batch_size=connector.manifest.batch_size,
                    backfill=backfill[0] if backfill else None,
                    foreseen=foreseen,
                )
                _work(ctx, backfill[1] if backfill else work)
        except (ConnectorError, SecretUnreadable) as error:
            failure = error
        except Exception:
            book_defect(run)
            log.exception("run failed", flow=str(flow), run=run.key)
            raise
        report = _conclude(run, ctx, gate, failure, dry_run=dry_run)
    report.seconds = time.monotonic() - started
    return report


def _work(ctx: RunContext, other: Work | None) -> None:
    if other is not None:
        other(ctx)
        return
    if connector_for(ctx.integration.connector).manifest.role == "warehouse":
        _warehouse_work(ctx)
    else:
        _store_work(ctx)


def _store_work(ctx: RunContext) -> None:
    match (ctx.flow.direction, ctx.flow.entity):
        case ("pull", "locations"):
            pull_locations(ctx)
        case ("pull", "orders"):
            pull(ctx, pulled_orders(ctx))
        case ("pull", "products"):
            pull(ctx, pulled_products(ctx))
        case ("push", "inventory"):
            push_inventory(ctx, drain=_drain_orders)
        case ("push", "fulfillments"):
            push_fulfillments(ctx)
        case ("push", "products"):
            push_products(ctx)
        case (direction, entity):
            raise Refused(f"There is no flow that would {direction} {entity} of a store.", code="unknownFlow")


def _warehouse_work(ctx: RunContext) -> None:
    match (ctx.flow.direction, ctx.flow.entity):
        case ("push", "shipments"):
            push_shipments(ctx)
        case ("push", "orders"):
            push_orders(ctx)
        case ("pull", "fulfillments"):
            pull_deliveries(ctx, delivered_reports(ctx), sent_shipments(ctx.integration))
        case ("pull", "inventory"):
            pull_deliveries(ctx, delivered_counts(ctx), sent_shipments(ctx.integration))
        case ("pull", "products"):
            pull_deliveries(ctx, delivered_products(ctx))
        case (direction, entity):
            raise Refused(
                f"There is no flow that would {direction} {entity} of a warehouse.", code="unknownFlow"
            )


def _drain_orders(ctx: RunContext) -> bool:
    """Bring in every order up to now, before a figure is worked out; whether that is done.

    Where orders are not pulled there is nothing to wait for. Where their own run will not end, the push is
    asked to come again.
    """
    flow = Flow.objects.filter(
        integration=ctx.integration, entity="orders", direction="pull", enabled=True
    ).first()
    if flow is None:
        return True
    deadline = time.monotonic() + DRAIN_PATIENCE
    report = run_flow(flow, trigger="drain", observer=ctx.observer)
    while report.message == BUSY and time.monotonic() < deadline:
        time.sleep(0.1)  # the other run may have begun before the newest orders, so ours must still come
        report = run_flow(flow, trigger="drain", observer=ctx.observer)
    if report.message == BUSY:
        ctx.again_after = DRAIN_AGAIN  # nothing is wrong: orders that were away for long take their time
        return False
    if report.again_after is not None:
        with transaction.atomic():
            wake_flow(flow, after=timedelta(seconds=max(report.again_after, 0.2)))
    return report.outcome in (Run.Outcome.COMPLETED, Run.Outcome.PARTIAL)


def _conclude(
    run: Run,
    ctx: RunContext | None,
    gate: RequestGate,
    failure: ConnectorError | SecretUnreadable | None,
    *,
    dry_run: bool,
) -> RunReport:
    """Write down what came of the run and decide what happens next, in one transaction.

    An import goes on beside its flow: what comes of it says nothing of how the flow itself stands.
    """
    now, flow = system_clock(), run.flow
    with transaction.atomic():
        if ctx is not None:
            ctx.book_calls()
            for name in ("read", "created", "changed", "unchanged", "deleted", "skipped", "failed"):
                setattr(run, name, getattr(ctx.tally, name))
            run.written, run.least_calls = ctx.written, ctx.least_calls
        run.finished_at = now
        run.outcome = Run.Outcome.PARTIAL if ctx is not None and ctx.problems else Run.Outcome.COMPLETED
        again = ctx.again_after if ctx else None
        if failure is not None:
            run.outcome, run.message = Run.Outcome.FAILED, str(failure)[:500]
            again = book_failure(run, failure, dry_run=dry_run)
        elif ctx is not None and ctx.unread is not None:
            # Its marks wait for their time, and it is no success: a poll finds out whether anything can be read at all.
            run.outcome, run.message = Run.Outcome.FAILED, str(ctx.unread)[:500]
            again = POLL_AFTER
        elif not dry_run:
            if run.backfill is None:
                Flow.objects.filter(pk=flow.pk).update(
                    last_success_at=now, failures=0, not_before=None, paused_reason=""
                )
            close_exceptions(
                flow.integration.organization_id,
                [subject_of(run)],
                integration=flow.integration,
                resolution="The flow ran through." if run.backfill is None else "The import went on.",
            )
        run.save()
    return RunReport(
        run.key,
        flow.entity,
        flow.direction,
        run.outcome,
        run.message,
        run.read,
        run.created,
        run.changed,
        run.unchanged,
        run.deleted,
        run.written,
        run.skipped,
        run.failed,
        gate.sent,
        run.least_calls,
        again_after=again,
        plan=ctx.plan if ctx else [],
        remarks=dict(ctx.remarks) if ctx else {},
    )


def _abandon_dead_runs(flow: Flow, *, imports: bool) -> None:
    """Runs that never ended: their process died, for the lock on the flow is ours now."""
    running = Run.objects.filter(flow=flow, outcome=Run.Outcome.RUNNING, backfill__isnull=not imports)
    running.update(
        outcome=Run.Outcome.ABANDONED, finished_at=system_clock(), message="The process that ran it died."
    )
