"""Members can be switched off, and are invited; the audit log is quick to read."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the switch, the invitations, and an index for the audit log."""

    dependencies = [
        ("hub", "0009_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("email", models.CharField(max_length=150)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("user", "User"),
                            ("developer", "Developer"),
                        ],
                        default="user",
                        max_length=16,
                    ),
                ),
                ("digest", models.BinaryField(unique=True)),
                ("author", models.CharField(max_length=80)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="membership",
            name="active",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    (
                        "entity__in",
                        (
                            "organizations",
                            "users",
                            "invitations",
                            "apiKeys",
                            "integrations",
                            "orderRules",
                            "routingCards",
                            "webhooks",
                            "notifications",
                        ),
                    )
                ),
                fields=["organization", "-id"],
                name="event_audited",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="hub.organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                fields=("organization", "email"),
                name="one_open_invitation_per_address",
            ),
        ),
    ]
