"""The default rule, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crossdock.routing.rule import Decision, PlaceFacts, RoutingFacts, RoutingSettings, decide

MAIN = PlaceFacts(1, "Main", ships=True, paused=False)
DEPOT = PlaceFacts(2, "Depot", ships=True, paused=False)
KIOSK = PlaceFacts(3, "Kiosk", ships=False, paused=False)
FACTS = RoutingFacts(standing="open", deleted=False, paid=True, method="shipping", ships=True, open_units=2)
SETTINGS = RoutingSettings(default=MAIN)


def test_paid_goes_to_the_default_location() -> None:
    decision = decide(FACTS, SETTINGS)
    assert decision == Decision("route", "default rule: paid; Main, because it is the default location", 1)


def test_the_orders_own_location_goes_first() -> None:
    decision = decide(replace(FACTS, own=DEPOT), SETTINGS)
    assert decision == Decision("route", "default rule: paid; Depot, because the order names it", 2)


def test_a_place_that_cannot_ship_is_passed_over() -> None:
    assert decide(replace(FACTS, own=KIOSK), SETTINGS).location_id == 1


def test_an_own_location_does_without_a_default() -> None:
    assert decide(replace(FACTS, own=DEPOT), RoutingSettings()).location_id == 2


def test_unpaid_is_routed_if_the_settings_say_so() -> None:
    decision = decide(replace(FACTS, paid=False), replace(SETTINGS, accept_unpaid=True))
    assert (decision.kind, decision.location_id) == ("route", 1)
    assert "not paid, which the settings accept" in decision.reason


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
            replace(FACTS, ships=False, open_units=0),
            SETTINGS,
            "exclude",
            "nothing of it is shipped (digital goods or services)",
        ),
        (replace(FACTS, open_units=0), SETTINGS, "done", "nothing is left to route"),
        (
            replace(FACTS, open_units=0, nameless_units=1),
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
