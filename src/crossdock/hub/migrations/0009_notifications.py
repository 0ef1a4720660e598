"""Whom to tell of which exceptions, and what was told."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0008_order_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="NotificationRule",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("name", models.CharField(max_length=120)),
                ("kinds", models.JSONField(default=list)),
                (
                    "channel",
                    models.CharField(choices=[("email", "E-mail"), ("webhook", "Webhook")], max_length=8),
                ),
                ("emails", models.JSONField(default=list)),
                ("url", models.BinaryField(null=True)),
                ("url_host", models.CharField(blank=True, default="", max_length=255)),
                ("minutes", models.PositiveIntegerField(default=0)),
                ("tell_closed", models.BooleanField(default=False)),
                ("active", models.BooleanField(default=True)),
                ("author", models.CharField(max_length=80)),
                ("last_sent_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, default="", max_length=500)),
                ("not_before", models.DateTimeField(null=True)),
                ("taken_until", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "integration",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="hub.integration"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification_rules",
                        to="hub.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("closed", models.BooleanField(default=False)),
                ("told_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="hub.exceptioncase"),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="told",
                        to="hub.notificationrule",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="notificationrule",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="one_notification_rule_per_name"
            ),
        ),
        migrations.AddIndex(
            model_name="told",
            index=models.Index(condition=models.Q(("closed", False)), fields=["rule"], name="told_and_open"),
        ),
        migrations.AddConstraint(
            model_name="told",
            constraint=models.UniqueConstraint(fields=("rule", "case"), name="told_once_per_rule"),
        ),
    ]
