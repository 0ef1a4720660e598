"""The platform's envelope around what is answered (`pipe17/README.md` §2)."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock.hub.documents import Document

Answer = dict[str, object]


def one(name: str, document: Document) -> Answer:
    """Return one record under its singular name."""
    return {"success": True, "code": 200, name: document}


def many(name: str, documents: Sequence[Document], size: int, next_cursor: str | None) -> Answer:
    """Return a page of records under their plural name. `nextCursor` leads to the next page."""
    pagination = {"last": next_cursor is None, "pageSize": size, "nextCursor": next_cursor or ""}
    return {"success": True, "code": 200, name: list(documents), "pagination": pagination}
