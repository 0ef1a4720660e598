"""`lang=xx`: plain text fields in another language (ecwid-api/conventions.md §9)."""

from __future__ import annotations

from ecwid_twin.wire.message import Doc

TEXTS = ("name", "description", "subtitle", "seoTitle", "seoDescription")


def spoken(doc: Doc, lang: str) -> Doc:
    """A shallow copy of a product whose texts are in `lang` where a translation exists."""
    texts = {name: (doc.get(f"{name}Translated") or {}).get(lang) for name in TEXTS}
    return {**doc, **{name: text for name, text in texts.items() if text}}
