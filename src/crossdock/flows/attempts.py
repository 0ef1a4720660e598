"""Claiming writes before they are sent: a crash between sending and recording leaves a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models.functions import Now

from crossdock.flows.context import RunContext
from crossdock.hub.models import Attempt


def claim_attempt(ctx: RunContext, call_key: str, plan: Sequence[Mapping[str, object]]) -> Attempt:
    """Write down what is about to be sent, committed before it is."""
    return Attempt.objects.create(run=ctx.run, flow=ctx.flow, call_key=call_key, plan=list(plan))


def settle_attempt(attempt: Attempt, outcome: Mapping[str, str]) -> None:
    """Write down what came of it."""
    Attempt.objects.filter(pk=attempt.pk).update(outcome=dict(outcome), settled_at=Now())


def settle_interrupted(ctx: RunContext) -> list[Attempt]:
    """Return the attempts a dead process left behind, and close them; a dry run leaves them open.

    Their marks are still there, so what they wrote is read back before anything new is planned; that
    is the whole of the recovery.
    """
    interrupted = list(Attempt.objects.filter(flow=ctx.flow, settled_at=None).order_by("pk"))
    if ctx.dry_run:
        return interrupted
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in interrupted]).update(
        outcome={"interrupted": "the process died; the remote side was read again"}, settled_at=Now()
    )
    return interrupted
