"""The jobs that tell others: programs what changed, and people what needs attention."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

from crossdock.hub.clock import system_clock
from crossdock.hub.notices import outbox
from crossdock.hub.notices.delivering import deliver
from crossdock.hub.notifications.telling import due_rules, tell
from crossdock.hub.queueing import queue_once

DELIVER, TELL = "crossdock.notices.deliver", "crossdock.notifications.tell"
AT_ONCE = 2
"""Webhooks delivered to side by side, in all workers together: flows keep the other places."""


@app.task(name=DELIVER)
def deliver_job(webhook_id: int) -> None:
    """Send a webhook what is due, for a while."""
    deliver(webhook_id, system_clock)


@app.periodic(cron="* * * * * */5")
@app.task(name="crossdock.notices.sweep", queueing_lock="notices", lock="notices")
def sweep_notices_job(timestamp: int) -> None:  # noqa: ARG001 - the job engine hands it over
    """Gather what changed, and have it delivered."""
    sweep_notices()


def sweep_notices() -> int:
    """Gather what changed for each webhook and queue deliveries where there is room; returns how many."""
    for webhook_id in outbox.with_changes():
        outbox.gather(webhook_id, system_clock())
    due = outbox.due_webhooks(system_clock())
    if not due:
        return 0
    room = AT_ONCE - _under_way()
    return sum(queue_delivery(webhook_id) for webhook_id in due[: max(room, 0)])


def queue_delivery(webhook_id: int) -> bool:
    """Have a worker deliver to a webhook; False where that is queued already. One at a time for each webhook."""
    name = f"webhook:{webhook_id}"
    return queue_once(DELIVER, name, lock=name, priority=-5, webhook_id=webhook_id)


def _under_way() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing')",
            [DELIVER],
        )
        return int(cursor.fetchone()[0])


@app.task(name=TELL)
def tell_job(rule_id: int) -> None:
    """Tell people what is due by one rule."""
    tell(rule_id, system_clock)


@app.periodic(cron="* * * * * */30")
@app.task(name="crossdock.notifications.sweep", queueing_lock="notifications", lock="notifications")
def sweep_notifications_job(timestamp: int) -> None:  # noqa: ARG001 - the job engine hands it over
    """Have people told of what is due."""
    sweep_notifications()


def sweep_notifications() -> int:
    """Queue each rule that has something to tell now; returns how many."""
    return sum(_queue_telling(rule_id) for rule_id in due_rules(system_clock()))


def _queue_telling(rule_id: int) -> bool:
    # One after the other: a mail server that hangs must not take more than one worker's time.
    return queue_once(TELL, f"telling:{rule_id}", lock="telling", priority=-5, rule_id=rule_id)
