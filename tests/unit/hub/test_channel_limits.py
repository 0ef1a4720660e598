"""Buffer, floor, cap and hold, per channel and per SKU; and which locations feed a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.flows.switches import SwitchError, set_settings
from crossdock.hub.models import Event, Integration, Location, Product, Published
from crossdock.hub.stock.availability import ChannelFigure, channel_figures, explain
from crossdock.hub.stock.channel_limits import Limits, limits_of, set_limits
from crossdock.hub.stock.inventory import InventoryError, set_on_hand, settle_reservations

if TYPE_CHECKING:
    from tests.unit.conftest import World


@pytest.fixture
def shop(world: World) -> World:
    """Ten teas on the shelf, three of them sold; a store that every setting fits."""
    Integration.objects.update(connector="ecwid")
    world.integration.refresh_from_db()
    Product.objects.create(organization=world.organization, sku="tea", name="Tea")
    set_on_hand(world.organization, "tea", 10, author="anna", reason="")
    settle_reservations([world.order({"tea": 3}).pk], author="test", reason="")
    world.marked()
    return world


def figure(world: World) -> ChannelFigure:
    world.integration.refresh_from_db()
    return channel_figures(world.integration, ["tea"])["tea"]


def limit(world: World, **changes: object) -> Published:
    return set_limits(world.integration, "tea", changes, author="anna")


@pytest.mark.parametrize(
    ("settings", "quantity", "terms"),
    [
        ({}, 7, {"buffer": 0}),
        ({"buffer": 2}, 5, {"buffer": -2}),
        ({"buffer": 9}, 0, {"buffer": -9, "floor": 2}),
        ({"buffer": 5, "floor": 4}, 4, {"buffer": -5, "floor": 2}),
        ({"floor": 4}, 7, {"buffer": 0}),
        ({"cap": 3}, 3, {"buffer": 0, "cap": -4}),
        ({"cap": 0}, 0, {"buffer": 0, "cap": -7}),
        ({"buffer": 9, "floor": 4, "cap": 1}, 1, {"buffer": -9, "floor": 6, "cap": -3}),
    ],
)
def test_each_limit_is_a_term_of_its_own(
    shop: World, settings: dict[str, int], quantity: int, terms: dict[str, int]
) -> None:
    shop.integration.settings = settings
    shop.integration.save()
    shown = figure(shop)
    assert (shown.quantity, dict(shown.terms[4:])) == (quantity, terms)
    assert sum(value for _, value in shown.terms) == quantity


def test_a_skus_own_limits_go_before_the_settings_even_at_zero(shop: World) -> None:
    shop.integration.settings = {"buffer": 2, "floor": 1, "cap": 6}
    shop.integration.save()
    limit(shop, buffer=0, cap=9)
    assert figure(shop).quantity == 7
    assert limits_of(shop.integration, ["tea", "cup"]) == {"tea": Limits(0, 1, 9), "cup": Limits(2, 1, 6)}
    limit(shop, buffer=None, cap=None)
    assert figure(shop).quantity == 5


def test_limits_are_told_and_mark_the_sku_once(shop: World) -> None:
    limit(shop, buffer=3, hold=True)
    assert shop.marked() == {"tea"}
    event = Event.objects.get(operation="limitsChanged")
    assert event.before == {"buffer": None, "hold": False}
    assert (event.after, event.reason) == ({"buffer": 3, "hold": True}, "for Shop")
    limit(shop, buffer=3)
    assert (shop.marked(), Event.objects.filter(operation="limitsChanged").count()) == (set(), 1)
    assert Published.objects.get().status == "unpublished", "a limit publishes nothing"


@pytest.mark.parametrize(
    "changes", [{"buffer": -1}, {"floor": True}, {"cap": "3"}, {"hold": None}, {"buffer": 2_000_000_001}]
)
def test_impossible_limits_are_refused_by_name(shop: World, changes: dict[str, object]) -> None:
    with pytest.raises(InventoryError, match=f"^{next(iter(changes))}: "):
        limit(shop, **changes)
    assert not Published.objects.exists()
    with pytest.raises(InventoryError, match=r"^sku: no product"):
        set_limits(shop.integration, "moon", {"buffer": 1}, author="anna")


def test_a_held_sku_keeps_its_figure_and_says_that_it_is_not_sent(shop: World) -> None:
    limit(shop, hold=True)
    shown = figure(shop)
    assert (shown.quantity, shown.hold) == (7, True)
    assert explain(shown)[-1] == "held: no figure of this SKU is sent to this channel"


def test_a_held_sku_is_skipped_by_the_push(shop: World) -> None:
    from datetime import timedelta

    from tests.unit.conftest import MONDAY

    from crossdock.canon import Stock
    from crossdock.connectors.contract import StockReading
    from crossdock.flows.stock_plan import Listing, plan_stock

    limit(shop, hold=True)
    listing = Listing(1, "r1", "tea", None)
    reading = StockReading(remote_id="r1", stock=Stock(state="tracked", quantity=50))
    plan = plan_stock([listing], {"tea": figure(shop)}, {"r1": reading}, now=MONDAY, lag=timedelta(seconds=1))
    assert plan.skipped == [(listing, "its figure is held back from this channel by hand")]
    assert plan.changes == []


@pytest.mark.parametrize("name", ["buffer", "floor", "cap"])
@pytest.mark.parametrize("value", ["3", -1, True, 1.5])
def test_a_malformed_setting_is_refused_by_name(shop: World, name: str, value: object) -> None:
    shop.integration.settings = {name: value}
    shop.integration.save()
    with pytest.raises(InventoryError, match=f"^{name}: the setting of Shop is"):
        figure(shop)
    with pytest.raises(SwitchError):
        set_settings(shop.integration, {name: value}, author="anna")


def test_a_cap_can_be_taken_away_again(shop: World) -> None:
    set_settings(shop.integration, {"cap": 2, "floor": 1}, author="anna")
    assert figure(shop).quantity == 2
    set_settings(shop.integration, {"cap": ""}, author="anna")
    assert "cap" not in shop.integration.settings
    assert figure(shop).quantity == 7
    with pytest.raises(SwitchError, match="buffer needs a value"):
        set_settings(shop.integration, {"buffer": None}, author="anna")


# -- which locations feed a channel ----------------------------------------------------------------------


def count(world: World, quantity: int, location: Location) -> None:
    set_on_hand(world.organization, "tea", quantity, location=location, author="anna", reason="")


def test_a_location_can_be_kept_from_one_channel(shop: World) -> None:
    depot = shop.location("Depot")
    count(shop, 100, depot)
    other = Integration.objects.create(
        organization=shop.organization, connector="test", name="Other", account_id="other"
    )
    depot.excluded_for.add(shop.integration)
    assert figure(shop).quantity == 7
    assert channel_figures(other, ["tea"])["tea"].quantity == 107


def test_a_channel_can_be_fed_from_chosen_locations_only(shop: World) -> None:
    depot = shop.location("Depot")
    count(shop, 100, depot)
    assert figure(shop).quantity == 107
    set_settings(shop.integration, {"feedFrom": "Depot"}, author="anna")
    assert shop.integration.settings["feedFrom"] == [depot.key]
    assert figure(shop).quantity == 100
    Location.objects.filter(pk=depot.pk).update(exclude_from_totals=True)
    assert figure(shop).state == "unknown", "excluded from totals is excluded"
    set_settings(shop.integration, {"feedFrom": ""}, author="anna")
    assert figure(shop).quantity == 7


@pytest.mark.parametrize("names", ["Moon", 7, ["Main", 3]])
def test_only_locations_that_hold_stock_can_feed(shop: World, names: object) -> None:
    with pytest.raises(SwitchError) as caught:
        set_settings(shop.integration, {"feedFrom": names}, author="anna")
    assert caught.value.field == "feedFrom"


def test_changed_settings_mark_what_is_listed(shop: World) -> None:
    from crossdock.hub.models import Link

    product = Product.objects.get(sku="tea")
    Link.objects.create(integration=shop.integration, entity="products", remote_id="1", record_id=product.pk)
    for name, value in (("floor", 1), ("cap", 5), ("feedFrom", "Main"), ("buffer", 1)):
        set_settings(shop.integration, {name: value}, author="anna")
        assert shop.marked() == {"tea"}, name


def test_infinite_availability_invents_no_stock(shop: World) -> None:
    shop.location("Supplier", infinite_availability=True)
    Location.objects.filter(name="Main").update(infinite_availability=True)
    assert figure(shop).quantity == 7
