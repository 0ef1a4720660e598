"""Acts on many orders, which a worker carries out."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0015_product_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderAct",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("author", models.CharField(max_length=80)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("hold", "Put on hold"),
                            ("release", "Release"),
                            ("route", "Route again"),
                            ("cancel", "Cancel"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("until", models.DateTimeField(null=True)),
                ("restock", models.BooleanField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("stopped", "Stopped"), ("finished", "Finished")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("orders", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.JSONField(default=list)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_acts",
                        to="hub.organization",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "-id"], name="order_act_newest")],
            },
        ),
    ]
