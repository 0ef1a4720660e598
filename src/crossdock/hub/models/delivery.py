"""What an outside system handed over as a whole: a file, or an answer that stands for one."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from crossdock.hub.models.base import Record
from crossdock.hub.models.integration import Integration


class Delivery(Record):
    """One file (or the like) that was taken in, once: recorded in the transaction that applied its rows.

    `digest` is of its bytes, and of its time where that says something: the same name with the same digest is
    the same delivery, however often it is found. `rejects` lists the rows that were not accepted, each with its
    number, field and reason. `settled_at` is when the outside system was told (the file moved away, its reject
    file written).
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="files")
    entity = models.CharField(max_length=16)
    name = models.CharField(max_length=300)
    digest = models.BinaryField()
    rows = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    rejects = models.JSONField(default=list)
    refusal = models.CharField(max_length=500, blank=True, default="")
    run = models.ForeignKey(
        "hub.Run", on_delete=models.SET_NULL, null=True, db_index=False, db_constraint=False
    )
    taken_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "entity", "name", "digest"], name="one_row_per_delivery"
            )
        ]
        indexes = [models.Index(fields=["integration", "-id"], name="delivery_newest")]

    def __str__(self) -> str:
        return self.name
