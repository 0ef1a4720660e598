"""Opening exceptions, setting them aside, and closing them when their cause has gone.

One that a person has set aside stays aside for as long as its cause says the same. When the cause has gone it is
resolved like any other, so that it is news when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import ExceptionCase, Flow, Integration

_SAME_CAUSE = (
    "aside.status = 'dismissed' AND aside.organization_id = new.organization_id AND aside.code = new.code "
    "AND aside.integration_id IS NOT DISTINCT FROM new.integration_id AND aside.subject = new.subject"
)
# Of `new` (one cause): what had been set aside and said something else is over; what says the same stays aside.
_SET_ASIDE = f"""
     over AS (UPDATE hub_exceptioncase aside
                 SET status = 'resolved', resolved_at = now(), resolution = 'It says something else now.'
                FROM new WHERE {_SAME_CAUSE} AND (aside.message <> new.message OR aside.field <> new.field)),
     kept AS (SELECT FROM hub_exceptioncase aside, new
               WHERE {_SAME_CAUSE} AND aside.message = new.message AND aside.field = new.field)
"""  # noqa: S608 - fixed text


_OPEN = f"""
    WITH new(organization_id, integration_id, flow_id, code, entity, subject, record_id, field, message) AS (
             VALUES (%s::bigint, %s::bigint, %s::bigint, %s, %s, %s, %s::bigint, %s, %s)),
         {_SET_ASIDE}
    INSERT INTO hub_exceptioncase (organization_id, integration_id, flow_id, code, entity, subject, record_id,
                                   field, message, status, count, resolution, noticed)
    SELECT new.*, 'active', 1, '', false FROM new WHERE NOT EXISTS (SELECT FROM kept)
    ON CONFLICT (organization_id, integration_id, code, subject) WHERE status = 'active' DO UPDATE
       SET count = hub_exceptioncase.count + 1, last_seen_at = now(), message = excluded.message,
           field = excluded.field, record_id = coalesce(excluded.record_id, hub_exceptioncase.record_id)
"""  # noqa: S608 - fixed text


class ExceptionClosedError(Exception):
    """An exception cannot be set aside, because it is not open any more."""


@dataclass(frozen=True)
class Noticed:
    """A cause for attention found in a record's document."""

    subject: str
    code: str
    field: str
    message: str


@dataclass(frozen=True)
class Opened:
    """A cause for attention, as `open_exception` is told of it."""

    organization_id: int
    code: str
    subject: str
    message: str
    entity: str
    integration: Integration | None = None
    flow: Flow | None = None
    record_id: int | None = None
    field: str = ""


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

    Nothing is opened where a person has set aside one that says the same. `code` is stable and names the runbook
    page; `subject` names the record, e.g. ``orders:1042``.
    """
    open_exceptions(
        [Opened(organization_id, code, subject, message, entity, integration, flow, record_id, field)]
    )


def open_exceptions(opened: Sequence[Opened]) -> None:
    """Open exceptions as `open_exception` does each, sent to the database together."""
    if not opened:
        return
    with bulk_cursor() as cursor:
        cursor.executemany(
            _OPEN,
            [
                (
                    one.organization_id, one.integration.pk if one.integration else None,
                    one.flow.pk if one.flow else None, one.code[:60], one.entity, one.subject[:200], one.record_id,
                    one.field[:200], one.message[:1000],
                )
                for one in opened
            ],
        )  # fmt: skip


def dismiss(case: ExceptionCase, *, author: str, reason: str) -> ExceptionCase:
    """Set an open exception aside: a person has dealt with it, or does not mind. Returns it as it is stored then.

    It stays aside until its cause says something else, or has gone and comes back. Raises
    `ExceptionClosedError` where it is not open.
    """
    with transaction.atomic():
        locked = ExceptionCase.objects.select_for_update().get(pk=case.pk)
        if locked.status != ExceptionCase.Status.ACTIVE:
            raise ExceptionClosedError(
                f"{locked.key} ({locked.code}) is {locked.status} already; only an open exception can be dismissed."
            )
        ExceptionCase.objects.filter(pk=locked.pk).update(
            status=ExceptionCase.Status.DISMISSED, resolved_at=Now(), resolution=reason[:300]
        )
        record_event(
            locked.organization_id, "exceptions", locked.pk, "dismissed", author=author, reason=reason,
            after={"code": locked.code},
        )  # fmt: skip
        locked.refresh_from_db()
        return locked


def dismiss_all(cases: Iterable[ExceptionCase], *, author: str, reason: str) -> list[ExceptionCase]:
    """Set several open exceptions aside, all or none. Raises `ExceptionClosedError` where one is not open."""
    with transaction.atomic():
        return [dismiss(case, author=author, reason=reason) for case in sorted(cases, key=lambda one: one.pk)]


def close_exceptions(
    organization_id: int,
    subjects: Iterable[str],
    *,
    integration: Integration | None = None,
    codes: Iterable[str] | None = None,
    but: Iterable[str] = (),
    resolution: str = "The cause has gone.",
) -> int:
    """Resolve the exceptions of `subjects` whose cause has gone, those set aside too; returns how many.

    `codes` limits it to some causes; `but` names causes that were just seen again.
    """
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_exceptioncase SET status = 'resolved', resolved_at = now(), resolution = %s
             WHERE organization_id = %s AND status IN ('active', 'dismissed') AND subject = ANY(%s)
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
             WHERE status IN ('active', 'dismissed') AND organization_id = %s AND integration_id = %s AND noticed
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
            f"""
            WITH new(organization_id, integration_id, flow_id, code, entity, subject, field, message) AS (
                     VALUES (%s::bigint, %s::bigint, %s::bigint, %s, %s, %s, %s, %s)),
                 {_SET_ASIDE}
            INSERT INTO hub_exceptioncase (organization_id, integration_id, flow_id, code, entity, subject, field,
                                           message, status, count, resolution, noticed)
            SELECT new.*, 'active', 1, '', true FROM new WHERE NOT EXISTS (SELECT FROM kept)
            ON CONFLICT (organization_id, integration_id, code, subject) WHERE status = 'active' DO UPDATE
               SET last_seen_at = now(), message = excluded.message, field = excluded.field, noticed = true
            """,  # noqa: S608 - fixed text
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
