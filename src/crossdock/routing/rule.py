"""The default rule: paid and shippable → one shipping request, at the order's own or the default location.

Pure: it sees facts and settings, and gives a decision with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crossdock.hub.status import WAITING_FOR_PAYMENT, exclusion

NAME = "default rule"
NO_LOCATION = "waiting for the first location"
PAUSED = "waiting: its location is paused"
NO_SKU = "none of its open lines has a SKU"


@dataclass(frozen=True)
class PlaceFacts:
    """A location as the rule sees it. `ships` means an active pool of stock."""

    location_id: int
    name: str
    ships: bool
    paused: bool


@dataclass(frozen=True)
class RoutingFacts:
    """An order as the rule sees it.

    `open_units` are units to ship that lie in no request, of lines with a SKU; `nameless_units` those of
    lines without one, which are never routed by themselves. `ships` tells whether any line requires
    shipping, `own` is the place the channel chose.
    """

    standing: str
    deleted: bool
    paid: bool
    method: str
    ships: bool
    open_units: int
    nameless_units: int = 0
    own: PlaceFacts | None = None


@dataclass(frozen=True)
class RoutingSettings:
    """What the integration and the organization say about routing."""

    accept_unpaid: bool = False
    default: PlaceFacts | None = None


@dataclass(frozen=True)
class Decision:
    """What to do with an order: route it to `location_id`, wait, exclude it, call it done, or give up.

    ``done`` means that nothing is left to route; ``fail`` that a person has to mend the order first.
    """

    kind: Literal["route", "wait", "exclude", "done", "fail"]
    reason: str
    location_id: int | None = None


def decide(facts: RoutingFacts, settings: RoutingSettings) -> Decision:
    """Return the default rule's decision on one order. Pure."""
    why_not = exclusion(
        standing=facts.standing, deleted=facts.deleted, method=facts.method, ships=facts.ships
    )
    if why_not:
        return Decision("exclude", why_not)
    if not facts.open_units:
        return (
            Decision("fail", NO_SKU) if facts.nameless_units else Decision("done", "nothing is left to route")
        )
    if not facts.paid and not settings.accept_unpaid:
        return Decision("wait", WAITING_FOR_PAYMENT)
    own = facts.own if facts.own is not None and facts.own.ships else None
    place = own or settings.default
    if place is None or not place.ships:
        return Decision("wait", NO_LOCATION)
    if place.paused:
        return Decision("wait", PAUSED)
    chosen = "the order names it" if own else "it is the default location"
    paid = "paid" if facts.paid else "not paid, which the settings accept"
    return Decision("route", f"{NAME}: {paid}; {place.name}, because {chosen}", place.location_id)
