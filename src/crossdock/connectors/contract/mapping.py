"""What a connector says of its translation, for people: which field goes where, and what each status becomes.

It is told, not obeyed: the translation itself is code. Tests hold the two together.
"""

from __future__ import annotations

from msgspec import Struct


class FieldRule(Struct, frozen=True, kw_only=True):
    """One field of a document and where it goes.

    `source` is a path in the outside system's document, `target` one in the canonical record of `entity`; ``[]`` stands
    for each of a list. `note` says what is done on the way, where that is more than taking it over.
    """

    entity: str
    source: str
    target: str
    note: str = ""


class StatusRule(Struct, frozen=True, kw_only=True):
    """One value of an outside system's status `field`, and what it means here, in words."""

    entity: str
    field: str
    outside: str
    means: str
