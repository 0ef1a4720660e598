"""How single values appear in a document: times, amounts, public ids, canonical records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from crossdock.hub.models import public_key

Document = dict[str, object]
"""One record as data: JSON types, `Decimal` for amounts, text for times."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
CanonT = TypeVar("CanonT", bound=msgspec.Struct)


def to_json(document: object, *, indent: int = 2) -> str:
    """Return `document` as JSON text; amounts become JSON numbers, digit for digit. `indent` 0: one line."""
    compact = _ENCODER.encode(document)
    return msgspec.json.format(compact, indent=indent).decode() if indent else compact.decode()


def moment(value: datetime | None) -> str | None:
    """Return an aware time as ISO 8601 in UTC with milliseconds, e.g. ``2026-01-01T10:00:00.000Z``."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def amount(value: Decimal | None) -> Decimal | None:
    """Return an amount without the zeros that only its column added: ``68.0000`` → ``68``."""
    if value is None:
        return None
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value.normalize()


def key_of(pk: int | None) -> str | None:
    """Return the public id of a row number."""
    return None if pk is None else public_key(pk)


def canonical(stored: object, kind: type[CanonT]) -> Document:
    """Return a stored canonical record as a document, with its amounts as numbers again.

    A record that an older version stored in another shape is given as it was stored.
    """
    if not isinstance(stored, Mapping) or not stored:
        return {}
    try:
        record = msgspec.convert(stored, kind, strict=False)
    except msgspec.ValidationError:
        return dict(stored)
    return plain(record)


def plain(record: msgspec.Struct) -> Document:
    """Return a canonical record as a document."""
    tidied = _tidy(msgspec.to_builtins(record, builtin_types=(Decimal, datetime)))
    return tidied if isinstance(tidied, dict) else {}


def _tidy(value: object) -> object:
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return {str(name): _tidy(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tidy(part) for part in value]
    return value


def chosen(source: Document, names: Iterable[str]) -> Document:
    """Return the parts of `source` called `names`, those that are there."""
    return {name: source[name] for name in names if name in source}
