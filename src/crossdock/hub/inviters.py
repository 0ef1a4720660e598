"""Invitations end with the power of whoever made them: who is no administrator any more lets nobody in."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from crossdock.hub.events import record_event
from crossdock.hub.models import Invitation, Membership

ENTITY = "invitations"
OPEN = models.Q(accepted_at=None, revoked_at=None)
"""Invitations that have neither been used nor taken back; they may be too old."""
ENDED = "Whoever invited is no administrator any more."


def open_invitations(rows: models.QuerySet[Invitation]) -> models.QuerySet[Invitation]:
    """Return those of `rows` that are open, and whose maker could still make them; they may be too old.

    What was made at a terminal has no maker here, and stays.
    """
    administrators = Membership.objects.filter(
        organization_id=models.OuterRef("organization_id"), user_id=models.OuterRef("invited_by_id"),
        role=Membership.Role.ADMINISTRATOR, active=True, user__is_active=True,
    )  # fmt: skip
    return rows.filter(OPEN).filter(models.Q(invited_by=None) | models.Exists(administrators))


def end_invitations(member: Membership, *, author: str, at: datetime) -> int:
    """End what a member has invited to the organization, as it is written down; returns how many that were.

    Call it in the transaction that takes the member's power, which holds the organization's row.
    """
    rows = Invitation.objects.select_for_update().filter(
        OPEN, organization_id=member.organization_id, invited_by_id=member.user_id
    )
    found = list(rows.order_by("pk"))
    for one in found:
        end_invitation(one, author=author, at=at, reason=ENDED)
    return len(found)


def end_invitation(held: Invitation, *, author: str, at: datetime, reason: str = "") -> None:
    """End an open invitation whose row the caller's transaction holds, as it is written down."""
    Invitation.objects.filter(pk=held.pk).update(revoked_at=at)
    record_event(
        held.organization_id, ENTITY, held.pk, "revoked", author=author, reason=reason,
        before={"email": held.email, "role": held.role},
    )  # fmt: skip
