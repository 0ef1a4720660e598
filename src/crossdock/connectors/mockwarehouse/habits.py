"""How a mock warehouse behaves: its options, checked."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from crossdock.connectors.errors import Refused
from crossdock.connectors.mockwarehouse.manifest import OPTIONS

DEFAULTS = {option.name: option.default for option in OPTIONS}
MOST_PARCELS = 100


class Habits(Struct, frozen=True, kw_only=True):
    """How a mock warehouse behaves. Shares are from 0 to 1; `counts` are units by SKU."""

    pace_seconds: int
    parcels: int
    carriers: tuple[str, ...]
    rejected: float
    duplicated: float
    malformed: float
    busy: float
    counts: Mapping[str, int]


def habits(options: Mapping[str, object]) -> Habits:
    """Return the habits that an integration's settings describe. Raises `Refused` naming the setting."""
    return Habits(
        pace_seconds=_number(options, "paceSeconds", 0, 31_536_000),
        parcels=_number(options, "parcels", 1, MOST_PARCELS),
        carriers=_texts(options, "carriers"),
        rejected=_number(options, "percentRejected", 0, 100) / 100,
        duplicated=_number(options, "percentDuplicated", 0, 100) / 100,
        malformed=_number(options, "percentMalformed", 0, 100) / 100,
        busy=_number(options, "percentBusy", 0, 100) / 100,
        counts=dict(_count(text) for text in _texts(options, "counts")),
    )


def _number(options: Mapping[str, object], name: str, least: int, most: int) -> int:
    value = options.get(name, DEFAULTS[name])
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(
            f"{name} is {value!r}; give a whole number from {least} to {most}.", code="badOption", field=name
        )
    return value


def _texts(options: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = options.get(name, DEFAULTS[name])
    if not isinstance(value, list | tuple):
        raise Refused(f"{name} is {value!r}; give a list.", code="badOption", field=name)
    return tuple(str(text).strip() for text in value if str(text).strip())


def _count(text: str) -> tuple[str, int]:
    sku, _, quantity = text.rpartition("=")
    if not sku.strip() or not quantity.strip().isdecimal():
        raise Refused(
            f"counts: {text!r} is not a SKU with its units; write SHIRT-M=40.",
            code="badOption",
            field="counts",
        )
    return sku.strip(), int(quantity)
