"""The first rule that matches decides, the same way however often and however late it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.routing.facts import check_order_filters, order_fields
from crossdock.routing.filters import FilterError
from crossdock.routing.rules.actions import ActionError, check_actions, describe_actions, read_actions
from crossdock.routing.rules.verdict import Rule, Subject, Verdict, decide

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
HOLD = {"do": "hold", "minutes": 10, "from": "order"}


def rule(
    name: str, *actions: dict[str, object], filters: list[dict[str, object]] | None = None, match: str = "all",
    integration: int | None = None,
) -> Rule:  # fmt: skip
    deed = read_actions(check_actions(list(actions)))
    return Rule(name, deed, match, tuple(check_order_filters(filters or [])), integration)


def subject(ordered: datetime = NINE, arrived: datetime = NINE) -> Subject:
    return Subject(ordered, arrived, 1, dict)


DEFAULT = rule("Default", HOLD)


def at(moment: datetime, *rules: Rule, **facts: object) -> Verdict:
    return decide([*rules, DEFAULT], Subject(NINE, NINE, 1, lambda: facts), moment)


# -- time ------------------------------------------------------------------------------------------------


def test_the_default_holds_for_ten_minutes_from_the_order() -> None:
    verdict = at(NINE + 10 * MINUTE - timedelta(microseconds=1))
    assert (verdict.kind, verdict.hold_until) == ("hold", NINE + 10 * MINUTE)
    assert verdict.reason == "held by rule “Default” until 2026-03-02 09:10:00Z: 10 minutes from the order"


def test_a_hold_that_ends_now_has_ended() -> None:
    verdict = at(NINE + 10 * MINUTE)
    assert (verdict.kind, verdict.hold_until) == ("release", None)
    assert verdict.reason == "released by rule “Default”: 10 minutes since the order have passed"


def test_a_hold_from_arrival_counts_from_when_it_came_in() -> None:
    slow = rule("slow", {"do": "hold", "minutes": 120, "from": "arrival"})
    late = subject(ordered=NINE - timedelta(days=30), arrived=TEN)
    assert decide([slow], late, TEN + timedelta(minutes=119)).hold_until == TEN + timedelta(hours=2)
    assert decide([slow], late, TEN + timedelta(minutes=120)).kind == "release"
    assert decide([DEFAULT], late, TEN).kind == "release"


def test_a_store_whose_clock_is_ahead_does_not_hold_for_longer() -> None:
    ahead = subject(ordered=NINE + timedelta(days=1), arrived=NINE)
    assert decide([DEFAULT], ahead, NINE).hold_until == NINE + 10 * MINUTE


@given(st.integers(1, 5000), st.integers(0, 10_000), st.integers(0, 500))
def test_a_hold_never_ends_early_and_never_begins_again(minutes: int, seen: int, later: int) -> None:
    one = rule("one", {"do": "hold", "minutes": minutes})
    first = decide([one], subject(), NINE + seen * MINUTE)
    then = decide([one], subject(), NINE + (seen + later) * MINUTE)
    assert (first.kind == "release") == (seen >= minutes)
    if first.kind == "release":
        assert then.kind == "release"
    elif then.kind == "hold":
        assert then == first


# -- which rule decides ----------------------------------------------------------------------------------


def test_the_first_that_matches_decides_and_later_ones_add_nothing() -> None:
    germany: list[dict[str, object]] = [
        {"field": "shippingAddress.country", "operator": "equals", "value": "DE"}
    ]
    first = rule(
        "dear", {"do": "review"}, filters=[{"field": "totalPrice", "operator": "atLeast", "value": 500}]
    )
    second = rule("german", {"do": "tag", "tag": "DE"}, {"do": "release"}, filters=germany)
    facts: dict[str, object] = {"totalPrice": "500.00", "shippingAddress": {"country": "DE"}}
    assert at(NINE, first, second, **facts) == Verdict("review", "dear", "review required by rule “dear”")
    cheap = at(NINE, first, second, **(facts | {"totalPrice": "499.99"}))
    assert (cheap.kind, cheap.rule, cheap.given) == ("release", "german", {"tags": ["DE"]})
    assert at(NINE, first, second, totalPrice="1").rule == "Default"


@pytest.mark.parametrize(("match", "kind"), [("all", "hold"), ("any", "review")])
def test_all_or_any_of_its_filters(match: str, kind: str) -> None:
    filters: list[dict[str, object]] = [
        {"field": "paid", "operator": "equals", "value": True},
        {"field": "lineItems.sku", "operator": "startsWith", "value": "glass-"},
    ]
    one = rule("one", {"do": "review"}, filters=filters, match=match)
    assert at(NINE, one, paid=True, lineItems=[{"sku": "tea"}]).kind == kind
    assert at(NINE, one, paid=True, lineItems=[{"sku": "tea"}, {"sku": "GLASS-2"}]).kind == "review"
    assert at(NINE, one, paid=False, lineItems=[{"sku": "tea"}]).kind == "hold"


def test_a_rule_of_another_source_is_passed_over() -> None:
    assert at(NINE, rule("theirs", {"do": "release"}, integration=2)).rule == "Default"
    assert at(NINE, rule("ours", {"do": "release"}, integration=1)).rule == "ours"


def test_an_order_is_read_only_for_rules_with_filters() -> None:
    def unread() -> dict[str, object]:
        raise AssertionError("nobody asked")

    assert decide([DEFAULT], Subject(NINE, NINE, 1, unread), NINE).kind == "hold"


def test_no_rule_at_all_is_said() -> None:
    with pytest.raises(ValueError, match="default rule is missing"):
        decide([], subject(), NINE)


# -- what may be stored ----------------------------------------------------------------------------------


def test_actions_are_kept_in_one_form_and_read_back() -> None:
    stored = check_actions(
        [
            {"do": "tag", "tag": " vip "},
            {"do": "setShipping", "carrier": "DHL", "code": "X"},
            {"do": "cancel"},
        ]
    )
    assert stored[-1] == {"do": "cancel", "restock": True}
    deed = read_actions(stored)
    assert (deed.kind, deed.restock) == ("cancel", True)
    assert deed.given == {"tags": ["vip"], "shippingCarrier": "DHL", "shippingCode": "X"}
    assert describe_actions(stored) == "tag vip, ship by DHL X, cancel"


@pytest.mark.parametrize(
    ("actions", "field", "part"),
    [
        (None, "actions", "a list"),
        ([], "actions", "a list"),
        (["hold"], "actions[0]", "an object"),
        ([{"do": "ship"}], "actions[0].do", "none of"),
        ([{"do": "tag", "tag": "x"}], "actions", "there is none; give exactly one"),
        ([{"do": "review"}, {"do": "release"}], "actions", "there are 2 (review, release)"),
        ([{"do": "hold"}], "actions[0].minutes", "whole number"),
        ([{"do": "hold", "minutes": 0}], "actions[0].minutes", "use release"),
        ([{"do": "hold", "minutes": True}], "actions[0].minutes", "whole number"),
        ([{"do": "hold", "minutes": "10"}], "actions[0].minutes", "whole number"),
        ([{"do": "hold", "minutes": 527_041}], "actions[0].minutes", "527040"),
        ([{"do": "hold", "minutes": 5, "from": "payment"}], "actions[0].from", "neither order nor arrival"),
        ([{"do": "hold", "hours": 5}], "actions[0]", "does not know 'hours'"),
        ([{"do": "cancel", "restock": "no"}], "actions[0].restock", "neither true nor false"),
        ([{"do": "release"}, {"do": "tag", "tag": ""}], "actions[1].tag", "1 to 120"),
        ([{"do": "release"}, {"do": "tag", "tag": "a\x00b"}], "actions[1].tag", "printable"),
        ([{"do": "release"}, {"do": "setShipping"}], "actions[1]", "carrier, class, code"),
    ],
)
def test_actions_that_cannot_be_used_say_which_and_why(actions: object, field: str, part: str) -> None:
    with pytest.raises(ActionError) as caught:
        check_actions(actions)
    assert caught.value.field == field
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("shipingAddress.country", "shippingAddress.country"),
        ("shippingAddress", "shippingAddress"),
        ("status", "e.g. totalPrice"),
    ],
)
def test_a_field_no_order_has_is_refused_before_it_lets_everything_pass(field: str, hint: str) -> None:
    with pytest.raises(FilterError, match="no order has a field") as caught:
        check_order_filters([{"field": field, "operator": "notEquals", "value": "x"}])
    assert hint in caught.value.message or field == "status"


def test_every_part_of_an_order_can_be_asked_for() -> None:
    assert {
        "totalPrice", "shippingAddress.country", "lineItems.sku", "lineItems.options.name", "customer.email",
        "tags", "integration", "extLocationId", "customFields.value", "unitCount",
    } <= set(order_fields())  # fmt: skip
    check_order_filters([{"field": "custom.Gift wrap", "operator": "isNotEmpty"}])
