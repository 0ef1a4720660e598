"""Pushing stock: drain orders, read by id, send differences, read back.

The remote figure is never overwritten, only moved by a difference, so a sale that happens between
our reading and our writing is kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from crossdock.connectors.contract import (
    Applied,
    Change,
    ConnectorError,
    Outcome,
    StockChange,
    StockReading,
)
from crossdock.connectors.errors import Gone, InDoubt, Retry
from crossdock.flows.attempts import claim_attempt, settle_attempt, settle_interrupted
from crossdock.flows.context import RunContext
from crossdock.flows.stock_plan import Listing, StockPlan, exceeds_guard, observation, plan_stock
from crossdock.flows.subjects import guard_subject
from crossdock.hub.clock import system_clock
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import open_exception
from crossdock.hub.marks import TakenMark, postpone_marks, settle_marks
from crossdock.hub.models import Link, Product
from crossdock.hub.stock.availability import ChannelFigure, channel_figures

GUARD_SHARE = 0.5
GUARD_LEAST = 20
WAITS = "raised only once the store's figure has stood still for a moment"
READ_BACK_CODES = ("remoteUnlimited", "remoteStockUnknown", "refused", "remoteUnavailable", "answerLost")


def push_inventory(ctx: RunContext, *, drain: Callable[[RunContext], bool]) -> None:
    """Make the channel's stock figures equal ours, for every SKU that is marked.

    `drain` brings in all orders up to now first and says whether it could; without it nothing is
    raised or lowered, for a figure without the newest orders would be wrong. Where it only asks to come
    again, nothing has failed. A dry run brings nothing in: it plans with the orders that are here.
    """
    settle_interrupted(ctx)
    taken = ctx.taken()
    if not taken:
        return
    if not ctx.dry_run and not drain(ctx):
        if ctx.again_after is not None:
            return
        raise Retry(
            "The newest orders could not be read, so no stock figure is pushed.", after=15, code="notDrained"
        )
    done = 0
    for start in range(0, len(taken), ctx.batch_size):
        part = taken[start : start + ctx.batch_size]
        _push_part(ctx, part)
        done += len(part)
        ctx.progress(done, len(taken))


def _push_part(ctx: RunContext, marks: Sequence[TakenMark]) -> None:
    by_sku = {mark.key: mark for mark in marks}
    listings = listings_of(ctx.integration.pk, by_sku)
    figures = channel_figures(ctx.integration, list(by_sku))
    readings = _read(ctx, listings)
    plan = plan_stock(listings, figures, readings, now=ctx.now, lag=ctx.lag)
    _count_least_calls(ctx, listings, plan)
    ctx.plan += plan.diff
    if ctx.dry_run:
        _tell(ctx, plan, figures, readings)
        return
    if _guarded(ctx, plan):
        return
    pending = {listing.sku for listing in plan.waiting}
    _remember_waiting(ctx, plan, readings)
    remember_agreed({x.link_id: readings[x.remote_id].stock.quantity for x in plan.unchanged}, ctx.now)
    outcomes = _send(ctx, plan)
    failed = _book(ctx, plan, listings, outcomes)
    checked = _read_back(ctx, plan, outcomes, listings)
    pending |= failed | checked | {x.sku for x in listings if x.remote_id not in readings and x.sku in by_sku}
    with transaction.atomic():
        settle_marks(ctx.flow, [mark for sku, mark in by_sku.items() if sku not in pending])
        ctx.book_calls()
    if plan.waiting or checked:
        ctx.again_after = max(ctx.lag.total_seconds(), 0.2) + 0.1


def listings_of(integration_id: int, skus: Iterable[str]) -> list[Listing]:
    """Return the live listings of `skus` on an integration: units with a SKU of their own."""
    products = dict(
        Product.objects.filter(organization__integrations=integration_id, sku__in=list(skus)).values_list(
            "pk", "sku"
        )
    )
    links = Link.objects.filter(
        integration_id=integration_id, entity="products", record_id__in=products, tombstoned_at=None
    ).order_by("pk")
    return [Listing(link.pk, link.remote_id, products[link.record_id], link.known) for link in links]


def _read(ctx: RunContext, listings: Sequence[Listing]) -> dict[str, StockReading]:
    """Read the listings' stock; what cannot be read becomes an exception, or waits."""
    if not listings:
        return {}
    readings: dict[str, StockReading] = {}
    answers = ctx.store.stock.read([listing.remote_id for listing in listings])
    for listing in listings:
        answer = answers.get(listing.remote_id)
        if isinstance(answer, StockReading):
            readings[listing.remote_id] = answer
        elif isinstance(answer, Gone):
            if not ctx.dry_run:
                Link.objects.filter(pk=listing.link_id).update(tombstoned_at=system_clock())
            ctx.tally.skipped += 1
        elif isinstance(answer, ConnectorError):
            ctx.problem(answer, f"inventory:{listing.sku}", f"Stock of {listing.sku}")
    ctx.tally.read += len(readings)
    return readings


def _tell(
    ctx: RunContext,
    plan: StockPlan,
    figures: Mapping[str, ChannelFigure],
    readings: Mapping[str, StockReading],
) -> None:
    """Say for a dry run what the plan does not: what waits before it is raised, and what is left alone, and why."""
    for listing in plan.waiting:
        before, after = readings[listing.remote_id].stock.quantity, figures[listing.sku].quantity
        ctx.plan.append(Change(listing.remote_id, f"stock of {listing.sku}", str(before), str(after)))
    if plan.waiting:
        ctx.remarks[WAITS] += len(plan.waiting)
    for _, reason in plan.skipped:
        ctx.remarks[f"left alone: {reason}"] += 1
    for listing, _, reason in plan.refused:
        ctx.remarks[f"not possible for {listing.sku}: {reason}"] += 1
    reason = _too_much(ctx, plan)
    if reason:
        ctx.remarks[f"stops and asks before anything is sent: {reason}"] += 1
    ctx.tally.unchanged += len(plan.unchanged)
    ctx.tally.skipped += len(plan.skipped)
    ctx.tally.failed += len(plan.refused)


def _too_much(ctx: RunContext, plan: StockPlan) -> str:
    settings = ctx.integration.settings
    share, least = settings.get("guardShare", GUARD_SHARE), settings.get("guardLeast", GUARD_LEAST)
    catalogue = Link.objects.filter(
        integration=ctx.integration, entity="products", tombstoned_at=None
    ).count()
    return exceeds_guard(plan, catalogue, share=float(share), least=int(least))


def _guarded(ctx: RunContext, plan: StockPlan) -> bool:
    """Stop a plan that changes too much of the catalogue, until a person approves it."""
    reason = _too_much(ctx, plan)
    subject = guard_subject(ctx.flow)
    if not reason:
        ctx.settled(subject)
        return False
    if ctx.flow.progress.pop("approved", False):
        ctx.flow.save(update_fields=["progress"])
        ctx.settled(subject)
        return False
    ctx.problems += 1
    open_exception(
        ctx.integration.organization_id,
        "blastRadius",
        subject,
        f"Stock was not pushed: {reason}. Look at the plan (a dry run of the flow shows it) and approve it, "
        "or correct the figures.",
        entity="inventory",
        integration=ctx.integration,
        flow=ctx.flow,
    )
    return True


def _remember_waiting(ctx: RunContext, plan: StockPlan, readings: dict[str, StockReading]) -> None:
    for listing in plan.waiting:
        quantity = readings[listing.remote_id].stock.quantity
        if quantity is not None:
            Link.objects.filter(pk=listing.link_id).update(
                known=observation(listing.known, quantity, ctx.now)
            )


def remember_agreed(read: Mapping[int, int | None], now: datetime) -> None:
    """Keep on each link the figure that was read there and was right as it stood; one statement.

    For whoever asks why. It is no figure that we left there, so planning takes nothing from it: a raise still waits
    until what was read has stood still for long enough.
    """
    rows = {link_id: quantity for link_id, quantity in read.items() if quantity is not None}
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_link SET known = CASE jsonb_typeof(known) WHEN 'object' THEN known ELSE '{}' END
                   || jsonb_build_object('agreed', read.quantity, 'agreedAt', %s::text)
              FROM unnest(%s::bigint[], %s::bigint[]) AS read (link_id, quantity)
             WHERE hub_link.id = read.link_id
            """,
            [now.isoformat(), list(rows), list(rows.values())],
        )


def _send(ctx: RunContext, plan: StockPlan) -> dict[str, Outcome]:
    """Claim the differences, send them, and return each one's outcome."""
    if not plan.changes:
        return {}
    attempt = claim_attempt(
        ctx,
        str(uuid.uuid4()),
        [
            {"remoteId": change.remote_id, "before": change.before, "delta": change.delta}
            for change in plan.changes
        ],
    )
    outcomes = dict(ctx.store.stock.adjust(plan.changes, attempt.call_key))
    settle_attempt(
        attempt,
        {key: "applied" if isinstance(value, Applied) else value.code for key, value in outcomes.items()},
    )
    return outcomes


def _book(
    ctx: RunContext, plan: StockPlan, listings: Sequence[Listing], outcomes: dict[str, Outcome]
) -> set[str]:
    """Write down what was sent and what was refused; returns the SKUs to look at again."""
    by_remote = {listing.remote_id: listing for listing in listings}
    products = dict(
        Product.objects.filter(
            organization_id=ctx.integration.organization_id, sku__in=[listing.sku for listing in listings]
        ).values_list("sku", "pk")
    )
    again: set[str] = set()
    for change in plan.changes:
        listing, outcome = by_remote[change.remote_id], outcomes.get(change.remote_id)
        if isinstance(outcome, Applied):
            with (
                transaction.atomic()
            ):  # each on its own: a pull that stores the same products has its own order
                _note_pushed(
                    ctx, listing, products[listing.sku], change, plan.desired[change.remote_id], outcome
                )
            continue
        again.add(listing.sku)
        if isinstance(outcome, Retry):
            postpone_marks(ctx.flow, {listing.sku: ctx.now + timedelta(seconds=outcome.after or 2.0)})
            ctx.again_after = min(ctx.again_after or 60.0, (outcome.after or 2.0) + 0.1)
        elif outcome is not None:
            ctx.problem(outcome, f"inventory:{listing.sku}", f"Stock of {listing.sku}")
            again.discard(listing.sku)
    for refused, code, reason in plan.refused:
        ctx.problems += 1
        open_exception(
            ctx.integration.organization_id,
            code,
            f"inventory:{refused.sku}",
            reason,
            entity="inventory",
            integration=ctx.integration,
            flow=ctx.flow,
        )
    for fine in plan.unchanged:
        ctx.settled(f"inventory:{fine.sku}")
    ctx.tally.unchanged += len(plan.unchanged)
    ctx.tally.skipped += len(plan.skipped)
    return again


def _note_pushed(
    ctx: RunContext, listing: Listing, product_id: int, change: StockChange, after: int, outcome: Applied
) -> None:
    Link.objects.filter(pk=listing.link_id).update(
        known={"quantity": after, "at": ctx.now.isoformat()},
        sent={
            "quantity": after,
            "delta": change.delta,
            "before": change.before,
            "at": ctx.now.isoformat(),
            "run": ctx.run.key,
            "warning": outcome.warning,
        },
    )
    record_event(
        ctx.integration.organization_id,
        "inventory",
        product_id,
        "pushed",
        author=ctx.author,
        run=ctx.run,
        reason=outcome.warning,
        before={"sku": listing.sku, "quantity": change.before},
        after={"sku": listing.sku, "quantity": after},
    )
    ctx.written += 1


def _read_back(
    ctx: RunContext, plan: StockPlan, outcomes: dict[str, Outcome], listings: Sequence[Listing]
) -> set[str]:
    """Read the changed figures again; returns the SKUs whose figure is not what was written.

    A difference is most often a sale in between; either way the SKU is looked at anew.
    """
    applied = [remote_id for remote_id, outcome in outcomes.items() if isinstance(outcome, Applied | InDoubt)]
    if not applied:
        return set()
    by_remote = {listing.remote_id: listing for listing in listings}
    answers = ctx.store.stock.read(applied)
    differing: set[str] = set()
    for remote_id in applied:
        answer, listing = answers.get(remote_id), by_remote[remote_id]
        quantity = answer.stock.quantity if isinstance(answer, StockReading) else None
        if isinstance(outcomes[remote_id], Applied) and quantity == plan.desired[remote_id]:
            Link.objects.filter(pk=listing.link_id).update(
                known={"quantity": quantity, "at": ctx.now.isoformat(), "readBack": ctx.now.isoformat()}
            )
            ctx.settled(f"inventory:{listing.sku}", READ_BACK_CODES)
        else:
            differing.add(listing.sku)
    return differing


def _count_least_calls(ctx: RunContext, listings: Sequence[Listing], plan: StockPlan) -> None:
    """One batch and its answer for reading, the same for writing and for reading back.

    Variations of one product (``product:variation``) are read by one call, but each is written by its own.
    """
    ctx.least_calls += min(2, _products_of(listing.remote_id for listing in listings))
    if plan.changes and not ctx.dry_run:
        ctx.least_calls += min(2, len(plan.changes)) + min(2, _products_of(x.remote_id for x in plan.changes))


def _products_of(remote_ids: Iterable[str]) -> int:
    return len({remote_id.partition(":")[0] for remote_id in remote_ids})
