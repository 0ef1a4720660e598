"""What all wire types share: lenient ids, and where a document was odd."""

from __future__ import annotations

from msgspec import Struct

Id = int | str | None
"""An identifier as Ecwid sends it: a number or a string, whatever the tables say (conventions.md §2)."""


class Wire(Struct, kw_only=True, rename="camel", gc=False):
    """A part of an Ecwid document: only the fields this connector reads, all others are skipped."""


def text_id(value: Id) -> str:
    """Return an id as text; absent, empty and zero ids (no such thing) are ``""``."""
    if not value or value == "0":
        return ""
    return str(value)
