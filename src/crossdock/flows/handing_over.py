"""Handing records over in one piece, once: prepare, claim, send, record, and what follows from a crash in between.

Everything is handed over under a key of our own that is written down before it is sent. What a dead process
left unsettled is looked up by that key before anything new is planned: it has gone out and is recorded, or it
has not and is prepared anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from django.db import transaction

from crossdock.connectors.contract import Applied, Change, Outbox
from crossdock.connectors.errors import Refused, Retry
from crossdock.flows.attempts import claim_attempt, settle_attempt
from crossdock.flows.context import RunContext
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.marks import TakenMark, postpone_marks, settle_marks
from crossdock.hub.models import Attempt

T = TypeVar("T")

Entry = Mapping[str, object]
"""What an attempt remembers of one record; enough to record that it has gone out."""

REFUSED_AGAIN = timedelta(minutes=15)
"""How long a record that could not be expressed waits until it is tried once more."""
TRIES = 3
"""How often a batch is prepared anew because its records changed meanwhile."""


@dataclass(frozen=True)
class Item(Generic[T]):
    """One record to hand over. `key` is its mark's, `title` what a person calls it; `entry` is remembered.

    With a `problem` it stays here, and a person is told why.
    """

    key: str
    title: str
    record: T
    changes: tuple[Change, ...]
    entry: Entry
    record_id: int
    problem: Refused | None = field(default=None, compare=False)


Items = Sequence[Item[T]]
Errors = list[tuple[Item[T], Refused]]


@dataclass(frozen=True)
class Handing(Generic[T]):
    """What is handed over and how.

    `desired` tells what is to go out of the marked keys, from the facts as they are now. `recorded` writes down
    that entries have gone out under a key, in the caller's transaction; a repeat changes nothing.
    """

    outbox: Outbox[T]
    desired: Callable[[RunContext, Sequence[str]], Items[T]]
    recorded: Callable[[RunContext, Sequence[Entry], str], None]


def hand_over(ctx: RunContext, handing: Handing[T]) -> None:
    """Hand over everything that is marked and wanted, in batches; a dry run only plans."""
    if not ctx.dry_run:
        _resolve(ctx, handing)
    taken = ctx.taken()
    for number, start in enumerate(range(0, len(taken), ctx.batch_size), start=1):
        part = taken[start : start + ctx.batch_size]
        if ctx.dry_run:
            _plan(ctx, handing, part)
        else:
            _hand_over_part(ctx, handing, part, f"{ctx.run.key}-{number}")
        ctx.progress(min(start + ctx.batch_size, len(taken)), len(taken))


def _resolve(ctx: RunContext, handing: Handing[T]) -> None:
    """Find out what became of attempts that were interrupted, and record it.

    Raises `Retry` where that cannot be told: nothing new is planned then.
    """
    for attempt in _unsettled(ctx):
        sent = handing.outbox.sent(attempt.call_key)
        with transaction.atomic():
            if sent:
                handing.recorded(ctx, attempt.plan, attempt.call_key)
                ctx.written += len(attempt.plan)
            settle_attempt(attempt, {"interrupted": "it had gone out" if sent else "it had not gone out"})
            ctx.book_calls()


def _unsettled(ctx: RunContext) -> Sequence[Attempt]:
    return list(Attempt.objects.filter(flow=ctx.flow, settled_at=None).order_by("pk"))


def _plan(ctx: RunContext, handing: Handing[T], taken: Sequence[TakenMark]) -> None:
    """Plan without touching anything; what an interrupted attempt may have sent is looked up by a real run."""
    doubtful = {str(entry["key"]) for attempt in _unsettled(ctx) for entry in attempt.plan}
    items = handing.desired(ctx, [mark.key for mark in taken if mark.key not in doubtful])
    ctx.plan += [change for item in items for change in item.changes]


def _hand_over_part(ctx: RunContext, handing: Handing[T], marks: Sequence[TakenMark], key: str) -> None:
    items, refused = _prepared(ctx, handing, [mark.key for mark in marks], key)
    attempt = None
    if items:
        attempt = claim_attempt(ctx, key, [item.entry for item in items])
        outcome = handing.outbox.send(key)
        if not isinstance(outcome, Applied):
            # The attempt stays unsettled: the next run looks up whether it has gone out all the same.
            raise outcome
    with transaction.atomic():
        if attempt is not None:
            handing.recorded(ctx, [item.entry for item in items], key)
            settle_attempt(attempt, {item.key: "applied" for item in items})
            ctx.written += len(items)
            ctx.plan += [change for item in items for change in item.changes]
        for item, error in refused:
            ctx.problem(error, _subject(ctx, item.key), item.title, record_id=item.record_id)
        later = {item.key for item, _ in refused}
        done = [mark for mark in marks if mark.key not in later]
        # Also of what is not wanted any more: whatever hindered it does not matter now.
        close_exceptions(
            ctx.integration.organization_id, [_subject(ctx, mark.key) for mark in done],
            integration=ctx.integration,
        )  # fmt: skip
        settle_marks(ctx.flow, done)
        postpone_marks(ctx.flow, dict.fromkeys(later, ctx.now + REFUSED_AGAIN))
        ctx.book_calls()


def _prepared(
    ctx: RunContext, handing: Handing[T], keys: Sequence[str], key: str
) -> tuple[Items[T], Errors[T]]:
    """Prepare what is wanted under `key`, without the records that cannot be expressed.

    What is wanted is looked up again after preparing: what was called off meanwhile must not go out.
    """
    for _ in range(TRIES):
        wanted = handing.desired(ctx, keys)
        items = [item for item in wanted if item.problem is None]
        refused = [(item, item.problem) for item in wanted if item.problem is not None]
        ready, unfit = _expressed(handing, items, key)
        if wanted == handing.desired(ctx, keys):
            return ready, refused + unfit
    raise Retry("What is to be handed over changed each time it was prepared.", after=5)


def _expressed(handing: Handing[T], items: Items[T], key: str) -> tuple[Items[T], Errors[T]]:
    """Prepare all that can be; only where all together are refused, each is tried by itself."""
    if not items:
        return items, []
    try:
        handing.outbox.prepare([item.record for item in items], key)
    except Refused as error:
        whole = error
    else:
        return items, []
    good: list[Item[T]] = []
    refused: list[tuple[Item[T], Refused]] = []
    for item in items:
        try:
            handing.outbox.prepare([item.record], key)
        except Refused as error:
            refused.append((item, error))
        else:
            good.append(item)
    if not refused or (not good and len({error.reason for _, error in refused}) == 1 < len(items)):
        raise whole  # it is not about one of the records
    if good:
        handing.outbox.prepare([item.record for item in good], key)
    return good, refused


def _subject(ctx: RunContext, key: str) -> str:
    return f"{ctx.flow.entity}:{key}"
