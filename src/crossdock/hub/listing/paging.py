"""Pages of rows by key, not by offset: the hundredth page costs what the first does, and nothing that
arrives in between is shown twice or left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

import msgspec
from django.db import models
from django.db.models import Q, QuerySet

M = TypeVar("M", bound=models.Model)

LARGEST_PAGE = 500
USUAL_PAGE = 50
MOST_COUNTED = 10_000
"""How far is counted what may be there a hundred thousand times, and nobody needs to know to the last one."""


class ListingError(Exception):
    """A list was asked for in a way that makes no sense: `field` names the argument, `message` the remedy."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Page(NamedTuple, Generic[M]):
    """Some rows, and where the next ones begin; None when these were the last."""

    rows: list[M]
    next_cursor: str | None


class Key(NamedTuple):
    """One column that rows are ordered by; `kind` is its type, `down` for newest or largest first."""

    name: str
    kind: type[int] | type[str] | type[datetime] | type[Decimal]
    down: bool = True


NEWEST = (Key("id", int),)
BY_TIME = (Key("created_at", datetime), Key("id", int))


def newest_of(since: datetime | None, until: datetime | None) -> Sequence[Key]:
    """Return the keys of a list, newest first: by time where a span of it is asked for, else by row number.

    Within a span, rows are walked along an index of their times, which begins and ends where the span does. Along
    their numbers, everything that is newer would be read first, and everything older where the span holds little.
    """
    return NEWEST if since is None and until is None else BY_TIME


def counted(query: QuerySet[M]) -> int:
    """Return how many rows there are, or one more than `MOST_COUNTED` where there are more: counting ends there."""
    return query.order_by()[: MOST_COUNTED + 1].count()


def page_of(query: QuerySet[M], keys: Sequence[Key], limit: int, cursor: str | None) -> Page[M]:
    """Return the rows of `query` after `cursor`, at most `limit`, ordered by `keys` (together unique).

    Raises `ListingError` for a limit out of range or a cursor that is none.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise ListingError("limit", f"give a number from 1 to {LARGEST_PAGE}, not {limit}")
    ordered = query.order_by(*(f"-{key.name}" if key.down else key.name for key in keys))
    if cursor:
        ordered = ordered.filter(_after(keys, _decoded(keys, cursor)))
    rows = list(ordered[: limit + 1])
    more = len(rows) > limit
    del rows[limit:]
    return Page(rows, _encoded(keys, rows[-1]) if more else None)


def _after(keys: Sequence[Key], values: Sequence[object]) -> Q:
    """The rows behind `values`. Its first part alone bounds the index scan, the rest settles the ties."""
    first, value = keys[0], values[0]
    beyond = Q(**{f"{first.name}__{'lt' if first.down else 'gt'}": value})
    if len(keys) == 1:
        return beyond
    bound = Q(**{f"{first.name}__{'lte' if first.down else 'gte'}": value})
    return bound & (beyond | _after(keys[1:], values[1:]))


def _encoded(keys: Sequence[Key], row: models.Model) -> str:
    packed = msgspec.json.encode([getattr(row, key.name) for key in keys])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decoded(keys: Sequence[Key], cursor: str) -> Sequence[object]:
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = msgspec.json.decode(packed, type=list[object])
        return [msgspec.convert(value, key.kind) for key, value in zip(keys, values, strict=True)]
    except (binascii.Error, ValueError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ListingError("cursor", "this is not a cursor of this list; begin without one") from error


def checked(field: str, values: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Return `values` if each is allowed. Raises `ListingError` naming those that may be given."""
    for value in values:
        if value not in allowed:
            raise ListingError(field, f"{value!r} is not one of {', '.join(allowed)}")
    return list(values)
