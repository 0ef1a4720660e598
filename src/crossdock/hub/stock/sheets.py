"""Files of counts: what one would change is shown first, and applied only where nothing has moved since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from crossdock.hub.models import InventoryRecord, Location, Organization, StockSheet
from crossdock.hub.stock.counts import Count, take_counts
from crossdock.hub.stock.inventory import InventoryError, check_units, known_skus, place_of, set_state
from crossdock.hub.stock.ledger import Place
from crossdock.hub.stock.recount import Seen, Value, read_value, standing
from crossdock.hub.stock.sheet_file import SheetLine, read_sheet

KEPT = timedelta(hours=24)
"""How long a preview waits to be applied."""
STEP = 250
"""How many differences are applied in one transaction."""
State = InventoryRecord.State


@dataclass(frozen=True)
class _Wish:
    """What one good line asks for; None leaves the figure alone."""

    line: SheetLine
    location: Location
    place: Place
    value: Value | None


def preview_sheet(
    organization: Organization,
    name: str,
    data: bytes,
    *,
    author: str,
    now: datetime,
    most_rows: int,
    setting: str,
) -> StockSheet:
    """Read a file and keep what it would change; nothing is changed yet. Raises `SheetError` for what cannot be read.

    What is wrong with one line keeps no other from being used. Older previews that nobody applied are cleared away.
    """
    sheet = read_sheet(data, most_rows=most_rows, setting=setting)
    wishes, errors = _wishes(organization, sheet.lines)
    shown = _shown(organization, wishes)
    known = known_skus(organization.pk, [wish.place.sku for wish in wishes])
    rows, unchanged = [], 0
    for wish in wishes:
        seen = shown.get(wish.place, Seen(State.UNKNOWN))
        if wish.value is None or str(wish.value) == str(seen):
            unchanged += 1
            continue
        rows.append({
            "line": wish.line.number, "sku": wish.place.sku, "location": wish.location.key,
            "at": wish.location.name, "seen": str(seen), "value": wish.value, "new": wish.place.sku not in known,
        })  # fmt: skip
    StockSheet.objects.filter(expires_at__lt=now, state=StockSheet.State.PREVIEW).delete()
    return StockSheet.objects.create(
        organization=organization, author=author, name=name[-200:] or "counts.csv", rows=rows, errors=errors,
        unchanged=unchanged, ignored=sheet.ignored[:20], expires_at=now + KEPT,
    )  # fmt: skip


def begin_sheet(sheet: StockSheet, *, reason: str, now: datetime) -> bool:
    """Let a preview be applied, once; returns false if it has expired or somebody was quicker."""
    waiting = StockSheet.objects.filter(pk=sheet.pk, state=StockSheet.State.PREVIEW, expires_at__gt=now)
    return bool(waiting.update(state=StockSheet.State.APPLYING, reason=reason[:300]))


def apply_sheet(sheet_id: int, *, now: datetime) -> StockSheet:
    """Apply what is left of a sheet that has begun, step by step; a step that was done is never done again.

    A figure that has moved since the preview is left alone, and so is what cannot be kept: `StockSheet.left` says so.
    """
    while True:
        with transaction.atomic():
            sheet = StockSheet.objects.select_for_update().select_related("organization").get(pk=sheet_id)
            if sheet.state != StockSheet.State.APPLYING:
                return sheet
            part = sheet.rows[sheet.done : sheet.done + STEP]
            sheet.left += _apply(sheet, part, now)
            sheet.done += len(part)
            if sheet.done >= len(sheet.rows):
                sheet.state, sheet.applied_at = StockSheet.State.APPLIED, now
            sheet.save(update_fields=["left", "done", "state", "applied_at"])


def _apply(sheet: StockSheet, rows: Sequence[dict[str, object]], now: datetime) -> list[dict[str, object]]:
    """Apply some differences; returns those that were left alone, with why."""
    organization = sheet.organization
    locations = {place.key: place for place in Location.objects.filter(organization=organization)}
    left: list[dict[str, object]] = []
    places: dict[int, Place] = {}
    for index, row in enumerate(rows):
        location = locations.get(str(row["location"]))
        if location is None or location.status != Location.Status.ACTIVE:
            left.append({**row, "why": "the location is not there any more, or not active"})
        else:
            places[index] = Place(organization.pk, str(row["sku"]), location.pk)
    now_shown = standing(list(places.values()))
    counts: dict[int, Count] = {}
    for index, place in places.items():
        row, shown = rows[index], now_shown[place]
        value, location = row["value"], locations[str(row["location"])]
        if str(shown) != row["seen"]:
            left.append({**row, "why": f"it was {row['seen']} in the preview and is {shown} now"})
        elif isinstance(value, int):
            counts[index] = Count(place.sku, location, value, now)
        else:
            set_state(
                organization,
                place.sku,
                str(value),
                location=location,
                author=sheet.author,
                reason=sheet.reason,
            )
    results = take_counts(
        organization, list(counts.values()), author=sheet.author, reason=sheet.reason, by_person=True, now=now
    )
    left += [
        {**rows[index], "why": result.message}
        for index, result in zip(counts, results, strict=True)
        if result.outcome == "refused"
    ]
    return left


def _wishes(
    organization: Organization, lines: Sequence[SheetLine]
) -> tuple[list[_Wish], list[dict[str, object]]]:
    """Return what the good lines ask for, and what is wrong with the others."""
    by_name: dict[str, list[Location]] = {}
    locations = list(
        Location.objects.filter(
            organization=organization, kind=Location.Kind.STOCK, status=Location.Status.ACTIVE
        )
    )
    for one in locations:
        by_name.setdefault(one.name.strip().lower(), []).append(one)
    keys = {one.key: one for one in locations}
    default = next((one for one in locations if one.is_default), None)
    first: dict[Place, int] = {}
    wishes: list[_Wish] = []
    errors: list[dict[str, object]] = []
    for line in lines:
        try:
            location = _location(line.location, keys, by_name, default)
            place = place_of(organization, line.sku, location)
            _refuse_twice(first.get(place), place, location)
            first[place] = line.number
            wishes.append(_Wish(line, location, place, _value(line)))
        except InventoryError as error:
            errors.append(
                {"line": line.number, "sku": line.sku[:120], "field": error.field, "message": error.message}
            )
    return wishes, errors


def _refuse_twice(line: int | None, place: Place, location: Location) -> None:
    if line is not None:
        raise InventoryError(
            "sku", f"line {line} counts {place.sku} at {location.name} already; keep one of them"
        )


def _location(
    text: str, keys: dict[str, Location], by_name: dict[str, list[Location]], default: Location | None
) -> Location:
    if not text:
        if default is None:
            raise InventoryError("location", "it is empty and there is no default location; name one")
        return default
    if text in keys:
        return keys[text]
    named = by_name.get(text.lower(), [])
    if len(named) > 1:
        raise InventoryError(
            "location", f"{len(named)} locations are called {text!r}; give the id of one of them"
        )
    if not named:
        names = ", ".join(place.name for place in list(keys.values())[:8])
        raise InventoryError(
            "location", f"there is no active stock location called {text[:80]!r}; there is: {names}"
        )
    return named[0]


def _value(line: SheetLine) -> Value | None:
    """What a line asks for. A number is a count; without one, `unlimited` and `unknown` are states to set."""
    state = line.state
    if state and state not in State.values:
        raise InventoryError(
            "state", f"{state[:40]!r} is none of {', '.join(State.values)}; or leave it empty"
        )
    try:
        value = read_value(line.on_hand) if line.on_hand else None
    except InventoryError as error:
        raise InventoryError("onHand", error.message) from error
    if isinstance(value, int):
        if state == State.UNLIMITED:
            raise InventoryError("state", f"it says unlimited, and onHand {value}; empty one of the two")
        try:
            check_units(value)
        except InventoryError as error:
            raise InventoryError("onHand", error.message) from error
        return value
    if value is None and state in (State.UNLIMITED, State.UNKNOWN):
        return state
    return value


def _shown(organization: Organization, wishes: Sequence[_Wish]) -> dict[Place, Seen]:
    """What the records of the wishes show; two questions to the database however many there are."""
    found = InventoryRecord.objects.filter(
        organization=organization, sku__in={wish.place.sku for wish in wishes}
    )
    return {Place(row.organization_id, row.sku, row.location_id): Seen.of(row) for row in found}
