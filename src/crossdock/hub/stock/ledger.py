"""The one place where stock figures change: the figures, their ledger and the reservations, together.

Every change goes through `settle`, which compares what a set of orders *should* keep committed with what it
does keep, and writes only the difference. Called twice, it does nothing the second time.

So that workers never wait for each other in a ring, locks are taken in one order everywhere: orders by row
number, then what bundles consist of (shared: `bundle_items` alone changes it), then inventory records by
organization, SKU and location, then marks. A transaction that touches many orders therefore calls `settle` once,
for all of them, at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import msgspec
from django.db import transaction

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import FIGURES, InventoryRecord, LedgerEntry, Run, ShippingRequest
from crossdock.hub.orders.retries import retry_skus
from crossdock.hub.stock.bundles import bundles_of
from crossdock.hub.stock.ledger_sql import (
    APPLY,
    APPLY_NEW,
    CANCELED_REQUESTS,
    LOCK,
    LOCK_NEW,
    LOCK_ORDERS,
    SHARE_BUNDLES,
)
from crossdock.hub.waking import wake_routing

_RESERVED = ("committed", "committed_future")
_SIGNS = {"on_hand": 1, "committed": -1, "future": 1, "committed_future": -1}


@dataclass(frozen=True)
class Cause:
    """Who changes something, and why. `reasons` says why by order, where that differs from `reason`.

    `parcels` names, by order, the fulfillment that settles a commitment.
    """

    author: str
    reason: str = ""
    run: Run | None = None
    reasons: Mapping[int, str] = field(default_factory=dict)
    parcels: Mapping[int, int] = field(default_factory=dict)

    def reason_for(self, order_id: int | None) -> str:
        """Return why something of this order changes."""
        return self.reason if order_id is None else self.reasons.get(order_id, self.reason)


@dataclass(frozen=True)
class Place:
    """What one inventory record is about: a SKU at a location of an organization."""

    organization_id: int
    sku: str
    location_id: int


@dataclass(frozen=True)
class Move:
    """One change of a figure, but not of what is committed: that follows from reservations alone.

    A move of stock that nobody has counted (`counted_only`) leaves no trace: there is nothing to take
    it from. Goods that `left_at` a time at or before the record's last count are missing in that count
    already: they leave an entry of nothing, which says so. `note` is what the entry adds to the cause.
    """

    place: Place
    figure: str
    quantity: int
    event: str
    order_id: int | None = None
    entity: str = ""
    entity_id: int | None = None
    counted_only: bool = True
    left_at: datetime | None = None
    note: str = ""


def settle(order_ids: Sequence[int], cause: Cause, moves: Sequence[Move] = (), *, new: bool = False) -> None:
    """Make reservations, figures and ledger what the orders' present facts say they should be.

    Applies `moves` of other figures in the same step, and marks for every push of stock the SKUs
    whose availability changed. In one transaction; hundreds of orders at a time are fine. Orders that this
    transaction has just stored may be called `new`: nothing is kept for them yet, which is quicker.
    """
    with transaction.atomic(savepoint=False):  # half of a settlement is of no use to a caller's transaction
        ids = _lock_orders(order_ids)
        changes = Changes()
        if lock_records([move.place for move in moves], ids, new=new):
            for organization_id, sku, location_id, now, later in _apply_reservations(ids, cause, new=new):
                changes.add(Place(organization_id, sku, location_id), "committed", now)
                changes.add(Place(organization_id, sku, location_id), "committed_future", later)
        apply_moves(moves, cause, changes)
        changes.leave_marks(cause.reason)


class Changes:
    """What happened to availability, record by record."""

    def __init__(self) -> None:
        self._deltas: dict[Place, int] = {}
        self._here: dict[Place, int] = {}
        self._touched: set[Place] = set()

    def add(self, place: Place, figure: str, quantity: int) -> None:
        """Count a change of `figure`; figures that availability does not depend on count for nothing."""
        self._deltas[place] = self._deltas.get(place, 0) + _SIGNS.get(figure, 0) * quantity
        if figure in ("on_hand", "committed"):
            self._here[place] = self._here.get(place, 0) + _SIGNS[figure] * quantity

    def touch(self, place: Place) -> None:
        """Note that the record means something else now, although its figures may be the same."""
        self._touched.add(place)

    def leave_marks(self, reason: str) -> None:
        """Mark the SKUs whose availability differs now, for every flow that pushes stock.

        Orders that found no place are tried again for those of which more is free, and requests that wait for
        stock on its way are looked at again.
        """
        by_organization: dict[int, set[str]] = {}
        for place in {*self._touched, *(place for place, delta in self._deltas.items() if delta)}:
            by_organization.setdefault(place.organization_id, set()).add(place.sku)
        for organization_id, skus in sorted(by_organization.items()):
            mark_flows(organization_id, "inventory", "push", partial(_sold_by, organization_id, skus), reason)
        more: dict[int, set[str]] = {}
        for place in self.freer():
            more.setdefault(place.organization_id, set()).add(place.sku)
        for organization_id, skus in sorted(more.items()):
            retry_skus(organization_id, skus)
        self._wake_waiting()

    def freer(self) -> set[Place]:
        """Return where more may be free than before: here, or on its way. What arrives is here, but no more in all."""
        more = {
            place for deltas in (self._deltas, self._here) for place, delta in deltas.items() if delta > 0
        }
        return more | self._touched

    def _wake_waiting(self) -> None:
        places = self.freer()
        waiting = ShippingRequest.objects.filter(
            location_id__in={place.location_id for place in places},
            status=ShippingRequest.Status.PENDING_INVENTORY,
        )
        if places:
            for organization_id in sorted(set(waiting.values_list("organization_id", flat=True))):
                wake_routing(organization_id)


def _sold_by(organization_id: int, skus: set[str]) -> list[str]:
    """Return what is sold from the stock of `skus`: themselves, and the bundles they are parts of."""
    return sorted(skus | bundles_of(organization_id, skus))


def lock_records(places: Iterable[Place], order_ids: Sequence[int] = (), *, new: bool = False) -> int:
    """Make (as unknown) and lock the records of `places` and those the orders are about to change.

    Returns how many reservations of the orders differ from what they should be. `new` as for `settle`.
    """
    rows = sorted(set(places), key=lambda place: (place.organization_id, place.sku, place.location_id))
    if not rows and not order_ids:
        return 0
    with bulk_cursor() as cursor:
        cursor.execute(
            LOCK_NEW if new else LOCK,
            {
                "orders": list(order_ids),
                "canceled": list(CANCELED_REQUESTS),
                "organizations": [row.organization_id for row in rows],
                "skus": [row.sku for row in rows],
                "locations": [row.location_id for row in rows],
            },
        )
        row = cursor.fetchone()
        return int(str(row[0])) if row else 0


def apply_moves(moves: Sequence[Move], cause: Cause, changes: Changes) -> None:
    """Apply `moves` in their order to records that are locked already, and write their entries."""
    records = _records({move.place for move in moves})
    entries = []
    for move in moves:
        if move.figure not in FIGURES or move.figure in _RESERVED:
            raise ValueError(f"{move.figure!r} is not a figure that can be moved")
        record = records[move.place]
        if not move.quantity or (move.counted_only and record.state != InventoryRecord.State.TRACKED):
            continue
        quantity, note = move.quantity, move.note
        counted = record.counted_at if record.count_means == "onHand" else None
        if move.left_at is not None and counted is not None and move.left_at <= counted:
            quantity, note = (
                0,
                f"left before the count of {counted:%Y-%m-%d %H:%M} UTC, which lacks it already",
            )
        before: int = getattr(record, move.figure)
        setattr(record, move.figure, before + quantity)
        changes.add(move.place, move.figure, quantity)
        entries.append(
            LedgerEntry(
                record=record, event=move.event, figure=move.figure, quantity=quantity, before=before,
                after=before + quantity, author=cause.author[:80], run=cause.run, order_id=move.order_id,
                reason="; ".join(text for text in (cause.reason_for(move.order_id), note) if text)[:500],
                entity=move.entity, entity_id=move.entity_id,
            )
        )  # fmt: skip
    LedgerEntry.objects.bulk_create(entries)
    _write_figures(entries)


def _write_figures(entries: Sequence[LedgerEntry]) -> None:
    """Add up the entries by record and figure, and write each figure's sum in one statement."""
    for figure in sorted({entry.figure for entry in entries if entry.quantity}):
        sums: dict[int, int] = {}
        for entry in entries:
            if entry.figure == figure:
                sums[entry.record_id] = sums.get(entry.record_id, 0) + entry.quantity
        with bulk_cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE hub_inventoryrecord record SET {figure} = record.{figure} + sums.quantity, updated_at = now()
                  FROM unnest(%s::bigint[], %s::int[]) AS sums(id, quantity) WHERE record.id = sums.id
                """.encode(),  # noqa: S608 - the name of one of our own columns
                [list(sums), list(sums.values())],
            )


def _records(places: set[Place]) -> dict[Place, InventoryRecord]:
    if not places:
        return {}
    found = InventoryRecord.objects.filter(
        organization_id__in={place.organization_id for place in places},
        sku__in={place.sku for place in places},
        location_id__in={place.location_id for place in places},
    )
    return {Place(row.organization_id, row.sku, row.location_id): row for row in found}


def _lock_orders(order_ids: Sequence[int]) -> list[int]:
    if not order_ids:
        return []
    with bulk_cursor() as cursor:
        cursor.execute(LOCK_ORDERS, [list(order_ids)])
        rows: list[tuple[list[int]]] = cursor.fetchall()  # type: ignore[assignment]  # the column it names first
    return [order_id for (ids, *_) in rows for order_id in ids]


def _by_order(values: Mapping[int, str] | Mapping[int, int]) -> str:
    """Return JSON; PostgreSQL stores no NUL character in text, so a reason that holds one loses only that."""
    return msgspec.json.encode(values).decode().replace("\\u0000", "")


def share_bundles(order_ids: Sequence[int]) -> None:
    """Keep what bundles consist of as it is until the transaction ends; for locked orders, before any record."""
    with bulk_cursor() as cursor:
        cursor.execute(SHARE_BUNDLES, [list(order_ids)])


def _apply_reservations(
    order_ids: Sequence[int], cause: Cause, *, new: bool
) -> list[tuple[int, str, int, int, int]]:
    with bulk_cursor() as cursor:
        cursor.execute(
            APPLY_NEW if new else APPLY,
            {
                "orders": list(order_ids),
                "canceled": list(CANCELED_REQUESTS),
                "author": cause.author[:80],
                "reason": cause.reason[:500],
                "reasons": _by_order({pk: reason[:500] for pk, reason in cause.reasons.items()}),
                "parcels": _by_order(cause.parcels),
                "run": cause.run.pk if cause.run else None,
            },
        )
        rows: list[tuple[int, str, int, int, int]] = cursor.fetchall()  # type: ignore[assignment]  # the columns named last
    return rows
