"""Outgoing webhooks: whom to tell, what is to be told, and how the telling went."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from crossdock.hub.models.base import Record, public_key
from crossdock.hub.models.organization import Organization


class Webhook(Record):
    """An address of a program that is told which records changed.

    `secret` is sealed and signs what is sent; the one before it signs, too, until `former_until`. While nothing
    is accepted, `failures` counts the tries and `failing_since` says since when; `not_before` is the next one.
    """

    class State(models.TextChoices):
        """Whether notices are sent; while paused they gather."""

        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=1000)
    topics = models.JSONField(default=list)
    secret = models.BinaryField()
    former_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    state_reason = models.CharField(max_length=500, blank=True, default="")
    author = models.CharField(max_length=80)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_pass_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="one_webhook_per_name")]

    def __str__(self) -> str:
        return self.name


class RecordChange(models.Model):
    """A record changed that a webhook asks about: written by the database itself, in the transaction of the change.

    Rows are only ever added by those who change records, so nobody waits for anybody here. Whoever delivers
    gathers them into notices. The database checks no reference: a change must never fail for a webhook's sake.
    """

    id = models.BigAutoField(primary_key=True)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="changes", db_constraint=False, db_index=False
    )
    entity = models.CharField(max_length=16)
    record_id = models.BigIntegerField()
    action = models.CharField(max_length=8)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["webhook", "id"], name="record_change_by_webhook")]


class Notice(Record):
    """What a webhook is still to be told about one record. It goes when it was accepted.

    `request_id` stays the same however often it is tried. It is under way until `taken_until` at the latest: whoever
    took it and died leaves it to others then. `given_up_at` is set when it was refused for days while others
    were accepted; it stays for a person to send it again.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="notices", db_index=False)
    entity = models.CharField(max_length=16)
    record_id = models.BigIntegerField()
    action = models.CharField(max_length=8)
    changed_at = models.DateTimeField()
    request_id = models.CharField(max_length=32, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["webhook", "entity", "record_id"], name="notice_by_record"),
            models.Index(
                fields=["webhook", "due_at"], condition=models.Q(given_up_at=None), name="notice_due"
            ),
        ]


class NoticeDelivery(Record):
    """One try to deliver a notice: the answer's status (0 when there was none), how long it took, what was wrong.

    Only the newest of each webhook are kept.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    request_id = models.CharField(max_length=32)
    entity = models.CharField(max_length=16)
    record_id = models.BigIntegerField()
    action = models.CharField(max_length=8)
    attempt = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    error = models.CharField(max_length=500, blank=True, default="")
    delivered = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["webhook", "-id"], name="notice_delivery_newest")]

    @property
    def item_id(self) -> str:
        """The public id of the record that it was about; none for a test."""
        return public_key(self.record_id) if self.record_id else ""
