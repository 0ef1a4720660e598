"""Routing cards: which orders they are for, which places ship, and why. Pure.

Cards are tried in their order, and so are the places of a card. The first card that finds a place for every
open unit decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crossdock.routing.allocation import Allocation, Need, Shelf, Stock, allocate
from crossdock.routing.decision import Decision, PlaceFacts, Trial, trial
from crossdock.routing.filters import Facts, matches
from crossdock.routing.regions import Region, destination, in_regions

StockOf = Callable[[int, str], Stock]
"""What is free of a SKU at a location, for the order at hand."""
MOST_NAMED = 3


@dataclass(frozen=True)
class Card:
    """A routing card (`hub.models.RoutingCard` says what each field means)."""

    name: str
    places: tuple[PlaceFacts, ...]
    enabled: bool = True
    match: str = "all"
    filters: Sequence[Mapping[str, object]] = ()
    regions: Sequence[Region] = ()
    check_stock: bool = True
    allow_split: bool = False
    send_future: bool = False

    def refusal(self, facts: CardFacts) -> str:
        """Why this card is not for the order, or ""."""
        if not self.enabled:
            return "it is turned off"
        if not matches(self.filters, self.match, facts.document):
            return "its filters do not match the order"
        if not in_regions(self.regions, facts.address):
            where = destination(facts.address)
            return (
                f"its regions do not reach {where}"
                if where
                else "its regions need an address, and the order has none"
            )
        return ""


@dataclass(frozen=True)
class CardFacts:
    """An order as cards see it. `rejected` are the locations that would not ship it before."""

    needs: tuple[Need, ...]
    address: Mapping[str, object] | None = None
    document: Facts = field(default_factory=dict)
    rejected: frozenset[int] = frozenset()


def by_cards(facts: CardFacts, cards: Sequence[Card], stock: StockOf) -> Decision:
    """Return what the first fitting card says: ``route``, or ``fail`` with every card's reason."""
    explanation: list[Trial] = []
    reasons: list[str] = []
    for card in cards:
        refusal = card.refusal(facts)
        if refusal:
            explanation.append(trial(card.name, refusal))
            reasons.append(f"{card.name}: {refusal}")
            continue
        allocations, trials = _try(card, facts, stock)
        explanation += trials
        if allocations:
            return Decision("route", _summary(card, allocations), allocations, tuple(explanation))
        reasons.append(f"{card.name}: {_shortage(trials)}")
    return Decision("fail", "no card places it. " + "; ".join(reasons), (), tuple(explanation))


def _try(card: Card, facts: CardFacts, stock: StockOf) -> tuple[tuple[Allocation, ...], list[Trial]]:
    usable = [place for place in card.places if not _trouble(place, facts)]
    shelves = {place.location_id: _shelf(place, card, stock) for place in usable}
    allocations = allocate(
        facts.needs, list(shelves.values()), split=card.check_stock and card.allow_split,
        future=card.check_stock and card.send_future,
    )  # fmt: skip
    trials = []
    if not card.places:
        trials.append(trial(card.name, "it names no location"))
    for place in card.places:
        own = [one for one in allocations if one.location_id == place.location_id]
        trouble = _trouble(place, facts)
        if trouble:
            trials.append(trial(card.name, trouble, place))
        elif own:
            why = _why_chosen(card, facts, own, alone=len({one.location_id for one in allocations}) == 1)
            trials.append(trial(card.name, why, place, chosen=True, free=_free(card, facts, place, stock)))
        else:
            why = _why_not(card, facts, shelves[place.location_id], settled=bool(allocations))
            trials.append(trial(card.name, why, place, free=_free(card, facts, place, stock)))
    return allocations, trials


def _trouble(place: PlaceFacts, facts: CardFacts) -> str:
    if place.trouble:
        return place.trouble
    return "it would not ship this order before" if place.location_id in facts.rejected else ""


def _shelf(place: PlaceFacts, card: Card, stock: StockOf) -> Shelf:
    return Shelf(
        place.location_id, lambda sku: stock(place.location_id, sku), whole_bundles=place.whole_bundles,
        infinite=place.infinite or not card.check_stock,
    )  # fmt: skip


def _why_chosen(card: Card, facts: CardFacts, own: Sequence[Allocation], *, alone: bool) -> str:
    if not card.check_stock:
        return "it is the first location that ships, and stock is not checked"
    if alone and len(own) == 1:
        return "it has everything, counting what is on its way" if own[0].waits else "it has everything"
    skus = {need.line_id: need.sku for need in facts.needs}
    parts = []
    for one in own:
        units = ", ".join(f"{quantity} x {skus[line]}" for line, quantity in one.lines)
        parts.append(
            f"keeps {units} for the order, which are on their way" if one.waits else f"ships {units}"
        )
    return " and ".join(parts)


def _why_not(card: Card, facts: CardFacts, shelf: Shelf, *, settled: bool) -> str:
    if not card.check_stock:
        return "another location comes first"
    missing = _missing(facts.needs, shelf, future=card.send_future)
    if not missing:
        return (
            "another location comes first" if settled else "what it has is not enough for all lines together"
        )
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return "; ".join(missing[:MOST_NAMED]) + more


def _missing(needs: Sequence[Need], shelf: Shelf, *, future: bool) -> list[str]:
    """Say line by line what the shelf lacks."""
    found = []
    for need in needs:
        units = shelf.has(need, future=future)
        if units is None or units >= need.quantity:
            continue
        unknown = [sku for sku, _ in shelf.pieces(need) if shelf.stock(sku).state == "unknown"]
        if unknown:
            found.append(f"nobody has counted {', '.join(unknown)} there")
            continue
        coming = 0 if future else (shelf.has(need, future=True) or 0) - units
        later = f" ({coming} on their way)" if coming > 0 else ""
        found.append(f"{units} of {need.quantity} {need.sku} are free{later}")
    return list(dict.fromkeys(found))


def _free(card: Card, facts: CardFacts, place: PlaceFacts, stock: StockOf) -> dict[str, object]:
    if not card.check_stock or place.infinite:
        return {}
    shelf = _shelf(place, card, stock)
    figures: dict[str, object] = {}
    for sku in dict.fromkeys(sku for need in facts.needs for sku, _ in shelf.pieces(need)):
        found = stock(place.location_id, sku)
        figures[sku] = max(found.free, 0) if found.state == "tracked" else found.state
    return figures


def _summary(card: Card, allocations: Sequence[Allocation]) -> str:
    names = {place.location_id: place.name for place in card.places}
    places = list(dict.fromkeys(names[one.location_id] for one in allocations))
    waits = "; some of it waits for stock on its way" if any(one.waits for one in allocations) else ""
    if len(places) == 1:
        return f"card {card.name}: {places[0]}{waits}"
    return f"card {card.name}: split over {', '.join(places[:-1])} and {places[-1]}{waits}"


def _shortage(trials: Sequence[Trial]) -> str:
    return ", ".join(
        f"{entry['location']}: {entry['why']}" if "location" in entry else str(entry["why"])
        for entry in trials
    )
