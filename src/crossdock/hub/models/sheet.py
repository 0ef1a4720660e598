"""Files of counts that people upload: what they would change, kept until it is applied or thrown away."""

from __future__ import annotations

from django.db import models

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization


class StockSheet(Record):
    """A file of counts that somebody has uploaded, and how far it is.

    `rows` are the differences that it would make, each with the figure that was seen when it was read; `errors` the
    lines that cannot be used; `left` what was not applied in the end, and why. `done` counts `rows` from the front.
    It belongs to its `author` alone, and is gone after `expires_at` unless it has been applied.
    """

    class State(models.TextChoices):
        """How far it is."""

        PREVIEW = "preview"
        APPLYING = "applying"
        APPLIED = "applied"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="stock_sheets")
    author = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PREVIEW)
    rows = models.JSONField(default=list)
    errors = models.JSONField(default=list)
    left = models.JSONField(default=list)
    ignored = models.JSONField(default=list)
    unchanged = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True, default="")
    expires_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "author", "-id"], name="sheet_by_author")]
