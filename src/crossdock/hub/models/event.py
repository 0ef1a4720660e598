"""What happened, and what needs attention."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization

AUDITED = (
    "organizations", "users", "invitations", "apiKeys", "integrations", "orderRules", "routingCards", "webhooks",
    "notifications",
)  # fmt: skip
"""What the audit log is about: the organization itself rather than its orders and stock. An index covers it."""

PUSHED = ("fulfillmentNotPushed", "fulfillmentPushed", "orderSent", "pushed", "sent")
"""Operations by which an outside system is told something."""


class Event(Record):
    """One thing that happened to one record: append-only, with its author, reason, before and after.

    Its references are not checked by the database: events are written by the thousand, in transactions
    that hold what they refer to.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="events", db_constraint=False, db_index=False
    )
    entity = models.CharField(max_length=16)
    record_id = models.BigIntegerField()
    operation = models.CharField(max_length=32)
    author = models.CharField(max_length=80)
    reason = models.CharField(max_length=500, blank=True, default="")
    run = models.ForeignKey(
        "hub.Run", on_delete=models.SET_NULL, null=True, db_index=False, db_constraint=False
    )
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["entity", "record_id", "id"], name="event_by_record"),
            models.Index(fields=["organization", "-id"], name="event_newest"),
            models.Index(fields=["organization", "created_at", "id"], name="event_by_time"),
            models.Index(fields=["organization", "entity", "-id"], name="event_by_entity"),
            models.Index(fields=["organization", "author", "-id"], name="event_by_author"),
            models.Index(fields=["organization", "operation", "-id"], name="event_by_operation"),
            models.Index(fields=["run", "-id"], name="event_by_run"),
            models.Index(
                fields=["organization", "-id"], condition=models.Q(operation__in=PUSHED), name="event_pushed"
            ),
            models.Index(
                fields=["organization", "-id"], condition=models.Q(entity__in=AUDITED), name="event_audited"
            ),
        ]


class ExceptionCase(Record):
    """Something that needs attention; it closes itself when its cause has gone.

    At most one is open per organization, code, integration and `subject`. `subject` names the record,
    e.g. ``orders:520000103``; `field` the part of it. `code` is stable and names the runbook page.
    `noticed` causes were found in the record's document and close when a later document has them no more.
    """

    class Status(models.TextChoices):
        """Open, closed by itself, or set aside by a person."""

        ACTIVE = "active", "Active"
        RESOLVED = "resolved", "Resolved"
        DISMISSED = "dismissed", "Dismissed"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="exceptions")
    integration = models.ForeignKey(
        "hub.Integration", on_delete=models.CASCADE, null=True, related_name="exceptions"
    )
    flow = models.ForeignKey("hub.Flow", on_delete=models.SET_NULL, null=True)
    code = models.CharField(max_length=60)
    entity = models.CharField(max_length=16)
    subject = models.CharField(max_length=200)
    record_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=200, blank=True, default="")
    message = models.CharField(max_length=1000)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    count = models.PositiveIntegerField(default=1)
    noticed = models.BooleanField(default=False)
    last_seen_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "integration", "code", "subject"],
                condition=models.Q(status="active"),
                nulls_distinct=False,
                name="one_open_exception_per_cause",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "status", "-id"], name="exception_by_status"),
            models.Index(
                fields=["entity", "record_id"],
                condition=models.Q(status="active"),
                name="exception_by_record",
            ),
        ]
