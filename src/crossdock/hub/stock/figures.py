"""Changing stock figures other than a count: what is on its way, what has arrived, what may not be sold; and locks.

Units are in one figure at a time. What is *unavailable*, on *hold* or *damaged* is not on hand, so it is never sold;
*future* units may be sold before they are here, *incoming* ones may not.
"""

from __future__ import annotations

from django.db import transaction

from crossdock.hub.events import record_event
from crossdock.hub.models import InventoryRecord, Location, Organization, Run
from crossdock.hub.shipping.rejected_stock import RECOUNT, doubted_units
from crossdock.hub.stock.inventory import LARGEST, InventoryError, check_units, place_of
from crossdock.hub.stock.ledger import Cause, Changes, Move, Place, apply_moves, lock_records

SETTABLE = ("future", "incoming", "unavailable", "hold", "damaged")
SHELVES = {"onHand": "on_hand", "unavailable": "unavailable", "hold": "hold", "damaged": "damaged"}
"""What goods can be moved between, by the names in documents."""
EXPECTED = ("future", "incoming")
State = InventoryRecord.State


def set_figure(
    organization: Organization, sku: str, figure: str, quantity: int, *, location: Location | None = None,
    author: str, reason: str, run: Run | None = None,
) -> InventoryRecord:  # fmt: skip
    """Set one of the `SETTABLE` figures to `quantity` units (event ``adjust``). Raises `InventoryError`.

    Nothing is taken from another figure for it; `move_units` does that.
    """
    if figure not in SETTABLE:
        raise InventoryError("figure", f"{figure!r} cannot be set; there is: {', '.join(SETTABLE)}")
    check_units(quantity)
    place = place_of(organization, sku, location)
    with transaction.atomic():
        record = _locked(place)
        delta = quantity - int(getattr(record, figure))
        # Who says how many are unavailable says it of those as well that a warehouse had rejected.
        doubted = doubted_units(record.pk) if figure == "unavailable" else 0
        moves = [
            Move(place, figure, -doubted, RECOUNT, counted_only=False),
            Move(place, figure, delta + doubted, "adjust", counted_only=False),
        ]
        return _change(record, place, moves, "adjust", Cause(author, reason, run))


def receive_units(
    organization: Organization, sku: str, quantity: int, *, source: str | None = None,
    location: Location | None = None, author: str, reason: str, run: Run | None = None,
) -> InventoryRecord:  # fmt: skip
    """Put `quantity` units that arrived on hand (event ``receive``), and take them off what was expected.

    From `source` (future, incoming), which must have them; without one from future and then from incoming, as far as
    they go, so that no unit is shown twice. Raises `InventoryError`, also for what nobody has counted: how many lie
    on the shelf is not known then, however many arrive.
    """
    check_units(quantity, least=1)
    if source is not None and source not in EXPECTED:
        raise InventoryError("source", f"{source!r} is none of {', '.join(EXPECTED)}")
    place = place_of(organization, sku, location)
    with transaction.atomic():
        record = _locked(place)
        _refuse_uncounted(record)
        moves, left = [], quantity
        for figure in (source,) if source else EXPECTED:
            expected = int(getattr(record, figure))
            if source and expected < quantity:
                raise InventoryError(
                    "quantity", f"only {expected} of {place.sku} are {figure}, not {quantity}"
                )
            taken = min(left, expected)
            left -= taken
            moves.append(Move(place, figure, -taken, "receive"))
        moves.append(Move(place, "on_hand", quantity, "receive"))
        return _change(record, place, moves, "receive", Cause(author, reason, run))


def move_units(
    organization: Organization, sku: str, quantity: int, source: str, target: str, *,
    location: Location | None = None, author: str, reason: str, run: Run | None = None,
) -> InventoryRecord:  # fmt: skip
    """Move `quantity` units from one of the `SHELVES` to another (event ``move``). Raises `InventoryError`.

    More than there is cannot be moved. Units that leave onHand are not sold any more, even if orders wait for them.
    """
    check_units(quantity, least=1)
    for field, name in (("from", source), ("to", target)):
        if name not in SHELVES:
            raise InventoryError(field, f"{name!r} is none of {', '.join(SHELVES)}")
    if source == target:
        raise InventoryError("to", f"the units are {target} already; name another figure")
    place = place_of(organization, sku, location)
    with transaction.atomic():
        record = _locked(place)
        _refuse_uncounted(record)
        there = int(getattr(record, SHELVES[source]))
        if there < quantity:
            raise InventoryError("quantity", f"only {there} of {place.sku} are {source}, not {quantity}")
        note = f"from {source} to {target}"
        # Rejected units that are taken up again are not in doubt any more.
        doubted = min(quantity, doubted_units(record.pk)) if source == "unavailable" else 0
        moves = [
            Move(place, SHELVES[source], -doubted, RECOUNT, note=note),
            Move(place, SHELVES[source], doubted - quantity, "move", note=note),
            Move(place, SHELVES[target], quantity, "move", note=note),
        ]
        return _change(record, place, moves, "move", Cause(author, reason, run))


def set_lock(
    organization: Organization, sku: str, *, locked: bool, location: Location | None = None,
    author: str, reason: str,
) -> InventoryRecord:  # fmt: skip
    """Lock a record against counts of warehouses and channels, or let them change it again. Twice is once.

    People still change it, and so do shipments. Raises `InventoryError`.
    """
    place = place_of(organization, sku, location)
    with transaction.atomic():
        record = _locked(place)
        if record.locked != locked:
            InventoryRecord.objects.filter(pk=record.pk).update(locked=locked)
            record_event(
                place.organization_id, "inventory", record.pk, "lock" if locked else "unlock", author=author,
                reason=reason, before={"locked": record.locked}, after={"locked": locked},
            )  # fmt: skip
        record.refresh_from_db()
        return record


def _locked(place: Place) -> InventoryRecord:
    lock_records([place])
    return InventoryRecord.objects.get(
        organization_id=place.organization_id, sku=place.sku, location_id=place.location_id
    )


def _refuse_uncounted(record: InventoryRecord) -> None:
    if record.state == State.UNLIMITED:
        raise InventoryError("sku", f"{record.sku} is unlimited here; there is no figure to change")
    if record.state == State.UNKNOWN:
        raise InventoryError(
            "sku",
            f"nobody has counted {record.sku} here yet; count what lies there with `inventory set` instead",
        )


def _change(
    record: InventoryRecord, place: Place, moves: list[Move], operation: str, cause: Cause
) -> InventoryRecord:
    before = {move.figure: int(getattr(record, move.figure)) for move in moves}
    if any(before[move.figure] + move.quantity > LARGEST for move in moves):
        raise InventoryError("quantity", f"the figure would be above {LARGEST}")
    changes = Changes()
    apply_moves(moves, cause, changes)
    record.refresh_from_db()
    after = {figure: int(getattr(record, figure)) for figure in before}
    if after != before:
        record_event(
            place.organization_id, "inventory", record.pk, operation, author=cause.author, run=cause.run,
            reason=cause.reason, before=_named(before, after), after=_named(after, before),
        )  # fmt: skip
    changes.leave_marks(cause.reason)
    return record


def _named(figures: dict[str, int], others: dict[str, int]) -> dict[str, object]:
    """Return the figures that differ, by their names in documents."""
    return {
        "onHand" if name == "on_hand" else name: value
        for name, value in figures.items()
        if value != others[name]
    }
