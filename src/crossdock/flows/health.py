"""How each flow of an integration is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Sum

from crossdock.connectors import connector_for
from crossdock.flows.gate import WINDOW_SECONDS
from crossdock.flows.opening import calls_per_minute
from crossdock.flows.runs import REHEARSAL, obstacle
from crossdock.flows.sync import ORDER
from crossdock.hub.clock import system_clock
from crossdock.hub.models import ExceptionCase, Flow, Integration, Mark, Run

SUMMED_OVER = timedelta(days=7)


@dataclass(frozen=True)
class FlowHealth:
    """One flow: whether it runs, how fresh it is, what waits, what it cost.

    `lag_seconds` is the time since everything was last known to be carried over; None before the first
    success. Calls and records are summed over the runs of the last `SUMMED_OVER`.
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


def flow_health(integration: Integration) -> list[FlowHealth]:
    """Return the health of every flow, in the order in which they feed each other."""
    now = system_clock()
    flows = list(Flow.objects.filter(integration=integration).select_related("integration"))
    marks = dict(
        Mark.objects.filter(flow__in=flows)
        .values("flow_id")
        .annotate(n=Count("id"))
        .values_list("flow_id", "n")
    )
    cases = dict(
        ExceptionCase.objects.filter(flow__in=flows, status="active")
        .values("flow_id")
        .annotate(n=Count("id"))
        .values_list("flow_id", "n")
    )
    health = []
    for flow in sorted(flows, key=lambda row: (ORDER.index(row.entity), row.direction)):
        real = Run.objects.filter(flow=flow, created_at__gte=now - SUMMED_OVER).exclude(trigger=REHEARSAL)
        sums = real.aggregate(
            calls=Sum("remote_calls"),
            least=Sum("least_calls"),
            created=Sum("created"),
            changed=Sum("changed"),
            deleted=Sum("deleted"),
            written=Sum("written"),
        )
        last = real.order_by("-pk").first()
        health.append(
            FlowHealth(
                flow=flow,
                entity=flow.entity,
                direction=flow.direction,
                enabled=flow.enabled,
                obstacle=obstacle(flow) if flow.enabled else "",
                lag_seconds=(now - flow.last_success_at).total_seconds() if flow.last_success_at else None,
                backlog=marks.get(flow.pk, 0),
                last_success_at=flow.last_success_at,
                last_run=last,
                records=sum(sums[name] or 0 for name in ("created", "changed", "deleted")),
                written=sums["written"] or 0,
                remote_calls=sums["calls"] or 0,
                least_calls=sums["least"] or 0,
                exceptions=cases.get(flow.pk, 0),
            )
        )
    return health


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
    with connection.cursor() as cursor:
        cursor.execute(_BUDGET, {"integration": integration.pk, "window": WINDOW_SECONDS})
        used, blocked_until = cursor.fetchone() or (0, None)
    limit = calls_per_minute(integration, connector_for(integration.connector))
    return RequestBudget(min(int(used), limit), limit, blocked_until)


_BUDGET = """
SELECT coalesce((SELECT sum(calls) FROM hub_budgetsecond WHERE integration_id = %(integration)s
                    AND second >= floor(extract(epoch FROM clock_timestamp())) - %(window)s), 0),
       (SELECT blocked_until FROM hub_budget WHERE integration_id = %(integration)s
           AND blocked_until > clock_timestamp())
"""
