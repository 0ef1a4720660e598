"""Counts of shelves, brought up to date with what happened since they were taken.

A warehouse counts at one moment, and its count arrives at another. The figure that follows is the one that would
stand here if the count had come in at the very moment it was taken, and everything known to have happened later
had followed: parcels that left since are taken off, receipts and write-offs since are kept. Parcels that left
before, but are reported after the count has come in, do not lower the figure a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction

from crossdock.hub.clock import system_clock
from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import Event, InventoryRecord, Location, Organization, Run
from crossdock.hub.shipping.rejected_stock import clear_rejected
from crossdock.hub.stock.count_facts import NOTHING_THERE, CountFacts, load_count_facts
from crossdock.hub.stock.inventory import InventoryError, check_units, known_skus, place_of
from crossdock.hub.stock.ledger import Cause, Changes, Move, Place, apply_moves, lock_records

Means = Literal["onHand", "available"]
Outcome = Literal["taken", "unchanged", "refused"]
CLOCK_SLACK = timedelta(minutes=5)
"""How far a warehouse's clock may be ahead of ours; a count from further ahead is refused."""
State = InventoryRecord.State


@dataclass(frozen=True)
class Count:
    """What somebody counted: `quantity` units of `sku` at `location`, at the moment `at` (aware).

    `means` says what the number is: everything on the shelf (``onHand``), or what is left of it after the
    requests that the warehouse had been sent by then (``available``, which may be below zero).
    """

    sku: str
    location: Location
    quantity: int
    at: datetime
    means: Means = "onHand"


@dataclass(frozen=True)
class CountResult:
    """What came of one count.

    ``taken`` changed something, ``unchanged`` found the figure right, ``refused`` left it alone: then `field` and
    `message` say what is wrong and what to do. For the others `message` is how the figure came about.
    `on_hand` is the figure afterwards; it is None where the count could not be understood at all. `known` is
    false for a SKU that nothing here had until now.
    """

    count: Count
    outcome: Outcome
    message: str
    field: str = ""
    before: int | None = None
    on_hand: int | None = None
    known: bool = True


def take_count(
    organization: Organization,
    location: Location | None,
    sku: str,
    quantity: int,
    *,
    at: datetime,
    means: Means = "onHand",
    author: str,
    reason: str,
    run: Run | None = None,
    by_person: bool = False,
    now: datetime | None = None,
) -> CountResult:
    """Take one count; see `take_counts`. Without a location the default one is meant.

    Raises `InventoryError` only when there is no default location.
    """
    if location is None:
        location = Location.objects.get(pk=place_of(organization, sku, None).location_id)
    count = Count(sku, location, quantity, at, means)
    return take_counts(
        organization, [count], author=author, reason=reason, run=run, by_person=by_person, now=now
    )[0]


def take_counts(
    organization: Organization,
    counts: Sequence[Count],
    *,
    author: str,
    reason: str,
    run: Run | None = None,
    by_person: bool = False,
    now: datetime | None = None,
) -> list[CountResult]:
    """Take many counts in one transaction and a few statements; returns what came of each, in their order.

    What is wrong with one is in its result and keeps no other from being taken: bad values, a count that is
    older than the one that stands, a locked record, a SKU that is unlimited here, two counts that contradict
    each other. With `by_person` locks and *unlimited* do not stand in the way. `now` is passed by tests.
    """
    results: dict[int, CountResult] = {}
    places: dict[int, Place] = {}
    moment = now or system_clock()
    for index, count in enumerate(counts):
        try:
            places[index] = _checked(organization, count, moment)
        except InventoryError as error:
            results[index] = CountResult(count, "refused", error.message, error.field)
    results |= _contradictions(counts, places)
    chosen = {index: place for index, place in places.items() if index not in results}
    with transaction.atomic():
        # Newest last: when a place is counted twice, the counts follow each other as they were taken.
        for wave in _waves(counts, chosen):
            results |= _take(
                {index: counts[index] for index in wave}, chosen, Cause(author, reason, run), moment,
                by_person=by_person,
            )  # fmt: skip
    return [results[index] for index in range(len(counts))]


def foresee_counts(
    organization: Organization, counts: Sequence[Count], *, by_person: bool, now: datetime
) -> list[CountResult]:
    """Say what would come of counts of different places if they were taken now; nothing is changed or locked.

    What is wrong with one is in its result. Two queries however many there are.
    """
    results: dict[int, CountResult] = {}
    places: dict[int, Place] = {}
    for index, count in enumerate(counts):
        try:
            places[index] = _checked(organization, count, now)
        except InventoryError as error:
            results[index] = CountResult(count, "refused", error.message, error.field)
    known = known_skus(organization.pk, [place.sku for place in places.values()])
    moments = [min(counts[index].at, now) for index in places]
    facts = load_count_facts(list(places.values()), moments) if places else {}
    for index, place in places.items():
        fact = facts.get(place, NOTHING_THERE)
        results[index] = replace(_judged(counts[index], fact, by_person=by_person), known=place.sku in known)
    return [results[index] for index in range(len(counts))]


def _checked(organization: Organization, count: Count, now: datetime) -> Place:
    place = place_of(organization, count.sku, count.location)
    check_units(count.quantity, least=0 if count.means == "onHand" else -1_000_000_000)
    if count.means not in ("onHand", "available"):
        raise InventoryError("means", f"{count.means!r} is neither onHand nor available")
    if count.at.tzinfo is None:
        raise InventoryError("at", "it has no time zone; give an aware time")
    if count.at > now + CLOCK_SLACK:
        raise InventoryError(
            "at", f"{count.at:%Y-%m-%d %H:%M} UTC has not come yet; check the clock or the time zone"
        )
    return place


def _contradictions(counts: Sequence[Count], places: dict[int, Place]) -> dict[int, CountResult]:
    """Refuse counts of one place at one moment that differ: nobody knows which is right, or whether to add them."""
    found: dict[tuple[Place, datetime], list[int]] = {}
    for index, place in places.items():
        found.setdefault((place, counts[index].at), []).append(index)
    return {
        index: CountResult(
            counts[index], "refused", "it is counted more than once for the same moment, with different numbers",
            "quantity",
        )
        for indexes in found.values()
        if len({(counts[index].quantity, counts[index].means) for index in indexes}) > 1
        for index in indexes
    }  # fmt: skip


def _waves(counts: Sequence[Count], places: dict[int, Place]) -> list[list[int]]:
    """Return indexes so that no place is twice in one wave, each place's counts in the order of their time."""
    waves: list[list[int]] = []
    depth: dict[Place, int] = {}
    for index in sorted(places, key=lambda index: counts[index].at):
        wave = depth.get(places[index], 0)
        depth[places[index]] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(index)
    return waves


def _take(
    counts: dict[int, Count], places: dict[int, Place], cause: Cause, now: datetime, *, by_person: bool
) -> dict[int, CountResult]:
    """Take counts of different places."""
    indexes = list(counts)
    known = known_skus(places[indexes[0]].organization_id, [places[index].sku for index in indexes])
    lock_records([places[index] for index in indexes])
    facts = load_count_facts(
        [places[index] for index in indexes], [min(counts[index].at, now) for index in indexes]
    )
    results: dict[int, CountResult] = {}
    moves: list[Move] = []
    for index in indexes:
        place, fact = places[index], facts[places[index]]
        result = _judged(counts[index], fact, by_person=by_person)
        results[index] = replace(result, known=place.sku in known)
        if result.outcome != "refused" and result.on_hand is not None:
            delta = result.on_hand - fact.on_hand
            event = "adjust" if by_person else "ingest"
            plain = by_person and result.on_hand == counts[index].quantity
            note = "" if plain else result.message
            moves.append(Move(place, "on_hand", delta, event, counted_only=False, note=note))
    changes = Changes()
    apply_moves(moves, cause, changes)
    accepted = [index for index in indexes if results[index].outcome != "refused"]
    clear_rejected(
        {facts[places[index]].record_id: min(counts[index].at, now) for index in accepted}, cause, changes
    )
    for index in accepted:
        if facts[places[index]].state != State.TRACKED:
            changes.touch(places[index])
    _note(
        [
            (facts[places[index]].record_id, min(counts[index].at, now), counts[index].means)
            for index in accepted
        ]
    )
    _tell(
        [(results[index], facts[places[index]], places[index]) for index in accepted],
        cause,
        by_person=by_person,
    )
    changes.leave_marks(cause.reason)
    return results


def _judged(count: Count, fact: CountFacts, *, by_person: bool) -> CountResult:
    """Return what comes of a count, or why it is refused. Pure."""
    why = _refusal(count, fact, by_person=by_person)
    if why:
        return CountResult(count, "refused", why[1], why[0], before=fact.on_hand, on_hand=fact.on_hand)
    requested = fact.requested if count.means == "available" else 0
    on_hand = count.quantity + requested - fact.left + fact.moved
    kind = "counted" if count.means == "onHand" else "available"
    terms = [f"{count.quantity} {kind} at {count.at:%Y-%m-%d %H:%M} UTC"]
    if requested:
        terms.append(f"{requested} in requests the warehouse had then")
    if fact.left:
        terms.append(f"{-fact.left} that left since")
    if fact.moved:
        terms.append(f"{fact.moved:+d} received, moved or written off since")
    same = on_hand == fact.on_hand and fact.state == State.TRACKED
    return CountResult(
        count, "unchanged" if same else "taken", ", ".join(terms), before=fact.on_hand, on_hand=on_hand
    )


def _refusal(count: Count, fact: CountFacts, *, by_person: bool) -> tuple[str, str] | None:
    if fact.locked and not by_person:
        return "locked", "the figure is locked here; unlock it, or set it by hand"
    if fact.state == State.UNLIMITED and not by_person:
        return "state", "the SKU is unlimited here; set a figure by hand to have it counted"
    if fact.counted_at is not None and count.at < fact.counted_at:
        stands = f"the count of {fact.counted_at:%Y-%m-%d %H:%M} UTC stands"
        return "at", f"{count.at:%Y-%m-%d %H:%M} UTC is older: {stands}"
    if fact.set_by_hand and not by_person:
        return "at", f"the figure has been set by hand since {count.at:%Y-%m-%d %H:%M} UTC; that one stands"
    return None


def _note(rows: Sequence[tuple[int, datetime, str]]) -> None:
    """Write on the records that they are tracked, when they were counted and what was."""
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_inventoryrecord record
               SET state = 'tracked', counted_at = counted.moment, count_means = counted.means, adopted_at = NULL,
                   updated_at = now()
              FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS counted(id, moment, means)
             WHERE record.id = counted.id
            """,
            [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]],
        )


def _tell(taken: Sequence[tuple[CountResult, CountFacts, Place]], cause: Cause, *, by_person: bool) -> None:
    """Write an event for each count that changed something."""
    Event.objects.bulk_create(
        Event(
            organization_id=place.organization_id, entity="inventory", record_id=fact.record_id,
            operation="adjust" if by_person else "ingest", author=cause.author[:80], run=cause.run,
            reason=_reason(result, place, cause, by_person=by_person)[:500],
            before={"state": fact.state, "onHand": fact.on_hand},
            after={"state": State.TRACKED.value, "onHand": result.on_hand},
        )
        for result, fact, place in taken
        if result.outcome == "taken"
    )  # fmt: skip


def _reason(result: CountResult, place: Place, cause: Cause, *, by_person: bool) -> str:
    unknown = "" if result.known else f"nothing else has the SKU {place.sku} yet"
    message = "" if by_person and result.on_hand == result.count.quantity else result.message
    return "; ".join(text for text in (cause.reason, message, unknown) if text)
