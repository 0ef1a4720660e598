"""Merging locations: a channel's place and the warehouse that really holds its goods become one.

The merged location stays as a signpost, so that its history can be read; its ids in outside systems lead to
the other one from then on. The shelf is the same shelf: where both have been counted, the count that stays is
the target's, because adding the two would sell goods that do not exist. `add_stock` adds them all the same, for
two rooms that really become one.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.models import (
    FIGURES,
    InventoryRecord,
    Link,
    Location,
    Order,
    RoutingCardLocation,
    ShippingRequest,
)
from crossdock.hub.orders.retries import retry_all
from crossdock.hub.places.settings import (
    LocationError,
    mark_stock_of,
    settle_waiting_orders,
)
from crossdock.hub.stock.feeding import feed_instead
from crossdock.hub.stock.ledger import Cause, Changes, Move, Place, apply_moves, lock_records
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

State = InventoryRecord.State


def merge_location(
    source: Location, target: Location, *, author: str, reason: str = "", add_stock: bool = False
) -> Location:
    """Let `source` become part of `target`; returns the target.

    Links, orders, routing cards and stock go over; committed units follow their orders, and channels that the
    source was chosen to feed are fed by the target. Raises `LocationError` where one of them cannot take part, or
    `source` still has something to ship.
    """
    with transaction.atomic():
        rows = Location.objects.select_for_update().in_bulk(sorted({source.pk, target.pk}))
        source, target = rows[source.pk], rows[target.pk]
        _check(source, target)
        cause = Cause(author, reason or f"{source.name} was merged into {target.name}")
        Link.objects.filter(entity="locations", record_id=source.pk).update(record_id=target.pk)
        Order.objects.filter(location=source).update(location=target, updated_at=Now())
        _move_cards(source, target)
        feed_instead(source, target, author=author, reason=cause.reason)
        was_default = source.is_default
        Location.objects.filter(pk=source.pk).update(
            status=Location.Status.MERGED, merged_into=target, is_default=False, updated_at=Now()
        )
        Location.objects.filter(merged_into=source).update(merged_into=target)
        Location.objects.filter(pk=target.pk).update(
            edited=True, is_default=target.is_default or was_default, updated_at=Now()
        )
        settle_waiting_orders(target.organization_id, cause)
        _move_stock(source, target, cause, add=add_stock)
        record_event(
            target.organization_id, "locations", source.pk, "merged", author=author, reason=cause.reason,
            before={"status": str(source.status)}, after={"status": "merged", "mergedInto": target.name},
        )  # fmt: skip
        mark_stock_of([source, target], cause.reason)
        retry_all(target.organization_id)
    target.refresh_from_db()
    return target


def _check(source: Location, target: Location) -> None:
    if source.organization_id != target.organization_id:
        raise LocationError("target", f"{target.name} belongs to another organization")
    if source.pk == target.pk:
        raise LocationError("target", "a location cannot be merged into itself; name another")
    if source.status == Location.Status.MERGED:
        raise LocationError("location", f"{source.name} was merged before")
    if target.kind != Location.Kind.STOCK or target.status != Location.Status.ACTIVE:
        raise LocationError("target", f"{target.name} is no active stock location; choose one that ships")
    open_requests = ShippingRequest.objects.filter(location=source).exclude(
        status__in=[*CANCELED_REQUESTS, ShippingRequest.Status.FULFILLED, ShippingRequest.Status.FAILED]
    )
    count = open_requests.count()
    if count:
        raise LocationError(
            "location", f"{source.name} has {count} open shipping requests; ship them or cancel them first"
        )


def _move_cards(source: Location, target: Location) -> None:
    """Put the target in the source's place on each routing card; where it has one, the earlier of the two."""
    own = {place.card_id: place for place in RoutingCardLocation.objects.filter(location=target)}
    for place in RoutingCardLocation.objects.filter(location=source).order_by("pk"):
        other = own.get(place.card_id)
        if other is not None:
            place.position = min(place.position, other.position)
            other.delete()
        place.location = target
        place.save(update_fields=["location", "position"])


def _move_stock(source: Location, target: Location, cause: Cause, *, add: bool) -> None:
    """Empty the source's shelf, and put on the target's what was not counted there; ``xferout``, ``xferin``."""
    records = list(InventoryRecord.objects.filter(location=source).order_by("sku"))
    places = [Place(source.organization_id, row.sku, source.pk) for row in records]
    targets = [Place(target.organization_id, row.sku, target.pk) for row in records]
    lock_records([*places, *targets])
    records = list(InventoryRecord.objects.filter(location=source).order_by("sku"))
    there = {
        row.sku: row
        for row in InventoryRecord.objects.filter(location=target, sku__in=[x.sku for x in records])
    }
    moves: list[Move] = []
    for record in records:
        if record.committed or record.committed_future:
            raise LocationError(
                "location", f"{record.sku} is committed at {source.name}; ship or cancel its orders first"
            )
        other = there[record.sku]
        takes = add or other.state == State.UNKNOWN
        if other.state == State.UNKNOWN and record.state != State.UNKNOWN:
            InventoryRecord.objects.filter(pk=other.pk).update(
                state=record.state,
                adopted_at=record.adopted_at,
                counted_at=record.counted_at,
                count_means=record.count_means,
            )
            other.state = record.state
        moves += _transfer(record, source, target, takes=takes and other.state != State.UNLIMITED)
    apply_moves(moves, cause, Changes())
    InventoryRecord.objects.filter(location=source).update(
        state=State.UNKNOWN, adopted_at=None, counted_at=None, count_means="", updated_at=Now()
    )


def _transfer(record: InventoryRecord, source: Location, target: Location, *, takes: bool) -> list[Move]:
    moves = []
    for figure in FIGURES:
        quantity = 0 if figure in ("committed", "committed_future") else int(getattr(record, figure))
        if not quantity:
            continue
        out = Place(source.organization_id, record.sku, source.pk)
        moves.append(Move(out, figure, -quantity, "xferout", counted_only=False))
        if takes:
            into = Place(target.organization_id, record.sku, target.pk)
            moves.append(Move(into, figure, quantity, "xferin", counted_only=False))
    return moves
