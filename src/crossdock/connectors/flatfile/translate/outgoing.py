"""What outgoing files have in common: rows under column names, one for each line or one for each record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from crossdock.canon import Address
from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.columns import ADDRESS
from crossdock.connectors.flatfile.wire import MAX_CELL, Cell, write_csv, write_json

MOST_LINES = 50
"""The most lines of a record whose lines are numbered in columns."""


class Outgoing(Struct, frozen=True, kw_only=True):
    """One record on its way out: what is said once, and its lines."""

    name: str
    head: Mapping[str, Cell]
    lines: Sequence[Mapping[str, Cell]]


def outgoing_file(
    entity: str,
    records: Sequence[Outgoing],
    head: Sequence[str],
    line: Sequence[str],
    options: Options,
) -> bytes:
    """Return a file of `records`. Raises `Refused` naming the record that cannot be expressed."""
    for record in records:
        _check(record)
    theirs = {ours: name for name, ours in options.columns[entity].items()}
    if options.format == "json":
        return write_json(_objects(records, head, line, theirs, options))
    if options.row_per == "order":
        header, rows = _wide(records, head, line, theirs)
    else:
        header = [theirs.get(name, name) for name in (*head, "lineNumber", *line)]
        rows = [
            [*(record.head.get(name) for name in head), number, *(one.get(name) for name in line)]
            for record in records
            for number, one in _numbered(record)
        ]
    return write_csv(
        header,
        rows,
        delimiter=options.delimiter,
        decimal_mark=options.decimal_mark,
        neutralize=options.neutralize,
    )


def address_cells(address: Address | None, prefix: str = "") -> dict[str, Cell]:
    """Return an address under its columns."""
    found: dict[str, Cell] = {}
    for column in ADDRESS:
        attribute = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in column)
        name = f"{prefix}{column[0].upper()}{column[1:]}" if prefix else column
        found[name] = getattr(address, attribute) if address is not None else ""
    return found


def _numbered(record: Outgoing) -> list[tuple[int | None, Mapping[str, Cell]]]:
    """Return the lines with their numbers; a record without lines has one row all the same."""
    return list(enumerate(record.lines, start=1)) or [(None, {})]


def _wide(
    records: Sequence[Outgoing], head: Sequence[str], line: Sequence[str], theirs: Mapping[str, str]
) -> tuple[list[str], list[list[Cell]]]:
    """Return one row for each record, its lines side by side: sku1, quantity1, sku2, quantity2 …"""
    for record in records:
        if len(record.lines) > MOST_LINES:
            raise Refused(
                f"{record.name} has {len(record.lines)} lines; at most {MOST_LINES} fit into one row. Set "
                "rowPer=line.",
                code="tooManyLines",
                field="rowPer",
                remote_id=record.name,
            )
    most = max((len(record.lines) for record in records), default=0)
    header = [theirs.get(name, name) for name in head]
    header += [f"{theirs.get(name, name)}{number}" for number in range(1, most + 1) for name in line]
    rows = []
    for record in records:
        cells = [record.head.get(name) for name in head]
        for number in range(most):
            one = record.lines[number] if number < len(record.lines) else {}
            cells += [one.get(name) for name in line]
        rows.append(cells)
    return header, rows


def _objects(
    records: Sequence[Outgoing],
    head: Sequence[str],
    line: Sequence[str],
    theirs: Mapping[str, str],
    options: Options,
) -> list[Mapping[str, object]]:
    """Return flat objects, one for each line; or one for each record, with its lines in ``lineItems``."""
    found: list[Mapping[str, object]] = []
    for record in records:
        once = {theirs.get(name, name): record.head.get(name) for name in head}
        lines = [
            {"lineNumber": number, **{theirs.get(name, name): one.get(name) for name in line}}
            for number, one in _numbered(record)
        ]
        if options.row_per == "order":
            found.append({**once, "lineItems": lines if record.lines else []})
        else:
            found += [{**once, **one} for one in lines]
    return found


def _check(record: Outgoing) -> None:
    for cells in (record.head, *record.lines):
        for name, cell in cells.items():
            if isinstance(cell, str) and ("\x00" in cell or len(cell) > MAX_CELL):
                raise Refused(
                    f"{record.name}: {name} has a NUL character or more than {MAX_CELL:,} characters, which no "
                    "file can carry. Mend it in the order.",
                    code="notExpressible",
                    field=name,
                    remote_id=record.name,
                )
