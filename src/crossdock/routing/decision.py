"""What routing decides about an order, and how the decision explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crossdock.routing.allocation import Allocation

Trial = dict[str, object]
"""One place, or one card without a place, that was considered: ``card``, ``location``, ``locationId``, ``free``
by SKU, ``chosen``, and ``why`` in words."""


@dataclass(frozen=True)
class PlaceFacts:
    """A location as routing sees it. `ships` means an active pool of stock.

    With `infinite` it has everything, with `whole_bundles` bundles lie there packed.
    """

    location_id: int
    name: str
    ships: bool
    paused: bool
    infinite: bool = False
    whole_bundles: bool = False

    @property
    def trouble(self) -> str:
        """Why nothing can ship from here, or ""."""
        if not self.ships:
            return "it is no active stock location"
        return "it is paused" if self.paused else ""


@dataclass(frozen=True)
class Decision:
    """What to do with an order: ship its parts from these places, wait, exclude it, call it done, or give up.

    ``done`` means that nothing is left to route; ``fail`` that something has to change first. `explanation`
    lists what was considered.
    """

    kind: Literal["route", "wait", "exclude", "done", "fail"]
    reason: str
    allocations: tuple[Allocation, ...] = ()
    explanation: tuple[Trial, ...] = ()


def trial(
    card: str,
    why: str,
    place: PlaceFacts | None = None,
    *,
    chosen: bool = False,
    free: Mapping[str, object] | None = None,
) -> Trial:
    """Return one entry of an explanation; `free` says what of each SKU was found, where that was asked."""
    entry: Trial = {"card": card}
    if place is not None:
        entry |= {"location": place.name, "locationId": f"{place.location_id:016x}"}
    return entry | {"chosen": chosen, "why": why} | ({"free": dict(free)} if free else {})
