"""What follows when a whole run fails: try again later, wait for a person to reconnect, or be refused and say so.

A failure of one record is no failure of its run; it becomes an exception of its own (`context.py`, `problem`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from crossdock.connectors.contract import ConnectorError
from crossdock.connectors.errors import Reconnect, Retry
from crossdock.flows.integration_state import park
from crossdock.flows.subjects import subject_of, what_ran
from crossdock.hub.clock import system_clock
from crossdock.hub.exceptions import open_exception
from crossdock.hub.models import Flow, Import, Run
from crossdock.hub.vault import SecretUnreadable

BACKOFF = (5, 15, 60, 300, 900)
"""Seconds to wait after the first failure in a row, the second, …; from then on the last of these."""
REFUSED_PAUSE = 300
"""Seconds until a flow that was refused asks again: a person may have mended the cause meanwhile."""
LONGEST_REST = 300
"""Seconds that an import waits at the most after it failed."""
MOST_FAILURES = 1000
"""How far back the failures of an import are counted."""
DEFECT = "A defect in Crossdock; the log has its trace."


def book_failure(
    run: Run, failure: ConnectorError | SecretUnreadable, *, dry_run: bool = False
) -> float | None:
    """Note what a failure of a whole run leads to; returns seconds until the next try, where it is soon.

    What a dry run met is told to whoever asked for it, and does not hold up the flow; but a dead token is dead.
    An import that fails does not hold up its flow either: that may get through where the import does not.
    """
    flow = run.flow
    integration = flow.integration
    if dry_run and not isinstance(failure, Reconnect | SecretUnreadable):
        return None
    if isinstance(failure, Reconnect | SecretUnreadable):
        park(integration, str(failure))
        return None
    if isinstance(failure, Retry):
        tries = flow.failures + 1 if run.backfill is None else _failed_in_a_row(run)
        after = failure.after if failure.after is not None else _rest(tries)
        if run.backfill is None:
            Flow.objects.filter(pk=flow.pk).update(
                failures=tries,
                not_before=system_clock() + timedelta(seconds=after),
                paused_reason=str(failure)[:500],
            )
        if tries >= len(BACKOFF):
            _open(
                run,
                f"{what_ran(run)} has failed {tries} times in a row: {failure.reason} It goes on trying by itself.",
                code=failure.code,
            )  # fmt: skip
        return after
    if run.backfill is None:
        Flow.objects.filter(pk=flow.pk).update(
            paused_reason=str(failure)[:500], not_before=system_clock() + timedelta(seconds=REFUSED_PAUSE)
        )
    _open(run, f"{what_ran(run)} was refused: {failure.reason}", code=failure.code, field=failure.field)
    return None


def book_defect(run: Run) -> None:
    """Note that a run stopped on a defect of ours, for a person to see."""
    run.outcome, run.message = Run.Outcome.FAILED, DEFECT
    run.finished_at = system_clock()
    run.save()
    _open(
        run,
        f"{what_ran(run)} stopped on a defect in Crossdock. The log has its trace; nothing was lost.",
        code="defect",
    )  # fmt: skip


def import_rests(backfill: Import, now: datetime) -> bool:
    """Whether an import that failed waits before it tries again: as a flow would, but never longer than `LONGEST_REST`.

    Nothing wakes it sooner, unless a person pauses it and has it go on.
    """
    last = Run.objects.filter(backfill=backfill).order_by("-pk").first()
    if last is None or last.outcome != Run.Outcome.FAILED or last.finished_at is None:
        return False
    rest = min(_rest(_failed_in_a_row(last)), LONGEST_REST)
    return now < last.finished_at + timedelta(seconds=rest)


def _rest(tries: int) -> int:
    """Seconds to wait after so many failures in a row."""
    return BACKOFF[min(tries, len(BACKOFF)) - 1]


def _failed_in_a_row(run: Run) -> int:
    """How often an import has failed since it last got any further, `run` (not saved yet) with it."""
    tries = 1
    before = Run.objects.filter(backfill=run.backfill, pk__lt=run.pk).order_by("-pk")
    for outcome, read in before.values_list("outcome", "read")[:MOST_FAILURES]:
        if outcome != Run.Outcome.FAILED or read:
            break
        tries += 1
    return 1 if run.read else tries


def _open(run: Run, message: str, *, code: str, field: str = "") -> None:
    flow = run.flow
    open_exception(
        flow.integration.organization_id, code, subject_of(run), message, entity=flow.entity,
        integration=flow.integration, flow=flow, field=field,
    )  # fmt: skip
