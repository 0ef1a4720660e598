"""Writing files: rows of typed cells as CSV (RFC 4180) or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from crossdock.connectors.flatfile.wire.formulas import neutralized

Cell = str | int | bool | Decimal | datetime | None


def write_csv(
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    delimiter: str = ",",
    decimal_mark: str = ".",
    neutralize: bool = True,
) -> bytes:
    """Return a CSV file: UTF-8 without a byte order mark, CRLF at each row's end."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([neutralized(name) if neutralize else name for name in header])
    for row in rows:
        writer.writerow([_csv_cell(cell, decimal_mark, neutralize=neutralize) for cell in row])
    return text.getvalue().encode("utf-8")


def write_json(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return a JSON file: a list of objects, one a line."""
    lines = [json.dumps(row, ensure_ascii=False, default=_json_value) for row in rows]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode("utf-8")


def moment_text(value: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _csv_cell(cell: Cell, decimal_mark: str, *, neutralize: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", decimal_mark)
    if isinstance(cell, datetime):
        return moment_text(cell)
    if isinstance(cell, int):
        return str(cell)
    return neutralized(cell) if neutralize else cell


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value)} has no place in a file")
