"""Which lines of a request a warehouse's list of SKUs is about: bundles by their own SKU, or by their parts.

Pure. A SKU that is a line of its own fills that line before it counts as a part of a bundle, unless only the
other way accounts for everything that was reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MOST_TRIES = 10_000
"""How many ways of packing are tried before the fullest bundles are taken; far more than any real request has."""


@dataclass(frozen=True)
class Slot:
    """A requested line: its `key`, what is `open` of it, and the `parts` of one unit if it is kept as parts."""

    key: int
    sku: str
    open: int
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Packing:
    """How many units of which line were meant, by key, and which SKUs are `left` over."""

    units: Mapping[int, int]
    left: Mapping[str, int]


def pack(slots: Sequence[Slot], reported: Mapping[str, int]) -> Packing:
    """Return how `reported` units by SKU fill the lines; what fits nowhere is left over."""
    bundles = [slot for slot in slots if slot.parts and slot.open > 0]
    room: dict[str, int] = {}
    for slot in slots:
        room[slot.sku] = room.get(slot.sku, 0) + max(slot.open, 0)
    search = _Search(bundles, room)
    sets = search.exact(0, dict(reported), {}) or _fullest(bundles, reported)
    left = dict(reported)
    for slot in bundles:
        for sku, each in slot.parts.items():
            left[sku] = left.get(sku, 0) - sets.get(slot.key, 0) * each
    units = dict(sets)
    for slot in slots:
        free = slot.open - sets.get(slot.key, 0)
        taken = min(max(free, 0), left.get(slot.sku, 0)) if slot.sku else 0
        if taken > 0:
            units[slot.key] = units.get(slot.key, 0) + taken
            left[slot.sku] -= taken
    return Packing(
        {key: count for key, count in units.items() if count},
        {sku: count for sku, count in left.items() if count > 0},
    )


class _Search:
    """Looks for numbers of bundles with which everything reported is accounted for, the smallest first."""

    def __init__(self, bundles: Sequence[Slot], room: Mapping[str, int]) -> None:
        self._bundles = bundles
        self._room = room
        self._tries = 0

    def exact(self, index: int, left: dict[str, int], sets: dict[int, int]) -> dict[int, int] | None:
        self._tries += 1
        if self._tries > MOST_TRIES:
            return None
        if index == len(self._bundles):
            room = dict(self._room)
            for slot in self._bundles:
                room[slot.sku] -= sets.get(slot.key, 0)
            fits = all(count <= room.get(sku, 0) for sku, count in left.items() if count)
            return dict(sets) if fits else None
        slot = self._bundles[index]
        for count in range(_most(slot, left, slot.open) + 1):
            rest = {sku: have - count * slot.parts.get(sku, 0) for sku, have in left.items()}
            found = self.exact(index + 1, rest, {**sets, slot.key: count})
            if found is not None:
                return found
        return None


def _fullest(bundles: Sequence[Slot], reported: Mapping[str, int]) -> dict[int, int]:
    left, sets = dict(reported), {}
    for slot in bundles:
        sets[slot.key] = _most(slot, left, slot.open)
        for sku, each in slot.parts.items():
            left[sku] = left.get(sku, 0) - sets[slot.key] * each
    return sets


def _most(slot: Slot, left: Mapping[str, int], limit: int) -> int:
    """Return how many whole bundles `left` is enough for, at most `limit`."""
    return max(min([limit, *(left.get(sku, 0) // each for sku, each in slot.parts.items() if each > 0)]), 0)


def whole_sets(slot: Slot, left: Mapping[str, int]) -> int:
    """Return how many whole bundles of `slot` the left over parts are, whether open or not."""
    return _most(slot, left, max([0, *left.values()]))


def missing_parts(slot: Slot, left: Mapping[str, int]) -> dict[str, int]:
    """Return what is missing for the left over parts to be whole bundles; empty when they are."""
    needed = max(-(-left.get(sku, 0) // each) for sku, each in slot.parts.items())
    short = {sku: needed * each - left.get(sku, 0) for sku, each in slot.parts.items()}
    return {sku: count for sku, count in short.items() if count > 0}
