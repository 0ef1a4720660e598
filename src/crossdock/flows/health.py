"""How each flow of an integration is doing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Aggregate, Count, Max, Min, QuerySet, Sum

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Direction
from crossdock.flows.gate import WINDOW_SECONDS
from crossdock.flows.obstacles import hindrance, shows_locations
from crossdock.flows.opening import calls_per_minute
from crossdock.flows.runs import REHEARSAL
from crossdock.flows.sync import ORDER, POLL
from crossdock.hub.clock import system_clock
from crossdock.hub.models import ExceptionCase, Flow, Integration, Mark, Run

SUMMED_OVER = timedelta(days=7)
POLLS_MISSED = 3
"""So many polls may pass without one that gets through before a pull counts as late."""


@dataclass(frozen=True)
class FlowHealth:
    """One flow: whether it runs, how fresh it is, what waits, what it cost.

    `lag_seconds` is how far the other side may be behind, as `lag_of` says. Calls and records are summed over the
    runs of the last `SUMMED_OVER`, and `last_run` is the newest of them; rehearsals are left out. `late` is as
    `is_late` says.
    """

    flow: Flow
    entity: str
    direction: str
    enabled: bool
    obstacle: str
    lag_seconds: float | None
    backlog: int
    last_success_at: datetime | None
    last_run: Run | None
    records: int
    written: int
    remote_calls: int
    least_calls: int
    exceptions: int
    late: bool = False

    @property
    def failed(self) -> bool:
        """Whether the flow's own newest run failed; an import's runs are told by the import."""
        run = self.last_run
        return run is not None and run.backfill_id is None and run.outcome == Run.Outcome.FAILED

    @property
    def troubled(self) -> bool:
        """Whether the flow is on, but may not run, waits after a failure, or failed when it last ran."""
        return self.enabled and bool(self.obstacle or self.flow.paused_reason or self.failed)


def worst_of(flows: Iterable[FlowHealth]) -> FlowHealth | None:
    """Return the flow that stands worst of those that are on; None where none is on.

    Those in trouble come before those that never succeeded, and these before those that are furthest behind.
    """
    on = [row for row in flows if row.enabled]
    return max(
        on, key=lambda row: (row.troubled, row.lag_seconds is None, row.lag_seconds or 0), default=None
    )


def is_late(flow: Flow, now: datetime) -> bool:
    """Whether a pull that may run has not got through for so long that something must be wrong, whatever it is.

    A run may hang on a store that does not answer, or never have been begun; neither has failed yet. One that has
    never got through, or waits after a failure, says so itself.
    """
    if not flow.enabled or flow.direction != Direction.PULL or flow.paused_reason or not flow.last_success_at:
        return False
    if not flow.integration.usable:
        return False
    # What was off, or parked until somebody connected it again, is given its time as well.
    began = (flow.enabled_at, flow.integration.connected_at)
    since = max([flow.last_success_at, *(one for one in began if one is not None)])
    return now - since > POLLS_MISSED * timedelta(seconds=POLL.get(flow.entity, 300))


def lag_of(
    direction: str, now: datetime, last_success_at: datetime | None, oldest_mark: datetime | None
) -> float | None:
    """Return for how many seconds something may have waited to be carried over; None where that is not known.

    A push is told what to carry: it is behind by its oldest mark, and by nothing while nothing waits, however long
    ago it last had something to do. A pull has to look: until it has looked again, anything may have changed since
    its last success, and a mark that is older is something that it looked for in vain. Before its first success
    nobody knows. A mark's age is that of its newest hint.
    """
    if direction == Direction.PUSH and oldest_mark is not None:
        return max((now - oldest_mark).total_seconds(), 0.0)
    if last_success_at is None:
        return None
    if direction == Direction.PUSH:
        return 0.0
    behind_since = min(last_success_at, oldest_mark) if oldest_mark is not None else last_success_at
    return max((now - behind_since).total_seconds(), 0.0)


def flow_health(integration: Integration) -> list[FlowHealth]:
    """Return the health of every flow, in the order in which they feed each other."""
    return health_of_many([integration])[integration.pk]


def health_of_many(integrations: Iterable[Integration]) -> dict[int, list[FlowHealth]]:
    """Return the health of the flows of each integration, by its primary key, in as many queries as for one."""
    now = system_clock()
    found: dict[int, list[FlowHealth]] = {one.pk: [] for one in integrations}
    flows = list(Flow.objects.filter(integration__in=list(found)).select_related("integration"))
    flows.sort(key=lambda row: (ORDER.index(row.entity), row.direction))
    located = {one.integration_id for one in flows if shows_locations(one)}
    waiting = _by_flow(Mark.objects.all(), flows, n=Count("id"), oldest=Min("marked_at"))
    cases = _by_flow(ExceptionCase.objects.filter(status=ExceptionCase.Status.ACTIVE), flows, n=Count("id"))
    real = Run.objects.filter(created_at__gte=now - SUMMED_OVER).exclude(trigger=REHEARSAL)
    sums = _by_flow(real, flows, newest=Max("pk"), **{name: Sum(name) for name in _SUMMED})
    newest = Run.objects.select_related("flow").in_bulk([row["newest"] for row in sums.values()])
    for flow in flows:
        marks, ran = waiting.get(flow.pk, {}), sums.get(flow.pk, {})
        found[flow.integration_id].append(
            FlowHealth(
                flow=flow,
                entity=flow.entity,
                direction=flow.direction,
                enabled=flow.enabled,
                obstacle=hindrance(flow, located=flow.integration_id in located) if flow.enabled else "",
                lag_seconds=lag_of(flow.direction, now, flow.last_success_at, marks.get("oldest")),
                backlog=marks.get("n", 0),
                last_success_at=flow.last_success_at,
                last_run=newest.get(ran.get("newest", 0)),
                records=sum(ran.get(name, 0) for name in ("created", "changed", "deleted")),
                written=ran.get("written", 0),
                remote_calls=ran.get("remote_calls", 0),
                least_calls=ran.get("least_calls", 0),
                exceptions=cases.get(flow.pk, {}).get("n", 0),
                late=is_late(flow, now),
            )
        )
    return found


_SUMMED = ("remote_calls", "least_calls", "created", "changed", "deleted", "written")


def _by_flow(
    rows: QuerySet[Any], flows: Sequence[Flow], **aggregates: Aggregate
) -> dict[int, dict[str, Any]]:
    """Return `aggregates` over `rows` for each of `flows` that has any, in one query."""
    grouped = rows.filter(flow__in=[flow.pk for flow in flows]).order_by().values("flow_id")
    return {row["flow_id"]: row for row in grouped.annotate(**aggregates)}


@dataclass(frozen=True)
class RequestBudget:
    """How much of an integration's request limit is in use.

    `used` of `limit` requests were sent in the last minute of the database's time; `blocked_until` is the end of
    a pause that the outside system asked for, None without one.
    """

    used: int
    limit: int
    blocked_until: datetime | None


def request_budget(integration: Integration) -> RequestBudget:
    """Return what is used of the request limit now; the gate that keeps it is `flows/gate.py`."""
    return request_budgets([integration])[integration.pk]


def request_budgets(integrations: Iterable[Integration]) -> dict[int, RequestBudget]:
    """Return what each integration uses of its request limit now, by its primary key, in one query."""
    asked = {one.pk: one for one in integrations}
    with connection.cursor() as cursor:
        cursor.execute(_BUDGETS, {"integrations": list(asked), "window": WINDOW_SECONDS})
        rows = cursor.fetchall()
    found = {}
    for pk, used, blocked_until in rows:
        limit = calls_per_minute(asked[pk], connector_for(asked[pk].connector))
        found[pk] = RequestBudget(min(int(used), limit), limit, blocked_until)
    return found


_BUDGETS = """
SELECT asked.id,
       coalesce((SELECT sum(calls) FROM hub_budgetsecond WHERE integration_id = asked.id
                    AND second >= floor(extract(epoch FROM clock_timestamp())) - %(window)s), 0),
       (SELECT blocked_until FROM hub_budget WHERE integration_id = asked.id AND blocked_until > clock_timestamp())
  FROM unnest(%(integrations)s::bigint[]) AS asked(id)
"""
