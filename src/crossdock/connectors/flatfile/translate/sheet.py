"""A file on its way in: its columns found by name, its rows walked, good and bad ones kept apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from crossdock.connectors.contract import Notice, RemoteRecord
from crossdock.connectors.errors import Unreadable
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.columns import INCOMING_COLUMNS
from crossdock.connectors.flatfile.wire.rejects import OWN_COLUMNS
from crossdock.connectors.flatfile.wire.table import Raw, open_table


class Sheet(Struct, frozen=True, kw_only=True):
    """An opened file. `places` gives each of our columns its place, `theirs` its name in the file."""

    rows: Iterator[Raw]
    places: Mapping[str, int]
    theirs: Mapping[str, str]
    decimal_mark: str
    notices: tuple[Notice, ...]

    def cell(self, raw: Raw, ours: str) -> str:
        """Return a cell's text; nothing where the file lacks the column."""
        place = self.places.get(ours)
        return "" if place is None else raw.cells[place]

    def name_of(self, ours: str) -> str:
        """Return what the file calls one of our columns."""
        return self.theirs.get(ours, ours)


def open_sheet(record: RemoteRecord, entity: str, options: Options) -> Sheet:
    """Open a delivery. Raises `Unreadable` naming a column that is missing or there twice."""
    table = open_table(record.remote_id, record.document, options)
    spec = INCOMING_COLUMNS[entity]
    ours_by_name = {ours.casefold(): ours for ours in spec.known}
    for theirs, ours in options.columns[entity].items():
        ours_by_name.pop(ours.casefold(), None)
        ours_by_name[theirs.casefold()] = ours
    places: dict[str, int] = {}
    theirs_of: dict[str, str] = {}
    unknown: list[str] = []
    for place, name in enumerate(table.header):
        found = ours_by_name.get(name.casefold())
        if found is None:
            if name not in OWN_COLUMNS:
                unknown.append(name)
        elif found in places:
            raise Unreadable(f"The column {name} is there twice. Leave one of them out.", field=name)
        else:
            places[found], theirs_of[found] = place, name
    _check_required(entity, options, table.header, places)
    notices = tuple(
        Notice(code="unknownField", field=name, message=f"The column {name!r} is not known and was left out.")
        for name in unknown
    )
    return Sheet(
        rows=table.rows, places=places, theirs=theirs_of, decimal_mark=table.decimal_mark, notices=notices
    )


def _check_required(entity: str, options: Options, header: Sequence[str], places: Mapping[str, int]) -> None:
    spec = INCOMING_COLUMNS[entity]
    names = {ours: theirs for theirs, ours in options.columns[entity].items()}
    there = ", ".join(header)[:300] or "nothing"
    hint = ""
    if len(header) == 1 and any(mark in header[0] for mark in ",;\t"):
        hint = " Is the setting delimiter right?"
    for ours in spec.required:
        if ours not in places:
            name = names.get(ours, ours)
            raise Unreadable(
                f"The column {name} is missing; there is: {there}.{hint} Add it, or map another one by the "
                f"setting {entity}Columns.",
                field=name,
            )
    if spec.one_of and not any(ours in places for ours in spec.one_of):
        wanted = " or ".join(names.get(ours, ours) for ours in spec.one_of)
        raise Unreadable(f"There is no column {wanted}; there is: {there}.{hint}", field=spec.one_of[0])


def as_it_read(raw: Raw) -> str:
    """Return a row as one text, for a person."""
    return json.dumps(raw.cells, ensure_ascii=False)[:2000]
