"""Outgoing webhooks, and the triggers that write down what they are to be told."""

from collections.abc import Iterator

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# Each statement that changes records is looked at once, after it, whatever way it came: one by one, set-based or by
# COPY. Where no webhook exists, that is one look at an empty table.
_ASKED = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM hub_webhook) THEN
        INSERT INTO hub_recordchange (webhook_id, entity, record_id, action)
        {select};
    END IF;
    RETURN NULL;
END $$;
"""

_FUNCTIONS = {
    # What is filed under a record; stock pushed to a channel is filed under a product and changes no figure here.
    "hub_changes_of_events": """
        SELECT w.id, fresh.entity, fresh.record_id,
               CASE WHEN fresh.operation IN ('created', 'ingested') THEN 'create'
                    WHEN fresh.operation IN ('deleted', 'removed') THEN 'delete' ELSE 'update' END
          FROM fresh JOIN hub_webhook w ON w.organization_id = fresh.organization_id AND w.topics ? fresh.entity
         WHERE NOT (fresh.entity = 'inventory' AND fresh.operation = 'pushed')""",
    # A figure changed. Many entries of one record in one statement are one change.
    "hub_changes_of_stock": """
        SELECT DISTINCT w.id, 'inventory', record.id, 'update'
          FROM fresh JOIN hub_inventoryrecord record ON record.id = fresh.record_id
          JOIN hub_webhook w ON w.organization_id = record.organization_id AND w.topics ? 'inventory'""",
    "hub_changes_of_new_requests": """
        SELECT w.id, 'shipments', fresh.id, 'create'
          FROM fresh JOIN hub_webhook w ON w.organization_id = fresh.organization_id AND w.topics ? 'shipments'""",
    "hub_changes_of_requests": """
        SELECT w.id, 'shipments', fresh.id, 'update'
          FROM fresh JOIN hub_webhook w ON w.organization_id = fresh.organization_id AND w.topics ? 'shipments'""",
    "hub_changes_of_fulfillments": """
        SELECT w.id, 'fulfillments', fresh.id, 'create'
          FROM fresh JOIN hub_webhook w ON w.organization_id = fresh.organization_id AND w.topics ? 'fulfillments'""",
    "hub_changes_of_new_exceptions": """
        SELECT w.id, 'exceptions', fresh.id, 'create'
          FROM fresh JOIN hub_webhook w ON w.organization_id = fresh.organization_id AND w.topics ? 'exceptions'""",
    # Opened, set aside, closed; not each time that the same cause is met again.
    "hub_changes_of_exceptions": """
        SELECT w.id, 'exceptions', fresh.id, 'update'
          FROM fresh JOIN earlier ON earlier.id = fresh.id AND earlier.status <> fresh.status
          JOIN hub_webhook w ON w.organization_id = fresh.organization_id AND w.topics ? 'exceptions'""",
}
_TRIGGERS = {
    "hub_changes_of_events": "INSERT ON hub_event REFERENCING NEW TABLE AS fresh",
    "hub_changes_of_stock": "INSERT ON hub_ledgerentry REFERENCING NEW TABLE AS fresh",
    "hub_changes_of_new_requests": "INSERT ON hub_shippingrequest REFERENCING NEW TABLE AS fresh",
    "hub_changes_of_requests": "UPDATE ON hub_shippingrequest REFERENCING NEW TABLE AS fresh",
    "hub_changes_of_fulfillments": "INSERT ON hub_fulfillment REFERENCING NEW TABLE AS fresh",
    "hub_changes_of_new_exceptions": "INSERT ON hub_exceptioncase REFERENCING NEW TABLE AS fresh",
    "hub_changes_of_exceptions": "UPDATE ON hub_exceptioncase REFERENCING OLD TABLE AS earlier NEW TABLE AS fresh",
}


def _make() -> Iterator[str]:
    for name, select in _FUNCTIONS.items():
        yield _ASKED.format(name=name, select=select)
        yield f"CREATE TRIGGER {name} AFTER {_TRIGGERS[name]} FOR EACH STATEMENT EXECUTE FUNCTION {name}();"


def _remove() -> Iterator[str]:
    for name, when in _TRIGGERS.items():
        yield f"DROP TRIGGER {name} ON {when.split()[2]};"
        yield f"DROP FUNCTION {name}();"


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0005_import_pace"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("name", models.CharField(max_length=120)),
                ("url", models.CharField(max_length=1000)),
                ("topics", models.JSONField(default=list)),
                ("secret", models.BinaryField()),
                ("former_until", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused")], default="active", max_length=8
                    ),
                ),
                ("state_reason", models.CharField(blank=True, default="", max_length=500)),
                ("author", models.CharField(max_length=80)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("not_before", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("last_pass_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhooks",
                        to="hub.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecordChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("entity", models.CharField(max_length=16)),
                ("record_id", models.BigIntegerField()),
                ("action", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "webhook",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="hub.webhook",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("request_id", models.CharField(max_length=32)),
                ("entity", models.CharField(max_length=16)),
                ("record_id", models.BigIntegerField()),
                ("action", models.CharField(max_length=8)),
                ("attempt", models.PositiveIntegerField()),
                ("status", models.PositiveSmallIntegerField()),
                ("milliseconds", models.PositiveIntegerField()),
                ("error", models.CharField(blank=True, default="", max_length=500)),
                ("delivered", models.BooleanField()),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="hub.webhook",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("entity", models.CharField(max_length=16)),
                ("record_id", models.BigIntegerField()),
                ("action", models.CharField(max_length=8)),
                ("changed_at", models.DateTimeField()),
                ("request_id", models.CharField(max_length=32, unique=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("first_tried_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("taken_until", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="hub.webhook",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="one_webhook_per_name"),
        ),
        migrations.AddIndex(
            model_name="recordchange",
            index=models.Index(fields=["webhook", "id"], name="record_change_by_webhook"),
        ),
        migrations.AddIndex(
            model_name="noticedelivery",
            index=models.Index(fields=["webhook", "-id"], name="notice_delivery_newest"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["webhook", "entity", "record_id"], name="notice_by_record"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("given_up_at", None)), fields=["webhook", "due_at"], name="notice_due"
            ),
        ),
        migrations.RunSQL("\n".join(_make()), "\n".join(_remove())),
    ]
