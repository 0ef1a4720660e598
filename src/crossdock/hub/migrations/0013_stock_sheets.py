"""Files of counts that people upload: what they would change, until it is applied."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0012_events_and_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockSheet",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("author", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("preview", "Preview"), ("applying", "Applying"), ("applied", "Applied")],
                        default="preview",
                        max_length=8,
                    ),
                ),
                ("rows", models.JSONField(default=list)),
                ("errors", models.JSONField(default=list)),
                ("left", models.JSONField(default=list)),
                ("ignored", models.JSONField(default=list)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("expires_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_sheets",
                        to="hub.organization",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "author", "-id"], name="sheet_by_author")],
            },
        ),
    ]
