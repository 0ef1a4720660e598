"""From what changed to what is to be told: gathering changes into notices, and taking notices to deliver them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from crossdock.hub.models import Notice, RecordChange, Webhook

AT_A_TIME = 5000
"""Changes gathered in one transaction."""
LEASE = timedelta(minutes=2)
"""For how long a taken notice is left to whoever took it."""

# Whatever still waits for the same record goes into the new notice, under a new number: the old one may have arrived
# although no answer did, and a receiver that knows its number would skip the news.
_GATHER = """
WITH held AS MATERIALIZED (
    SELECT id FROM hub_recordchange WHERE webhook_id = %(webhook)s ORDER BY id LIMIT %(limit)s
), gone AS (
    DELETE FROM hub_recordchange change USING held WHERE change.id = held.id
    RETURNING change.id, change.entity, change.record_id, change.action, change.made_at
), waiting AS (
    DELETE FROM hub_notice notice USING (SELECT DISTINCT entity, record_id FROM gone) record
     WHERE notice.webhook_id = %(webhook)s AND (notice.entity, notice.record_id) = (record.entity, record.record_id)
       AND (notice.taken_until IS NULL OR notice.taken_until <= %(now)s)
    RETURNING notice.entity, notice.record_id, notice.action, notice.changed_at
), steps AS (
    SELECT 0::bigint AS id, entity, record_id, action, changed_at FROM waiting
     UNION ALL
    SELECT id, entity, record_id, action, made_at FROM gone
), made AS (
    INSERT INTO hub_notice (webhook_id, entity, record_id, action, changed_at, request_id, attempts, due_at)
    SELECT %(webhook)s, entity, record_id,
           CASE WHEN (array_agg(action ORDER BY id DESC))[1] = 'delete' THEN 'delete'
                WHEN bool_or(action = 'create') THEN 'create' ELSE 'update' END,
           max(changed_at), replace(gen_random_uuid()::text, '-', ''), 0, %(now)s
      FROM steps GROUP BY entity, record_id ORDER BY max(id)
)
SELECT count(*) FROM gone
"""

_TAKE = """
WITH due AS (
    SELECT id FROM hub_notice
     WHERE webhook_id = %(webhook)s AND given_up_at IS NULL AND due_at <= %(now)s
       AND (taken_until IS NULL OR taken_until <= %(now)s)
     ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE hub_notice notice
   SET taken_until = %(until)s, attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, %(now)s)
  FROM due WHERE notice.id = due.id
RETURNING notice.id
"""


def gather(webhook_id: int, now: datetime) -> int:
    """Make notices of what changed for a webhook, one for each record; returns how many changes it were.

    Changes and notices trade places in one transaction, so none is lost and none is told twice for it.
    """
    count = 0
    while True:
        with transaction.atomic():
            # Whoever changes records never locks the webhook, so this keeps out others who gather, and only them.
            if not Webhook.objects.select_for_update(no_key=True).filter(pk=webhook_id).exists():
                return count
            with connection.cursor() as cursor:
                cursor.execute(_GATHER, {"webhook": webhook_id, "now": now, "limit": AT_A_TIME})
                gathered = int(cursor.fetchone()[0])
        count += gathered
        if gathered < AT_A_TIME:
            return count


def take(webhook_id: int, now: datetime, limit: int) -> list[Notice]:
    """Take up to `limit` notices that are due, longest due first; nobody else gets them for a while."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"webhook": webhook_id, "now": now, "until": now + LEASE, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Notice.objects.filter(pk__in=ids).order_by("due_at", "pk"))


def with_changes() -> list[int]:
    """Return the webhooks for which changes wait to be gathered, paused ones too."""
    changes = RecordChange.objects.filter(webhook=OuterRef("pk"))
    return list(Webhook.objects.filter(Exists(changes)).order_by("pk").values_list("pk", flat=True))


def due_webhooks(now: datetime) -> list[int]:
    """Return the active webhooks that something is to be sent to now; who waits longest for a turn comes first."""
    free = Q(taken_until=None) | Q(taken_until__lte=now)
    due = Notice.objects.filter(free, webhook=OuterRef("pk"), given_up_at=None, due_at__lte=now)
    rows = Webhook.objects.filter(Exists(due), state=Webhook.State.ACTIVE).exclude(not_before__gt=now)
    return list(rows.order_by(F("last_pass_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))


def forget_strays() -> int:
    """Remove changes that were written down for webhooks which have gone meanwhile."""
    gone = RecordChange.objects.exclude(Exists(Webhook.objects.filter(pk=OuterRef("webhook_id"))))
    return gone.delete()[0]


def tell_again(webhook: Webhook, records: Sequence[tuple[str, int, str]], now: datetime) -> None:
    """Have notices sent for records (entity, id, action) as if they had just changed."""
    RecordChange.objects.bulk_create(
        RecordChange(webhook=webhook, entity=entity, record_id=pk, action=action)
        for entity, pk, action in records
    )
    gather(webhook.pk, now)
