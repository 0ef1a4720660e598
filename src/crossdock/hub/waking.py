"""Having a worker look at an organization's orders: now, or when a hold ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from crossdock.hub.queueing import job_waits, queue_once

ROUTE = "crossdock.routing.route"
WAKE_ROUTING = "crossdock.routing.wake"


def wake_routing(organization_id: int, *, at: datetime | None = None) -> None:
    """Queue one pass over the organization's orders, in the caller's transaction; one that waits is enough.

    A pass decides on orders and routes what is released. With `at` it is queued for that moment, to the next
    full second, by a job of its own: a locked job that waits for its time would hold up those wanted sooner.
    """
    name = f"route:{organization_id}"
    if at is not None:
        moment = at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)
        later = f"{name}:{moment.timestamp():.0f}"
        queue_once(WAKE_ROUTING, later, at=moment, organization_id=organization_id)
    elif not job_waits(name):
        queue_once(ROUTE, name, lock=name, priority=5, organization_id=organization_id)
