"""Waiting until the hub and the store have nothing left to tell each other.

The worker does the work. Only when it has not finished in good time are the flows run from here as well, and
that is kept in mind, for the report says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from procrastinate.contrib.django.models import ProcrastinateJob

from crossdock.demo.errors import DemoError
from crossdock.demo.household import Household
from crossdock.demo.narrator import Narrator
from crossdock.demo.store import Store
from crossdock.flows import sync
from crossdock.hub.models import Integration, Mark, Order

PATIENCE = 30.0
"""Seconds until the worker is given a hand; after as many more the demo gives up."""
LOOK_SECONDS = 0.15
TICKS = ("crossdock.flows.sweep", "crossdock.flows.rescue")


class Settling:
    """Waits, with a bound. `nudged` names what the worker had to be helped with."""

    def __init__(
        self, household: Household, store: Store, integration: Integration, narrator: Narrator
    ) -> None:
        self._household, self._store = household, store
        self._integration, self._narrator = integration, narrator
        self.nudged: list[str] = []

    def until(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until `done`. Raises `DemoError` when even a helping hand does not bring it about."""
        if self._within(PATIENCE, done):
            return
        self.nudged.append(f"{what} ({self._left() or 'nothing was pending'})")
        self._narrator.note(
            f"{what}: not done after {PATIENCE:.0f} s, so the flows are run from here as well"
        )
        sync.sync(self._integration, trigger="demo")
        if not self._within(PATIENCE, done):
            raise DemoError(
                f"{what}: still not done after {2 * PATIENCE:.0f} s. Pending: {self._left() or 'nothing'}."
            )

    def until_quiet(self, what: str) -> None:
        """Wait until no webhook, mark, job or unrouted order is left, at two looks in a row."""
        self.until(what, self._quiet)

    def _within(self, seconds: float, done: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + seconds
        while not done():
            self._household.check()
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def _quiet(self) -> bool:
        """Whether nothing is on its way. A chain of causes is somewhere at every moment, but moves: look twice."""
        before = self._events()
        return not self._left() and not self._left() and self._events() == before

    def _events(self) -> int:
        return len(self._store.webhooks()["events"])

    def _left(self) -> str:
        """What is still to be done, in words; empty when nothing is."""
        organization = self._integration.organization_id
        counts = {
            "webhooks": int(not self._store.webhooks_sent()),
            "marks": Mark.objects.filter(flow__integration=self._integration, flow__enabled=True).count(),
            "jobs": ProcrastinateJob.objects.filter(status__in=["todo", "doing"])
            .exclude(task_name__in=TICKS)
            .count(),
            "orders to route": Order.objects.filter(
                organization=organization, routing_status=Order.Routing.PENDING, routing_note=""
            ).count(),
        }
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
