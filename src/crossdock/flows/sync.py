"""Running an integration's flows now, in this process, again and again until nothing is left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from crossdock.flows.observer import Observer
from crossdock.flows.runs import RunReport, run_flow
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Flow, Integration, Mark
from crossdock.routing.advance import advance_orders

ORDER = ("locations", "products", "orders", "shipments", "fulfillments", "inventory")
ROUTED_AFTER = ("locations", "orders", "fulfillments", "inventory")
"""Pulls that may give routing something to do."""
POLL = {"orders": 60, "fulfillments": 60, "inventory": 300, "products": 300, "locations": 86_400}
"""How often each pull looks by itself, in seconds; webhooks make it sooner."""
MAX_ROUNDS = 30
LONGEST_PAUSE = 20.0


@dataclass
class SyncReport:
    """Everything a sync did, run by run; `complete` says whether nothing was left at the end.

    `routed` counts orders, `kept_back` those that rules hold or want looked at.
    """

    runs: list[RunReport] = field(default_factory=list)
    routed: int = 0
    kept_back: int = 0
    complete: bool = False

    @property
    def failed(self) -> bool:
        """Whether a run failed or left exceptions."""
        return any(run.outcome in ("failed", "partial") for run in self.runs)


def sync(
    integration: Integration,
    entities: Sequence[str] | None = None,
    *,
    trigger: str,
    dry_run: bool = False,
    observer: Observer | None = None,
) -> SyncReport:
    """Run the enabled flows of `integration` until they find nothing to do; a dry run runs each once.

    `entities` limits it to some. A flow whose search may still trail its writes is run again after
    that time, so a sync that completes has seen everything up to its start.
    """
    report = SyncReport()
    for _ in range(1 if dry_run else MAX_ROUNDS):
        pause, busy = 0.0, False
        for flow in flows_in_order(integration, entities):
            run = run_flow(flow, trigger=trigger, dry_run=dry_run, observer=observer)
            report.runs.append(run)
            if run.again_after is not None:
                pause = max(pause, run.again_after)
            busy = busy or not run.idle
            if run.outcome == "failed" and run.again_after is None:
                return report
            if flow.direction == "pull" and flow.entity in ROUTED_AFTER and not dry_run:
                advance = advance_orders(integration.organization_id, system_clock())
                report.routed += advance.routed
                report.kept_back += advance.kept_back
        if not busy and not waiting(integration, entities):
            report.complete = True
            return report
        if pause > LONGEST_PAUSE:
            return report
        if pause and not dry_run:
            time.sleep(pause)
    report.complete = dry_run
    return report


def flows_in_order(integration: Integration, entities: Sequence[str] | None = None) -> list[Flow]:
    """Return the enabled flows in the order in which they feed each other."""
    flows = Flow.objects.filter(integration=integration, enabled=True).select_related(
        "integration__organization"
    )
    wanted = [flow for flow in flows if entities is None or flow.entity in entities]
    return sorted(wanted, key=lambda flow: (ORDER.index(flow.entity), flow.direction))


def waiting(integration: Integration, entities: Sequence[str] | None = None) -> bool:
    """Whether marks are left for enabled flows that are due within the time one would wait for them."""
    soon = system_clock() + timedelta(seconds=LONGEST_PAUSE)
    marks = Mark.objects.filter(flow__integration=integration, flow__enabled=True).exclude(
        not_before__gt=soon
    )
    if entities is not None:
        marks = marks.filter(flow__entity__in=list(entities))
    return marks.exists()
