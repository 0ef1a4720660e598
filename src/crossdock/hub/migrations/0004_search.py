"""Indexes by which one box finds a record: e-mail, SKU and tracking number, whatever their letters' case."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("hub", "0003_order_processing")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                "organization", OpClass(Upper("email"), name="text_pattern_ops"), name="order_by_email"
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                "organization", OpClass(Upper("sku"), name="text_pattern_ops"), name="product_by_sku"
            ),
        ),
        migrations.AddIndex(
            model_name="fulfillment",
            index=models.Index(
                "organization",
                OpClass(Upper("tracking_number"), name="text_pattern_ops"),
                name="parcel_by_tracking",
            ),
        ),
    ]
