"""Members can be switched off, and are invited."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the switch and the invitations."""

    dependencies = [
        ("hub", "0003_order_processing"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="active",
            field=models.BooleanField(db_default=True, default=True),
        ),
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
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="hub.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("organization", "email"),
                        name="one_open_invitation_per_address",
                    )
                ],
            },
        ),
    ]
