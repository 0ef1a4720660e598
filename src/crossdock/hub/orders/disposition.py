"""How far an order has come, in pipe17's words: a list with one word for each stage (`pipe17/enums.json`).

Pure. Units are those of lines that ship, less the cancelled ones; each stage is partly, wholly or not reached.
Pipe17's ``failed`` has no counterpart: a request fails only by being rejected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Units:
    """What became of an order's units. `held` lie in live requests, `sent` of them at a warehouse.

    `rejected` ones were refused by a warehouse, ever.
    """

    ordered: int
    canceled: int = 0
    fulfilled: int = 0
    held: int = 0
    sent: int = 0
    rejected: int = 0


def disposition(units: Units) -> list[str]:
    """Return the order's disposition; empty where nothing ships."""
    if units.ordered <= 0:
        return []
    wanted = units.ordered - units.canceled
    if wanted <= 0:
        return ["canceled"]
    words = [
        _stage("Routed", units.fulfilled + units.held, wanted),
        _stage("Sent", units.fulfilled + units.sent, wanted),
        _stage("Fulfilled", units.fulfilled, wanted),
    ]
    if units.canceled > 0:
        words.append("partiallyCanceled")
    homeless = wanted - units.fulfilled - units.held
    rejected = min(units.rejected, max(homeless, 0))
    if rejected > 0:
        words.append("rejected" if rejected >= wanted else "partiallyRejected")
    return words


def total(rows: Iterable[int]) -> int:
    """Return the sum of counts of units, where less than none counts as none."""
    return sum(max(row, 0) for row in rows)


def _stage(word: str, reached: int, wanted: int) -> str:
    if reached <= 0:
        return f"un{word.lower()}"
    return word.lower() if reached >= wanted else f"partially{word}"
