"""The tenant and its members."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from crossdock.hub.models.base import Record


def new_org_key() -> str:
    """Return a fresh 16-character hex key."""
    return secrets.token_hex(8)


class Organization(Record):
    """A merchant. Every other record belongs to exactly one.

    `settings` are choices that hold for all of its channels, e.g. ``overfulfillPolicy``.
    """

    org_key = models.CharField(max_length=16, unique=True, default=new_org_key)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC")
    settings = models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)

    def __str__(self) -> str:
        return self.name


class Membership(Record):
    """A user's role in an organization. One that is not `active` is switched off: it opens nothing."""

    class Role(models.TextChoices):
        """The three standard roles."""

        ADMINISTRATOR = "administrator", "Administrator"
        USER = "user", "User"
        DEVELOPER = "developer", "Developer"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.USER)
    active = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_role_per_member")]


class Invitation(Record):
    """An open door for one e-mail address, until it is used, taken back or too old.

    Only a hash of the link's secret is kept. At most one invitation is open per organization and address. It ends when
    `invited_by` is no administrator any more; one that was made at a terminal was invited by nobody with an account.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.CharField(max_length=150)
    role = models.CharField(max_length=16, choices=Membership.Role.choices, default=Membership.Role.USER)
    digest = models.BinaryField(unique=True)
    author = models.CharField(max_length=80)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="invitations_made"
    )
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return self.email
