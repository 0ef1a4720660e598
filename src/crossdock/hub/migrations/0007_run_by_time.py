"""An index for what flows did within a span of time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0006_webhooks")]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["flow", "created_at"], name="run_by_time"),
        ),
    ]
