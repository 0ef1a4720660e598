"""Opening exceptions, and closing them when their cause has gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import Flow, Integration


@dataclass(frozen=True)
class Noticed:
    """A cause for attention found in a record's document."""

    subject: str
    code: str
    field: str
    message: str


def open_exception(
    organization_id: int,
    code: str,
    subject: str,
    message: str,
    *,
    entity: str,
    integration: Integration | None = None,
    flow: Flow | None = None,
    record_id: int | None = None,
    field: str = "",
) -> None:
    """Open an exception, or count it once more if it is open already. In the caller's transaction.

    `code` is stable and names the runbook page; `subject` names the record, e.g. ``orders:1042``.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO hub_exceptioncase (organization_id, integration_id, flow_id, code, entity, subject, record_id,
                                           field, message, status, count, resolution, noticed)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'active', 1, '', false)
            ON CONFLICT (organization_id, integration_id, code, subject) WHERE status = 'active' DO UPDATE
               SET count = hub_exceptioncase.count + 1, last_seen_at = now(), message = excluded.message,
                   field = excluded.field, record_id = coalesce(excluded.record_id, hub_exceptioncase.record_id)
            """,
            [
                organization_id,
                integration.pk if integration else None,
                flow.pk if flow else None,
                code[:60],
                entity,
                subject[:200],
                record_id,
                field[:200],
                message[:1000],
            ],
        )


def close_exceptions(
    organization_id: int,
    subjects: Iterable[str],
    *,
    integration: Integration | None = None,
    codes: Iterable[str] | None = None,
    but: Iterable[str] = (),
    resolution: str = "The cause has gone.",
) -> int:
    """Resolve the open exceptions of `subjects` whose cause has gone; returns how many.

    `codes` limits it to some causes; `but` names causes that were just seen again.
    """
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_exceptioncase SET status = 'resolved', resolved_at = now(), resolution = %s
             WHERE organization_id = %s AND status = 'active' AND subject = ANY(%s)
               AND (%s::bigint IS NULL OR integration_id = %s::bigint)
               AND (%s::text[] IS NULL OR code = ANY(%s::text[])) AND code <> ALL(%s::text[])
            """,
            [
                resolution, organization_id, list(subjects), *[integration.pk if integration else None] * 2,
                *[None if codes is None else list(codes)] * 2, list(but),
            ],
        )  # fmt: skip
        return cursor.rowcount


def renew_noticed(
    integration: Integration,
    flow: Flow | None,
    entity: str,
    subjects: Sequence[str],
    noticed: Sequence[Noticed],
) -> None:
    """Make the noticed causes of a page's records the only ones open: two statements for any number.

    `subjects` are all records that were read anew; what had been noticed of them before and is not
    among `noticed` is resolved. In the caller's transaction.
    """
    if not subjects:
        return
    organization_id, integration_id = integration.organization_id, integration.pk
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_exceptioncase AS held
               SET status = 'resolved', resolved_at = now(), resolution = 'The document no longer says so.'
             WHERE status = 'active' AND organization_id = %s AND integration_id = %s AND noticed
               AND subject = ANY(%s)
               AND NOT EXISTS (SELECT 1 FROM unnest(%s::text[], %s::text[]) AS seen(subject, code)
                                WHERE seen.subject = held.subject AND seen.code = held.code)
            """,
            [
                organization_id,
                integration_id,
                list(subjects),
                [row.subject for row in noticed],
                [row.code for row in noticed],
            ],
        )
        if not noticed:
            return
        cursor.executemany(
            """
            INSERT INTO hub_exceptioncase (organization_id, integration_id, flow_id, code, entity, subject, field,
                                           message, status, count, resolution, noticed)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'active', 1, '', true)
            ON CONFLICT (organization_id, integration_id, code, subject) WHERE status = 'active' DO UPDATE
               SET last_seen_at = now(), message = excluded.message, field = excluded.field, noticed = true
            """,
            [
                (
                    organization_id,
                    integration_id,
                    flow.pk if flow else None,
                    row.code[:60],
                    entity,
                    row.subject[:200],
                    row.field[:200],
                    row.message[:1000],
                )
                for row in noticed
            ],
        )
