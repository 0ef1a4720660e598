"""Amounts that no amount is: not a number, endless, or larger than money and measures get."""

from __future__ import annotations

from decimal import Decimal

import msgspec

LARGEST = Decimal(10) ** 12
"""Amounts from here on are mistakes; the columns they are stored in end not far behind."""


def unusable_amount(part: object, path: str = "") -> str:
    """Return the path of the first amount in a document that cannot be one; empty where all can.

    JSON numbers may have any size, and a text such as ``"NaN"`` is a decimal too.
    """
    if isinstance(part, Decimal):
        return "" if part.is_finite() and abs(part) < LARGEST else path
    if isinstance(part, list):
        return next((bad for n, one in enumerate(part) if (bad := unusable_amount(one, f"{path}[{n}]"))), "")
    if not isinstance(part, msgspec.Struct):
        return ""
    for field in msgspec.structs.fields(part):
        bad = unusable_amount(
            getattr(part, field.name), f"{path}.{field.encode_name}" if path else field.encode_name
        )
        if bad:
            return bad
    return ""
