"""Importing history from a chosen date: in bounded windows, resumable after every page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Page, Source, Window
from crossdock.connectors.errors import Refused
from crossdock.flows.context import RunContext
from crossdock.flows.failures import DEFECT
from crossdock.flows.foresight import Foresight
from crossdock.flows.observer import Observer, Silent
from crossdock.flows.obstacles import obstacle
from crossdock.flows.paging import Drifting, read_window
from crossdock.flows.pull import Pulled, store_page
from crossdock.flows.pulled import pulled_orders, pulled_products
from crossdock.flows.runs import run_backfill
from crossdock.flows.subjects import import_subject
from crossdock.hub.clock import system_clock
from crossdock.hub.events import SYSTEM, record_event
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.intake import Tally
from crossdock.hub.models import Flow, Import, Integration, Run

T = TypeVar("T")

WINDOW_RECORDS = 5_000
SECOND = timedelta(seconds=1)
LONGEST_SILENCE = 30.0
"""Seconds that a page of an import takes at most, unless the store, or whoever runs it, is slow or gone."""


def start_import(
    integration: Integration, entity: str, *, since: datetime, until: datetime | None = None, author: str
) -> Import:
    """Begin an import of everything created at or after `since` (aware). Raises `Refused`.

    One import per flow at a time: an unfinished one is returned when it has the same start, and
    refuses another start.
    """
    flow = Flow.objects.filter(integration=integration, entity=entity, direction="pull").first()
    store = connector_for(integration.connector).manifest.role == "store"
    if flow is None or not store or entity not in ("orders", "products"):
        raise Refused(
            f"{integration.name} has no flow that pulls {entity}.", code="unknownFlow", field="entity"
        )
    reason = obstacle(flow)
    if reason and not reason.startswith("Orders wait"):
        raise Refused(f"{entity} cannot be imported now: {reason}", code="flowNotReady", field="entity")
    if since.tzinfo is None:
        raise Refused("The start needs a time zone, e.g. 2026-01-31 or 2026-01-31T00:00:00Z.", field="since")
    if since > system_clock():
        raise Refused("The start lies in the future.", code="wrongDate", field="since")
    running = current_import(integration, entity)
    if running is not None:
        if running.since == since:
            return running
        raise Refused(
            f"Another import of {entity} is unfinished; let it finish first.",
            code="importRunning",
            field="since",
        )
    with transaction.atomic():
        backfill = Import.objects.create(flow=flow, since=since, until=until)
        record_event(
            integration.organization_id,
            "integrations",
            integration.pk,
            "importStarted",
            author=author,
            after={"entity": entity, "since": since.isoformat()},
        )
    return backfill


def current_import(integration: Integration, entity: str) -> Import | None:
    """Return the unfinished import of `entity`, if there is one."""
    return (
        Import.objects.filter(flow__integration=integration, flow__entity=entity, flow__direction="pull")
        .filter(state__in=[Import.State.RUNNING, Import.State.PAUSED])
        .order_by("-pk")
        .first()
    )


def pause_import(backfill: Import, *, author: str = SYSTEM) -> bool:
    """Stop the import after the page it is at; whether it was running."""
    running = Import.objects.filter(pk=backfill.pk, state=Import.State.RUNNING)
    with transaction.atomic():
        paused = bool(running.update(state=Import.State.PAUSED))
        if paused:
            close_exceptions(
                backfill.flow.integration.organization_id, [import_subject(backfill)],
                resolution="The import was paused.",
            )  # fmt: skip
            _note(backfill, "importPaused", author)
    return paused


def resume_import(backfill: Import, *, author: str = SYSTEM) -> bool:
    """Let a paused or failed import go on where it stood; whether there was anything to resume."""
    stopped = Import.objects.filter(pk=backfill.pk, state__in=[Import.State.PAUSED, Import.State.FAILED])
    with transaction.atomic():
        resumed = bool(stopped.update(state=Import.State.RUNNING, message="", updated_at=system_clock()))
        if resumed:
            _note(backfill, "importResumed", author)
    return resumed


def _note(backfill: Import, operation: str, author: str) -> None:
    integration = backfill.flow.integration
    record_event(
        integration.organization_id, "integrations", integration.pk, operation, author=author,
        after={"entity": backfill.flow.entity, "since": backfill.since.isoformat(), "read": backfill.read},
    )  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far an import is: `read` of `total` (None while that is not known), a pace, and an estimate.

    `rate` is in records a second since a process last took it up, None where that cannot be told; `left` the seconds
    that remain at this pace; `part` of a thousand is done. `silent` are the seconds since it last got any further,
    where those are so many that its pace tells nothing any more.
    """

    read: int
    total: int | None
    rate: float | None
    left: float | None
    part: int | None
    silent: float | None = None


def progress_of(backfill: Import, now: datetime) -> Progress:
    """Return how far an import is at `now`; a paused or finished one has no pace and nothing to wait for."""
    read = backfill.read
    total = None if backfill.total is None else max(backfill.total, read)
    part = None if total is None else (1000 if total == 0 else read * 1000 // total)
    if backfill.state == Import.State.COMPLETED:
        return Progress(read, total, None, None, 1000)
    rate = left = None
    silence = (now - backfill.updated_at).total_seconds()
    if backfill.state == Import.State.RUNNING and silence > LONGEST_SILENCE:
        return Progress(read, total, None, None, part, silence)
    if backfill.state == Import.State.RUNNING and backfill.stint_began is not None:
        seconds = (now - backfill.stint_began).total_seconds()
        if seconds > 0 and read > backfill.stint_read:
            rate = (read - backfill.stint_read) / seconds
            left = None if total is None else (total - read) / rate
    return Progress(read, total, rate, left, part)


def run_import(backfill: Import, *, observer: Observer | None = None) -> Import:
    """Run the import in this process until it is finished, paused, or stopped by an error; idempotent.

    What stopped it is in `message`; run it again to go on.
    """
    backfill.refresh_from_db()
    if backfill.state == Import.State.COMPLETED:
        return backfill
    # What stopped it last stands until it gets any further: it may be stopped by the same again.
    Import.objects.filter(pk=backfill.pk).update(state=Import.State.RUNNING)
    watcher = observer or Silent()

    def work(ctx: RunContext) -> None:
        _import_windows(ctx, backfill, watcher)

    try:
        report = run_backfill(backfill, work, observer=watcher)
    except Exception:
        Import.objects.filter(pk=backfill.pk).update(message=DEFECT)
        raise
    backfill.refresh_from_db()
    if report.outcome in (Run.Outcome.FAILED, "skipped"):
        Import.objects.filter(pk=backfill.pk).update(message=report.message[:500])
        backfill.refresh_from_db()
    return backfill


def _import_windows(ctx: RunContext, backfill: Import, observer: Observer) -> None:
    pulled: Pulled[object] = pulled_orders(ctx) if ctx.flow.entity == "orders" else pulled_products(ctx)  # type: ignore[assignment]  # either; the engine only hands records through
    backfill.stint_began, backfill.stint_read = ctx.now, backfill.read
    backfill.save(update_fields=["stint_began", "stint_read"])
    if not backfill.windows:
        _plan_windows(ctx, backfill, pulled.source)
    while True:
        backfill.refresh_from_db()
        if backfill.state == Import.State.PAUSED:
            return
        if not backfill.windows:
            break
        _import_window(ctx, backfill, pulled, observer)
    Import.objects.filter(pk=backfill.pk).update(
        state=Import.State.COMPLETED,
        finished_at=system_clock(),
        total=max(backfill.read, backfill.total or 0),
        message="",
    )
    ctx.least_calls += max(1, -(-backfill.read // ctx.page_size))


def _plan_windows(ctx: RunContext, backfill: Import, source: Source[object]) -> None:
    """Write down the whole span as the first window; it is cut as it is read."""
    # An account that does not tell its newest change may be a day ahead of our clock, but not more.
    end = backfill.until or source.newest_change() or ctx.now + timedelta(days=1)
    window = {"start": backfill.since.isoformat(), "end": max(end, backfill.since).isoformat(), "offset": 0}
    backfill.windows = [window]
    backfill.save(update_fields=["windows", "updated_at"])


def _import_window(ctx: RunContext, backfill: Import, pulled: Pulled[T], observer: Observer) -> None:
    """Read the first window that remains, cutting it where it holds too much for a steady reading."""
    head = backfill.windows[0]
    start, end = datetime.fromisoformat(head["start"]), datetime.fromisoformat(head["end"])
    window = Window(field="created", start=start, end=end)
    # Until now new records were new: it is likely to go on so.
    reader = Foresight(pulled.source, ctx.account, expect_news=2 * backfill.created >= backfill.read)
    pages = read_window(
        reader, window, page_size=ctx.page_size, offset=head["offset"], expected=head.get("total")
    )
    expected = head.get("total")
    try:
        for page in pages:
            if backfill.total is None:
                backfill.total = page.total
            if expected is None and page.total > WINDOW_RECORDS and _cut(backfill, start, end, page.total):
                return
            expected = page.total
            reader.learn(store_page(ctx, pulled, page, committing=_progress(backfill, head, page)))
            observer.progress(f"import {pulled.entity}", backfill.read, backfill.total)
            if backfill.state == Import.State.PAUSED:
                return
    except Drifting:
        pass  # the window was read four times; what moved in it changed after `since` and comes by the flow too
    finally:
        pages.close()  # type: ignore[attr-defined]  # a generator: its prefetching threads end here
    with transaction.atomic():
        backfill.windows = backfill.windows[1:]
        backfill.save(update_fields=["windows", "updated_at"])


def _cut(backfill: Import, start: datetime, end: datetime, total: int) -> bool:
    """Replace a large window by pieces of about the right size; False where time cannot be cut further."""
    span = end - start
    if span <= SECOND:
        return False
    pieces = min(-(-total // WINDOW_RECORDS) + 1, int(span.total_seconds()))
    step = timedelta(seconds=max(1, int(span.total_seconds() // pieces)))
    cuts = []
    while start < end:
        upto = min(start + step, end)
        cuts.append({"start": start.isoformat(), "end": upto.isoformat(), "offset": 0})
        start = upto
    backfill.windows = [*cuts, *backfill.windows[1:]]
    backfill.save(update_fields=["windows", "total", "updated_at"])
    return True


def _progress(backfill: Import, head: dict[str, object], page: Page) -> Callable[[Tally], None]:
    """Return what is committed with a page: how far the window and the import are."""

    def commit(tally: Tally) -> None:
        head["offset"], head["total"] = page.offset + page.count, page.total
        backfill.windows = [head, *backfill.windows[1:]]
        backfill.read += tally.read
        backfill.created += tally.created
        backfill.changed += tally.changed
        backfill.excluded += tally.skipped
        backfill.failed += tally.failed
        with (
            connection.cursor() as cursor
        ):  # the state is read with the same statement: a person may have paused it
            cursor.execute(
                """
                UPDATE hub_import SET windows = %s, total = %s, read = %s, created = %s, changed = %s, excluded = %s,
                       failed = %s, message = '', updated_at = now() WHERE id = %s RETURNING state
                """,
                [
                    json.dumps(backfill.windows),
                    backfill.total,
                    backfill.read,
                    backfill.created,
                    backfill.changed,
                    backfill.excluded,
                    backfill.failed,
                    backfill.pk,
                ],
            )
            backfill.state = cursor.fetchone()[0]

    return commit
