"""Files of counts: what one would change is shown first, and applied only where nothing has moved since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from django.db import transaction

from crossdock.hub.models import InventoryRecord, Location, Organization, StockSheet
from crossdock.hub.stock.counts import Count, CountResult, foresee_counts, take_counts
from crossdock.hub.stock.figures import set_figure
from crossdock.hub.stock.inventory import InventoryError, check_units, known_skus, place_of, set_state
from crossdock.hub.stock.ledger import Place
from crossdock.hub.stock.recount import Seen, Value, read_value, standing
from crossdock.hub.stock.sheet_file import SheetLine, read_sheet

KEPT = timedelta(hours=24)
"""How long a preview waits to be applied."""
ON_HAND = "onHand"
LONGEST_DATE = len("2026-11-20")
STEP = 250
"""How many differences are applied in one transaction."""
State = InventoryRecord.State


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: when its shelves were counted where a line does not say (None: when it is applied).

    Times without a zone are in `zone`. The other figures (future, damaged and so on) are read only with `figures`.
    """

    counted: datetime | None = None
    zone: tzinfo = UTC
    figures: bool = False


@dataclass(frozen=True)
class _Wish:
    """What one good line asks for; None leaves the figure alone. `others` are the other figures that it sets.

    `counted` is None where the count is one of the moment when it is applied.
    """

    line: SheetLine
    location: Location
    place: Place
    value: Value | None
    counted: datetime | None = None
    others: Mapping[str, int] = field(default_factory=dict)


def preview_sheet(
    organization: Organization,
    name: str,
    data: bytes,
    *,
    author: str,
    now: datetime,
    most_rows: int,
    setting: str,
    reading: Reading = Reading(),
) -> StockSheet:
    """Read a file and keep what it would change; nothing is changed yet. Raises `SheetError` for what cannot be read.

    What is wrong with one line keeps no other from being used. Older previews that nobody applied are cleared away.
    """
    sheet = read_sheet(data, most_rows=most_rows, setting=setting, figures=reading.figures)
    wishes, errors = _wishes(organization, sheet.lines, reading, now)
    records = _records(organization, wishes)
    foreseen = _foreseen(organization, wishes, now)
    known = known_skus(organization.pk, [wish.place.sku for wish in wishes])
    rows, unchanged = [], 0
    for wish in wishes:
        result = foreseen.get(wish.place)
        if result is not None and result.outcome == "refused":
            errors.append(
                _error(wish.line, "countTime" if result.field == "at" else result.field, result.message)
            )
            continue
        mine = list(_differences(wish, records.get(wish.place), result))
        unchanged += not mine
        rows += [{**row, "new": wish.place.sku not in known} for row in mine]
    errors.sort(key=lambda error: int(str(error["line"])))
    StockSheet.objects.filter(expires_at__lt=now, state=StockSheet.State.PREVIEW).delete()
    return StockSheet.objects.create(
        organization=organization, author=author, name=name[-200:] or "counts.csv", rows=rows, errors=errors,
        unchanged=unchanged, ignored=sheet.ignored[:20], expires_at=now + KEPT,
    )  # fmt: skip


def _differences(
    wish: _Wish, record: InventoryRecord | None, result: CountResult | None
) -> Iterator[dict[str, object]]:
    """Yield what a line changes: its count or state, and each other figure. `comes` is what a count will make it."""
    row: dict[str, object] = {
        "line": wish.line.number, "sku": wish.place.sku, "location": wish.location.key, "at": wish.location.name,
    }  # fmt: skip
    seen = Seen.of(record)
    comes = wish.value if result is None else result.on_hand
    if wish.value is not None and str(comes) != str(seen):
        counted = wish.counted.isoformat() if result is not None and wish.counted else ""
        yield {
            **row, "figure": ON_HAND, "seen": str(seen), "value": wish.value, "comes": comes, "counted": counted,
            "note": result.message if result is not None and comes != wish.value else "",
        }  # fmt: skip
    for figure, units in wish.others.items():
        stands = int(getattr(record, figure)) if record is not None else 0
        if units != stands:
            yield {
                **row,
                "figure": figure,
                "seen": str(stands),
                "value": units,
                "comes": units,
                "counted": "",
            }


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
    records = records_of(organization, list(places.values()))
    counts: dict[int, Count] = {}
    for index, place in places.items():
        row, location = rows[index], locations[str(rows[index]["location"])]
        figure = str(row.get("figure") or ON_HAND)
        shown = str(now_shown[place] if figure == ON_HAND else getattr(records[place], figure))
        value = row["value"]
        if shown != row["seen"]:
            left.append({**row, "why": f"it was {row['seen']} in the preview and is {shown} now"})
        elif figure != ON_HAND:
            set_figure(
                organization, place.sku, figure, int(str(value)), location=location, author=sheet.author,
                reason=sheet.reason,
            )  # fmt: skip
        elif isinstance(value, int):
            counted = str(row.get("counted") or "")
            counts[index] = Count(
                place.sku, location, value, datetime.fromisoformat(counted) if counted else now
            )
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
    organization: Organization, lines: Sequence[SheetLine], reading: Reading, now: datetime
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
            counted = _moment(line.count_time, reading, now)
            wishes.append(_Wish(line, location, place, _value(line), counted, _others(line)))
        except InventoryError as error:
            errors.append(_error(line, error.field, error.message))
    return wishes, errors


def _error(line: SheetLine, where: str, message: str) -> dict[str, object]:
    return {"line": line.number, "sku": line.sku[:120], "field": where, "message": message}


def _moment(text: str, reading: Reading, now: datetime) -> datetime | None:
    """When a line says that its shelf was counted, else when the whole file was."""
    if not text:
        return reading.counted
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        given = None
    if given is None or len(text) <= LONGEST_DATE:
        raise InventoryError(
            "countTime",
            f"{text[:40]!r} is no day and hour; write it like 2026-11-20 14:30, or leave it empty",
        )
    moment = given if given.tzinfo else given.replace(tzinfo=reading.zone)
    if moment > now:
        raise InventoryError("countTime", f"{text[:40]} has not come yet; check the day and the time zone")
    return moment


def _others(line: SheetLine) -> dict[str, int]:
    units: dict[str, int] = {}
    for figure, text in line.figures.items():
        try:
            value = read_value(text)
            check_units(value)
        except InventoryError as error:
            raise InventoryError(figure, error.message) from error
        units[figure] = int(value)
    return units


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


def _records(organization: Organization, wishes: Sequence[_Wish]) -> dict[Place, InventoryRecord]:
    return records_of(organization, [wish.place for wish in wishes])


def records_of(organization: Organization, places: Sequence[Place]) -> dict[Place, InventoryRecord]:
    """Return the records of the SKUs of `places`, by place; one query."""
    found = InventoryRecord.objects.filter(organization=organization, sku__in={place.sku for place in places})
    return {Place(row.organization_id, row.sku, row.location_id): row for row in found}


def _foreseen(organization: Organization, wishes: Sequence[_Wish], now: datetime) -> dict[Place, CountResult]:
    """Return what comes of the counts that were taken earlier; of the others, the number is the figure."""
    counts = [
        Count(wish.place.sku, wish.location, wish.value, wish.counted)
        for wish in wishes
        if wish.counted is not None and isinstance(wish.value, int)
    ]
    results = foresee_counts(organization, counts, by_person=True, now=now)
    return {Place(organization.pk, result.count.sku, result.count.location.pk): result for result in results}
