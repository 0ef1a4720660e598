"""The file that says which rows were not accepted, why, and how each of them read.

It has the columns of the file it is about behind three of its own, so that a person can mend the rows and put the
file back: the three are ignored on the way in.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

from crossdock.connectors.contract import Reject
from crossdock.connectors.errors import Unreadable
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.wire.formulas import shielded
from crossdock.connectors.flatfile.wire.table import is_json, open_table

OWN_COLUMNS = ("rejectedRow", "rejectedField", "rejectedBecause")


def reject_file(
    name: str,
    document: bytes,
    rejects: Sequence[Reject],
    refusal: str,
    gathered: Mapping[int, Sequence[int]],
    options: Options,
) -> bytes:
    """Return the reject file of a delivery; the same for the same input.

    `gathered` gives the rows of a record that stands on several, by its first one. A `refusal` of the whole is
    row 0.
    """
    spread = [
        (number, reject) for reject in rejects for number in gathered.get(reject.number) or (reject.number,)
    ]
    header, cells = _as_it_came(name, document, {number for number, _ in spread}, options)
    rows: list[tuple[int, str, str, Sequence[str]]] = [(0, "", refusal, ())] if refusal else []
    rows += [(number, reject.field, reject.reason, cells.get(number, ())) for number, reject in spread]
    if is_json(name):
        return _json(header, rows)
    return _csv(header, rows, options.delimiter)


def _as_it_came(
    name: str, document: bytes, wanted: set[int], options: Options
) -> tuple[Sequence[str], dict[int, Sequence[str]]]:
    """Return the header and the wanted rows; what can be had of a file that cannot be read to its end."""
    found: dict[int, Sequence[str]] = {}
    try:
        table = open_table(name, document, options)
    except Unreadable:
        return (), found
    try:
        for raw in table.rows:
            if raw.number in wanted:
                found[raw.number] = raw.cells
    except Unreadable:
        pass
    return table.header, found


def _csv(header: Sequence[str], rows: Sequence[tuple[int, str, str, Sequence[str]]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    kept = [index for index, column in enumerate(header) if column not in OWN_COLUMNS]
    writer.writerow([*OWN_COLUMNS, *(header[index] for index in kept)])
    for number, field, reason, cells in rows:
        whole = len(cells) == len(header)
        came = [cells[index] for index in kept] if whole else cells
        writer.writerow([number, shielded(field), shielded(reason), *(shielded(cell) for cell in came)])
    return text.getvalue().encode("utf-8")


def _json(header: Sequence[str], rows: Sequence[tuple[int, str, str, Sequence[str]]]) -> bytes:
    lines = [
        json.dumps(
            dict(zip(OWN_COLUMNS, (number, field, reason), strict=True))
            | {name: cell for name, cell in zip(header, cells, strict=False) if name not in OWN_COLUMNS},
            ensure_ascii=False,
        )
        for number, field, reason, cells in rows
    ]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode("utf-8")
