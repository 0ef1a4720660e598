"""How fast an import goes: when a process took it up last, and how much had been read then."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the beginning of an import's present stint."""

    dependencies = [
        ("hub", "0004_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="stint_began",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="stint_read",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
