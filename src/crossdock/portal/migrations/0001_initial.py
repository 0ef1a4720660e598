"""The table of failed logins."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Creates it."""

    initial = True
    operations = [
        migrations.CreateModel(
            name="FailedLogin",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("username", models.CharField(max_length=150)),
                ("address", models.CharField(max_length=45)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["username", "at"], name="failed_login_by_name"),
                    models.Index(fields=["address", "at"], name="failed_login_by_address"),
                ],
            },
        ),
    ]
