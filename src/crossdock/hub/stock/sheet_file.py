"""Reading a file of counts (CSV), as spreadsheets write it. Pure.

One line is one count: ``sku``, ``location`` (a name or an id; the default location where it is empty or there is no
such column), and ``onHand`` in whole units, or ``state``: unlimited, or unknown. ``countTime`` says when the shelf was
counted. A line that says neither is left alone. The other figures (``future`` and so on) are read only if asked for,
and further columns never, so that an exported file can be changed and read again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NAMES = {
    "sku": "sku", "location": "location", "onhand": "onHand", "quantity": "onHand", "qty": "onHand", "state": "state",
    "counttime": "countTime",
}  # fmt: skip
FIGURES = ("future", "incoming", "unavailable", "hold", "damaged")
"""The columns of other figures."""
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class SheetError(ValueError):
    """A file that cannot be read at all: `field` is what is wrong with it, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class SheetLine:
    """One line as it stands in the file; `number` as an editor counts, the heading is 1.

    `figures` are what it says of the other figures, where these are read; without those that it leaves empty.
    """

    number: int
    sku: str
    location: str
    on_hand: str
    state: str
    count_time: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Sheet:
    """The lines of a file, and the names of the columns that are not read."""

    lines: list[SheetLine] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read_sheet(data: bytes, *, most_rows: int, setting: str, figures: bool = False) -> Sheet:
    """Return the lines of a file, with the other `figures` if they are wanted.

    Raises `SheetError`; `setting` is named where there are more than `most_rows`.
    """
    text = _text(data)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    sheet = Sheet()
    columns: dict[str, int] = {}
    try:
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(cells, sheet, FIGURES if figures else ())
                continue
            if len(sheet.lines) == most_rows:
                raise SheetError(
                    "file",
                    f"it has more than {most_rows} lines; split it, or have the setting {setting} raised",
                )
            given = {name: _plain(cells[place]) for name, place in columns.items() if place < len(cells)}
            sheet.lines.append(
                SheetLine(
                    rows.line_num, given.get("sku", ""), given.get("location", ""), given.get("onHand", ""),
                    given.get("state", "").lower(), given.get("countTime", ""),
                    {name: given[name] for name in FIGURES if given.get(name)},
                )
            )  # fmt: skip
    except csv.Error as error:
        raise SheetError(
            "file", f"line {rows.line_num} cannot be read ({error}); save it again as CSV from a spreadsheet"
        ) from error
    if not columns:
        raise SheetError("file", "it is empty; the first line names the columns: sku, location, onHand")
    return sheet


def safe_cell(value: str) -> str:
    """Return a text that a spreadsheet shows and never works out as a formula."""
    return f"'{value}" if value.lstrip("'").startswith(FORMULA) else value


def _plain(cell: str) -> str:
    """Undo `safe_cell`."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA) else text


def _text(data: bytes) -> str:
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise SheetError("file", "it is a workbook, not CSV; in the spreadsheet choose Save as, CSV UTF-8")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SheetError(
            "file", f"line {line} is not {encoding.upper()[:6].rstrip('-')} text; save the file as CSV UTF-8"
        ) from error
    if "\x00" in text:
        raise SheetError("file", "it is no text; save it as CSV UTF-8")
    return text


def _delimiter(text: str) -> str:
    """The sign between columns: the one that the heading has most of."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max((",", ";", "\t"), key=heading.count)


def _columns(cells: list[str], sheet: Sheet, figures: Sequence[str]) -> dict[str, int]:
    names = {**_NAMES, **{name: name for name in figures}}
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = names.get("".join(letter for letter in cell.lower() if letter.isalnum()))
        if name is None:
            sheet.ignored += [cell.strip()[:60]] if cell.strip() else []
        elif name in columns:
            raise SheetError("file", f"two columns are the {name}; keep one of them")
        else:
            columns[name] = place
    for needed in ("sku", "onHand"):
        if needed not in columns and not (needed == "onHand" and columns.keys() & set(figures)):
            raise SheetError(
                "file",
                f"there is no column {needed} (its columns are: {', '.join(cells)[:200]}); "
                "the first line names the columns: sku, location, onHand",
            )
    return columns
