"""Indexes for what lists of orders are filtered by and sorted by. That of the integration takes the place of a plain one."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds them."""

    dependencies = [("hub", "0007_run_by_time")]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="integration",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="hub.integration",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["organization", "ext_order_api_id"], name="order_by_api_id"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["organization", "status", "-ext_order_created_at", "-id"], name="order_by_status"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["integration", "-ext_order_created_at", "-id"], name="order_by_source"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["organization", "-total_price", "-id"], name="order_by_total"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["tags"], name="order_by_tag", opclasses=["jsonb_path_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func("customer_name", template="to_tsvector('simple'::regconfig, %(expressions)s)"),
                name="order_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["sku", "order"], name="order_line_by_sku"),
        ),
        migrations.AddIndex(
            model_name="exceptioncase",
            index=models.Index(
                condition=models.Q(("status", "active")),
                fields=["entity", "record_id"],
                name="exception_by_record",
            ),
        ),
    ]
