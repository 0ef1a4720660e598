"""An index by which the beginning of a SKU is found among stock figures."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0010_members"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="inventoryrecord",
            index=models.Index(
                models.F("organization"),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("sku"), name="text_pattern_ops"
                ),
                name="stock_by_sku",
            ),
        ),
    ]
