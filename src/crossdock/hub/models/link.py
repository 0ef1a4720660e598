"""What joins the hub's records to those of outside systems."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from crossdock.hub.models.base import Record
from crossdock.hub.models.integration import Flow, Integration


class Link(Record):
    """Joins a hub record to one remote id; a remote id has one link, for ever.

    `document_hash` is of the bytes last read, `fingerprint` of what they mean in canonical form: equal
    hashes need no work. `known` is what the remote side was last seen to say where we write to it,
    `sent` what we last wrote. A tombstone is a remote deletion; the link stays, so that nothing is
    made twice.
    """

    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="links", db_constraint=False, db_index=False
    )
    entity = models.CharField(max_length=16)
    remote_id = models.CharField(max_length=120)
    record_id = models.BigIntegerField()
    document_hash = models.BinaryField(null=True)
    fingerprint = models.BinaryField(null=True)
    remote_updated_at = models.DateTimeField(null=True)
    known = models.JSONField(null=True)
    sent = models.JSONField(null=True)
    tombstoned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "entity", "remote_id"], name="one_link_per_remote_id"
            )
        ]
        indexes = [models.Index(fields=["entity", "record_id"], name="link_by_record")]


class SourceDocument(models.Model):
    """The exact document that a link's record was last read from."""

    link = models.OneToOneField(
        Link, on_delete=models.CASCADE, primary_key=True, related_name="source", db_constraint=False
    )
    body = models.TextField()
    read_at = models.DateTimeField(db_default=Now())


class Mark(Record):
    """ "This flow must look at this key again": one row per flow and key, never a payload.

    `since` is the remote time of the newest hint, where one came from outside; a read of the record
    as it was at that time or later settles the mark. `version` grows with each hint, so that a hint
    which arrives while the record is being looked at is not settled by that look.
    """

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="marks")
    key = models.CharField(max_length=160)
    reason = models.CharField(max_length=120)
    since = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    attempts = models.PositiveIntegerField(default=0)
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow", "key"], name="one_mark_per_key")]


class WebhookDelivery(models.Model):
    """A webhook event that was received, once; repeats only count."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.CharField(max_length=120)
    event_type = models.CharField(max_length=80)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "event_id"], name="one_row_per_webhook_event")
        ]


class WebhookTally(models.Model):
    """How many webhooks of a type were answered without being acted on: unknown, or forged."""

    connector = models.CharField(max_length=40)
    event_type = models.CharField(max_length=80)
    outcome = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "event_type", "outcome"], name="one_tally_per_outcome"
            )
        ]
