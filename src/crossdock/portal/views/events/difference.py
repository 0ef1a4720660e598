"""What an event changed, set side by side: each value that differs, as it was and as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DEEPEST = 4
WHOLE = frozenset({"bundleItems", "byLocation", "translations"})
"""Values whose parts are named by people, not by us: they are told as one."""


@dataclass(frozen=True)
class Difference:
    """One value: its name (parts within parts joined by dots), what it was, and what it is; None where it was not."""

    name: str
    before: object
    after: object

    @property
    def changed(self) -> bool:
        """Whether it was another before, rather than only written down now."""
        return self.before is not None


def differences(before: object, after: object) -> list[Difference]:
    """Return what differs between the two sides of an event; what is equal on both is left out.

    Either side may be missing: an event may only say how something is now, or what is gone.
    """
    old, new = dict(_values(before)), dict(_values(after))
    rows = [
        Difference(name, old.get(name), new.get(name))
        for name in [*old, *(name for name in new if name not in old)]
    ]
    return [row for row in rows if row.before != row.after]


def _values(side: object, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, object]]:
    if not isinstance(side, Mapping):
        return
    for name, value in side.items():
        full = f"{prefix}{name}"
        if isinstance(value, Mapping) and value and depth < DEEPEST and name not in WHOLE:
            yield from _values(value, f"{full}.", depth + 1)
        else:
            yield full, value
