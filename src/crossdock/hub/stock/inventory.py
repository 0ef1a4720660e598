"""Stock as people and programs handle it: counting it, reserving it for orders, and letting it go.

The arithmetic is `pipe17`'s: available = onHand - committed. An order keeps its units committed from the
moment it is stored (``virtualCommit``), whether paid or not: the channel has taken them off its own stock,
and pushing a figure that ignores them would sell them twice. A shipping request takes the commitment over
(``ship``), a fulfillment takes the units off onHand and committed at once (``fulfill``).

What nobody has counted, and what is unlimited, has no onHand to take from: there only the commitments move.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from crossdock.hub.events import record_event
from crossdock.hub.models import (
    Fulfillment,
    InventoryRecord,
    Location,
    Organization,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.shipping.rejected_stock import clear_rejected
from crossdock.hub.stock.ledger import (
    Cause,
    Changes,
    Move,
    Place,
    apply_moves,
    lock_records,
    settle,
)
from crossdock.hub.stock.ledger_check import Mismatch, check_ledger

LARGEST = 2_000_000_000
LONGEST_SKU = 120
State = InventoryRecord.State

__all__ = [
    "InventoryError",
    "Mismatch",
    "adopt_on_hand",
    "check_ledger",
    "check_units",
    "commit_request",
    "credit_orders_before_adoption",
    "default_location",
    "fulfill_moves",
    "known_skus",
    "place_of",
    "release_request",
    "set_on_hand",
    "set_state",
    "settle_reservations",
    "sku_is_known",
]


class InventoryError(ValueError):
    """A figure that cannot be accepted: `field` is what is wrong, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


def default_location(organization_id: int) -> Location | None:
    """Return the location stock is kept at unless another is named; None until locations are known."""
    return Location.objects.filter(
        organization_id=organization_id,
        is_default=True,
        kind=Location.Kind.STOCK,
        status=Location.Status.ACTIVE,
    ).first()


def sku_is_known(organization_id: int, sku: str) -> bool:
    """Whether a product, an order line or an inventory record has this SKU."""
    return sku in known_skus(organization_id, [sku])


def known_skus(organization_id: int, skus: Sequence[str]) -> set[str]:
    """Return those of `skus` that a product, an order line or an inventory record has; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            # One line of an order is enough to know: a best seller has as many as there are orders.
            """
            SELECT asked.sku FROM unnest(%(skus)s::text[]) AS asked(sku)
             WHERE (SELECT true FROM hub_product p
                     WHERE p.organization_id = %(organization)s AND p.sku = asked.sku AND p.sku <> '' LIMIT 1)
                OR (SELECT true FROM hub_inventoryrecord r
                     WHERE r.organization_id = %(organization)s AND r.sku = asked.sku LIMIT 1)
                OR (SELECT true FROM hub_orderline l JOIN hub_order o ON o.id = l.order_id
                     WHERE o.organization_id = %(organization)s AND l.sku = asked.sku LIMIT 1)
            """,
            {"organization": organization_id, "skus": list(skus)},
        )
        return {row[0] for row in cursor.fetchall()}


def set_on_hand(
    organization: Organization,
    sku: str,
    quantity: int,
    *,
    location: Location | None = None,
    author: str,
    reason: str,
    run: Run | None = None,
) -> InventoryRecord:
    """Set what lies on the shelf (units), by count; the SKU is tracked from now on.

    The default location is meant when none is given. A SKU that nothing else knows is accepted, because
    counts often come before products; the event says so, and `sku_is_known` tells before.

    Whatever is recorded later counts as having happened later. Where the time of the count matters, because
    parcels are reported late, use `counts.take_count`. Raises `InventoryError`.
    """
    check_units(quantity)
    return _set(place_of(organization, sku, location), State.TRACKED, quantity, Cause(author, reason, run))


def check_units(quantity: object, *, least: int = 0) -> None:
    """Raise `InventoryError` unless `quantity` is a whole number of units that can be kept."""
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise InventoryError("quantity", f"{quantity!r} is not a whole number; give the units on the shelf")
    if not least <= quantity <= LARGEST:
        raise InventoryError(
            "quantity", f"{quantity} is outside {least} to {LARGEST}; give the units on the shelf"
        )


def adopt_on_hand(
    organization: Organization, sku: str, quantity: int, *, at: datetime | None, author: str, reason: str
) -> InventoryRecord:
    """Take a channel's own figure as the first count at the default location, as of `at` (its time).

    The figure is what was left after the orders the channel had taken, so what those of them that are
    here keep committed is added; for those that come in later, `credit_orders_before_adoption` does.
    Raises `InventoryError`.
    """
    with transaction.atomic():
        place = place_of(organization, sku, None)
        lock_records([place])
        record = InventoryRecord.objects.get(
            organization_id=place.organization_id, sku=place.sku, location_id=place.location_id
        )
        if record.locked:
            raise InventoryError("sku", f"{place.sku} is locked here; unlock it, or count it by hand")
        record = set_on_hand(
            organization, sku, max(quantity + record.committed, 0), author=author, reason=reason
        )
        InventoryRecord.objects.filter(pk=record.pk).update(adopted_at=at)
    return record


def credit_orders_before_adoption(order_ids: Sequence[int], *, author: str, run: Run | None = None) -> None:
    """Put on hand what new orders commit but the channel had taken off before its figure was adopted.

    Without it an import after an adoption would take those units off twice. For orders that have just
    been stored, once; in the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.organization_id, r.sku, r.location_id, o.id, v.quantity
              FROM hub_order o
              JOIN hub_orderline l ON l.order_id = o.id
              JOIN hub_reservation v ON v.line_id = l.id
              JOIN hub_inventoryrecord r ON r.id = v.record_id
             WHERE o.id = ANY(%s) AND r.state = 'tracked' AND r.adopted_at >= o.ext_order_created_at
             ORDER BY r.sku, r.location_id, o.id, l.id
            """,
            [list(order_ids)],
        )
        moves = [
            Move(
                Place(organization_id, sku, location_id), "on_hand", quantity, "adjust", order_id=order_id,
                entity="orders", entity_id=order_id,
            )
            for organization_id, sku, location_id, order_id, quantity in cursor.fetchall()
        ]  # fmt: skip
    if moves:
        reason = "the channel had taken this order off before its figure was adopted"
        settle(order_ids, Cause(author, reason, run), moves)


def set_state(
    organization: Organization,
    sku: str,
    state: str,
    *,
    location: Location | None = None,
    author: str,
    reason: str,
    run: Run | None = None,
) -> InventoryRecord:
    """Say that a SKU is unlimited, or that its figure is unknown; a tracked one needs `set_on_hand`.

    What had been counted is taken off onHand, since it is not known any more. Raises `InventoryError`.
    """
    if state == State.TRACKED:
        raise InventoryError("state", "a tracked SKU needs its quantity; set what is on hand instead")
    if state not in State.values:
        raise InventoryError("state", f"{state!r} is none of {', '.join(State.values)}")
    return _set(place_of(organization, sku, location), State(state), 0, Cause(author, reason, run))


def settle_reservations(
    order_ids: Sequence[int], *, author: str, reason: str, run: Run | None = None, new: bool = False
) -> None:
    """Make every line of the orders keep committed what is still to be shipped of it, and no more.

    Level-triggered and idempotent; one call for a whole page of orders. Lines that ship nothing or have
    no SKU, and orders that are not open (called off, shipped, deleted, archived), keep nothing. Until the
    organization has a location, nothing can be kept; the next call makes up for it. `new` as for `settle`.
    """
    settle(order_ids, Cause(author, reason, run), new=new)


def commit_request(request: ShippingRequest, *, author: str, reason: str, run: Run | None = None) -> None:
    """Let a new shipping request take over its order's commitment (event ``ship``)."""
    settle([request.order_id], Cause(author, reason, run))


def release_request(
    request: ShippingRequest,
    restock: bool,  # noqa: FBT001 - the question every cancellation must answer
    *,
    author: str,
    reason: str,
    run: Run | None = None,
) -> None:
    """Let go of what a request just cancelled had committed and not shipped.

    With `restock` the units are available again (``shipCancelRestock``). Without, they are taken off onHand
    as well (``shipCancel``): they are not on the shelf any more. The order's lines, if still open, keep their
    units committed on their own until they are routed again.
    """
    settle([request.order_id], Cause(author, reason, run), () if restock else release_moves(request))


def release_moves(request: ShippingRequest) -> list[Move]:
    """Return what leaves onHand when `request` is cancelled and its units are not put back."""
    return [
        Move(
            place=Place(request.organization_id, sku, request.location_id), figure="on_hand",
            quantity=-line.open * each, event="shipCancel", order_id=request.order_id,
            entity="shippingRequests", entity_id=request.pk,
        )
        for line in sorted(request.lines.all(), key=lambda line: line.pk)
        for sku, each in line.parts()
        if sku and line.open
    ]  # fmt: skip


def fulfill_moves(parcel: Fulfillment, lines: Sequence[tuple[ShippingRequestLine, int]]) -> list[Move]:
    """Return what leaves onHand with a parcel, given the request lines in it and how many of each.

    A parcel that left at or before the last count is missing in that count already: onHand stays, and an
    entry of nothing says why.
    """
    return [
        Move(
            place=Place(parcel.organization_id, sku, parcel.location_id), figure="on_hand",
            quantity=-quantity * each, event="fulfill", order_id=parcel.order_id,
            entity="fulfillments", entity_id=parcel.pk, left_at=parcel.actual_ship_date,
        )
        for line, quantity in lines
        for sku, each in line.parts()
        if sku
    ]  # fmt: skip


def place_of(organization: Organization, sku: str, location: Location | None) -> Place:
    """Return what the figure of `sku` is about, at the default location if none is given.

    Raises `InventoryError` for an impossible SKU, and for a place that holds no stock of the organization.
    """
    sku = sku.strip()
    if not sku:
        raise InventoryError("sku", "it is empty; name the SKU to count")
    if len(sku) > LONGEST_SKU:
        raise InventoryError("sku", f"it has {len(sku)} characters; SKUs have at most {LONGEST_SKU}")
    if location is None:
        location = default_location(organization.pk)
    if location is None:
        raise InventoryError(
            "location",
            "there is no default location yet; name one, or connect a store and let its locations come in",
        )
    if location.organization_id != organization.pk:
        raise InventoryError("location", f"{location.name} belongs to another organization")
    if location.kind != Location.Kind.STOCK:
        raise InventoryError(
            "location", f"{location.name} is a pick-up point and holds no stock; name another"
        )
    return Place(organization.pk, sku, location.pk)


def _set(place: Place, state: InventoryRecord.State, on_hand: int, cause: Cause) -> InventoryRecord:
    with transaction.atomic():
        known = sku_is_known(place.organization_id, place.sku)
        lock_records([place])
        record = InventoryRecord.objects.get(
            organization_id=place.organization_id, sku=place.sku, location_id=place.location_id
        )
        before = {"state": record.state, "onHand": record.on_hand}
        after = {"state": str(state), "onHand": on_hand}
        InventoryRecord.objects.filter(pk=record.pk).update(adopted_at=None, counted_at=None, count_means="")
        changes = Changes()
        clear_rejected({record.pk: None}, cause, changes)
        if before == after:
            record.refresh_from_db()
            return record
        apply_moves(
            [Move(place, "on_hand", on_hand - record.on_hand, "adjust", counted_only=False)], cause, changes
        )
        if record.state != state:
            InventoryRecord.objects.filter(pk=record.pk).update(state=state)
            changes.touch(place)
        changes.leave_marks(cause.reason)
        record_event(
            place.organization_id, "inventory", record.pk, "adjust", author=cause.author, run=cause.run,
            reason=cause.reason if known else f"{cause.reason} (nothing else has the SKU {place.sku} yet)",
            before=before, after=after,
        )  # fmt: skip
        record.refresh_from_db()
        return record
