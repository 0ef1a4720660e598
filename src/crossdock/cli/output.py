"""What commands print: data on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

UNLIMITED_WIDTH = 4000


def say(message: str) -> None:
    """Print a line for a person on standard error."""
    print(message, file=sys.stderr)


def console(stream: TextIO) -> Console:
    """Return a Rich console on `stream`: colours on a terminal only and never with NO_COLOR; piped, lines are
    never cut or folded. Text from outside is printed as it is, never read as mark-up.
    """
    from rich.console import Console

    width = None if stream.isatty() else UNLIMITED_WIDTH
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def show_json(document: object) -> None:
    """Print a document as JSON on standard output."""
    from crossdock.hub.documents import to_json

    print(to_json(document))


def show_page(
    name: str, documents: Sequence[Mapping[str, object]], *, page_size: int, cursor: str | None
) -> None:
    """Print a list as JSON under its plural `name`, with where the next page begins."""
    pagination = {"last": cursor is None, "pageSize": page_size, "nextCursor": cursor}
    show_json({name: documents, "pagination": pagination})


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under their `columns`; says `empty` on standard error where there are none.

    A column called in capitals holds ids and figures: it is never folded.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    filled = list(rows)
    if not filled:
        say(empty)
        return
    terminal = sys.stdout.isatty()
    table = Table(box=SIMPLE_HEAD if terminal else None, pad_edge=False, header_style="bold")
    for column in columns:
        right = all(isinstance(row[columns.index(column)], (int, Decimal)) for row in filled)
        table.add_column(
            column,
            overflow="fold",
            no_wrap=not terminal or column in NEVER_FOLDED,
            justify="right" if right else "left",
        )
    for row in filled:
        table.add_row(*(cell(value) for value in row))
    console(sys.stdout).print(table)


NEVER_FOLDED = frozenset({"id", "number", "sku", "when", "status"})


def show_fields(fields: Mapping[str, object]) -> None:
    """Print one record as name and value, leaving out what is empty."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            table.add_row(name, cell(value))
    console(sys.stdout).print(table)


def cell(value: object) -> str:
    """Return a value as a person reads it; control characters, which could steer a terminal, become dots."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Decimal):
        return f"{value:,}"
    text = " ".join(str(value).split())
    return "".join(character if character.isprintable() else "·" for character in text)


def money(value: Decimal | None, currency: str) -> str:
    """Return an amount with its currency: ``1,234.50 EUR``; two decimals, or more if stored."""
    if value is None:
        return ""
    plain = value.normalize()
    places = max(2, -int(plain.as_tuple().exponent))
    return f"{plain:,.{places}f} {currency}".rstrip()


def duration(seconds: float | None) -> str:
    """Return a span as a person says it: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    if seconds is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
