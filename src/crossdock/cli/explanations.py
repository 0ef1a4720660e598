"""Printing why routing chose what it chose."""

from __future__ import annotations

from collections.abc import Mapping

from crossdock.cli.output import show_table


def show_explanation(explanation: object) -> None:
    """Print the places that routing considered, one a row; nothing where none are known."""
    entries = (
        [entry for entry in explanation if isinstance(entry, Mapping)]
        if isinstance(explanation, list)
        else []
    )
    if not entries:
        return
    rows = [
        (
            entry.get("card"),
            entry.get("location"),
            entry.get("chosen") is True,
            _free(entry),
            entry.get("why"),
        )
        for entry in entries
    ]
    show_table(["card", "location", "chosen", "free for it", "why"], rows, empty="")
    print()


def _free(entry: Mapping[str, object]) -> str:
    figures = entry.get("free")
    if not isinstance(figures, Mapping):
        return ""
    return ", ".join(
        f"{sku}: {'not counted' if free == 'unknown' else free}" for sku, free in figures.items()
    )
