"""Queueing a job in the transaction that makes it necessary, once: one that waits already is enough.

The jobs themselves are in `flows/jobs.py` and `flows/notice_jobs.py`; the hub knows them by name only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def queue_once(
    task: str,
    queueing_lock: str,
    *,
    lock: str | None = None,
    priority: int = 0,
    at: datetime | None = None,
    after: timedelta | None = None,
    **arguments: int | str,
) -> bool:
    """Queue a job in the caller's transaction; False where one with this `queueing_lock` waits already.

    Of jobs with the same `lock` one runs at a time; of those that wait, a higher `priority` goes first. It runs as soon
    as a worker is free, or `at` a moment, or `after` a time. `arguments` are what the job is called with.
    """
    when: dict[str, Any] = {}  # the engine's own names for it
    if at is not None:
        when["schedule_at"] = at
    if after is not None:
        when["schedule_in"] = {"seconds": after.total_seconds()}
    deferrer = app.configure_task(task, lock=lock, queueing_lock=queueing_lock, priority=priority, **when)
    try:
        with transaction.atomic():  # a savepoint: a second queueing that is refused undoes nothing else
            deferrer.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


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
