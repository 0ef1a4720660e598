"""The default rule, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crossdock.routing.allocation import Allocation, Need
from crossdock.routing.cards import Card, CardFacts
from crossdock.routing.decision import Decision, PlaceFacts
from crossdock.routing.one_order import RoutingFacts, RoutingSettings, decide

MAIN = PlaceFacts(1, "Main", ships=True, paused=False)
DEPOT = PlaceFacts(2, "Depot", ships=True, paused=False)
KIOSK = PlaceFacts(3, "Kiosk", ships=False, paused=False)
GOODS = CardFacts((Need(7, "tea", 2),))
NOTHING = CardFacts(())
FACTS = RoutingFacts(standing="open", deleted=False, paid=True, method="shipping", ships=True, goods=GOODS)
SETTINGS = RoutingSettings(default=MAIN)


def shipped_from(decision: Decision) -> int:
    """The one place that ships everything."""
    (allocation,) = decision.allocations
    assert allocation.lines == ((7, 2),)
    return allocation.location_id


def test_paid_goes_to_the_default_location() -> None:
    decision = decide(FACTS, SETTINGS)
    assert decision.reason == "default rule: paid; Main, because it is the default location"
    assert decision.allocations == (Allocation(1, ((7, 2),)),)
    assert decision.explanation == (
        {
            "card": "default rule", "location": "Main", "locationId": "0000000000000001", "chosen": True,
            "why": "it is the default location; stock is not checked",
        },
    )  # fmt: skip


def test_the_orders_own_location_goes_first() -> None:
    decision = decide(replace(FACTS, own=DEPOT), SETTINGS)
    assert decision.reason == "default rule: paid; Depot, because the order names it"
    assert shipped_from(decision) == 2


def test_a_place_that_cannot_ship_is_passed_over() -> None:
    assert shipped_from(decide(replace(FACTS, own=KIOSK), SETTINGS)) == 1


def test_an_own_location_does_without_a_default() -> None:
    assert shipped_from(decide(replace(FACTS, own=DEPOT), RoutingSettings())) == 2


def test_an_own_location_goes_before_any_card() -> None:
    settings = replace(SETTINGS, cards=[Card("none of them", (MAIN,), check_stock=False)])
    assert shipped_from(decide(replace(FACTS, own=DEPOT), settings)) == 2
    rejected = replace(GOODS, rejected=frozenset({2}))
    assert shipped_from(decide(replace(FACTS, own=DEPOT, goods=rejected), settings)) == 1


def test_unpaid_is_routed_if_the_settings_say_so() -> None:
    decision = decide(replace(FACTS, paid=False), replace(SETTINGS, accept_unpaid=True))
    assert (decision.kind, shipped_from(decision)) == ("route", 1)
    assert "not paid, which the settings accept" in decision.reason


def test_what_the_default_location_rejected_is_not_sent_there_again() -> None:
    decision = decide(replace(FACTS, goods=replace(GOODS, rejected=frozenset({1}))), SETTINGS)
    assert decision.kind == "fail"
    assert decision.reason == "Main would not ship it, and no routing card names another location"


PICKED_UP = replace(FACTS, method="pickup", own=KIOSK)


def test_a_pick_up_goes_to_its_place_and_to_no_other() -> None:
    card = Card("everything", (MAIN,), check_stock=False)
    settings = replace(SETTINGS, cards=[card])
    assert shipped_from(decide(replace(PICKED_UP, own=DEPOT), settings)) == 2
    unlinked = decide(PICKED_UP, settings)
    assert unlinked.kind == "fail"
    assert unlinked.reason == (
        "it is to be picked up at Kiosk, which is no active stock location; merge it into the location that "
        "holds its goods"
    )
    assert decide(PICKED_UP, SETTINGS).kind == "fail", "without cards it is no different"
    assert decide(replace(PICKED_UP, own=None), settings).kind == "fail"


def test_a_pick_up_where_there_is_one_stock_location_needs_no_link() -> None:
    assert shipped_from(decide(PICKED_UP, replace(SETTINGS, only=MAIN))) == 1


def test_a_pick_up_that_its_place_rejected_is_left_to_a_person() -> None:
    facts = replace(PICKED_UP, own=DEPOT, goods=replace(GOODS, rejected=frozenset({2})))
    decision = decide(facts, replace(SETTINGS, cards=[Card("everything", (MAIN,), check_stock=False)]))
    assert (decision.kind, decision.reason) == (
        "fail",
        "Depot, where it is to be picked up, would not ship it",
    )


@pytest.mark.parametrize(
    ("facts", "settings", "kind", "reason"),
    [
        (replace(FACTS, paid=False), SETTINGS, "wait", "waiting for payment"),
        (FACTS, RoutingSettings(), "wait", "waiting for the first location"),
        (FACTS, RoutingSettings(default=KIOSK), "wait", "waiting for the first location"),
        (
            FACTS,
            RoutingSettings(default=replace(MAIN, paused=True)),
            "wait",
            "waiting: its location is paused",
        ),
        (
            replace(FACTS, own=replace(DEPOT, paused=True)),
            SETTINGS,
            "wait",
            "waiting: its location is paused",
        ),
        (replace(FACTS, standing="canceled"), SETTINGS, "exclude", "canceled on the channel"),
        (replace(FACTS, standing="refunded"), SETTINGS, "exclude", "refunded on the channel"),
        (replace(FACTS, standing="fulfilled"), SETTINGS, "exclude", "already shipped on the channel"),
        (replace(FACTS, standing="returned"), SETTINGS, "exclude", "returned on the channel"),
        (replace(FACTS, deleted=True), SETTINGS, "exclude", "deleted on the channel"),
        (
            replace(FACTS, method="none"),
            SETTINGS,
            "exclude",
            "not to be delivered, says the channel",
        ),
        (
            replace(FACTS, ships=False, goods=NOTHING),
            SETTINGS,
            "exclude",
            "nothing of it is shipped (digital goods or services)",
        ),
        (replace(FACTS, goods=NOTHING), SETTINGS, "done", "nothing is left to route"),
        (
            replace(FACTS, goods=NOTHING, nameless_units=1),
            SETTINGS,
            "fail",
            "none of its open lines has a SKU",
        ),
        (replace(FACTS, standing="unheard of"), SETTINGS, "exclude", "its standing is unheard of"),
    ],
)
def test_everything_else_says_why_not(
    facts: RoutingFacts, settings: RoutingSettings, kind: str, reason: str
) -> None:
    assert decide(facts, settings) == Decision(kind, reason)  # type: ignore[arg-type]  # one of its kinds
