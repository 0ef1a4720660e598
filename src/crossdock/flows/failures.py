"""What follows when a whole run fails: try again later, wait for a person to reconnect, or be refused and say so.

A failure of one record is no failure of its run; it becomes an exception of its own (`context.py`, `problem`).
"""

from __future__ import annotations

from datetime import timedelta

from crossdock.connectors.contract import ConnectorError
from crossdock.connectors.errors import Reconnect, Retry
from crossdock.flows.integration_state import park
from crossdock.hub.clock import system_clock
from crossdock.hub.exceptions import open_exception
from crossdock.hub.models import Flow, Run
from crossdock.hub.vault import SecretUnreadable

BACKOFF = (5, 15, 60, 300, 900)
"""Seconds to wait after the first failure in a row, the second, …; from then on the last of these."""
REFUSED_PAUSE = 300
"""Seconds until a flow that was refused asks again: a person may have mended the cause meanwhile."""


def book_failure(
    flow: Flow, failure: ConnectorError | SecretUnreadable, *, dry_run: bool = False
) -> float | None:
    """Note on its flow what a failure of a whole run leads to; returns seconds until the next try, where it is soon.

    What a dry run met is told to whoever asked for it, and does not hold up the flow; but a dead token is dead.
    """
    integration = flow.integration
    if dry_run and not isinstance(failure, Reconnect | SecretUnreadable):
        return None
    subject, organization_id = f"flow:{flow.key}", integration.organization_id
    if isinstance(failure, Retry):
        tries = flow.failures + 1
        after = failure.after if failure.after is not None else BACKOFF[min(tries, len(BACKOFF)) - 1]
        Flow.objects.filter(pk=flow.pk).update(
            failures=tries,
            not_before=system_clock() + timedelta(seconds=after),
            paused_reason=str(failure)[:500],
        )
        if tries >= len(BACKOFF):
            open_exception(
                organization_id,
                failure.code,
                subject,
                f"{flow} has failed {tries} times in a row: {failure.reason} It goes on trying by itself.",
                entity=flow.entity,
                integration=integration,
                flow=flow,
            )
        return after
    if isinstance(failure, Reconnect | SecretUnreadable):
        park(integration, str(failure))
        return None
    Flow.objects.filter(pk=flow.pk).update(
        paused_reason=str(failure)[:500], not_before=system_clock() + timedelta(seconds=REFUSED_PAUSE)
    )
    open_exception(
        organization_id,
        failure.code,
        subject,
        f"{flow} was refused: {failure.reason}",
        entity=flow.entity,
        integration=integration,
        flow=flow,
        field=failure.field,
    )
    return None


def book_defect(flow: Flow, run: Run) -> None:
    """Note that a run stopped on a defect of ours, for a person to see."""
    run.outcome, run.message = Run.Outcome.FAILED, "A defect in Crossdock; the log has its trace."
    run.finished_at = system_clock()
    run.save()
    open_exception(
        flow.integration.organization_id,
        "defect",
        f"flow:{flow.key}",
        f"{flow} stopped on a defect in Crossdock. The log has its trace; nothing was lost.",
        entity=flow.entity,
        integration=flow.integration,
        flow=flow,
    )
