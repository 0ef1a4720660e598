"""Pulling deliveries: what an outside system left in one piece is taken in whole, once, and then put away.

The rows and the note that they were taken are one transaction. Whatever dies before it leaves the delivery
where it was; whatever dies after it finds the note, takes nothing again, and only puts the delivery away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec
import psycopg
from django.db import DataError, IntegrityError, OperationalError, transaction

from crossdock.canon import SentShipment
from crossdock.connectors.contract import Inbox, Reject, RemoteRecord, Row, Rows
from crossdock.connectors.errors import ConnectorError, Gone, Reconnect, Retry, Unreadable
from crossdock.flows.context import RunContext
from crossdock.hub.exceptions import Noticed, renew_noticed
from crossdock.hub.intake import document_hash
from crossdock.hub.models import Delivery
from crossdock.hub.waking import wake_routing

T = TypeVar("T")

FILE_REFUSED = "fileRefused"
ROWS_REJECTED = "rowsRejected"
LONGEST_NAME = 300
MOST_BUSY = 3
"""So many deliveries that are asked to be tried again end a run: it is not one of them, it is the system."""
AGAIN_AFTER = 10.0
"""Seconds until a delivery that could not be read just now is looked at again."""
TRIES = 4
"""How often a delivery is taken anew when another worker and this one waited for each other."""
STORAGE_ERRORS = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError)


class RowError(Exception):
    """A row that cannot be accepted: `field` names the column, `reason` what is wrong and how to mend it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


Result = bool | RowError
"""What came of one row: whether it was news, or why it is not accepted."""


@dataclass(frozen=True)
class Taking(Generic[T]):
    """How deliveries of one entity are taken in.

    `take` applies records in the caller's transaction and says of each what came of it; nothing of one that it
    does not accept is left. Where deliveries are `dated`, the same bytes at another time say something new: the
    same count on another day. `lock` takes beforehand, in the order that holds everywhere, the locks they need.
    """

    inbox: Inbox[T]
    take: Callable[[RunContext, Sequence[T]], Sequence[Result]]
    lock: Callable[[RunContext, Sequence[T]], None]
    dated: bool = False


def one_by_one(
    take: Callable[[RunContext, T], bool],
) -> Callable[[RunContext, Sequence[T]], Sequence[Result]]:
    """Return how to take records each by itself, so that a bad one, which raises `RowError`, stays alone."""

    def take_each(ctx: RunContext, records: Sequence[T]) -> Sequence[Result]:
        return [_isolated(ctx, take, record) for record in records]

    return take_each


def _isolated(ctx: RunContext, take: Callable[[RunContext, T], bool], record: T) -> Result:
    try:
        with transaction.atomic():
            return take(ctx, record)
    except RowError as error:
        return error
    except STORAGE_ERRORS as error:
        return RowError("row", f"it cannot be stored: {str(error).splitlines()[0]}")


@dataclass
class _Taken:
    """What came of a delivery's rows."""

    created: int = 0
    unchanged: int = 0
    rejects: list[Reject] = field(default_factory=list)
    refusal: str = ""


def pull_deliveries(ctx: RunContext, taking: Taking[T], sent: Sequence[SentShipment] = ()) -> None:
    """Take in every delivery that waits, oldest first; one that cannot be taken does not stop the others.

    `sent` are the shipping requests that the warehouse has. Raises `Retry` and `Reconnect`.
    """
    names = taking.inbox.waiting(sent)
    busy = 0
    for done, name in enumerate(names, start=1):
        try:
            _one(ctx, taking, name)
        except Gone:
            ctx.tally.skipped += 1
        except Reconnect:
            raise
        except Retry as error:
            busy += 1  # it may be this one alone, which is being written to just now
            if busy >= MOST_BUSY or busy == len(names):
                raise
            ctx.again_after = error.after if error.after is not None else AGAIN_AFTER
        except ConnectorError as error:
            ctx.problem(error, _errand(ctx, name), f"{name} ({ctx.flow.entity})")
        else:
            if not ctx.dry_run:
                ctx.settled(_errand(ctx, name))
        ctx.progress(done, len(names))
    if not ctx.dry_run:
        # Put away by a process that died before it could note it.
        left = Delivery.objects.filter(integration=ctx.integration, entity=ctx.flow.entity, settled_at=None)
        left.exclude(name__in=[name[:LONGEST_NAME] for name in names]).update(settled_at=ctx.now)


def _one(ctx: RunContext, taking: Taking[T], name: str) -> None:
    record = taking.inbox.read(name)
    digest = _digest(record, dated=taking.dated)
    known = Delivery.objects.filter(
        integration=ctx.integration,
        entity=ctx.flow.entity,
        name=record.remote_id[:LONGEST_NAME],
        digest=digest,
    ).first()
    if known is None:
        known = _take(ctx, taking, record, digest)
    else:
        ctx.tally.skipped += 1
    if ctx.dry_run:
        return
    taking.inbox.settle(record, [msgspec.convert(row, Reject) for row in known.rejects], known.refusal)
    if known.settled_at is None:
        Delivery.objects.filter(pk=known.pk).update(settled_at=ctx.now)


def _digest(record: RemoteRecord, *, dated: bool) -> bytes:
    moment = record.updated_at.isoformat().encode() if dated and record.updated_at else b""
    return document_hash(record.document + moment)


def _take(ctx: RunContext, taking: Taking[T], record: RemoteRecord, digest: bytes) -> Delivery:
    try:
        rows = taking.inbox.translate(record, ctx.account)
    except Unreadable as error:
        text = f"{error.field}: {error.reason}" if error.field else error.reason
        rows, refusal = Rows[T](count=0, rows=()), text
    else:
        refusal = ""
    for left in reversed(range(TRIES)):
        try:
            return _apply(ctx, taking, record, digest, rows, refusal)
        except (OperationalError, psycopg.OperationalError) as error:
            if not left or not isinstance(error.__cause__ or error, psycopg.errors.DeadlockDetected):
                raise
    raise AssertionError("the last try returns or raises")


def _apply(
    ctx: RunContext, taking: Taking[T], record: RemoteRecord, digest: bytes, rows: Rows[T], refusal: str
) -> Delivery:
    """Apply the rows and note the delivery in one transaction; a dry run undoes it."""
    with transaction.atomic():
        taken = _Taken(refusal=refusal) if refusal else _rows_taken(ctx, taking, rows)
        delivery = Delivery.objects.create(
            integration=ctx.integration, entity=ctx.flow.entity, name=record.remote_id[:LONGEST_NAME], digest=digest,
            rows=rows.count, accepted=taken.created + taken.unchanged,
            rejects=[msgspec.to_builtins(reject) for reject in taken.rejects],
            refusal=taken.refusal[:500], run=ctx.run,
        )  # fmt: skip
        _report(ctx, delivery, rows)
        if taken.created:
            wake_routing(ctx.integration.organization_id)
        if ctx.dry_run:
            transaction.set_rollback(True)
        else:
            ctx.book_calls()
    ctx.tally.read += rows.count
    ctx.tally.created += taken.created
    ctx.tally.unchanged += taken.unchanged
    ctx.tally.failed += len(taken.rejects) + bool(taken.refusal)
    ctx.problems += bool(taken.rejects or taken.refusal)
    return delivery


def _rows_taken(ctx: RunContext, taking: Taking[T], rows: Rows[T]) -> _Taken:
    taken = _Taken()
    with transaction.atomic():
        taking.lock(ctx, [row.record for row in rows.rows])
        results = taking.take(ctx, [row.record for row in rows.rows])
        for row, result in zip(rows.rows, results, strict=True):
            if isinstance(result, RowError):
                taken.rejects.append(_reject(row, result))
            else:
                taken.created += result
                taken.unchanged += not result
        taken.rejects = sorted([*rows.rejects, *taken.rejects], key=lambda reject: reject.number)
        bad = len(taken.rejects)
        if not (rows.all_or_nothing and bad):
            return taken
        transaction.set_rollback(True)
    refusal = f"{bad} of {rows.count} rows cannot be accepted, and it is taken whole or not at all."
    return _Taken(rejects=taken.rejects, refusal=refusal)


def _reject(row: Row[T], error: RowError) -> Reject:
    return Reject(number=row.number, field=error.field, reason=error.reason, text=row.text)


def _report(ctx: RunContext, delivery: Delivery, rows: Rows[T]) -> None:
    """Open what is wrong with a delivery, and close what was wrong with an earlier one of the same name."""
    subject, name = _subject(ctx, delivery.name), delivery.name
    noticed = [
        Noticed(subject, notice.code, notice.field, f"{name}: {notice.message}")
        for notice in rows.notices
        if notice.attention
    ]
    if delivery.refusal:
        noticed.append(
            Noticed(
                subject, FILE_REFUSED, ctx.flow.entity, f"{name} was refused as a whole: {delivery.refusal}"
            )
        )
    elif delivery.rejects:
        first = delivery.rejects[0]
        message = (
            f"{len(delivery.rejects)} of {delivery.rows} rows of {name} were not accepted. The first is row "
            f"{first['number']}, {first['field']}: {first['reason']}"
        )
        noticed.append(Noticed(subject, ROWS_REJECTED, str(first["field"]), message))
    renew_noticed(ctx.integration, ctx.flow, ctx.flow.entity, [subject], noticed)


def _errand(ctx: RunContext, name: str) -> str:
    """The subject of what hindered fetching a delivery or putting it away."""
    return f"errand:{_subject(ctx, name)}"[:200]


def _subject(ctx: RunContext, name: str) -> str:
    return f"deliveries:{ctx.flow.entity}:{name}"[:200]
