"""Having all flows of an integration look now, because somebody asked; and what came of it.

A worker does the looking. Nothing is forced: flows that are off or may not run are left alone, and each of the
others does what it always does, only sooner. So asking twice does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from crossdock.flows.obstacles import hindrance, shows_locations
from crossdock.flows.runs import REHEARSAL
from crossdock.flows.sync import ORDER
from crossdock.hub.events import record_event
from crossdock.hub.marks import try_at_once
from crossdock.hub.models import Event, Flow, Integration, Run

OPERATION = "lookNow"
TRIGGER = "asked"
"""The trigger of a run by which a flow answers. One by marks is none: it may read no more than what is marked."""
BY_MARK = "mark"
AWAITED = timedelta(hours=1)
"""For how long after somebody asked it matters, by the database's clock."""


class LookNowError(Exception):
    """Nothing can look now; `field` names what stands against it, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class Answer:
    """What came of a look by one flow: its run, None while none has begun; `obstacle` says why none will."""

    flow: Flow
    run: Run | None
    obstacle: str

    @property
    def waits(self) -> bool:
        """Whether something is still to come."""
        return self.run.outcome == Run.Outcome.RUNNING if self.run is not None else not self.obstacle


@dataclass(frozen=True)
class LookNow:
    """A look that somebody asked for, with what came of it by flow."""

    event: Event
    answers: Sequence[Answer]

    @property
    def under_way(self) -> bool:
        """Whether a flow has not answered yet."""
        return any(answer.waits for answer in self.answers)


def ask_to_look(integration: Integration, *, author: str) -> list[Flow]:
    """Have a worker run every flow of `integration` that may run; returns those. Asked for twice is once.

    A flow that waits after a failure is tried at once. Raises `LookNowError` where no flow may run.
    """
    with transaction.atomic():
        locked = Integration.objects.select_for_update().get(pk=integration.pk)
        if not locked.usable:
            raise LookNowError("integration", _unusable(locked))
        able = [flow for flow, obstacle in _flows(locked) if not obstacle]
        if not able:
            raise LookNowError("flow", f"No flow of {locked.name} can look now: turn one on under Settings.")
        record_event(
            locked.organization_id, "integrations", locked.pk, OPERATION, author=author,
            after={"flows": [str(flow) for flow in able]},
        )  # fmt: skip
        for flow in able:
            try_at_once(flow)
    return able


def last_look(integration: Integration) -> LookNow | None:
    """Return what was asked for last, with what came of it; None where nobody has asked within `AWAITED`."""
    event = _newest(integration.pk)
    if event is None:
        return None
    answers = [
        Answer(flow, _answer(flow, event), obstacle)
        for flow, obstacle in _flows(integration)
        if str(flow) in _asked(event)
    ]
    return LookNow(event, answers)


def is_awaited(flow: Flow) -> bool:
    """Whether somebody asked `flow` to look, and it has not begun to since."""
    event = _newest(flow.integration_id)
    return event is not None and str(flow) in _asked(event) and _answer(flow, event) is None


def _newest(integration_id: int) -> Event | None:
    asked = Event.objects.filter(entity="integrations", record_id=integration_id, operation=OPERATION)
    return asked.filter(created_at__gt=Now() - AWAITED).order_by("-pk").first()


def _asked(event: Event) -> Sequence[object]:
    named = (event.after or {}).get("flows")
    return named if isinstance(named, list) else ()


def _answer(flow: Flow, event: Event) -> Run | None:
    """Return the first run that began after the event and looked at everything."""
    since = Run.objects.filter(flow=flow, created_at__gte=event.created_at, backfill=None)
    return since.exclude(trigger__in=[BY_MARK, REHEARSAL]).order_by("pk").first()


def _flows(integration: Integration) -> list[tuple[Flow, str]]:
    """Return the flows that are on with what stands against each, in the order in which they feed each other."""
    flows = list(Flow.objects.filter(integration=integration, enabled=True).select_related("integration"))
    flows.sort(key=lambda flow: (ORDER.index(flow.entity), flow.direction))
    located = any(shows_locations(flow) for flow in flows)
    return [(flow, hindrance(flow, located=located)) for flow in flows]


def _unusable(integration: Integration) -> str:
    name, state = integration.name, Integration.State
    if integration.state == state.ERROR:
        return f"{name} needs to be connected again before it can be looked at: press Reconnect."
    if integration.state == state.DISABLED:
        return f"{name} is disabled, so nothing is read or written there; enable it first."
    if integration.state == state.REMOVED:
        return f"{name} was removed; add the account again."
    return f"{name} is not connected yet; connect it first."
