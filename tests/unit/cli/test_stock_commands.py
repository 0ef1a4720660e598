"""The worked example of `docs/stock.md`, step by step, as its reader would type it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.cli.codes import Exit
from crossdock.hub.models import Product
from crossdock.hub.stock.inventory import check_ledger, settle_reservations

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run, RunJson
    from tests.unit.conftest import World


@pytest.fixture
def shop(world: World) -> World:
    """A tea shop: two products and a gift box of them."""
    for sku in ("tea", "cup", "gift"):
        Product.objects.create(organization=world.organization, sku=sku, name=sku.title())
    return world


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_the_worked_example(shop: World, run: Run, run_json: RunJson) -> None:
    def why(sku: str) -> list[str]:
        return lines(run("inventory", "why", sku, "Shop").stdout)

    run("inventory", "set", "tea", "12")
    run("inventory", "set", "cup", "4")
    settle_reservations([shop.order({"tea": 3}).pk], author="pull", reason="order taken in")
    run("inventory", "set", "tea", "6", "--figure", "future", "--reason", "ordered from the planter")
    run("inventory", "limits", "tea", "Shop", "--buffer", "2")
    assert why("tea") == [
        "onHand               +12",
        "committed             -3",
        "future                +6",
        "committedFuture       +0",
        "buffer                -2",
        "available             13",
    ]
    run("inventory", "move", "tea", "2", "--to", "damaged", "--reason", "wet")
    run("inventory", "receive", "tea", "6")
    assert why("tea")[:3] == [
        "onHand               +16",
        "committed             -3",
        "future                +0",
    ]
    assert why("tea")[-1] == "available             11"
    assert run("products", "bundles", "gift", "tea=2", "cup=1").exit_code == 0
    settle_reservations([shop.order({"gift": 1}).pk], author="pull", reason="order taken in")
    assert why("gift") == [
        "gift is a bundle of 2 x tea, 1 x cup",
        "  Main: 3 (tea 11 / 2 = 5, cup 3 / 1 = 3; cup limits)",
        "fromParts       +3",
        "buffer          +0",
        "available        3",
    ]
    run("inventory", "limits", "gift", "Shop", "--cap", "2")
    shown = run_json("inventory", "why", "gift", "Shop")
    assert (shown["quantity"], shown["terms"]) == (2, {"fromParts": 3, "buffer": 0, "cap": -1})
    assert shown["bundle"]["limitedBy"] == ["cup"]
    assert shown["bundle"]["locations"][0]["parts"][1] == {
        "sku": "cup", "quantity": 1, "available": 3, "enoughFor": 3,
    }  # fmt: skip
    ledger = run_json("inventory", "show", "tea")["ledger"]
    assert [(row["event"], row["figure"], row["quantity"]) for row in reversed(ledger)] == [
        ("adjust", "onHand", 12), ("virtualCommit", "committed", 3), ("adjust", "future", 6),
        ("move", "onHand", -2), ("move", "damaged", 2), ("receive", "future", -6), ("receive", "onHand", 6),
        ("virtualCommit", "committed", 2),
    ]  # fmt: skip
    assert "damaged" in run("inventory", "show", "tea").stdout
    assert check_ledger(shop.organization.pk) == []


def test_a_count_of_another_time(shop: World, run: Run, run_json: RunJson) -> None:
    run_json("inventory", "set", "tea", "12")
    result = run("inventory", "set", "tea", "9", "--at", "2026-01-01")
    assert result.exit_code == Exit.USAGE
    assert "is older: the count of" in result.stderr
    assert run("inventory", "set", "tea", "9", "--at", "2199-01-01").exit_code == Exit.USAGE
    assert (
        run("inventory", "set", "tea", "9", "--at", "2026-01-01", "--figure", "hold").exit_code == Exit.USAGE
    )
    assert run_json("inventory", "show", "tea")["inventory"][0]["countedAt"]


def test_units_go_to_another_location_and_are_written_off(shop: World, run: Run, run_json: RunJson) -> None:
    shop.location("Depot")
    run("inventory", "set", "tea", "12")
    run("inventory", "set", "tea", "0", "--location", "Depot")
    moved = run_json("inventory", "transfer", "tea", "5", "--from", "Main", "--to", "Depot")["inventory"]
    assert [row["onHand"] for row in moved] == [7, 5]
    assert run_json("inventory", "write-off", "tea", "2", "--reason", "broken")["onHand"] == 5
    assert "broken" in run("inventory", "show", "tea").stdout


def test_locks(shop: World, run: Run, run_json: RunJson) -> None:
    run("inventory", "set", "tea", "12")
    assert run_json("inventory", "lock", "tea", "--reason", "audit")["locked"] is True
    assert "locked" in run("inventory", "show", "tea").stdout
    assert run_json("inventory", "set", "tea", "11")["onHand"] == 11, "people may"
    assert run_json("inventory", "unlock", "tea")["locked"] is False


def test_limits_are_shown_and_left_to_the_settings_again(shop: World, run_json: RunJson) -> None:
    def limits(*options: str) -> tuple[object, ...]:
        shown = run_json("inventory", "limits", "tea", "Shop", *options)
        return shown["buffer"], shown["floor"], shown["cap"], shown["hold"]

    assert limits() == (0, 0, None, False)
    assert limits("--buffer", "3", "--floor", "1", "--cap", "9", "--hold") == (3, 1, 9, True)
    assert limits("--buffer", "default", "--cap", "default", "--no-hold") == (0, 1, None, False)
    entry = run_json("products", "show", "tea")["published"][0]
    assert (entry["bufferInventory"], entry["floor"], entry["cap"], entry["holdInventory"]) == (
        None,
        1,
        None,
        False,
    )


def test_bundles_are_shown_changed_and_cleared(shop: World, run: Run, run_json: RunJson) -> None:
    assert (
        "gift is no bundle"
        in run("products", "bundles", "gift").stderr + run("products", "bundles", "gift").stdout
    )
    result = run("products", "bundles", "gift", "tea=2", "milk=1")
    assert (result.exit_code, "nothing here has the SKU 'milk' yet" in result.stderr) == (0, True)
    document = run_json("products", "show", "gift")
    assert document["types"] == ["simple", "bundle"]
    assert [(item["sku"], item["quantity"]) for item in document["bundleItems"]] == [("tea", 2), ("milk", 1)]
    assert run_json("products", "bundles", "gift", "--clear")["bundleItems"] == []
    assert run_json("products", "show", "gift")["types"] == ["simple"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("products", "bundles", "gift", "tea=x"), Exit.USAGE, "not a whole number"),
        (("products", "bundles", "gift", "tea"), Exit.USAGE, "TEA=2"),
        (("products", "bundles", "gift", "gift=1"), Exit.USAGE, "part of itself"),
        (("products", "bundles", "gift", "tea=1", "--clear"), Exit.USAGE, "not both"),
        (("products", "bundles", "moon", "tea=1"), Exit.NOT_FOUND, "moon"),
        (("inventory", "receive", "tea", "3"), Exit.USAGE, "nobody has counted tea"),
        (("inventory", "move", "tea", "3"), Exit.USAGE, "nobody has counted tea"),
        (("inventory", "write-off", "tea", "3", "--reason", "wet"), Exit.USAGE, "nobody has counted tea"),
        (("inventory", "transfer", "tea", "3", "--from", "Main", "--to", "Main"), Exit.USAGE, "already"),
        (("inventory", "set", "tea", "3", "--figure", "committed"), Exit.USAGE, "cannot be set"),
        (("inventory", "set", "tea", "many", "--figure", "hold"), Exit.USAGE, "QTY"),
        (("inventory", "limits", "tea", "Shop", "--cap", "much"), Exit.USAGE, "QTY"),
        (("inventory", "limits", "moon", "Shop"), Exit.NOT_FOUND, "moon"),
        (("inventory", "lock", "tea", "--location", "Moon"), Exit.NOT_FOUND, "Moon"),
    ],
)
def test_what_is_refused_and_why(
    shop: World, run: Run, words: tuple[str, ...], code: Exit, said: str
) -> None:
    result = run(*words)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
