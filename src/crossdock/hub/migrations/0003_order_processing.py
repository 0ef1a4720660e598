"""Order processing: rules, routing cards, bundles, rejections, merged locations, warehouses' files, API keys.

Orders that were routed before there were rules count as released.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds what order processing stores."""

    dependencies = [
        ("hub", "0002_documents_uncompressed"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("name", models.CharField(max_length=120)),
                ("prefix", models.CharField(max_length=12)),
                ("digest", models.BinaryField(unique=True)),
                ("grants", models.JSONField(default=list)),
                ("author", models.CharField(max_length=80)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="BundleItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sku", models.CharField(max_length=120)),
                ("quantity", models.PositiveIntegerField()),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("updated_by", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("entity", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=300)),
                ("digest", models.BinaryField()),
                ("rows", models.PositiveIntegerField()),
                ("accepted", models.PositiveIntegerField()),
                ("rejects", models.JSONField(default=list)),
                ("refusal", models.CharField(blank=True, default="", max_length=500)),
                ("taken_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="OrderRule",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("position", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("enabled", models.BooleanField(default=True)),
                ("is_default", models.BooleanField(default=False)),
                (
                    "match",
                    models.CharField(choices=[("all", "All"), ("any", "Any")], default="all", max_length=3),
                ),
                ("filters", models.JSONField(default=list)),
                ("actions", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["is_default", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="RoutingCard",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("position", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "match",
                    models.CharField(choices=[("all", "All"), ("any", "Any")], default="all", max_length=3),
                ),
                ("filters", models.JSONField(default=list)),
                ("regions", models.JSONField(default=list)),
                ("check_stock", models.BooleanField(default=True)),
                ("allow_split", models.BooleanField(default=False)),
                ("send_future", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="RoutingCardLocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="RoutingRetry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("sku", models.CharField(blank=True, default="", max_length=120)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="routing_retries",
                        to="hub.organization",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="reservation",
            name="one_virtual_reservation_per_line",
        ),
        migrations.RemoveConstraint(
            model_name="reservation",
            name="one_reservation_per_request_line",
        ),
        migrations.AddField(
            model_name="orderline",
            name="struck",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="published",
            name="buffer_inventory",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE hub_published SET buffer_inventory = NULL WHERE buffer_inventory = 0",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="shippingrequest",
            name="status",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("pendingInventory", "Pending Inventory"),
                    ("readyForFulfillment", "Ready"),
                    ("sentToFulfillment", "Sent"),
                    ("partialFulfillment", "Partial"),
                    ("fulfilled", "Fulfilled"),
                    ("canceled", "Canceled"),
                    ("canceledRestock", "Canceled Restock"),
                    ("failed", "Failed"),
                ],
                default="readyForFulfillment",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="future",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="fulfillment",
            name="fulfillment_type",
            field=models.CharField(
                choices=[("shipped", "Shipped"), ("rejected", "Rejected by the warehouse")],
                db_default="shipped",
                default="shipped",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="fulfillment",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="fulfillmentline",
            name="extra",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="inventoryrecord",
            name="counted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="inventoryrecord",
            name="count_means",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="inventoryrecord",
            name="locked",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="location",
            name="excluded_for",
            field=models.ManyToManyField(related_name="excluded_locations", to="hub.integration"),
        ),
        migrations.AddField(
            model_name="location",
            name="fulfillment_integration",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="fulfills_for",
                to="hub.integration",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="infinite_availability",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="location",
            name="merged_into",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="hub.location",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="preserve_bundles",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="order",
            name="decided_by_person",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="order",
            name="given",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="order",
            name="hold_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="release",
            field=models.CharField(
                choices=[
                    ("undecided", "Not looked at yet"),
                    ("held", "On hold"),
                    ("review", "Review required"),
                    ("released", "Released"),
                ],
                db_default="undecided",
                default="undecided",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="release_note",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="order",
            name="released_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="settings",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="published",
            name="cap",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="published",
            name="floor",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="published",
            name="hold_inventory",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="shippingrequest",
            name="basis",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="shippingrequest",
            name="canceled_by_type",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="shippingrequest",
            name="cancellation_status",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.AddField(
            model_name="shippingrequest",
            name="explanation",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="shippingrequest",
            name="ext_reference_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=140),
        ),
        migrations.AddField(
            model_name="shippingrequest",
            name="fulfillment_integration",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="shipping_requests",
                to="hub.integration",
            ),
        ),
        migrations.AddField(
            model_name="shippingrequestline",
            name="components",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="shippingrequestline",
            name="rejected",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="location",
            name="status",
            field=models.CharField(
                choices=[("active", "Active"), ("inactive", "Inactive"), ("merged", "Merged")],
                default="active",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("release", "undecided"), ("routing_status", "pending")),
                fields=["organization"],
                name="order_undecided",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("release", "held")),
                fields=["organization", "hold_until"],
                name="order_held",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("routing_status", "failed")),
                fields=["organization"],
                name="order_unroutable",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("request_line", None)),
                fields=("line", "record"),
                name="one_virtual_reservation_per_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("request_line__isnull", False)),
                fields=("request_line", "record"),
                name="one_reservation_per_request_line",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="integration",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="api_keys",
                to="hub.integration",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="api_keys", to="hub.organization"
            ),
        ),
        migrations.AddField(
            model_name="bundleitem",
            name="bundle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="bundle_items", to="hub.product"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="integration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="hub.integration"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="hub.run",
            ),
        ),
        migrations.AddField(
            model_name="orderrule",
            name="integration",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="order_rules",
                to="hub.integration",
            ),
        ),
        migrations.AddField(
            model_name="orderrule",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="order_rules", to="hub.organization"
            ),
        ),
        migrations.AddField(
            model_name="routingcard",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="routing_cards",
                to="hub.organization",
            ),
        ),
        migrations.AddField(
            model_name="routingcardlocation",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="places", to="hub.routingcard"
            ),
        ),
        migrations.AddField(
            model_name="routingcardlocation",
            name="location",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="card_places", to="hub.location"
            ),
        ),
        migrations.AddField(
            model_name="routingcard",
            name="locations",
            field=models.ManyToManyField(
                related_name="routing_cards", through="hub.RoutingCardLocation", to="hub.location"
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("organization", "name"),
                name="one_live_api_key_per_name",
            ),
        ),
        migrations.AddIndex(
            model_name="bundleitem",
            index=models.Index(fields=["sku"], name="bundle_by_item"),
        ),
        migrations.AddConstraint(
            model_name="bundleitem",
            constraint=models.UniqueConstraint(fields=("bundle", "sku"), name="one_item_per_sku"),
        ),
        migrations.AddIndex(
            model_name="shippingrequest",
            index=models.Index(fields=["ext_shipment_id"], name="request_by_number"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["integration", "-id"], name="delivery_newest"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("integration", "entity", "name", "digest"), name="one_row_per_delivery"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderrule",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="one_order_rule_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("organization",),
                name="one_default_order_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingcardlocation",
            constraint=models.UniqueConstraint(
                fields=("card", "location"), name="one_place_per_card_location"
            ),
        ),
        migrations.AddConstraint(
            model_name="routingcard",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="one_routing_card_per_name"
            ),
        ),
        migrations.RunSQL(
            "UPDATE hub_order SET release = 'released', released_at = last_routed_at WHERE routing_status <> 'pending'",
            migrations.RunSQL.noop,
        ),
    ]
