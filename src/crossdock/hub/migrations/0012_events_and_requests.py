"""Indexes by which events and shipping requests are looked through."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0011_stock_by_sku"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["organization", "entity", "-id"], name="event_by_entity"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["organization", "author", "-id"], name="event_by_author"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["run", "-id"], name="event_by_run"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    (
                        "operation__in",
                        ("fulfillmentNotPushed", "fulfillmentPushed", "orderSent", "pushed", "sent"),
                    )
                ),
                fields=["organization", "-id"],
                name="event_pushed",
            ),
        ),
        migrations.AddIndex(
            model_name="shippingrequest",
            index=models.Index(fields=["organization", "-id"], name="request_newest"),
        ),
        migrations.AddIndex(
            model_name="shippingrequest",
            index=models.Index(
                condition=models.Q(("ext_reference_id", ""), _negated=True),
                fields=["ext_reference_id"],
                name="request_by_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="shippingrequestline",
            index=models.Index(fields=["sku", "-id"], name="request_line_by_sku"),
        ),
    ]
