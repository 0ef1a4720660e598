"""What all ``list`` commands share: their options, reading page after page, printing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from crossdock.cli.output import say, show_page, show_table

if TYPE_CHECKING:
    from django.db.models import Model

    from crossdock.hub.documents import Document
    from crossdock.hub.listing import Page

    M = TypeVar("M", bound=Model)
else:
    M = TypeVar("M")

LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="The most rows to show.")]
CursorOption = Annotated[
    str | None, typer.Option("--cursor", help="Go on where a page ended: its nextCursor.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data instead of a table.")]
LARGEST_PAGE = 500


def gathered(read: Callable[[int, str | None], Page[M]], limit: int, cursor: str | None) -> Page[M]:
    """Return up to `limit` rows from `cursor` on, reading as many pages as that takes.

    `read` takes a page's limit and its cursor.
    """
    from crossdock.hub.listing import Page

    rows: list[M] = []
    following = cursor
    while True:
        page = read(min(limit - len(rows), LARGEST_PAGE), following)
        rows += page.rows
        following = page.next_cursor
        if following is None or len(rows) >= limit:
            return Page(rows, following)


def show_list(
    name: str,
    page: Page[M],
    *,
    as_json: bool,
    documents: Callable[[Sequence[M]], Sequence[Document]],
    columns: Sequence[str],
    row: Callable[[M], Sequence[object]],
    empty: str,
) -> None:
    """Print one page: `documents` as JSON under the plural `name`, or a table with one `row` each."""
    if as_json:
        show_page(name, documents(page.rows), page_size=len(page.rows), cursor=page.next_cursor)
        return
    show_table(columns, [row(record) for record in page.rows], empty=empty)
    if page.next_cursor is not None:
        say(f"There is more: --limit {2 * len(page.rows)}, or --cursor {page.next_cursor}")
