"""Pools of stock and pick-up points."""

from __future__ import annotations

from django.db import models

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization


class Location(Record):
    """A place. Only ``stock`` locations hold inventory and ship; exactly one of them is the default.

    `name` and `address` belong to people once `edited`; until then a pull keeps them current. A location
    that was merged stays as a signpost to `merged_into`. `fulfillment_integration` is the warehouse that is
    sent what is to ship from here; without one, people ship by hand. Stock of a location that is excluded
    from totals, for all channels or for `excluded_for`, feeds no figure there. With `infinite_availability`
    routing finds everything here. With `preserve_bundles` bundles lie here as such, not as their parts.
    """

    class Status(models.TextChoices):
        """Whether it takes part."""

        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        MERGED = "merged", "Merged"

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
    excluded_for = models.ManyToManyField("hub.Integration", related_name="excluded_locations")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    fulfillment_integration = models.ForeignKey(
        "hub.Integration", on_delete=models.SET_NULL, null=True, related_name="fulfills_for"
    )
    infinite_availability = models.BooleanField(db_default=False, default=False)
    preserve_bundles = models.BooleanField(db_default=False, default=False)
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
