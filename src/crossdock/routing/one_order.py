"""What is done with one order: may it be routed, does its place stand already, else what the cards say. Pure.

An order whose place the channel chose ships from there. One that is picked up goes to its pick-up place.
Without any card the default location ships everything, whether it is there or not: the built-in rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crossdock.hub.orders.status import WAITING_FOR_PAYMENT, exclusion
from crossdock.routing.allocation import Allocation, Stock
from crossdock.routing.cards import Card, CardFacts, StockOf, by_cards
from crossdock.routing.decision import Decision, PlaceFacts, trial

NAME = "default rule"
NO_LOCATION = "waiting for the first location"
PAUSED = "waiting: its location is paused"
NO_SKU = "none of its open lines has a SKU"


@dataclass(frozen=True)
class RoutingFacts:
    """An order as routing sees it.

    `nameless_units` are open units of lines without a SKU, which are never routed by themselves. `ships`
    tells whether any line requires shipping, `own` is the place the channel chose. `goods` is what is to be
    shipped and lies in no request yet, as cards see it.
    """

    standing: str
    deleted: bool
    paid: bool
    method: str
    ships: bool
    goods: CardFacts = field(default_factory=lambda: CardFacts(()))
    nameless_units: int = 0
    own: PlaceFacts | None = None


@dataclass(frozen=True)
class RoutingSettings:
    """What the integration and the organization say about routing.

    `only` is the organization's stock location where it has just one.
    """

    accept_unpaid: bool = False
    default: PlaceFacts | None = None
    only: PlaceFacts | None = None
    cards: Sequence[Card] = ()


def _nothing(_location_id: int, _sku: str) -> Stock:
    return Stock()


def decide(facts: RoutingFacts, settings: RoutingSettings, stock: StockOf = _nothing) -> Decision:
    """Return the decision on one order. Pure; `stock` says what is free for it."""
    why_not = exclusion(
        standing=facts.standing, deleted=facts.deleted, method=facts.method, ships=facts.ships
    )
    if why_not:
        return Decision("exclude", why_not)
    if not facts.goods.needs:
        return (
            Decision("fail", NO_SKU) if facts.nameless_units else Decision("done", "nothing is left to route")
        )
    if not facts.paid and not settings.accept_unpaid:
        return Decision("wait", WAITING_FOR_PAYMENT)
    own = facts.own
    if own is not None and own.ships:
        rejected = own.location_id in facts.goods.rejected
        if not rejected:
            return _at(own, facts, "the order names it")
        if facts.method == "pickup":
            return _give_up(own, f"{own.name}, where it is to be picked up, would not ship it")
    elif facts.method == "pickup":
        return _pickup(facts, settings)
    if settings.cards:
        return by_cards(facts.goods, settings.cards, stock)
    return _built_in(facts, settings)


def _pickup(facts: RoutingFacts, settings: RoutingSettings) -> Decision:
    if settings.only is not None:
        return _at(settings.only, facts, "it is to be picked up, and there is no other stock location")
    if facts.own is None:
        return Decision(
            "fail",
            "it is to be picked up, and the store does not say where; make a "
            "shipping request by hand, for the right location",
            explanation=(trial("pick-up", "the order names no pick-up place"),),
        )
    return _give_up(
        facts.own,
        f"it is to be picked up at {facts.own.name}, which is no active stock location; merge it into the "
        "location that holds its goods",
    )


def _built_in(facts: RoutingFacts, settings: RoutingSettings) -> Decision:
    place = settings.default
    if place is None or not place.ships:
        return Decision("wait", NO_LOCATION)
    if place.location_id in facts.goods.rejected:
        return _give_up(place, f"{place.name} would not ship it, and no routing card names another location")
    return _at(place, facts, "it is the default location")


def _at(place: PlaceFacts, facts: RoutingFacts, because: str) -> Decision:
    """Let one place ship everything, unless it is paused; its stock is not asked about."""
    if place.paused:
        return Decision("wait", PAUSED)
    lines = tuple((need.line_id, need.quantity) for need in facts.goods.needs)
    paid = "paid" if facts.paid else "not paid, which the settings accept"
    return Decision(
        "route",
        f"{NAME}: {paid}; {place.name}, because {because}",
        (Allocation(place.location_id, lines),),
        (trial(NAME, f"{because}; stock is not checked", place, chosen=True),),
    )


def _give_up(place: PlaceFacts, reason: str) -> Decision:
    return Decision("fail", reason, explanation=(trial(NAME, reason, place),))
