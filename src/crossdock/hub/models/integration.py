"""Connected accounts and their flows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization


class Integration(Record):
    """One connected instance of a connector. Its credentials are encrypted at rest."""

    class State(models.TextChoices):
        """Where the connection stands."""

        NOT_CONFIGURED = "notConfigured", "Not configured"
        CONNECTING = "connecting", "Connecting"
        CONNECTED = "connected", "Connected"
        ERROR = "error", "Needs reconnect"
        DISABLED = "disabled", "Disabled"
        REMOVED = "removed", "Removed"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="integrations")
    connector = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State.choices, default=State.NOT_CONFIGURED)
    state_reason = models.CharField(max_length=500, blank=True, default="")
    account_id = models.CharField(max_length=100, blank=True, default="")
    account = models.JSONField(default=dict)
    credentials = models.BinaryField(null=True)
    settings = models.JSONField(default=dict)
    connected_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "account_id"],
                condition=~Q(state="removed") & ~Q(account_id=""),
                name="one_integration_per_account",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def usable(self) -> bool:
        """Whether flows may call out."""
        return self.state == self.State.CONNECTED


class Flow(Record):
    """One entity in one direction on one integration, with its own state.

    `cursor` is in the outside system's time: everything changed up to it has been read. `progress`
    is where an unfinished pass stands. `attention_at` is the next time the flow wants to run.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="flows")
    entity = models.CharField(max_length=16)
    direction = models.CharField(max_length=4)
    enabled = models.BooleanField(default=False)
    enabled_at = models.DateTimeField(null=True)
    start_from = models.DateTimeField(null=True)
    cursor = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    last_started_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=500, blank=True, default="")
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "entity", "direction"], name="one_flow_per_direction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.entity}"


class Import(Record):
    """A back-fill of history from a chosen date: explicit, resumable, with progress.

    `windows` is what remains to be read, oldest last; `offset` where in the first one reading stands.
    `stint_began` is when a process last took it up, `stint_read` how much had been read then: what tells its pace.
    """

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="imports")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    windows = models.JSONField(default=list)
    total = models.PositiveIntegerField(null=True)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    stint_began = models.DateTimeField(null=True)
    stint_read = models.PositiveIntegerField(db_default=0, default=0)
    finished_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=500, blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)


class Budget(models.Model):
    """The pause that an outside system asked for; shared by every process that calls it."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, primary_key=True)
    blocked_until = models.DateTimeField(null=True)
    blocks = models.PositiveIntegerField(default=0)


class BudgetSecond(models.Model):
    """How many requests were sent to an integration's system in one second of the database's time."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE)
    second = models.BigIntegerField()
    calls = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "second"], name="one_row_per_budget_second")
        ]
