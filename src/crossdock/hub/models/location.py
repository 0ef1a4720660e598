"""Pools of stock and pick-up points."""

from __future__ import annotations

from django.db import models

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization


class Location(Record):
    """A place. Only ``stock`` locations hold inventory and ship; exactly one of them is the default.

    `name` and `address` belong to people once `edited`; until then a pull keeps them current.
    """

    class Status(models.TextChoices):
        """Whether it takes part."""

        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    class Kind(models.TextChoices):
        """What it is for."""

        STOCK = "stock", "Stock"
        PICKUP = "pickup", "Pick-up point"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="locations")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.STOCK)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    address = models.JSONField(null=True)
    is_default = models.BooleanField(default=False)
    edited = models.BooleanField(default=False)
    pause_location = models.BooleanField(default=False)
    exclude_from_totals = models.BooleanField(default=False)
    note = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_default=True), name="one_default_location"
            )
        ]

    def __str__(self) -> str:
        return self.name
