"""Who is told of which exceptions, and what they have been told."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from crossdock.hub.models.base import Record
from crossdock.hub.models.event import ExceptionCase
from crossdock.hub.models.integration import Integration
from crossdock.hub.models.organization import Organization


class NotificationRule(Record):
    """Tells some people of some exceptions, by mail or by a webhook.

    `kinds` are codes; none means all. `minutes` is for how long news are gathered (1440: once a day). `url` is sealed,
    because such addresses are secrets. It is being told until `taken_until` at the latest.
    """

    class Channel(models.TextChoices):
        """By what people are told."""

        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="notification_rules"
    )
    name = models.CharField(max_length=120)
    kinds = models.JSONField(default=list)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, null=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    emails = models.JSONField(default=list)
    url = models.BinaryField(null=True)
    url_host = models.CharField(max_length=255, blank=True, default="")
    minutes = models.PositiveIntegerField(default=0)
    tell_closed = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    author = models.CharField(max_length=80)
    last_sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    not_before = models.DateTimeField(null=True)
    taken_until = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_notification_rule_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Told(models.Model):
    """A rule has told of an exception; `closed` when that it is over was told too, or needs no telling."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(NotificationRule, on_delete=models.CASCADE, related_name="told", db_index=False)
    case = models.ForeignKey(ExceptionCase, on_delete=models.CASCADE)
    closed = models.BooleanField(default=False)
    told_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "case"], name="told_once_per_rule")]
        indexes = [models.Index(fields=["rule"], condition=models.Q(closed=False), name="told_and_open")]
