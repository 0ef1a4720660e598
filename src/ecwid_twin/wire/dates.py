"""Dates on the wire (ecwid-api/conventions.md §5): Unix seconds or three written forms in, one form out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d))?(?:\s*([+-]\d\d:?\d\d|Z))?")


@lru_cache(maxsize=4096)
def show(seconds: int) -> str:
    """`2024-09-04 07:22:09 +0000` for Unix `seconds`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


def read(text: object) -> int:
    """Unix seconds of a date as clients write it. Raises ValueError for anything else.

    A missing offset means UTC and a missing time midnight. A `+` of the offset that arrived as a space
    (not percent-encoded in a query) is read as the `+` it was meant to be.
    """
    if isinstance(text, bool):
        raise ValueError("not a date")  # noqa: TRY004  # every wrong date is a ValueError
    if isinstance(text, int | float):
        return int(text)
    written = str(text).strip()
    if re.fullmatch(r"-?\d+", written):
        return int(written)
    written = re.sub(r"(\d\d:\d\d:\d\d)\s+(\d{4})$", r"\1 +\2", written)
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise ValueError(f"not a date: {text}")
    day, hour, offset = match.groups()
    zone = "+0000" if offset in (None, "Z") else offset
    return int(datetime.strptime(f"{day} {hour or '00:00:00'} {zone}", "%Y-%m-%d %H:%M:%S %z").timestamp())
