"""Bytes of a file ↔ rows of cells: CSV and JSON, strict and bounded."""

from crossdock.connectors.flatfile.wire.rejects import reject_file
from crossdock.connectors.flatfile.wire.table import MAX_CELL, MAX_ROWS, Raw, Table, open_table
from crossdock.connectors.flatfile.wire.writing import Cell, write_csv, write_json

__all__ = [
    "MAX_CELL",
    "MAX_ROWS",
    "Cell",
    "Raw",
    "Table",
    "open_table",
    "reject_file",
    "write_csv",
    "write_json",
]
