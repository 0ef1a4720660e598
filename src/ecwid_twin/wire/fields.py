"""`responseFields`: keeping only the named keys of an answer (ecwid-api/conventions.md §7)."""

from __future__ import annotations

from functools import lru_cache

from ecwid_twin.wire.errors import wrong_parameter
from ecwid_twin.wire.message import JSON

Selection = dict[str, "Selection | None"]


@lru_cache(maxsize=512)
def parse(text: str) -> Selection:
    """The tree of names in `text`; None below a name keeps it whole. 400 when brackets do not match."""
    tree, position = _level(text, 0, 0)
    if position != len(text):
        raise wrong_parameter("responseFields", text, "names with balanced parentheses")
    return tree


def _level(text: str, position: int, depth: int) -> tuple[Selection, int]:
    tree: Selection = {}
    name = ""
    while position < len(text):
        mark = text[position]
        position += 1
        if mark == "(":
            tree[name.strip()], position = _level(text, position, depth + 1)
            name = ""
        elif mark in ",)":
            if name.strip():
                tree.setdefault(name.strip(), None)
            name = ""
            if mark == ")":
                if depth == 0:
                    raise wrong_parameter("responseFields", text, "names with balanced parentheses")
                return tree, position
        else:
            name += mark
    if depth:
        raise wrong_parameter("responseFields", text, "names with balanced parentheses")
    if name.strip():
        tree.setdefault(name.strip(), None)
    return tree, position


def keep(value: JSON, selection: Selection | None) -> JSON:
    """`value` with only the selected keys.

    A bracketed list applies to an object, to every element of an array, or, where the object is a map
    (none of the names is a key and all values are objects), to its values. Unknown names are ignored.
    """
    if selection is None:
        return value
    if isinstance(value, list):
        return [keep(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: keep(value[key], below) for key, below in selection.items() if key in value}
    if not kept and value and all(isinstance(item, dict) for item in value.values()):
        return {key: keep(item, selection) for key, item in value.items()}
    return kept
