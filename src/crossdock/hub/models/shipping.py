"""Instructions to ship, and the proof that something shipped."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Upper

from crossdock.hub.models.base import Record
from crossdock.hub.models.location import Location
from crossdock.hub.models.order import Order, OrderLine
from crossdock.hub.models.organization import Organization


class ShippingRequest(Record):
    """The instruction to one location to ship some of an order. Cancelled and made anew, never edited.

    `fulfillment_integration` is the warehouse it was sent to, `ext_reference_id` that one's own number.
    `explanation` lists each location that routing considered, and why it was chosen or not. While it waits
    for stock that is on its way (``pendingInventory``) it keeps committedFuture instead of committed.
    `basis` is what of the order it was made from (`hub/orders/policy.py`): where the order says otherwise, it
    is out of date.
    `explanation` lists each location that routing considered, and why it was chosen or not.
    `cancellation_status` is empty unless the request was cancelled after it had been sent (`Cancellation`).
    """

    class Status(models.TextChoices):
        """Where the request stands (`pipe17/enums.json`, shipment.status)."""

        NEW = "new"
        PENDING_INVENTORY = "pendingInventory"
        READY = "readyForFulfillment"
        SENT = "sentToFulfillment"
        PARTIAL = "partialFulfillment"
        FULFILLED = "fulfilled"
        CANCELED = "canceled"
        CANCELED_RESTOCK = "canceledRestock"
        FAILED = "failed"

    class Cancellation(models.TextChoices):
        """What became of calling a request off at its warehouse. The field is `pipe17`'s, the values are ours."""

        REQUESTED = "requested", "The warehouse has to be told"
        SENT = "sent", "The warehouse was told and has not answered"
        CONFIRMED = "confirmed", "The warehouse has stopped it"
        REFUSED = "refused", "Too late: it ships, and the request counts again"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="shipping_requests")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipping_requests")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="shipping_requests")
    ext_shipment_id = models.CharField(max_length=140)
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.READY)
    shipping_address = models.JSONField(null=True)
    shipping_carrier = models.CharField(max_length=120, blank=True, default="")
    shipping_class = models.CharField(max_length=120, blank=True, default="")
    routing_reason = models.CharField(max_length=300, blank=True, default="")
    explanation = models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
    basis = models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)
    fulfillment_integration = models.ForeignKey(
        "hub.Integration", on_delete=models.SET_NULL, null=True, related_name="shipping_requests"
    )
    ext_reference_id = models.CharField(max_length=140, blank=True, db_default="", default="")
    sent_to_fulfillment_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    canceled_by = models.CharField(max_length=80, blank=True, default="")
    canceled_by_type = models.CharField(max_length=12, blank=True, db_default="", default="")
    cancellation_status = models.CharField(max_length=16, blank=True, db_default="", default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "order", "version"], name="one_request_per_version"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "status", "-id"], name="request_by_status"),
            models.Index(fields=["ext_shipment_id"], name="request_by_number"),
            models.Index(fields=["organization", "-id"], name="request_newest"),
            models.Index(fields=["organization", "created_at", "id"], name="request_by_time"),
            models.Index(
                fields=["ext_reference_id"],
                condition=~models.Q(ext_reference_id=""),
                name="request_by_reference",
            ),
        ]

    def __str__(self) -> str:
        return self.ext_shipment_id


class ShippingRequestLine(models.Model):
    """How many of one order line the request asks for, how many have shipped, how many were rejected.

    `components` is set for a bundle that ships as its parts: a list of ``{"sku", "quantity"}`` for one
    bundle, as it was when the request was made. Quantities here count bundles.
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(ShippingRequest, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="request_lines")
    sku = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    fulfilled = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(db_default=0, default=0)
    components = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "line"], name="one_request_line_per_line")]
        indexes = [models.Index(fields=["sku", "-id"], name="request_line_by_sku")]

    @property
    def open(self) -> int:
        """How many are still to be shipped by this request."""
        return self.quantity - self.fulfilled - self.rejected

    def parts(self) -> list[tuple[str, int]]:
        """Return what one unit takes off the shelf: SKUs and how many of each."""
        if self.components is None:
            return [(self.sku, 1)]
        return [(str(part["sku"]), int(part["quantity"])) for part in self.components]


class Fulfillment(Record):
    """The proof that a parcel left, or that a warehouse will not ship something. Immutable."""

    class Type(models.TextChoices):
        """What is proved. `pipe17/entities.json` knows the field; its values are ours."""

        SHIPPED = "shipped", "Shipped"
        REJECTED = "rejected", "Rejected by the warehouse"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="fulfillments")
    request = models.ForeignKey(ShippingRequest, on_delete=models.PROTECT, related_name="fulfillments")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfillments")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="fulfillments")
    ext_fulfillment_id = models.CharField(max_length=140)
    fulfillment_type = models.CharField(
        max_length=10, choices=Type.choices, db_default=Type.SHIPPED, default=Type.SHIPPED
    )
    reason = models.CharField(max_length=500, blank=True, db_default="", default="")
    actual_ship_date = models.DateTimeField()
    tracking_number = models.CharField(max_length=200, blank=True, default="")
    tracking_url = models.CharField(max_length=500, blank=True, default="")
    shipping_carrier = models.CharField(max_length=120, blank=True, default="")
    shipping_class = models.CharField(max_length=120, blank=True, default="")
    author = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "ext_fulfillment_id"], name="one_fulfillment_per_ext_id"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="fulfillment_newest"),
            models.Index(fields=["organization", "created_at", "id"], name="fulfillment_by_time"),
            models.Index(fields=["organization", "shipping_carrier", "-id"], name="fulfillment_by_carrier"),
            models.Index(
                fields=["organization", "-id"],
                condition=models.Q(fulfillment_type="rejected"),
                name="fulfillment_rejected",
            ),
            models.Index(
                "organization",
                OpClass(Upper("tracking_number"), name="text_pattern_ops"),
                name="parcel_by_tracking",
            ),
        ]


class FulfillmentLine(models.Model):
    """How many of one requested line are in the parcel; `extra` units were shipped beyond what was asked."""

    id = models.BigAutoField(primary_key=True)
    fulfillment = models.ForeignKey(Fulfillment, on_delete=models.CASCADE, related_name="lines")
    request_line = models.ForeignKey(
        ShippingRequestLine, on_delete=models.PROTECT, related_name="fulfillment_lines"
    )
    sku = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    extra = models.PositiveIntegerField(db_default=0, default=0)
