"""Rules of one's own for what an integration brings."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0013_stock_sheets"),
    ]

    operations = [
        migrations.CreateModel(
            name="MappingRule",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("entity", models.CharField(default="orders", max_length=16)),
                ("target", models.CharField(max_length=160)),
                ("source", models.CharField(blank=True, default="", max_length=300)),
                ("translations", models.JSONField(default=dict)),
                ("default", models.CharField(max_length=1000, null=True)),
                ("enabled", models.BooleanField(default=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "integration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mapping_rules",
                        to="hub.integration",
                    ),
                ),
            ],
            options={
                "ordering": ["target", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("target", "tags"), _negated=True),
                        fields=("integration", "entity", "target"),
                        name="one_mapping_rule_per_target",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("target", "tags")),
                        fields=("integration", "entity", "source", "default"),
                        name="one_mapping_rule_per_tag_source",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
    ]
