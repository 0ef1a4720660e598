"""Money: `Decimal` amounts, always beside an ISO 4217 currency, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

ZERO = Decimal(0)


@lru_cache(maxsize=32)
def unit(precision: int) -> Decimal:
    """Return the smallest amount of a currency with `precision` decimals: 2 → ``0.01``, 0 → ``1``."""
    return Decimal(1).scaleb(-precision)


def quantized(amount: Decimal, precision: int) -> Decimal:
    """Return `amount` rounded half up to `precision` decimals, the store's own precision."""
    return amount.quantize(unit(precision), rounding=ROUND_HALF_UP)
