"""An index for finding the orders that a person has to give to routing again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds it."""

    dependencies = [("hub", "0017_inviters")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("routing_status", "ready")),
                fields=["organization"],
                name="order_to_route_again",
            ),
        ),
    ]
