"""Leaving, taking and settling marks: "this flow must look at this key again"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import Flow, Mark
from crossdock.hub.queueing import job_waits, queue_once

RUN_FLOW = "crossdock.flows.run"
WAKE_FLOW = "crossdock.flows.wake"


@dataclass(frozen=True)
class TakenMark:
    """A mark as it was when a run began to look; `version` tells whether a newer hint came since.

    `age` is how long before that the newest hint came, by the database's clock alone.
    """

    key: str
    version: int
    since: datetime | None
    attempts: int
    age: timedelta


def leave_marks(
    flow: Flow, keys: Iterable[str], reason: str, *, since: datetime | None = None, wake: bool = True
) -> None:
    """Mark `keys` for `flow` and queue its run, in the caller's transaction.

    `since` is the remote time of the hint. Repeated hints add no rows and keep the newest time.
    """
    rows = sorted(set(keys))
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO hub_mark (flow_id, key, reason, since, version, attempts)
            SELECT %s, key, %s, %s, 1, 0 FROM unnest(%s::text[]) AS key ORDER BY key
            ON CONFLICT (flow_id, key) DO UPDATE
               SET version = hub_mark.version + 1, reason = excluded.reason, not_before = NULL, attempts = 0,
                   since = greatest(hub_mark.since, excluded.since), marked_at = now()
            """,
            [flow.pk, reason[:120], since, rows],
        )
    if wake:
        wake_flow(flow)


def mark_flows(
    organization_id: int,
    entity: str,
    direction: str,
    keys: Sequence[str] | Callable[[], Sequence[str]],
    reason: str,
) -> None:
    """Mark `keys` for every enabled flow of the organization that carries `entity` in `direction`.

    Keys that take work to find are best given as a function: where there is no such flow, it is not called.
    """
    if not keys:
        return
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            SELECT flow.id FROM hub_flow AS flow JOIN hub_integration ON hub_integration.id = flow.integration_id
             WHERE hub_integration.organization_id = %s AND hub_integration.state <> 'removed'
               AND flow.entity = %s AND flow.direction = %s AND flow.enabled
            """,
            [organization_id, entity, direction],
            prepare=True,
        )
        found = [int(str(row[0])) for row in cursor.fetchall()]
    if not found:
        return
    rows = keys() if callable(keys) else keys
    for flow in Flow.objects.filter(pk__in=found).order_by("pk"):
        leave_marks(flow, rows, reason)


def wake_flow(flow: Flow, *, after: timedelta | None = None, priority: int = 0) -> None:
    """Queue one run of `flow` in the caller's transaction; a run that is queued already is enough.

    With `after` it is queued that much later, by a job of its own without the flow's lock: a locked job that
    waits for its time would hold up every run that is wanted sooner.
    """
    name = f"flow:{flow.pk}"
    if after is not None:
        queue_once(WAKE_FLOW, f"{name}:later", priority=priority, after=after, flow_id=flow.pk)
    elif not job_waits(name):
        queue_once(RUN_FLOW, name, lock=name, priority=priority, flow_id=flow.pk)


def try_at_once(flow: Flow) -> None:
    """Run a flow as soon as a worker is free, also one that waits after a failure, in the caller's transaction."""
    Flow.objects.filter(pk=flow.pk).update(not_before=None)
    wake_flow(flow)


def take_marks(flow: Flow, now: datetime, limit: int | None = None) -> list[TakenMark]:
    """Return the marks that are due, oldest first. They stay until settled."""
    due = Mark.objects.filter(flow=flow).exclude(not_before__gt=now).order_by("marked_at", "key")
    age = ExpressionWrapper(Now() - F("marked_at"), DurationField())
    rows = due.values_list("key", "version", "since", "attempts", age)
    return [TakenMark(*row) for row in (rows[:limit] if limit else rows)]


def settle_marks(flow: Flow, taken: Iterable[TakenMark]) -> None:
    """Remove marks that were looked at; those with a newer hint stay. In the caller's transaction."""
    rows = list(taken)
    if not rows:
        return
    with connection.cursor() as cursor:
        # Locked by key first, as whoever leaves marks locks them: neither waits for the other in a ring.
        cursor.execute(
            """
            WITH held AS MATERIALIZED (
                SELECT hub_mark.id FROM hub_mark JOIN unnest(%s::text[], %s::int[]) AS seen(key, version) USING (key)
                 WHERE hub_mark.flow_id = %s AND hub_mark.version = seen.version
                 ORDER BY hub_mark.key FOR UPDATE OF hub_mark
            )
            DELETE FROM hub_mark USING held WHERE hub_mark.id = held.id
            """,
            [[row.key for row in rows], [row.version for row in rows], flow.pk],
        )


def postpone_marks(flow: Flow, keys: Mapping[str, datetime]) -> None:
    """Look at these keys again, but not before the given moment (our time); counts an attempt."""
    for key, moment in sorted(keys.items()):
        Mark.objects.filter(flow=flow, key=key).update(not_before=moment, attempts=F("attempts") + 1)
