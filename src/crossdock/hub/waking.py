"""Having a worker look at an organization's orders: now, or when a hold ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from procrastinate import exceptions as procrastinate_exceptions
from procrastinate.contrib.django import app

ROUTE = "crossdock.routing.route"
WAKE_ROUTING = "crossdock.routing.wake"


def wake_routing(organization_id: int, *, at: datetime | None = None) -> None:
    """Queue one pass over the organization's orders, in the caller's transaction; one that waits is enough.

    A pass decides on orders and routes what is released. With `at` it is queued for that moment, to the next
    full second, by a job of its own: a locked job that waits for its time would hold up those wanted sooner.
    """
    if at is None:
        if job_waits(f"route:{organization_id}"):
            return
        deferrer = app.configure_task(
            ROUTE, lock=f"route:{organization_id}", queueing_lock=f"route:{organization_id}", priority=5
        )
    else:
        moment = at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)
        deferrer = app.configure_task(
            WAKE_ROUTING,
            queueing_lock=f"route:{organization_id}:{moment.timestamp():.0f}",
            schedule_at=moment,
        )
    try:
        with transaction.atomic():  # a savepoint: a second queueing that is refused undoes nothing else
            deferrer.defer(organization_id=organization_id)
    except procrastinate_exceptions.AlreadyEnqueued:
        return


def job_waits(queueing_lock: str) -> bool:
    """Whether such a job waits already; no worker begins it before the caller's transaction has ended.

    Usual while orders come in by the page, and far cheaper to ask than to have a second queueing refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' FOR SHARE",
            [queueing_lock],
        )
        return cursor.fetchone() is not None
