"""Deciding on a batch of orders, oldest first: what may be free is locked, read once, and handed out in turn.

Where a card asks for stock, the records of every place that may be asked are locked before they are read.
Whoever takes units, counts them or lets them go does so under the same locks; so what was found free is free
until the requests are made, however many workers route at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crossdock.hub.models import InventoryRecord, Order, Reservation
from crossdock.hub.stock.ledger import Place, lock_records
from crossdock.routing.cards import Card, StockOf
from crossdock.routing.cases import Case, Guide, facts_of
from crossdock.routing.decision import Decision, PlaceFacts
from crossdock.routing.one_order import RoutingFacts, decide
from crossdock.routing.shelves import Shelves, Spot

Decided = list[tuple[Case, Decision]]


def decide_all(cases: Sequence[Case], guide: Guide, *, locked: bool) -> Decided:
    """Return a decision on each of `cases`, which are in the order of their age.

    With `locked`, in a transaction that holds the orders' locks, what is decided can be done. Without, it is
    what would be decided now.
    """
    facts = [facts_of(case, guide) for case in cases]
    if not cases or not guide.checks_stock:
        return [
            (case, decide(fact, guide.settings(case.order))) for case, fact in zip(cases, facts, strict=True)
        ]
    spots = {spot for case, fact in zip(cases, facts, strict=True) for spot in _asked(case, fact, guide)}
    if locked:
        spots = _lock(cases, facts, guide, spots)
    shelves = Shelves([case.order for case in cases], spots)
    whole = {place.location_id for card in guide.cards for place in card.places if place.whole_bundles}
    decided: Decided = []
    for case, fact in zip(cases, facts, strict=True):
        decision = decide(fact, guide.settings(case.order), _stock_for(shelves, case.order))
        shelves.decided(case, decision.allocations if decision.kind == "route" else (), whole)
        decided.append((case, decision))
    return decided


def _stock_for(shelves: Shelves, order: Order) -> StockOf:
    return lambda location_id, sku: shelves.stock(order, location_id, sku)


def _cards(fact: RoutingFacts, guide: Guide) -> Iterator[Card]:
    return (card for card in guide.cards if not card.refusal(fact.goods))


def _asked(case: Case, fact: RoutingFacts, guide: Guide) -> Iterator[Spot]:
    """Give where it may matter what is free for an order."""
    for card in _cards(fact, guide):
        if card.check_stock:
            yield from ((sku, place.location_id) for place in card.places for sku in case.skus)


def _landing(case: Case, fact: RoutingFacts, guide: Guide) -> Iterator[Spot]:
    """Give where the order's units may be committed without anybody asking what is free."""
    places: list[PlaceFacts | None] = [fact.own, guide.default, guide.only]
    for card in _cards(fact, guide):
        usable = [
            place
            for place in card.places
            if not place.trouble and place.location_id not in fact.goods.rejected
        ]
        places += [place for place in usable if place.infinite] if card.check_stock else usable[:1]
    yield from ((sku, place.location_id) for place in places if place and place.ships for sku in case.skus)


def _lock(cases: Sequence[Case], facts: Sequence[RoutingFacts], guide: Guide, asked: set[Spot]) -> set[Spot]:
    """Lock every record that these orders may be decided on or committed at, in one go; returns those asked about.

    A record that is not there yet need not be: nobody has counted anything there, and whoever does so now
    leaves a retry.
    """
    organization_id = cases[0].order.organization_id
    known = InventoryRecord.objects.filter(
        organization_id=organization_id,
        sku__in={sku for sku, _ in asked},
        location_id__in={place for _, place in asked},
    )
    there = asked & set(known.values_list("sku", "location_id"))
    kept = Reservation.objects.filter(line__order__in=[case.order.pk for case in cases])
    spots = there | set(kept.values_list("record__sku", "record__location_id"))
    for case, fact in zip(cases, facts, strict=True):
        spots |= set(_landing(case, fact, guide))
    lock_records(
        [Place(organization_id, sku, location_id) for sku, location_id in spots],
        [case.order.pk for case in cases],
    )
    return there
