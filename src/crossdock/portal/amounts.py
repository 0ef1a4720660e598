"""Amounts as people type them, which one reader takes for a thousand and another for a little more than one."""

from __future__ import annotations

import re
from decimal import Decimal

_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def two_readings(text: str) -> tuple[str, str] | None:
    """Return both amounts that ``1.234`` or ``1,234`` may be, each beyond mistake; None for any other text."""
    if not _TWO_WAYS.fullmatch(text):
        return None
    whole, part = re.split("[.,]", text)
    return f"{whole}{part}", f"{whole}.{part}0"


def written(amount: Decimal | None) -> str:
    """Return an amount with a decimal point, never as one that could be read in two ways; "" for none."""
    text = "" if amount is None else f"{amount:f}"
    readings = two_readings(text)
    return text if readings is None else readings[1]
