"""The figure a channel shows, and how it explains itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.hub.models import Integration, InventoryRecord, Location, Organization, Product, Published
from crossdock.hub.stock.availability import ChannelFigure, channel_figures, explain
from crossdock.hub.stock.inventory import InventoryError, set_on_hand, set_state, settle_reservations

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from tests.unit.conftest import World


def count(world: World, sku: str, quantity: int, location: Location | None = None) -> None:
    set_on_hand(world.organization, sku, quantity, location=location, author="anna", reason="counted")


def figure(world: World, sku: str = "tea") -> ChannelFigure:
    return channel_figures(world.integration, [sku])[sku]


def test_every_term_is_there_and_they_add_up(world: World) -> None:
    count(world, "tea", 10)
    order = world.order({"tea": 3})
    settle_reservations([order.pk], author="test", reason="")
    InventoryRecord.objects.update(future=5, committed_future=1)
    world.integration.settings = {"buffer": 2}
    shown = figure(world)
    assert (shown.state, shown.quantity) == ("tracked", 9)
    assert shown.terms == (
        ("onHand", 10),
        ("committed", -3),
        ("future", 5),
        ("committedFuture", -1),
        ("buffer", -2),
    )
    assert explain(shown) == [
        "onHand               +10",
        "committed             -3",
        "future                +5",
        "committedFuture       -1",
        "buffer                -2",
        "available              9",
    ]


def test_never_below_zero_and_it_says_so(world: World) -> None:
    count(world, "tea", 1)
    order = world.order({"tea": 4})
    settle_reservations([order.pk], author="test", reason="")
    shown = figure(world)
    assert shown.quantity == 0
    assert shown.terms[-1] == ("floor", 3)
    assert sum(value for _, value in shown.terms) == 0


def test_only_places_that_feed_the_channel_count(world: World) -> None:
    count(world, "tea", 1)
    count(world, "tea", 10, world.location("Depot"))
    count(world, "tea", 100, world.location("Reserve", exclude_from_totals=True))
    closed = world.location("Closed")
    count(world, "tea", 1000, closed)
    Location.objects.filter(pk=closed.pk).update(status="inactive")
    stranger = Organization.objects.create(name="Other")
    Location.objects.create(organization=stranger, name="Theirs", is_default=True)
    set_on_hand(stranger, "tea", 10_000, author="x", reason="")
    assert figure(world).quantity == 11


def test_three_states_are_kept_apart(world: World) -> None:
    depot = world.location("Depot")
    assert figure(world) == ChannelFigure("tea", "unknown", None)
    order = world.order({"tea": 4})
    settle_reservations([order.pk], author="test", reason="")
    assert (figure(world).state, figure(world).quantity) == ("unknown", None)
    count(world, "tea", 10, depot)
    assert (figure(world).state, figure(world).quantity) == ("tracked", 6)
    set_state(world.organization, "tea", "unlimited", location=depot, author="anna", reason="")
    assert figure(world) == ChannelFigure("tea", "unlimited", None)


def test_explaining_what_has_no_number(world: World) -> None:
    assert explain(ChannelFigure("tea", "unlimited", None)) == ["tea is unlimited: no number is shown"]
    (line,) = explain(ChannelFigure("tea", "unknown", None))
    assert line.startswith("tea has not been counted")


def test_a_products_own_buffer_goes_before_the_settings(world: World) -> None:
    count(world, "tea", 10)
    count(world, "cup", 10)
    other = Integration.objects.create(
        organization=world.organization, connector="test", name="B", account_id="b"
    )
    product = Product.objects.create(organization=world.organization, sku="tea", name="Tea")
    Published.objects.create(product=product, integration=world.integration, buffer_inventory=4)
    world.integration.settings = {"buffer": 1}
    figures = channel_figures(world.integration, ["tea", "cup"])
    assert (figures["tea"].quantity, figures["cup"].quantity) == (6, 9)
    assert channel_figures(other, ["tea"])["tea"].quantity == 10


@pytest.mark.parametrize("buffer", ["3", -1, True, None, 1.5])
def test_a_malformed_buffer_is_refused_by_name(world: World, buffer: object) -> None:
    world.integration.settings = {"buffer": buffer}
    with pytest.raises(InventoryError, match=r"^buffer: the setting of Shop is"):
        figure(world)


def test_many_skus_take_three_queries(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        count(world, f"sku-{number}", number)
    with django_assert_num_queries(3):
        figures = channel_figures(world.integration, [f"sku-{number}" for number in range(6)])
    assert [figures[f"sku-{number}"].quantity for number in range(6)] == [0, 1, 2, 3, 4, None]
