"""Delivering notices: at least once, a few at a time, again and again until they are accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import connection, transaction

from crossdock.hub.clock import Clock
from crossdock.hub.documents.values import moment
from crossdock.hub.events import SYSTEM, record_event
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.models import Notice, NoticeDelivery, Webhook, public_key
from crossdock.hub.notices.outbox import gather, take
from crossdock.hub.notices.sending import AT_ONCE, Answer, Parcel, Sender
from crossdock.hub.notices.signing import signature
from crossdock.hub.notices.topics import TEST
from crossdock.hub.notices.webhooks import ENTITY, private_hosts, signing_keys, subject_of

LONGEST_PASS = 20.0
"""Seconds after which a pass takes nothing more, so that others have their turn."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
TOLD_AFTER = timedelta(hours=1)
"""For how long nothing must have been accepted before an exception opens."""
GIVEN_UP_AFTER = timedelta(days=3)
"""For how long something is tried."""
KEPT = 200
"""Deliveries kept for each webhook."""

Send = Callable[[Sequence[Parcel]], list[Answer]]


@dataclass(frozen=True)
class Pass:
    """What one pass did."""

    delivered: int = 0
    failed: int = 0


def pause_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 30 seconds, doubled each time, up to 6 hours."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 12)), LONGEST_PAUSE)


def deliver(webhook_id: int, clock: Clock, send: Send | None = None) -> Pass:
    """Send what is due for a webhook until nothing is, nothing is accepted, or the time of a pass is up.

    A webhook that failed lately is tried with one notice first. Raises `SecretUnreadable`.
    """
    if send is None:
        with Sender(private_hosts()) as sender:
            return deliver(webhook_id, clock, sender.send)
    gather(webhook_id, clock())
    began, delivered, failed = time.monotonic(), 0, 0
    while time.monotonic() - began < LONGEST_PASS:
        now = clock()
        webhook = Webhook.objects.select_related("organization").filter(pk=webhook_id).first()
        if webhook is None or webhook.state != Webhook.State.ACTIVE:
            break
        if webhook.not_before is not None and webhook.not_before > now:
            break
        keys = signing_keys(webhook, now)
        notices = take(webhook_id, now, 1 if webhook.failures else AT_ONCE)
        if not notices:
            break
        answers = send([_parcel(webhook, notice, keys, now) for notice in notices])
        good = _settle(webhook_id, notices, answers, clock())
        delivered, failed = delivered + good, failed + len(notices) - good
        if not good:
            break
    Webhook.objects.filter(pk=webhook_id).update(last_pass_at=clock())
    return Pass(delivered, failed)


def send_test(webhook: Webhook, clock: Clock, send: Send | None = None) -> NoticeDelivery:
    """Send a notice about nothing at once, active or not, and return what came of it."""
    if send is None:
        with Sender(private_hosts()) as sender:
            return send_test(webhook, clock, sender.send)
    now = clock()
    with connection.cursor() as cursor:
        cursor.execute("SELECT replace(gen_random_uuid()::text, '-', '')")
        request_id = str(cursor.fetchone()[0])
    notice = Notice(
        webhook=webhook, entity=TEST, record_id=0, action="update", changed_at=now, request_id=request_id,
        attempts=1, due_at=now,
    )  # fmt: skip
    [answer] = send([_parcel(webhook, notice, signing_keys(webhook, now), now)])
    with transaction.atomic():
        _log([notice], [answer])
        _prune(webhook.pk)
    return NoticeDelivery.objects.filter(webhook=webhook, request_id=request_id).latest("pk")


def notice_body(webhook: Webhook, notice: Notice) -> bytes:
    """Return what is sent for a notice: the same bytes at each try. Needs the webhook's `organization`."""
    return msgspec.json.encode(
        {
            "orgKey": webhook.organization.org_key,
            "entity": notice.entity,
            "action": notice.action,
            "itemId": public_key(notice.record_id) if notice.record_id else "",
            "timestamp": moment(notice.changed_at),
            "requestId": notice.request_id,
        }
    )


def _parcel(webhook: Webhook, notice: Notice, keys: Sequence[str], now: datetime) -> Parcel:
    body, seconds = notice_body(webhook, notice), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Crossdock",
        "X-Crossdock-Request-Id": notice.request_id,
        "X-Crossdock-Attempt": str(notice.attempts),
        "X-Crossdock-Timestamp": str(seconds),
        "X-Crossdock-Signature": signature(keys, seconds, body),
    }
    return Parcel(webhook.url, headers, body)


def _settle(webhook_id: int, notices: Sequence[Notice], answers: Sequence[Answer], now: datetime) -> int:
    """Write down what came of each notice, and how the webhook stands; returns how many were accepted."""
    good = [notice for notice, answer in zip(notices, answers, strict=True) if answer.accepted]
    bad = [notice for notice, answer in zip(notices, answers, strict=True) if not answer.accepted]
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=webhook_id).first()
        if webhook is None:
            return len(good)
        _log(notices, answers)
        Notice.objects.filter(pk__in=[notice.pk for notice in good]).delete()
        outage = webhook.failing_since
        if good:
            webhook.failures, webhook.failing_since, webhook.not_before = 0, None, None
            webhook.last_success_at = now
        else:
            webhook.failures += 1
            webhook.failing_since = outage or now
            webhook.not_before = now + pause_after(webhook.failures)
        for notice in bad:
            _put_back(notice, webhook, now)
        if good and outage is not None:  # what failed for the outage only need not wait any longer
            Notice.objects.filter(
                webhook=webhook,
                taken_until=None,
                given_up_at=None,
                first_tried_at__gte=outage,
                due_at__gt=now,
            ).exclude(pk__in=[notice.pk for notice in bad]).update(due_at=now)
        _pause_when_hopeless(webhook, now)
        webhook.save(
            update_fields=[
                "failures", "failing_since", "not_before", "last_success_at", "state", "state_reason",
            ]
        )  # fmt: skip
        _show(webhook, answers, now)
        _prune(webhook_id)
    return len(good)


def _put_back(notice: Notice, webhook: Webhook, now: datetime) -> None:
    first = notice.first_tried_at or now
    others_accepted = webhook.last_success_at is not None and webhook.last_success_at > first
    notice.taken_until = None
    notice.due_at = now + pause_after(notice.attempts)
    if others_accepted and now - first >= GIVEN_UP_AFTER:
        notice.given_up_at = now
    notice.save(update_fields=["taken_until", "due_at", "given_up_at"])


def _pause_when_hopeless(webhook: Webhook, now: datetime) -> None:
    if webhook.state != Webhook.State.ACTIVE or webhook.failing_since is None:
        return
    if now - webhook.failing_since >= GIVEN_UP_AFTER:
        webhook.state = Webhook.State.PAUSED
        webhook.state_reason = f"Nothing was accepted for {GIVEN_UP_AFTER.days} days."
        record_event(
            webhook.organization_id, ENTITY, webhook.pk, "paused", author=SYSTEM, reason=webhook.state_reason
        )


def _show(webhook: Webhook, answers: Sequence[Answer], now: datetime) -> None:
    """Open or close the exception of a webhook, by how it stands now."""
    given_up = Notice.objects.filter(webhook=webhook).exclude(given_up_at=None).count()
    since = webhook.failing_since
    if since is not None and now - since >= TOLD_AFTER:
        what = "is paused now; resume it" if webhook.state == Webhook.State.PAUSED else "is tried again"
        message = f"{webhook.name} has accepted nothing since {since:%Y-%m-%d %H:%M} UTC and {what}: "
        message += answers[-1].error
    elif given_up:
        message = f"{webhook.name} has refused {given_up} of its notices for {GIVEN_UP_AFTER.days} days; they are kept"
    else:
        if any(answer.accepted for answer in answers):
            close_exceptions(
                webhook.organization_id, [subject_of(webhook)], resolution="Notices are accepted again."
            )
        return
    open_exception(
        webhook.organization_id, "webhookFailing", subject_of(webhook), message, entity=ENTITY,
        record_id=webhook.pk,
    )  # fmt: skip


def _log(notices: Sequence[Notice], answers: Sequence[Answer]) -> None:
    NoticeDelivery.objects.bulk_create(
        NoticeDelivery(
            webhook_id=notice.webhook_id, request_id=notice.request_id, entity=notice.entity,
            record_id=notice.record_id, action=notice.action, attempt=notice.attempts, status=answer.status,
            milliseconds=answer.milliseconds, error=answer.error[:500], delivered=answer.accepted,
        )
        for notice, answer in zip(notices, answers, strict=True)
    )  # fmt: skip


def _prune(webhook_id: int) -> None:
    newest = NoticeDelivery.objects.filter(webhook=webhook_id).order_by("-pk")
    oldest = newest.values_list("pk", flat=True)[KEPT - 1 : KEPT].first()
    if oldest is not None:
        NoticeDelivery.objects.filter(webhook=webhook_id, pk__lt=oldest).delete()
