"""Keys by which programs use the API."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from crossdock.hub.models.base import Record
from crossdock.hub.models.integration import Integration
from crossdock.hub.models.organization import Organization


class ApiKey(Record):
    """One program's access to one organization. Only a hash of the key is kept; `prefix` is for people.

    `grants` lists what it may do, e.g. ``shipments.read``. A key of an `integration` sees only what concerns
    that warehouse.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="api_keys")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, null=True, related_name="api_keys")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(unique=True)
    grants = models.JSONField(default=list)
    author = models.CharField(max_length=80)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=models.Q(revoked_at=None),
                name="one_live_api_key_per_name",
            )
        ]

    def __str__(self) -> str:
        return self.name
