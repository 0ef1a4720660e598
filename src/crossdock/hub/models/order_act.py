"""What somebody does with many orders at once, while a worker does it."""

from __future__ import annotations

from django.db import models

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization


class OrderAct(Record):
    """One act on many orders, chosen beforehand, and how far it is.

    `orders` are their row numbers, as they were chosen; `done` counts them from the front. `failed` says of each that
    could not be: its number, its key, and why. `until` ends a hold; `restock` says where the goods of cancelled orders
    are.
    """

    class Act(models.TextChoices):
        """What is done."""

        HOLD = "hold", "Put on hold"
        RELEASE = "release", "Release"
        ROUTE = "route", "Route again"
        CANCEL = "cancel", "Cancel"

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        FINISHED = "finished", "Finished"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="order_acts")
    author = models.CharField(max_length=80)
    act = models.CharField(max_length=8, choices=Act.choices)
    reason = models.CharField(max_length=300, blank=True, default="")
    until = models.DateTimeField(null=True)
    restock = models.BooleanField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    orders = models.JSONField(default=list)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    failed = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="order_act_newest")]
