"""Weights and sizes: Ecwid's units to canonical ones and back, by exact factors."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Measure(NamedTuple):
    """A unit: its canonical name where it has one, and its size in grams or centimetres."""

    canonical: str
    size: Decimal


WEIGHTS = {
    "GRAM": Measure("g", Decimal(1)),
    "KILOGRAM": Measure("kg", Decimal(1000)),
    "OUNCE": Measure("oz", Decimal("28.349523125")),
    "POUND": Measure("lb", Decimal("453.59237")),
    # No canonical name: written in grams, a fifth each.
    "CARAT": Measure("", Decimal("0.2")),
}
LENGTHS = {
    "CM": Measure("cm", Decimal(1)),
    "IN": Measure("in", Decimal("2.54")),
    "FT": Measure("ft", Decimal("30.48")),
    "MM": Measure("", Decimal("0.1")),
    "YD": Measure("", Decimal("91.44")),
}
"""Ecwid's units (profile.md §2). Millimetres become centimetres, yards become feet (three each)."""

REPLACED = {"CARAT": "GRAM", "MM": "CM", "YD": "FT"}
FINEST = Decimal("0.000001")


def canonical_unit(unit: str) -> str:
    """Return the canonical unit values of Ecwid's `unit` are given in; ``""`` for an unknown unit."""
    measure = WEIGHTS.get(REPLACED.get(unit, unit)) or LENGTHS.get(REPLACED.get(unit, unit))
    return measure.canonical if measure else ""


def to_canonical(value: Decimal | None, unit: str) -> Decimal | None:
    """Return `value` of Ecwid's `unit` in `canonical_unit(unit)`; zero or an unknown unit gives None."""
    table = WEIGHTS if unit in WEIGHTS else LENGTHS
    if not value or unit not in table:
        return None
    replacement = REPLACED.get(unit)
    if replacement is None:
        return value
    return tidy(value * table[unit].size / table[replacement].size)


def to_store(value: Decimal, canonical: str, unit: str) -> Decimal | None:
    """Return `value` of a canonical unit in the store's `unit`, to six decimals; None for unknown ones."""
    for table in (WEIGHTS, LENGTHS):
        source = next((one for one in table.values() if one.canonical and one.canonical == canonical), None)
        if source is not None and unit in table:
            return tidy((value * source.size / table[unit].size).quantize(FINEST, ROUND_HALF_UP))
    return None


def tidy(value: Decimal) -> Decimal:
    """Return `value` without trailing zeros and without an exponent."""
    short = value.normalize()
    return short if short == 0 or int(short.as_tuple().exponent) <= 0 else short.quantize(Decimal(1))
