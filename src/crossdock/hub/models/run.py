"""Executions of flows, and the remote calls they made."""

from __future__ import annotations

from django.db import models

from crossdock.hub.models.base import Record
from crossdock.hub.models.integration import Flow, Import


class Run(Record):
    """One execution of a flow: when, why, how many, and what came of it.

    `least_calls` is the smallest number of remote calls that could have done the same.
    """

    class Outcome(models.TextChoices):
        """How it ended; a run without one is going on, or died."""

        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        PARTIAL = "partial", "Completed with exceptions"
        FAILED = "failed", "Failed"
        ABANDONED = "abandoned", "Abandoned"

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="runs")
    backfill = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, related_name="runs")
    trigger = models.CharField(max_length=40)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RUNNING)
    message = models.CharField(max_length=500, blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    remote_calls = models.PositiveIntegerField(default=0)
    least_calls = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["flow", "-id"], name="run_by_flow"),
            models.Index(fields=["flow", "created_at"], name="run_by_time"),
        ]


class RemoteCall(Record):
    """One request that was sent to an outside system, without credentials. `milliseconds` it took."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="calls")
    integration = models.ForeignKey("hub.Integration", on_delete=models.CASCADE, related_name="calls")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["integration", "-id"], name="call_by_integration")]


class Attempt(Record):
    """Writes claimed before they are sent, so that a crash between sending and recording is seen.

    An attempt without `settled_at` was interrupted: what it wrote is read back before anything new
    is planned for its keys.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="attempts")
    call_key = models.CharField(max_length=64, unique=True)
    plan = models.JSONField()
    outcome = models.JSONField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["flow"], condition=models.Q(settled_at=None), name="attempt_unsettled")
        ]
