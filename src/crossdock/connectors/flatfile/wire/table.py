"""Reading a file: its header and its rows, each with its number, as texts.

The whole is refused where nothing can be trusted (not UTF-8, an open quote, a file cut off); one row where only
that row is wrong.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from crossdock.connectors.errors import Unreadable
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.wire.formulas import restored

MAX_ROWS = 500_000
MAX_CELL = 32_000
"""The most characters in a cell; a spreadsheet holds 32,767."""
MAX_COLUMNS = 300

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class Raw(NamedTuple):
    """One row as it came, as many cells as the header unless there is a `problem`. `number` is from 1."""

    number: int
    cells: list[str]
    problem: str = ""


class Table(Struct, frozen=True, kw_only=True):
    """A file being read: `rows` can be walked once."""

    header: Sequence[str]
    rows: Iterator[Raw]
    kind: str
    decimal_mark: str


def is_json(name: str) -> bool:
    """Whether a file is read as JSON; every other one is CSV."""
    return name.lower().endswith(".json")


def open_table(name: str, document: bytes, options: Options) -> Table:
    """Begin to read a file. Raises `Unreadable`, also while its rows are walked."""
    if not document.strip():
        raise Unreadable("The file is empty: not even a header is there.", field="file")
    _check_encoding(document)
    if is_json(name):
        return _json_table(document)
    return _csv_table(document, options)


def _check_encoding(document: bytes) -> None:
    if document.startswith(_UTF16_BOMS) or b"\x00" in document:
        raise Unreadable(
            "The file is UTF-16, or no text at all. Save it as UTF-8 (in a spreadsheet: CSV UTF-8).",
            field="encoding",
        )
    try:
        document.decode("utf-8")
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"Line {line} of the file has a byte 0x{document[error.start]:02X} that is not UTF-8. Save the file "
            "as UTF-8 (in a spreadsheet: CSV UTF-8).",
            field="encoding",
        ) from error


def _csv_table(document: bytes, options: Options) -> Table:
    if options.arrival == "still" and not document.endswith((b"\n", b"\r")):
        raise Unreadable(
            "The last line has no line break at its end: the file may have been cut off. End it with one, or "
            "move files in whole and say so by the setting arrival=whole (or marker).",
            field="file",
        )
    text = io.TextIOWrapper(io.BytesIO(document), encoding="utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=options.delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise Unreadable(f"The header cannot be read: {error}.", field="header") from error
    if len(header) > MAX_COLUMNS:
        raise Unreadable(
            f"The header has {len(header)} columns; at most {MAX_COLUMNS} are read.", field="header"
        )
    return Table(
        header=header,
        rows=_csv_rows(reader, len(header), neutralize=options.neutralize),
        kind="csv",
        decimal_mark=options.decimal_mark,
    )


def _csv_rows(reader: Iterator[list[str]], width: int, *, neutralize: bool) -> Iterator[Raw]:
    number = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise Unreadable(
                f"Row {number + 1} cannot be read: {error}.", field=f"row {number + 1}"
            ) from error
        if cells is None:
            return
        number += 1
        if number > MAX_ROWS:
            raise Unreadable(f"There are more than {MAX_ROWS:,} rows. Split the file.", field="file")
        if not any(cells):
            continue
        problem = _problem(cells, width)
        if neutralize and not problem:
            cells = [restored(cell) if cell[:1] == "'" else cell for cell in cells]
        yield Raw(number, cells, problem)


def _problem(cells: Sequence[str], width: int) -> str:
    if len(cells) != width:
        return f"The row has {len(cells)} cells and the header {width}. A cell with a delimiter needs quotes."
    if any(len(cell) > MAX_CELL for cell in cells):
        return f"A cell has more than {MAX_CELL:,} characters."
    return ""


def _json_table(document: bytes) -> Table:
    try:
        found = json.loads(
            document.removeprefix(_UTF8_BOM),
            object_pairs_hook=_object,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The file is no JSON that can be read: {error}.", field="file") from error
    if not isinstance(found, list):
        raise Unreadable("The file must hold a list of objects: [{…}, {…}].", field="file")
    if len(found) > MAX_ROWS:
        raise Unreadable(f"There are more than {MAX_ROWS:,} rows. Split the file.", field="file")
    header: dict[str, None] = {}
    for row in found:
        if isinstance(row, dict):
            header |= dict.fromkeys(row)
        if len(header) > MAX_COLUMNS:
            raise Unreadable(f"The objects have more than {MAX_COLUMNS} fields.", field="file")
    names = list(header)
    return Table(
        header=[name.strip() for name in names], rows=_json_rows(found, names), kind="json", decimal_mark="."
    )


def _json_rows(found: Sequence[object], names: Sequence[str]) -> Iterator[Raw]:
    for number, row in enumerate(found, start=1):
        if not isinstance(row, dict):
            yield Raw(number, [], "This is no object with fields.")
            continue
        odd = next((name for name, value in row.items() if isinstance(value, list | dict)), None)
        if odd is not None:
            cells = ["" if isinstance(row.get(name), list | dict) else _text(row.get(name)) for name in names]
            yield Raw(number, cells, f"The field {odd} must be a text or a number, not a list or an object.")
            continue
        cells = [_text(row.get(name)) for name in names]
        yield Raw(number, cells, _problem(cells, len(names)))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has the same field twice")
    return found


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is no number")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
