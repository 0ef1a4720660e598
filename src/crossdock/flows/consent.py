"""What becomes of asking an account's owner for access: begun, failed, or given.

Each step is an event of the integration, so that a page which waits in one tab learns what happened in another,
whatever browser or session that was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction

from crossdock.hub.events import record_event
from crossdock.hub.models import Event, Integration

BEGUN, FAILED = "authorizationBegun", "authorizationFailed"
GIVEN = ("connected", "reconnected")

PATIENCE = timedelta(minutes=15)
"""How long an answer is waited for. Codes of consent pages live for a few minutes only."""

Stage = Literal["idle", "waiting", "lapsed", "failed", "connected"]


@dataclass(frozen=True)
class Progress:
    """Where asking stands. `number` is that of its newest event, to look for later ones; `at` when it happened.

    ``lapsed`` is waiting that has taken too long. `reason` says why it failed and what to do, `code` is its name.
    `renewed` tells that the account was connected before.
    """

    stage: Stage
    number: int = 0
    at: datetime | None = None
    code: str = ""
    reason: str = ""
    renewed: bool = False


def consent_begun(integration: Integration, *, author: str) -> None:
    """Note that somebody was sent to the consent page."""
    record_event(integration.organization_id, "integrations", integration.pk, BEGUN, author=author)


def consent_failed(integration: Integration, *, code: str, reason: str, author: str) -> None:
    """Note that access was not given, or could not be used; nothing is waited for any more."""
    with transaction.atomic():
        Integration.objects.filter(pk=integration.pk, state=Integration.State.CONNECTING).update(
            state=Integration.State.NOT_CONFIGURED
        )
        record_event(
            integration.organization_id,
            "integrations",
            integration.pk,
            FAILED,
            author=author,
            reason=reason,
            after={"code": code},
        )


def consent_progress(integration: Integration, *, now: datetime, since: int | None = None) -> Progress:
    """Return where asking stands. Access given up to the event `since`, and failures of long ago, are no news."""
    events = Event.objects.filter(
        entity="integrations", record_id=integration.pk, operation__in=[BEGUN, FAILED, *GIVEN]
    )
    newest = events.order_by("-pk").first()
    if newest is None:
        return Progress("idle")
    recent = now - newest.created_at <= PATIENCE
    if newest.operation == BEGUN:
        return Progress("waiting" if recent else "lapsed", newest.pk, newest.created_at)
    if newest.operation == FAILED and recent:
        code = str((newest.after or {}).get("code", ""))
        return Progress("failed", newest.pk, newest.created_at, code, newest.reason)
    if newest.operation in GIVEN and since is not None and newest.pk > since:
        return Progress("connected", newest.pk, newest.created_at, renewed=newest.operation == "reconnected")
    return Progress("idle", newest.pk, newest.created_at)
