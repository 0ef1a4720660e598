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
    """A user's role in an organization."""

    class Role(models.TextChoices):
        """The three standard roles."""

        ADMINISTRATOR = "administrator", "Administrator"
        USER = "user", "User"
        DEVELOPER = "developer", "Developer"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.USER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_role_per_member")]
