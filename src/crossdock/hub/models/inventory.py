"""Stock figures and the ledger that explains them."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper

from crossdock.hub.models.base import Record
from crossdock.hub.models.location import Location
from crossdock.hub.models.organization import Organization

FIGURES = ("on_hand", "committed", "future", "committed_future", "incoming", "unavailable", "hold", "damaged")


class InventoryRecord(Record):
    """The figures of one SKU at one location; always the sum of their ledger.

    `state` keeps apart what is counted, what is unlimited, and what nobody has counted yet. `adopted_at`
    is set while the count is a channel's own: the channel's time of it, up to which the channel had
    taken its orders off already. `counted_at` is when the shelf was last counted, and `count_means` what was
    counted: ``onHand``, in which parcels that had left by then are missing already, or ``available``. A
    `locked` record is changed by people and by shipments only, not by a warehouse's or a channel's count.
    """

    class State(models.TextChoices):
        """Tracked, unlimited, unknown: never folded into one integer."""

        TRACKED = "tracked"
        UNLIMITED = "unlimited"
        UNKNOWN = "unknown"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="inventory")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="inventory")
    sku = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNKNOWN)
    on_hand = models.IntegerField(default=0)
    committed = models.IntegerField(default=0)
    future = models.IntegerField(default=0)
    committed_future = models.IntegerField(default=0)
    incoming = models.IntegerField(default=0)
    unavailable = models.IntegerField(default=0)
    hold = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    available = models.GeneratedField(
        expression=F("on_hand") - F("committed"), output_field=models.IntegerField(), db_persist=True
    )
    adopted_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    count_means = models.CharField(max_length=10, blank=True, db_default="", default="")
    locked = models.BooleanField(db_default=False, default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sku", "location"], name="one_record_per_sku_location"
            )
        ]
        indexes = [
            models.Index("organization", OpClass(Upper("sku"), name="text_pattern_ops"), name="stock_by_sku"),
        ]


class LedgerEntry(Record):
    """One change of one figure: what, from, to, why, by whom. Append-only."""

    record = models.ForeignKey(InventoryRecord, on_delete=models.CASCADE, related_name="ledger")
    event = models.CharField(max_length=24)
    figure = models.CharField(max_length=20)
    quantity = models.IntegerField()
    before = models.IntegerField()
    after = models.IntegerField()
    author = models.CharField(max_length=80)
    reason = models.CharField(max_length=500, blank=True, default="")
    order_id = models.BigIntegerField(null=True)
    entity = models.CharField(max_length=16, blank=True, default="")
    entity_id = models.BigIntegerField(null=True)
    run = models.ForeignKey(
        "hub.Run", on_delete=models.SET_NULL, null=True, db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["record", "id"], name="ledger_by_record"),
            models.Index(fields=["order_id"], condition=~models.Q(order_id=None), name="ledger_by_order"),
        ]


class Reservation(Record):
    """What one order line keeps committed at one record: virtually until routed, then for a request.

    A line of a bundle has one for each part of it. One of a request that waits for stock on its way is
    `future`: it keeps committedFuture instead of committed.
    """

    record = models.ForeignKey(InventoryRecord, on_delete=models.CASCADE, related_name="reservations")
    line = models.ForeignKey("hub.OrderLine", on_delete=models.CASCADE, related_name="reservations")
    request_line = models.ForeignKey(
        "hub.ShippingRequestLine", on_delete=models.CASCADE, null=True, related_name="reservations"
    )
    quantity = models.PositiveIntegerField()
    future = models.BooleanField(db_default=False, default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "record"],
                condition=models.Q(request_line=None),
                name="one_virtual_reservation_per_line",
            ),
            models.UniqueConstraint(
                fields=["request_line", "record"],
                condition=models.Q(request_line__isnull=False),
                name="one_reservation_per_request_line",
            ),
        ]
