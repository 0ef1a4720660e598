"""Pushing fulfillments, which tell a store what has shipped: read the order, plan one write, send it, read back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from crossdock.connectors.contract import Applied, ConnectorError, RemoteRecord, Write
from crossdock.connectors.errors import Gone, Retry
from crossdock.flows.attempts import claim_attempt, settle_attempt, settle_interrupted
from crossdock.flows.context import RunContext
from crossdock.hub.events import record_event
from crossdock.hub.marks import TakenMark, postpone_marks, settle_marks
from crossdock.hub.models import Link, Order
from crossdock.hub.shipping.fulfillments import fulfillment_state


def push_fulfillments(ctx: RunContext) -> None:
    """Make every marked order say on its channel what has shipped of it, in one write each."""
    settle_interrupted(ctx)
    taken = ctx.taken()
    for start in range(0, len(taken), ctx.batch_size):
        _push_part(ctx, taken[start : start + ctx.batch_size])
        ctx.progress(min(start + ctx.batch_size, len(taken)), len(taken))


def _push_part(ctx: RunContext, marks: Sequence[TakenMark]) -> None:
    orders = {
        order.ext_order_api_id: order
        for order in Order.objects.filter(
            integration=ctx.integration, ext_order_api_id__in=[mark.key for mark in marks]
        ).select_related("integration")
    }
    marks_by_key = {mark.key: mark for mark in marks}
    answers = ctx.store.fulfillments.read(list(orders)) if orders else {}
    ctx.least_calls += min(2, len(orders))
    writes: dict[str, Write] = {}
    later: set[str] = set()
    for remote_id, order in orders.items():
        answer = answers.get(remote_id)
        if isinstance(answer, RemoteRecord):
            write = ctx.store.fulfillments.plan(answer, fulfillment_state(order), ctx.integration.settings)
            if write.kind == "none":
                _already_true(ctx, order, write)
            else:
                writes[remote_id] = write
                ctx.plan += write.changes
        elif isinstance(answer, ConnectorError):
            _unread(ctx, order, answer, later, marks_by_key[remote_id])
    if ctx.dry_run:
        return
    later |= _send(ctx, orders, writes, marks_by_key)
    with transaction.atomic():
        settle_marks(ctx.flow, [mark for mark in marks if mark.key not in later])
        ctx.book_calls()


def _already_true(ctx: RunContext, order: Order, write: Write) -> None:
    ctx.tally.unchanged += 1
    if not ctx.dry_run:
        _note(ctx, order, write, "fulfillmentNotPushed") if write.notes else None
        ctx.settled(f"fulfillments:{order.ext_order_api_id}")


def _unread(ctx: RunContext, order: Order, error: ConnectorError, later: set[str], mark: TakenMark) -> None:
    if isinstance(error, Retry):
        later.add(mark.key)
        _postpone(ctx, mark, error)
        return
    if isinstance(error, Gone):
        error = ConnectorError("the order no longer exists on the channel", code="orderGone")
    ctx.problem(
        error, f"fulfillments:{mark.key}", f"Shipment of order {order.ext_order_id}", record_id=order.pk
    )


def _postpone(ctx: RunContext, mark: TakenMark, error: Retry) -> None:
    wait = error.after if error.after is not None else min(2.0 * 2**mark.attempts, 300.0)
    if not ctx.dry_run:
        postpone_marks(ctx.flow, {mark.key: ctx.now + timedelta(seconds=wait)})
    ctx.again_after = min(ctx.again_after or wait + 0.1, wait + 0.1)


def _send(
    ctx: RunContext, orders: dict[str, Order], writes: dict[str, Write], marks: dict[str, TakenMark]
) -> set[str]:
    """Send the writes and read back; returns the keys to look at again."""
    if not writes:
        return set()
    attempt = claim_attempt(
        ctx,
        str(uuid.uuid4()),
        [
            {"remoteId": key, "changes": [f"{x.field}: {x.before} → {x.after}" for x in write.changes]}
            for key, write in writes.items()
        ],
    )
    outcomes = ctx.store.fulfillments.apply(list(writes.values()))
    by_remote = {remote_id: outcomes.get(write.key) for remote_id, write in writes.items()}
    settle_attempt(
        attempt,
        {
            key: "applied" if isinstance(value, Applied) else getattr(value, "code", "unanswered")
            for key, value in by_remote.items()
        },
    )
    applied = [remote_id for remote_id, outcome in by_remote.items() if isinstance(outcome, Applied)]
    verified = _verified(ctx, orders, applied)
    ctx.least_calls += 2 * min(2, len(writes))
    later: set[str] = set()
    for remote_id, outcome in by_remote.items():
        order, write = orders[remote_id], writes[remote_id]
        with (
            transaction.atomic()
        ):  # each on its own: a pull that stores the same orders has them in another order
            if remote_id in verified:
                _confirm(ctx, order, write)
            elif isinstance(outcome, Applied) or outcome is None:
                later.add(remote_id)
                _postpone(ctx, marks[remote_id], Retry("The write is not to be seen yet."))
            elif isinstance(outcome, Retry):
                later.add(remote_id)
                _postpone(ctx, marks[remote_id], outcome)
            else:
                ctx.problem(
                    outcome,
                    f"fulfillments:{remote_id}",
                    f"Shipment of order {order.ext_order_id}",
                    record_id=order.pk,
                )
    return later


def _verified(ctx: RunContext, orders: dict[str, Order], remote_ids: Sequence[str]) -> set[str]:
    """Read back; returns the orders that now say what they should, by planning to nothing."""
    if not remote_ids:
        return set()
    answers = ctx.store.fulfillments.read(remote_ids)
    return {
        remote_id
        for remote_id, answer in answers.items()
        if isinstance(answer, RemoteRecord)
        and ctx.store.fulfillments.plan(
            answer, fulfillment_state(orders[remote_id]), ctx.integration.settings
        ).kind
        == "none"
    }


def _confirm(ctx: RunContext, order: Order, write: Write) -> None:
    ctx.written += 1
    Link.objects.filter(
        integration=ctx.integration, entity="orders", remote_id=order.ext_order_api_id
    ).update(
        sent={
            "changes": [{"field": x.field, "before": x.before, "after": x.after} for x in write.changes],
            "at": ctx.now.isoformat(),
            "run": ctx.run.key,
            "readBack": True,
            "notes": list(write.notes),
        }
    )
    _note(ctx, order, write, "fulfillmentPushed")
    ctx.settled(f"fulfillments:{order.ext_order_api_id}")


def _note(ctx: RunContext, order: Order, write: Write, operation: str) -> None:
    record_event(
        order.organization_id,
        "orders",
        order.pk,
        operation,
        author=ctx.author,
        run=ctx.run,
        reason=" ".join(write.notes),
        before={x.field: x.before for x in write.changes} or None,
        after={x.field: x.after for x in write.changes} or None,
    )
