"""Making, changing, moving and removing rules: each an event, each refusal with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.hub.models import Event, Integration, OrderRule
from crossdock.routing.rules.book import (
    Draft,
    RuleError,
    active_rules,
    enable_rule,
    move_rule,
    put_rule,
    remove_rule,
    rules_of,
    set_default,
)

if TYPE_CHECKING:
    from tests.unit.conftest import World

REVIEW = [{"do": "review"}]
DEAR = [{"field": "totalPrice", "operator": "atLeast", "value": 500}]


def put(world: World, name: str, **fields: object) -> OrderRule:
    values: dict[str, object] = {"actions": REVIEW, "filters": DEAR} | fields
    return put_rule(world.organization, Draft(name, **values), author="anna")  # type: ignore[arg-type]  # by name


def names(world: World) -> list[str]:
    return [rule.name for rule in rules_of(world.organization.pk)]


def events(rule: OrderRule) -> list[str]:
    rows = Event.objects.filter(entity="orderRules", record_id=rule.pk).order_by("pk")
    return list(rows.values_list("operation", flat=True))


def test_the_default_rule_is_there_when_it_is_needed(world: World) -> None:
    assert [rule.deed.minutes for rule in active_rules(world.organization.pk)] == [10]
    assert [rule.deed.minutes for rule in active_rules(world.organization.pk)] == [10]
    rule = OrderRule.objects.get()
    assert (rule.name, rule.is_default, rule.filters) == ("Default", True, [])
    assert rule.actions == [{"do": "hold", "minutes": 10, "from": "order"}]
    assert events(rule) == ["created"]


def test_rules_are_put_one_after_the_other_before_the_default(world: World) -> None:
    put(world, "first")
    put(world, "second")
    put(world, "zeroth", position=1)
    assert names(world) == ["zeroth", "first", "second", "Default"]
    assert [rule.position for rule in rules_of(world.organization.pk)][:3] == [1, 2, 3]


def test_putting_a_rule_again_replaces_it_where_it_is_and_says_what_differs(world: World) -> None:
    rule = put(world, "first")
    put(world, "second")
    put(world, "FIRST", actions=[{"do": "release"}], match="any")
    assert names(world) == ["FIRST", "second", "Default"]
    assert events(rule) == ["created", "changed"]
    event = Event.objects.filter(entity="orderRules", record_id=rule.pk).latest("pk")
    assert event.author == "anna"
    assert event.before == {"name": "first", "match": "all", "actions": REVIEW}
    assert event.after == {"name": "FIRST", "match": "any", "actions": [{"do": "release"}]}
    put(world, "FIRST", actions=[{"do": "release"}], match="any")
    assert events(rule) == ["created", "changed"], "nothing differs, so nothing happened"


def test_moving_switching_and_removing(world: World) -> None:
    rules = [put(world, name) for name in ("a", "b", "c")]
    move_rule(rules[2], 1, author="anna")
    assert names(world) == ["c", "a", "b", "Default"]
    enable_rule(rules[0], enabled=False, author="anna")
    enable_rule(rules[0], enabled=False, author="anna")
    assert [rule.name for rule in active_rules(world.organization.pk)] == ["c", "b", "Default"]
    remove_rule(rules[2], author="anna", reason="no more")
    assert [(rule.name, rule.position) for rule in rules_of(world.organization.pk)][:2] == [
        ("a", 1),
        ("b", 2),
    ]
    assert events(rules[0]) == ["created", "disabled"]
    assert Event.objects.get(entity="orderRules", operation="removed").reason == "no more"


def test_the_default_rule_changes_what_it_does_and_nothing_else(world: World) -> None:
    rule = set_default(world.organization, [{"do": "release"}], author="anna")
    put_rule(world.organization, Draft("default", REVIEW), author="anna")
    rule.refresh_from_db()
    assert (rule.actions, rule.is_default, names(world)) == (REVIEW, True, ["Default"])
    for draft, field in (
        (Draft("Default", REVIEW, filters=DEAR), "filters"),
        (Draft("Default", REVIEW, enabled=False), "enabled"),
        (Draft("Default", REVIEW, position=1), "position"),
        (Draft("Default", REVIEW, integration=world.integration), "integration"),
    ):
        with pytest.raises(RuleError) as caught:
            put_rule(world.organization, draft, author="anna")
        assert caught.value.field == field
    with pytest.raises(RuleError, match="always the last"):
        move_rule(rule, 1, author="anna")
    with pytest.raises(RuleError, match="release"):
        enable_rule(rule, enabled=False, author="anna")
    with pytest.raises(RuleError, match="stays"):
        remove_rule(rule, author="anna")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"match": "some"}, "match"),
        ({"enabled": "yes"}, "enabled"),
        ({"actions": []}, "actions"),
        ({"filters": [{"field": "totalprice", "operator": "equals", "value": 1}]}, "filters[0].field"),
        ({"position": 0}, "position"),
        ({"position": 2}, "position"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_field_and_leaves_nothing(
    world: World, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(RuleError) as caught:
        put(world, **({"name": "one"} | fields))  # type: ignore[arg-type]  # by name
    assert caught.value.field == field
    assert names(world) == ["Default"]


def test_another_organizations_integration_is_refused(world: World) -> None:
    other = type(world)("Other")
    with pytest.raises(RuleError, match="another organization"):
        put(world, "one", integration=Integration.objects.get(organization=other.organization))
    assert put(world, "one", integration=world.integration).integration == world.integration


def test_a_rule_called_default_does_not_stand_in_the_defaults_way(world: World) -> None:
    OrderRule.objects.create(organization=world.organization, name="default", position=1, actions=REVIEW)
    assert names(world) == ["default", "Default rule"]
