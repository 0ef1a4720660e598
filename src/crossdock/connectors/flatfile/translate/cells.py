"""Reading one cell: a text, a whole number, an amount, a time, yes or no."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

MOST = 2**31 - 1
"""The largest quantity that is stored."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_YES = ("true", "yes", "1", "y")
_NO = ("false", "no", "0", "n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class BadCell(Exception):
    """A cell that does not say what it must. `field` is our name of the column."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def word(field: str, text: str, most: int = 200) -> str:
    """Read a short text without control characters, at most `most` characters."""
    found = text.strip()
    if len(found) > most:
        raise BadCell(field, f"{field} has {len(found)} characters; at most {most} fit.")
    if _CONTROL.search(found):
        raise BadCell(field, f"{field} has a control character.")
    return found


def needed(field: str, text: str, most: int = 200) -> str:
    """Read a short text that must not be empty."""
    found = word(field, text, most)
    if not found:
        raise BadCell(field, f"{field} is empty.")
    return found


def whole(field: str, text: str, decimal_mark: str) -> int:
    """Read a whole number; a fraction of zero (``5.0``) is taken off, but ``1.000`` could be a thousand."""
    found = re.sub(rf"{re.escape(decimal_mark)}0{{1,2}}$", "", text.strip())
    if not _WHOLE.fullmatch(found) or abs(int(found)) > MOST:
        raise BadCell(field, f"{field} is {_shown(text)}; it must be a whole number without separators.")
    return int(found)


def amount(field: str, text: str, decimal_mark: str) -> Decimal | None:
    """Read an amount, None for an empty cell. Separators of thousands are refused: they could be decimals."""
    found = text.strip()
    if not found:
        return None
    plain = found.replace(",", ".") if decimal_mark == "," and "." not in found else found
    if not _AMOUNT.fullmatch(plain) or (decimal_mark == "," and "." in found):
        example = f"12{decimal_mark}50"
        raise BadCell(field, f"{field} is {_shown(text)}; it must be a number like {example}.")
    return Decimal(plain)


def moment(field: str, text: str, zone: ZoneInfo) -> datetime | None:
    """Read an ISO 8601 time, None for an empty cell; one without an offset is in `zone`."""
    found = text.strip()
    if not found:
        return None
    try:
        value = datetime.fromisoformat(found)
        aware = value if value.tzinfo else value.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCell(
            field, f"{field} is {_shown(text)}; write it like 2026-01-31 or 2026-01-31T08:00:00+01:00."
        ) from error


def flag(field: str, text: str, *, default: bool) -> bool:
    """Read yes or no."""
    found = text.strip().lower()
    if not found:
        return default
    if found in _YES or found in _NO:
        return found in _YES
    raise BadCell(field, f"{field} is {_shown(text)}; it must be true or false.")


def _shown(text: str) -> str:
    return repr(text.strip()[:60])
