"""Rules by command: put, listed, moved, tried; and persons who overrule them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crossdock.cli.codes import Exit
from crossdock.hub.models import Order, OrderRule

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World

DEAR = {
    "name": "Dear", "filters": [{"field": "totalPrice", "operator": "atLeast", "value": 499.9}],
    "actions": [{"do": "tag", "tag": "vip"}, {"do": "review"}],
}  # fmt: skip


@pytest.fixture
def dear(tmp_path: Path) -> str:
    """A file with one rule."""
    path = tmp_path / "dear.json"
    path.write_text(json.dumps(DEAR), encoding="utf-8")
    return str(path)


def test_the_default_rule_is_listed_before_there_is_any_other(run: RunCommand, world: World) -> None:
    text = run("rules", "list").stdout
    assert "Default" in text
    assert "hold 10 min from order" in text


def test_rules_go_in_and_come_out_in_the_same_form(
    run_json: RunJson, run: RunCommand, world: World, dear: str
) -> None:
    rules = run_json("rules", "put", dear, "--reason", "fraud")["rules"]
    assert [(rule["name"], rule["position"]) for rule in rules] == [("Dear", 1), ("Default", None)]
    assert rules[0]["filters"][0]["value"] == "499.9"
    again = run_json("rules", "put", "-", typed=json.dumps({"rules": rules}))["rules"]
    assert [{**rule, "updatedAt": 0} for rule in again] == [{**rule, "updatedAt": 0} for rule in rules]
    assert run_json("rules", "show", "dear")["ruleId"] == rules[0]["ruleId"]
    assert "totalPrice atLeast 499.9" in run("rules", "list").stdout
    assert "vip" in run("rules", "show", rules[0]["ruleId"]).stdout


def test_the_example_of_the_docs_is_one(run_json: RunJson, world: World) -> None:
    page = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    rules = run_json("rules", "put", "-", typed=example)["rules"]
    assert [rule["name"] for rule in rules] == ["Dear and abroad", "Gift sets", "Default"]
    assert rules[2]["actions"] == [{"do": "hold", "minutes": 5, "from": "order"}]


def test_one_bad_rule_stores_none_of_them(run: RunCommand, world: World) -> None:
    both = json.dumps([DEAR, {"name": "Bad", "actions": [{"do": "hold"}]}])
    result = run("rules", "put", "-", typed=both)
    assert result.exit_code == Exit.USAGE
    assert "Bad" in result.stderr
    assert "actions[0].minutes" in result.stderr
    assert not OrderRule.objects.filter(name="Dear").exists()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "not JSON"),
        ("[]", "0 rules"),
        ("[1]", "rules[0]"),
        ('{"actions": []}', "rules[0].name"),
        ('{"name": "x", "action": []}', "'action' is not known"),
        ('{"name": "x", "position": "1"}', "position"),
        ('{"name": "x", "integration": 3}', "integration"),
        ('{"name": "x", "filters": 3, "actions": [{"do": "review"}]}', "filters"),
        ('{"name": "Default", "actions": [{"do": "review"}], "position": 1}', "position"),
    ],
)
def test_what_is_no_rule_is_one_clear_line(run: RunCommand, world: World, text: str, part: str) -> None:
    result = run("rules", "put", "-", typed=text)
    assert result.exit_code == Exit.USAGE
    assert part in result.stderr
    assert result.stdout == ""


def test_moving_switching_removing(run_json: RunJson, run: RunCommand, world: World, dear: str) -> None:
    run("rules", "put", dear)
    second = json.dumps({"name": "Second", "actions": [{"do": "release"}]})
    run("rules", "put", "-", typed=second)
    moved = run_json("rules", "move", "Second", "1")["rules"]
    assert [rule["name"] for rule in moved] == ["Second", "Dear", "Default"]
    assert run_json("rules", "disable", "Dear")["rules"][1]["enabled"] is False
    assert run_json("rules", "enable", "Dear")["rules"][1]["enabled"] is True
    assert [rule["name"] for rule in run_json("rules", "remove", "Second")["rules"]] == ["Dear", "Default"]
    for arguments, code in (
        (("rules", "move", "Dear", "3"), Exit.USAGE),
        (("rules", "remove", "Default"), Exit.USAGE),
        (("rules", "disable", "Default"), Exit.USAGE),
        (("rules", "show", "Nobody"), Exit.NOT_FOUND),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (code, ""), result.output


def test_unsaved_rules_are_tried_on_past_orders(
    run_json: RunJson, run: RunCommand, world: World, dear: str
) -> None:
    world.order(total_price=20)
    world.order(total_price=500, standing="fulfilled")
    tried = run_json("rules", "try", dear)
    assert [(row["extOrderId"], row["decision"], row["rule"]) for row in tried["orders"]] == [
        ("1002", "review", "Dear"), ("1001", "hold", "Default"),
    ]  # fmt: skip
    assert tried["orders"][0]["given"] == {"tags": ["vip"]}
    assert {"rule": "Dear", "decision": "review", "orders": 1} in tried["summary"]
    assert [row["decision"] for row in run_json("rules", "try", "--order", "1002")["orders"]] == ["hold"]
    text = run("rules", "try", dear, "--limit", "1")
    assert "1 orders: review, by rule “Dear”" in text.stdout
    assert not OrderRule.objects.filter(name="Dear").exists()
    assert run("rules", "try", "-", typed='{"name": "x"}').exit_code == Exit.USAGE


def test_a_person_holds_reviews_releases_and_gives_back(
    run_json: RunJson, run: RunCommand, world: World
) -> None:
    order = world.order()
    held = run_json("orders", "hold", "1001", "--for", "90", "--reason", "the buyer called")
    assert (held["release"], held["status"]) == ("held", "onHold")
    assert held["holdUntil"] is not None
    assert "the buyer called" in run("orders", "show", "1001").stdout
    assert run_json("status")["keptBack"] == {"held": 1}
    assert "kept back: 1 held" in run("status").stdout
    assert "review required by" in run("orders", "review", "1001").stdout
    assert run_json("orders", "reconsider", "1001")["release"] == "undecided"
    assert "released by" in run("orders", "release", "1001").stdout
    assert run("orders", "hold", "1001", "--for", "5", "--until", "2030-01-01").exit_code == Exit.USAGE
    assert run("orders", "hold", "1001", "--until", "2020-01-01").exit_code == Exit.USAGE
    Order.objects.filter(pk=order.pk).update(standing="canceled")
    result = run("orders", "release", "1001")
    assert (result.exit_code, result.stdout) == (Exit.ATTENTION, "")
