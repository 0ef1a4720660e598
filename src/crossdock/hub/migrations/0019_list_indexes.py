"""Indexes for what lists are narrowed to: a time, an operation, a carrier, rejections, orders in review."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds them."""

    dependencies = [("hub", "0018_orders_to_route_again")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["organization", "created_at", "id"], name="event_by_time"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["organization", "operation", "-id"], name="event_by_operation"),
        ),
        migrations.AddIndex(
            model_name="shippingrequest",
            index=models.Index(fields=["organization", "created_at", "id"], name="request_by_time"),
        ),
        migrations.AddIndex(
            model_name="fulfillment",
            index=models.Index(fields=["organization", "created_at", "id"], name="fulfillment_by_time"),
        ),
        migrations.AddIndex(
            model_name="fulfillment",
            index=models.Index(
                fields=["organization", "shipping_carrier", "-id"], name="fulfillment_by_carrier"
            ),
        ),
        migrations.AddIndex(
            model_name="fulfillment",
            index=models.Index(
                condition=models.Q(("fulfillment_type", "rejected")),
                fields=["organization", "-id"],
                name="fulfillment_rejected",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("release", "review")), fields=["organization"], name="order_in_review"
            ),
        ),
    ]
