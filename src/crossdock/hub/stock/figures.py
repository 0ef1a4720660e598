"""Changing stock figures other than a count: what is on its way, what has arrived, what may not be sold or is gone.

Units also go from one location to another here; and records are locked against counts of warehouses.

Units are in one figure at a time. What is *unavailable*, on *hold* or *damaged* is not on hand, so it is never sold;
*future* units may be sold before they are here, *incoming* ones may not.
"""

from __future__ import annotations

from collections.abc import Iterable

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
ARRIVALS = ("onHand", *EXPECTED)
"""What goods may be at the location that they were sent to: there already, or on their way."""
State = InventoryRecord.State


def set_figure(
    organization: Organization, sku: str, figure: str, quantity: int, *, location: Location | None = None,
    seen: int | None = None, author: str, reason: str, run: Run | None = None,
) -> InventoryRecord:  # fmt: skip
    """Set one of the `SETTABLE` figures to `quantity` units (event ``adjust``). Raises `InventoryError`.

    Nothing is taken from another figure for it; `move_units` does that. With `seen`, only if that is the figure still.
    """
    if figure not in SETTABLE:
        raise InventoryError("figure", f"{figure!r} cannot be set; there is: {', '.join(SETTABLE)}")
    check_units(quantity)
    place = place_of(organization, sku, location)
    with transaction.atomic():
        record = _locked(place)
        stands = int(getattr(record, figure))
        if seen is not None and seen != stands:
            raise InventoryError(
                "quantity", f"it was {seen} when it was shown and is {stands} now; nothing was overwritten"
            )
        delta = quantity - stands
        # Who says how many are unavailable says it of those as well that a warehouse had rejected.
        doubted = doubted_units(record.pk) if figure == "unavailable" else 0
        moves = [
            Move(place, figure, -doubted, RECOUNT, counted_only=False),
            Move(place, figure, delta + doubted, "adjust", counted_only=False),
        ]
        return _change(record, moves, "adjust", Cause(author, reason, run))


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
        return _change(record, moves, "receive", Cause(author, reason, run))


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
        _refuse_more_than_there_is(record, source, quantity)
        note = f"from {source} to {target}"
        moves = [
            *_taken(record, place, source, quantity, "move", note),
            Move(place, SHELVES[target], quantity, "move", note=note),
        ]
        return _change(record, moves, "move", Cause(author, reason, run))


def write_off_units(
    organization: Organization, sku: str, quantity: int, *, source: str = "onHand",
    location: Location | None = None, author: str, reason: str, run: Run | None = None,
) -> InventoryRecord:  # fmt: skip
    """Take `quantity` units that are gone off one of the `SHELVES` (event ``writeOff``). Raises `InventoryError`.

    More than there is cannot be written off. A count that was taken before, and comes in later, still counts them;
    they are taken off it.
    """
    check_units(quantity, least=1)
    if source not in SHELVES:
        raise InventoryError("from", f"{source!r} is none of {', '.join(SHELVES)}")
    place = place_of(organization, sku, location)
    with transaction.atomic():
        record = _locked(place)
        _refuse_uncounted(record)
        _refuse_more_than_there_is(record, source, quantity)
        note = "" if source == "onHand" else f"from {source}"
        moves = _taken(record, place, source, quantity, "writeOff", note)
        return _change(record, moves, "writeOff", Cause(author, reason, run))


def transfer_units(
    organization: Organization, sku: str, quantity: int, source: Location, target: Location, *,
    arrives: str = "onHand", author: str, reason: str, run: Run | None = None,
) -> tuple[InventoryRecord, InventoryRecord]:  # fmt: skip
    """Move `quantity` units from the shelf of `source` to `target` (event ``move``); returns both records.

    `arrives` says what they are at the target: there already (``onHand``), or on their way, to be received later: sold
    before they are there (``future``) or not (``incoming``). Raises `InventoryError`, also for more than lies at the
    source; for a target that is not active; and for a shelf that nobody has counted, whose sum would not be known.
    """
    check_units(quantity, least=1)
    if arrives not in ARRIVALS:
        raise InventoryError("arrives", f"{arrives!r} is none of {', '.join(ARRIVALS)}")
    if source.pk == target.pk:
        raise InventoryError("to", f"the units are at {source.name} already; name another location")
    if target.status != Location.Status.ACTIVE:
        raise InventoryError("to", f"{target.name} is not active; name a location that is in use")
    out, into = place_of(organization, sku, source), place_of(organization, sku, target)
    with transaction.atomic():
        lock_records([out, into])
        here, there = _locked(out), _locked(into)
        _refuse_uncounted(here, source.name)
        if arrives == "onHand":
            _refuse_uncounted(there, target.name)
        _refuse_more_than_there_is(here, "onHand", quantity, source.name)
        cause = Cause(author, reason, run)
        figure, note = SHELVES.get(arrives, arrives), f"from {source.name} to {target.name}"
        _refuse_too_many(there, {figure: quantity})
        changes = Changes()
        before = _figures(here, ["on_hand"]), _figures(there, [figure])
        moves = [
            Move(out, "on_hand", -quantity, "move", note=note),
            Move(into, figure, quantity, "move", counted_only=False, note=note),
        ]
        apply_moves(moves, cause, changes)
        for record, old in zip((here, there), before, strict=True):
            _tell(record, old, "move", Cause(author, f"{reason}; {note}" if reason else note, run))
        changes.leave_marks(reason or note)
    return here, there


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


def _refuse_uncounted(record: InventoryRecord, at: str = "here") -> None:
    where = at if at == "here" else f"at {at}"
    if record.state == State.UNLIMITED:
        raise InventoryError("sku", f"{record.sku} is unlimited {where}; there is no figure to change")
    if record.state == State.UNKNOWN:
        raise InventoryError(
            "sku", f"nobody has counted {record.sku} {where} yet; count what lies there instead, or first"
        )


def _refuse_more_than_there_is(record: InventoryRecord, source: str, quantity: int, at: str = "") -> None:
    there = int(getattr(record, SHELVES[source]))
    if there < quantity:
        where = f" at {at}" if at else ""
        raise InventoryError("quantity", f"only {there} of {record.sku} are {source}{where}, not {quantity}")


def _refuse_too_many(record: InventoryRecord, gained: dict[str, int]) -> None:
    if any(int(getattr(record, figure)) + units > LARGEST for figure, units in gained.items()):
        raise InventoryError("quantity", f"the figure would be above {LARGEST}")


def _taken(
    record: InventoryRecord, place: Place, source: str, quantity: int, event: str, note: str
) -> list[Move]:
    """Return the moves that take units from a shelf. Rejected units that are taken up are not in doubt any more."""
    doubted = min(quantity, doubted_units(record.pk)) if source == "unavailable" else 0
    return [
        Move(place, SHELVES[source], -doubted, RECOUNT, note=note),
        Move(place, SHELVES[source], doubted - quantity, event, note=note),
    ]


def _change(record: InventoryRecord, moves: list[Move], operation: str, cause: Cause) -> InventoryRecord:
    before = _figures(record, [move.figure for move in moves])
    for move in moves:
        _refuse_too_many(record, {move.figure: move.quantity})
    changes = Changes()
    apply_moves(moves, cause, changes)
    _tell(record, before, operation, cause)
    changes.leave_marks(cause.reason)
    return record


def _figures(record: InventoryRecord, names: Iterable[str]) -> dict[str, int]:
    return {name: int(getattr(record, name)) for name in names}


def _tell(record: InventoryRecord, before: dict[str, int], operation: str, cause: Cause) -> None:
    """Read a record anew, and write an event if a figure is not what it was."""
    record.refresh_from_db()
    after = _figures(record, before)
    if after != before:
        record_event(
            record.organization_id, "inventory", record.pk, operation, author=cause.author, run=cause.run,
            reason=cause.reason, before=_named(before, after), after=_named(after, before),
        )  # fmt: skip


def _named(figures: dict[str, int], others: dict[str, int]) -> dict[str, object]:
    """Return the figures that differ, by their names in documents."""
    return {
        "onHand" if name == "on_hand" else name: value
        for name, value in figures.items()
        if value != others[name]
    }
