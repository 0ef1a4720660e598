"""Who ships what: units of order lines laid out over the places that have them. Pure.

Never more than is wanted, never more than is free, and all or nothing: either every unit finds a place, or
none does. Where one place has everything, it ships everything; else as few places as possible, and the first
ones of the list before later ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

MOST_COMBINATIONS = 3_000
"""How many sets of places are compared before the places that have the most are taken instead."""


@dataclass(frozen=True)
class Need:
    """Units of one order line that are to be shipped. `parts` of a bundle: SKUs, and how many for one."""

    line_id: int
    sku: str
    quantity: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Stock:
    """What is free of one SKU at one place for one order.

    `free` counts what lies there, `coming` what is on its way; both mean something for ``tracked`` only.
    """

    state: Literal["tracked", "unlimited", "unknown"] = "unknown"
    free: int = 0
    coming: int = 0


@dataclass(frozen=True)
class Shelf:
    """A place as allocation sees it. With `infinite` it has everything, with `whole_bundles` packed bundles."""

    location_id: int
    stock: Callable[[str], Stock]
    infinite: bool = False
    whole_bundles: bool = False

    def pieces(self, need: Need) -> tuple[tuple[str, int], ...]:
        """Return what one unit takes off this shelf."""
        return need.parts if need.parts and not self.whole_bundles else ((need.sku, 1),)

    def has(self, need: Need, *, future: bool = False) -> int | None:
        """Return how many units lie free here, by themselves; None without limit. `future` adds what is coming."""
        rest = _Rest([self], [need], future=future)
        units = rest.most(self, need)
        return None if units >= _MANY else units


@dataclass(frozen=True)
class Allocation:
    """What one place ships. With `waits` it has to wait for stock that is on its way."""

    location_id: int
    lines: tuple[tuple[int, int], ...]
    waits: bool = False


_MANY, _LIMITLESS = 1 << 40, 1 << 80
"""Beyond `_MANY` no figure goes; `_LIMITLESS` stands for stock without limit, divided or not."""
Plan = dict[int, dict[int, int]]
"""By location: units by line."""


def allocate(
    needs: Sequence[Need], shelves: Sequence[Shelf], *, split: bool, future: bool
) -> tuple[Allocation, ...]:
    """Lay `needs` out over `shelves`; empty where that cannot be done.

    Without `split` one place ships everything. With `future`, what only stock on its way covers waits for it:
    without `split` the whole parcel does, with it the units alone.
    """
    wanted = {need.line_id: need.quantity for need in needs if need.quantity > 0}
    if not wanted:
        return ()
    now = _Rest(shelves, needs)
    single = _single(needs, wanted, shelves, now)
    if single:
        return _allocations(single, shelves)
    plan, left = _fewest(needs, wanted, shelves, now) if split else ({}, wanted)
    if plan and not left:
        return _allocations(plan, shelves)
    if not future:
        return ()
    later = _Rest(shelves, needs, future=True)
    if not split:
        return _allocations(_single(needs, wanted, shelves, later), shelves, waits=True)
    later.take(needs, plan)
    awaited, left = _fewest(needs, left, shelves, later)
    if left:
        return ()
    return (*_allocations(plan, shelves), *_allocations(awaited, shelves, waits=True))


class _Rest:
    """What may still be taken of each SKU at each place."""

    def __init__(self, shelves: Sequence[Shelf], needs: Sequence[Need], *, future: bool = False) -> None:
        self._shelves = {shelf.location_id: shelf for shelf in shelves}
        self._left: dict[tuple[int, str], int] = {}
        for shelf in shelves:
            for sku in {sku for need in needs for sku, _ in shelf.pieces(need)}:
                self._left[shelf.location_id, sku] = _limit(shelf, sku, future=future)

    def copy(self) -> _Rest:
        other = _Rest((), ())
        other._shelves, other._left = self._shelves, dict(self._left)
        return other

    def most(self, shelf: Shelf, need: Need) -> int:
        return min(self._left[shelf.location_id, sku] // each for sku, each in shelf.pieces(need))

    def take(self, needs: Sequence[Need], plan: Plan) -> None:
        by_line = {need.line_id: need for need in needs}
        for location_id, lines in plan.items():
            for line_id, quantity in lines.items():
                self.remove(self._shelves[location_id], by_line[line_id], quantity)

    def remove(self, shelf: Shelf, need: Need, quantity: int) -> None:
        for sku, each in shelf.pieces(need):
            if self._left[shelf.location_id, sku] < _MANY:
                self._left[shelf.location_id, sku] -= quantity * each


def _limit(shelf: Shelf, sku: str, *, future: bool) -> int:
    if shelf.infinite:
        return _LIMITLESS
    stock = shelf.stock(sku)
    if stock.state == "unlimited":
        return _LIMITLESS
    if stock.state == "unknown":
        return 0
    return max(stock.free + (stock.coming if future else 0), 0)


def _single(needs: Sequence[Need], wanted: Mapping[int, int], shelves: Sequence[Shelf], rest: _Rest) -> Plan:
    for shelf in shelves:
        plan, left = _fill(needs, wanted, [shelf], rest)
        if not left:
            return plan
    return {}


def _fewest(
    needs: Sequence[Need], wanted: Mapping[int, int], shelves: Sequence[Shelf], rest: _Rest
) -> tuple[Plan, dict[int, int]]:
    """Return the plan with the fewest places for all that can be had, and what cannot be had."""
    useful = [shelf for shelf in shelves if _fill(needs, wanted, [shelf], rest)[0]]
    whole, left = _fill(needs, wanted, useful, rest)
    reach = {line: quantity - left.get(line, 0) for line, quantity in wanted.items()}
    tried = 0
    for size in range(1, len(useful)):
        for chosen in combinations(useful, size):
            tried += 1
            if tried > MOST_COMBINATIONS:
                return _by_size(needs, reach, useful, rest), left
            plan, missing = _fill(needs, reach, chosen, rest)
            if not missing:
                return plan, left
    return whole, left


def _by_size(needs: Sequence[Need], reach: Mapping[int, int], shelves: Sequence[Shelf], rest: _Rest) -> Plan:
    """Take the place that has the most of what is missing, again and again: few places, if not the fewest."""
    chosen: list[Shelf] = []
    while True:
        plan, missing = _fill(needs, reach, chosen, rest)
        if not missing:
            return plan
        others = [shelf for shelf in shelves if shelf not in chosen]
        if not others:
            return plan
        sums = [
            sum(_fill(needs, missing, [shelf], rest)[0].get(shelf.location_id, {}).values())
            for shelf in others
        ]
        chosen.append(others[sums.index(max(sums))])
        chosen.sort(key=shelves.index)


def _fill(
    needs: Sequence[Need], wanted: Mapping[int, int], shelves: Sequence[Shelf], rest: _Rest
) -> tuple[Plan, dict[int, int]]:
    """Take what `shelves` have, in their order: whole lines first, so that no line is torn without need."""
    rest, plan = rest.copy(), Plan()
    left = {line: quantity for line, quantity in wanted.items() if quantity > 0}
    for whole in (True, False):
        for need in needs:
            for shelf in shelves:
                missing = left.get(need.line_id, 0)
                units = min(rest.most(shelf, need), missing) if missing else 0
                if units <= 0 or (whole and units < missing):
                    continue
                rest.remove(shelf, need, units)
                lines = plan.setdefault(shelf.location_id, {})
                lines[need.line_id] = lines.get(need.line_id, 0) + units
                left[need.line_id] = missing - units
    return plan, {line: quantity for line, quantity in left.items() if quantity}


def _allocations(plan: Plan, shelves: Sequence[Shelf], *, waits: bool = False) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(shelf.location_id, tuple(sorted(plan[shelf.location_id].items())), waits)
        for shelf in shelves
        if shelf.location_id in plan
    )
