"""What was bought."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper

from crossdock.hub.models.base import Record
from crossdock.hub.models.location import Location
from crossdock.hub.models.organization import Organization


class Order(Record):
    """An order from a selling channel. Amounts are in `currency`.

    `status` and `routing_status` are ours; `standing`, `paid`, `payment_status` and
    `fulfillment_status` are the channel's and written by its pull only. `canonical` is the whole
    order in canonical form, its lines as the channel last gave them.

    `release` says whether the order may be routed, and `release_note` by whose decision: a rule's, or a
    person's, whose word (`decided_by_person`) no rule overrides. `hold_until` is when a held order is
    released by itself; without it a person has to. `given` is what the deciding rule added: `tags`,
    `shippingCarrier`, `shippingClass`, `shippingCode`. `location` is the place that the channel chose.
    """

    class Status(models.TextChoices):
        """Where the order is on its way (`pipe17/enums.json`)."""

        NEW = "new"
        ON_HOLD = "onHold"
        REVIEW_REQUIRED = "reviewRequired"
        READY = "readyForFulfillment"
        SENT = "sentToFulfillment"
        PARTIAL = "partialFulfillment"
        FULFILLED = "fulfilled"
        CANCELED = "canceled"
        RETURNED = "returned"
        REFUNDED = "refunded"
        ARCHIVED = "archived"
        CLOSED = "closed"

    class Routing(models.TextChoices):
        """Where routing stands."""

        DISABLED = "disabled"
        PENDING = "pending"
        READY = "ready"
        ACKNOWLEDGED = "acknowledged"
        FAILED = "failed"
        EXCLUDED = "excluded"

    class Release(models.TextChoices):
        """Whether the order has been let through to routing."""

        UNDECIDED = "undecided", "Not looked at yet"
        HELD = "held", "On hold"
        REVIEW = "review", "Review required"
        RELEASED = "released", "Released"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="orders", db_index=False, db_constraint=False
    )
    integration = models.ForeignKey(
        "hub.Integration", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    ext_order_id = models.CharField(max_length=120)
    ext_order_api_id = models.CharField(max_length=120)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.NEW)
    routing_status = models.CharField(max_length=16, choices=Routing.choices, default=Routing.PENDING)
    routing_note = models.CharField(max_length=300, blank=True, db_default="", default="")
    release = models.CharField(
        max_length=10, choices=Release.choices, db_default=Release.UNDECIDED, default=Release.UNDECIDED
    )
    release_note = models.CharField(max_length=300, blank=True, db_default="", default="")
    decided_by_person = models.BooleanField(db_default=False, default=False)
    hold_until = models.DateTimeField(null=True)
    given = models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)
    released_at = models.DateTimeField(null=True)
    standing = models.CharField(max_length=12)
    paid = models.BooleanField()
    payment_status = models.CharField(max_length=60)
    fulfillment_status = models.CharField(max_length=60)
    method = models.CharField(max_length=10)
    order_source = models.CharField(max_length=80)
    email = models.CharField(max_length=254, blank=True)
    customer_name = models.CharField(max_length=300, blank=True)
    currency = models.CharField(max_length=3)
    sub_total_price = models.DecimalField(max_digits=20, decimal_places=4)
    order_discount = models.DecimalField(max_digits=20, decimal_places=4)
    order_tax = models.DecimalField(max_digits=20, decimal_places=4)
    shipping_price = models.DecimalField(max_digits=20, decimal_places=4)
    total_price = models.DecimalField(max_digits=20, decimal_places=4)
    ext_order_created_at = models.DateTimeField()
    ext_order_updated_at = models.DateTimeField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True)
    last_routed_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(db_default=1, default=1)
    canonical = models.JSONField(default=dict)
    tags = models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-ext_order_created_at", "-id"], name="order_newest"),
            models.Index(fields=["organization", "ext_order_id"], name="order_by_number"),
            models.Index(fields=["organization", "ext_order_api_id"], name="order_by_api_id"),
            models.Index(
                fields=["organization", "status", "-ext_order_created_at", "-id"], name="order_by_status"
            ),
            models.Index(fields=["integration", "-ext_order_created_at", "-id"], name="order_by_source"),
            models.Index(fields=["organization", "-total_price", "-id"], name="order_by_total"),
            GinIndex(fields=["tags"], opclasses=["jsonb_path_ops"], name="order_by_tag"),
            GinIndex(
                models.Func("customer_name", template="to_tsvector('simple'::regconfig, %(expressions)s)"),
                name="order_by_name",
            ),
            models.Index(
                "organization", OpClass(Upper("email"), name="text_pattern_ops"), name="order_by_email"
            ),
            models.Index(
                fields=["organization"], condition=models.Q(routing_status="pending"), name="order_to_route"
            ),
            models.Index(
                fields=["organization"],
                condition=models.Q(release="undecided", routing_status="pending"),
                name="order_undecided",
            ),
            models.Index(
                fields=["organization", "hold_until"], condition=models.Q(release="held"), name="order_held"
            ),
            models.Index(
                fields=["organization"], condition=models.Q(release="review"), name="order_in_review"
            ),
            models.Index(
                fields=["organization"], condition=models.Q(routing_status="failed"), name="order_unroutable"
            ),
            models.Index(
                fields=["organization"],
                condition=models.Q(routing_status="ready"),
                name="order_to_route_again",
            ),
        ]

    def __str__(self) -> str:
        return self.ext_order_id

    def shipping(self, name: str) -> str:
        """Return `shippingCarrier`, `shippingClass` or `shippingCode`: a rule's choice before the channel's."""
        return str(self.given.get(name) or self.canonical.get(name) or "")


class OrderLine(models.Model):
    """One line. What is open of it is `quantity` less `fulfilled` and `canceled`.

    `struck` of the cancelled units were cancelled here, by a person or a rule, or went with their line when the
    channel removed it: they stay so when the channel takes the cancellation of its order back.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    unique_id = models.CharField(max_length=80)
    sku = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=500)
    quantity = models.IntegerField()
    fulfilled = models.PositiveIntegerField(db_default=0, default=0)
    canceled = models.PositiveIntegerField(db_default=0, default=0)
    struck = models.PositiveIntegerField(db_default=0, default=0)
    item_price = models.DecimalField(max_digits=20, decimal_places=4)
    item_discount = models.DecimalField(max_digits=20, decimal_places=4)
    item_tax = models.DecimalField(max_digits=20, decimal_places=4)
    requires_shipping = models.BooleanField()
    taxable = models.BooleanField()
    ext_product_id = models.CharField(max_length=120, blank=True)
    options = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "unique_id"], name="one_line_per_unique_id")]
        indexes = [models.Index(fields=["sku", "order"], name="order_line_by_sku")]

    @property
    def open(self) -> int:
        """How many are neither shipped nor cancelled."""
        return max(self.quantity - self.fulfilled - self.canceled, 0)
