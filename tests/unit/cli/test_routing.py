"""Routing cards by command, and trying them before anything is decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crossdock.cli.codes import Exit
from crossdock.hub.models import Order, RoutingCard, ShippingRequest
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run, RunJson
    from tests.unit.conftest import World

CARDS = [
    {"name": "Germany", "regions": [{"country": "DE"}], "locations": ["Depot", "Main"], "allowSplit": True},
    {"name": "World", "locations": ["Main"]},
]


@pytest.fixture
def order(world: World) -> Order:
    """Three tea for Hamburg: two lie in the depot, one in the main place."""
    depot = world.location("Depot")
    set_on_hand(world.organization, "tea", 2, location=depot, author="anna", reason="count")
    set_on_hand(world.organization, "tea", 1, author="anna", reason="count")
    return world.placed(
        {"tea": 3}, canonical={"shippingAddress": {"country": "DE", "zipCodeOrPostalCode": "20095"}}
    )


def put(run: Run, cards: Any, tmp_path: Path) -> Any:
    file = tmp_path / "cards.json"
    file.write_text(json.dumps(cards))
    return run("routing", "put", str(file))


def test_cards_from_a_file(run: Run, run_json: RunJson, order: Order, tmp_path: Path) -> None:
    assert run("routing", "list").stderr.startswith("No routing cards: the default location ships everything")
    assert put(run, CARDS, tmp_path).exit_code == 0
    listed = run_json("routing", "list")
    assert [(card["position"], card["name"]) for card in listed["cards"]] == [(1, "Germany"), (2, "World")]
    assert put(run, listed, tmp_path).exit_code == 0, "what is printed can be put"
    assert "Depot, Main" in run("routing", "list").stdout
    assert run_json("routing", "show", "Germany")["allowSplit"] is True
    assert "DE" in run("routing", "show", "Germany").stdout

    assert run_json("routing", "move", "World", "1")["position"] == 1
    assert run_json("routing", "disable", "World")["enabled"] is False
    assert run_json("routing", "enable", "World")["enabled"] is True
    assert run("routing", "remove", "World").stdout == "World is removed.\n"
    assert [card.name for card in RoutingCard.objects.all()] == ["Germany"]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("[", "not JSON"),
        ("[]", "1 to 1000"),
        ("7", "1 to 1000"),
        ('[{"name": "A", "locations": ["Main"]}, {"name": "B"}]', "locations: name at least one"),
        ('{"name": "A", "locations": ["Main"], "regions": [{"country": "D"}]}', "regions[0].country"),
    ],
)
def test_a_bad_file_stores_nothing(run: Run, world: World, tmp_path: Path, content: str, part: str) -> None:
    file = tmp_path / "cards.json"
    file.write_text(content)
    result = run("routing", "put", str(file))
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    assert part in result.stderr
    assert not RoutingCard.objects.exists()


def test_trying_changes_nothing_and_says_what_then_happens(
    run: Run, run_json: RunJson, order: Order, world: World, tmp_path: Path
) -> None:
    put(run, CARDS, tmp_path)
    tried = run_json("routing", "try", "1001")
    assert (tried["decision"], tried["reason"]) == ("route", "card Germany: split over Depot and Main")
    assert [
        (one["location"], [line["quantity"] for line in one["lineItems"]]) for one in tried["shipments"]
    ] == [("Depot", [2]), ("Main", [1])]
    text = run("routing", "try", "1001").stdout
    for part in ("Depot: 2 x tea; Main: 1 x tea", "ships 2 x tea", "tea: 2"):
        assert part in text, part
    assert not ShippingRequest.objects.exists()
    order.refresh_from_db()
    assert (order.routing_status, order.last_routed_at) == ("pending", None)

    route_pending(world.organization.pk)
    request = ShippingRequest.objects.order_by("pk")[0]
    assert request.explanation == tried["explanation"]
    assert "ships 2 x tea" in run("requests", "show", request.key).stdout
    assert "ships 1 x tea" in run("orders", "show", "1001").stdout
    assert run_json("routing", "try", "1001")["decision"] == "done"


def test_trying_all_open_orders_lets_each_take_its_share(
    run: Run, run_json: RunJson, order: Order, world: World, tmp_path: Path
) -> None:
    put(run, CARDS, tmp_path)
    world.placed({"tea": 1})
    tried = run_json("routing", "try", "--all-open")["orders"]
    assert [(one["extOrderId"], one["decision"]) for one in tried] == [("1001", "route"), ("1002", "fail")]
    assert tried[1]["reason"] == (
        "no card places it. Germany: its regions need an address, and the order has none; "
        "World: Main: 0 of 1 tea are free"
    )
    assert "0 of 1 tea are free" in run("routing", "try", "--all-open").stdout
    assert run("routing", "try").exit_code == Exit.USAGE
    assert run("routing", "try", "1001", "--all-open").exit_code == Exit.USAGE
