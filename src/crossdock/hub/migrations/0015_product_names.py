"""Indexes for finding products by the words of their names, and by their UPC."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds them."""

    dependencies = [("hub", "0014_mapping_rules")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("upc", ""), _negated=True),
                fields=["organization", "upc"],
                name="product_by_upc",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func("name", template="to_tsvector('simple'::regconfig, %(expressions)s)"),
                name="product_by_name",
            ),
        ),
    ]
