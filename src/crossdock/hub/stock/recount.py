"""A person counts what a page showed: nothing is overwritten that has changed since it was shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crossdock.hub.models import InventoryRecord, LedgerEntry, Location, Organization
from crossdock.hub.stock.counts import take_count
from crossdock.hub.stock.inventory import InventoryError, place_of, set_state
from crossdock.hub.stock.ledger import Place, lock_records

State = InventoryRecord.State
Value = int | str
"""Units on hand, or one of the states ``unlimited`` and ``unknown``."""


@dataclass(frozen=True)
class Seen:
    """A figure as it was shown: its state, and its units on hand where it is tracked (otherwise 0)."""

    state: str
    on_hand: int = 0

    @classmethod
    def of(cls, record: InventoryRecord | None) -> Seen:
        """What a record shows; what has none was never counted."""
        if record is None:
            return cls(State.UNKNOWN)
        return cls(record.state, record.on_hand if record.state == State.TRACKED else 0)

    @classmethod
    def from_text(cls, text: str) -> Seen:
        """Return what `str` made of one. Raises `ValueError`."""
        if text in (State.UNLIMITED, State.UNKNOWN):
            return cls(text)
        return cls(State.TRACKED, int(text))

    def __str__(self) -> str:
        return str(self.on_hand) if self.state == State.TRACKED else self.state


class MovedError(Exception):
    """The figure is not what it was when it was shown: `seen` then, `now`, and by what `entry`, if that is known."""

    def __init__(self, seen: Seen, now: Seen, entry: LedgerEntry | None) -> None:
        self.seen, self.now, self.entry = seen, now, entry
        super().__init__(f"the figure was {seen} when it was shown and is {now} now; look at it again")


@dataclass(frozen=True)
class Recounted:
    """What a count changed. `note` says how the figure came about where it is not the number that was given."""

    before: Seen
    after: Seen
    note: str = ""


def read_value(text: str) -> Value:
    """Return what a person typed: whole units, ``unlimited`` or ``unknown``. Raises `InventoryError`."""
    word = text.strip()
    if word.lower() in (State.UNLIMITED, State.UNKNOWN):
        return word.lower()
    digits = word.removeprefix("-").removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        raise InventoryError(
            "quantity",
            f"{word[:40]!r} is not a whole number; give the units on the shelf, without points or commas",
        )
    return int(word)


def recount(
    organization: Organization, sku: str, location: Location, value: Value, *, seen: Seen, at: datetime, now: datetime,
    author: str, reason: str,
) -> Recounted:  # fmt: skip
    """Count what lay on the shelf at `at`, by `now` at the latest, if the figure still is what was `seen`.

    What has happened since `at` is allowed for (`counts`). Raises `MovedError` if the figure is another one now, and
    `InventoryError` for what cannot be kept.
    """
    with transaction.atomic():
        place = place_of(organization, sku, location)
        if seen != (found := standing([place])[place]):
            raise MovedError(seen, found, _newest(place))
        return _put(
            organization, place, location, value, before=found, at=at, now=now, author=author, reason=reason
        )


def standing(places: list[Place]) -> dict[Place, Seen]:
    """Lock the records of `places` of one organization, made where there are none, and return what they show."""
    lock_records(places)
    if not places:
        return {}
    found = InventoryRecord.objects.filter(
        organization_id=places[0].organization_id,
        sku__in={place.sku for place in places},
        location_id__in={place.location_id for place in places},
    )
    shown = {Place(row.organization_id, row.sku, row.location_id): Seen.of(row) for row in found}
    return {place: shown[place] for place in places}


def _put(
    organization: Organization, place: Place, location: Location, value: Value, *, before: Seen, at: datetime,
    now: datetime, author: str, reason: str,
) -> Recounted:  # fmt: skip
    """Give one locked record its figure or state. Raises `InventoryError`."""
    if isinstance(value, str):
        set_state(organization, place.sku, value, location=location, author=author, reason=reason)
        return Recounted(before, Seen(value))
    result = take_count(
        organization, location, place.sku, value, at=at, author=author, reason=reason, by_person=True, now=now
    )
    if result.outcome == "refused" or result.on_hand is None:
        raise InventoryError(result.field or "quantity", result.message)
    after = Seen(State.TRACKED, result.on_hand)
    return Recounted(before, after, result.message if result.on_hand != value else "")


def _newest(place: Place) -> LedgerEntry | None:
    return (
        LedgerEntry.objects.filter(
            record__organization_id=place.organization_id, record__sku=place.sku,
            record__location_id=place.location_id, figure="on_hand",
        )
        .exclude(quantity=0).order_by("-pk").first()
    )  # fmt: skip
