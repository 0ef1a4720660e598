"""Bundles: what they consist of, what orders keep of them, and how many can be packed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crossdock.hub.models import BundleItem, Event, Location, Order, Product, Reservation, ShippingRequest
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.availability import ChannelFigure, channel_figures, explain
from crossdock.hub.stock.bundle_figures import Shelf, share_of
from crossdock.hub.stock.bundle_items import SETTLE_BUNDLE, BundleChange, set_bundle_items, settle_bundle
from crossdock.hub.stock.bundles import BundleError, check_items
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state, settle_reservations

if TYPE_CHECKING:
    from tests.unit.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def product(world: World, sku: str) -> Product:
    return Product.objects.create(organization=world.organization, sku=sku, name=sku.title())


def bundle(world: World, **items: int) -> BundleChange:
    change = set_bundle_items(world.organization, "box", items, author="anna")
    assert check_ledger(world.organization.pk) == []
    return change


def count(world: World, sku: str, quantity: int, location: Location | None = None) -> None:
    set_on_hand(world.organization, sku, quantity, location=location, author="anna", reason="counted")


def ordered(world: World, quantity: int, sku: str = "box") -> Order:
    order = world.order({sku: quantity})
    settle_reservations([order.pk], author="test", reason="")
    return order


def requested(world: World, order: Order) -> ShippingRequest:
    return create_request(
        order, world.main, [(line, line.quantity) for line in order.lines.all()], reason="", author="test"
    )


def kept(order: Order) -> dict[str, int]:
    rows = Reservation.objects.filter(line__order=order)
    return dict(rows.values_list("record__sku", "quantity"))


def figure(world: World, sku: str = "box") -> ChannelFigure:
    return channel_figures(world.integration, [sku])[sku]


@pytest.fixture
def boxed(world: World) -> World:
    """A box of two teas and a cup, with ten teas and four cups on the shelf."""
    for sku in ("box", "tea", "cup"):
        product(world, sku)
    bundle(world, tea=2, cup=1)
    count(world, "tea", 10)
    count(world, "cup", 4)
    world.marked()
    return world


# -- what a bundle is ------------------------------------------------------------------------------------


def test_a_definition_is_stored_told_and_marked(world: World) -> None:
    product(world, "box")
    product(world, "tea")
    change = bundle(world, tea=2, cup=1)
    assert (dict(change.before), dict(change.after), change.unknown) == ({}, {"tea": 2, "cup": 1}, ("cup",))
    event = Event.objects.get(operation="bundleChanged")
    assert (event.author, event.after) == ("anna", {"bundleItems": {"tea": 2, "cup": 1}})
    assert world.marked() == {"box"}
    assert BundleItem.objects.get(sku="tea").updated_by == "anna"
    bundle(world, tea=2, cup=1)
    assert (Event.objects.filter(operation="bundleChanged").count(), world.marked()) == (1, set())
    assert dict(bundle(world).before) == {"tea": 2, "cup": 1}
    assert not BundleItem.objects.exists()


@pytest.mark.parametrize(
    ("sku", "items", "said"),
    [
        ("moon", {"tea": 1}, "no product has the SKU 'moon'"),
        ("", {"tea": 1}, "no product has the SKU ''"),
        ("box", {"box": 1}, "cannot be a part of itself"),
        ("box", {"tea": 0}, "is not a whole number from 1"),
        ("box", {"tea": True}, "is not a whole number from 1"),
        ("box", {"tea": 1.5}, "is not a whole number from 1"),
        ("box", {" ": 1}, "is not a SKU"),
        ("box", {"x" * 121: 1}, "is not a SKU"),
        ("box", {"tea": 1, " tea": 1}, "named twice"),
        ("box", {f"part-{number}": 1 for number in range(101)}, "more than a bundle may have"),
        ("tea", {"cup": 1}, "tea is a part of set; a part cannot be a bundle"),
        ("box", {"set": 1}, "set is a bundle itself"),
    ],
)
def test_what_cannot_be_a_bundle(world: World, sku: str, items: dict[str, object], said: str) -> None:
    for name in ("box", "tea", "set"):
        product(world, name)
    set_bundle_items(world.organization, "set", {"tea": 1}, author="anna")
    with pytest.raises(BundleError, match=said):
        set_bundle_items(world.organization, sku, items, author="anna")
    assert BundleItem.objects.count() == 1


def test_a_product_without_sku_is_no_bundle() -> None:
    with pytest.raises(BundleError, match=r"^sku: the product has no SKU"):
        check_items("", {"tea": 1})


def test_a_job_settles_what_a_process_that_died_left(world: World) -> None:
    from django.db import connection

    from crossdock.flows.jobs import settle_bundle_job

    box = product(world, "box")
    bundle(world, tea=2)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'product_id' FROM procrastinate_jobs WHERE task_name = %s", [SETTLE_BUNDLE]
        )
        assert [row[0] for row in cursor.fetchall()] == [str(box.pk)]
    order = ordered(world, 1)
    BundleItem.objects.update(quantity=3)
    settle_bundle_job(box.pk)
    assert kept(order) == {"tea": 3}
    settle_bundle_job(0)


# -- what orders keep ------------------------------------------------------------------------------------


def test_what_open_orders_keep_follows_the_definition(boxed: World) -> None:
    order, other = ordered(boxed, 3), ordered(boxed, 1, "tea")
    assert (kept(order), kept(other)) == ({"tea": 6, "cup": 3}, {"tea": 1})
    boxed.marked()
    bundle(boxed, tea=1, pot=2)
    assert kept(order) == {"tea": 3, "pot": 6}
    assert boxed.marked() == {"box", "tea", "cup", "pot"}
    bundle(boxed)
    assert kept(order) == {"box": 3}
    bundle(boxed, tea=2)
    assert kept(order) == {"tea": 6}
    assert boxed.record("box").committed == 0


def test_a_request_keeps_the_parts_it_was_made_with(boxed: World) -> None:
    order = ordered(boxed, 2)
    request = requested(boxed, order)
    bundle(boxed, pot=1)
    assert kept(order) == {"tea": 4, "cup": 2}
    fulfill(request, {"box": 1}, shipped_at=NOON, author="anna")
    assert (boxed.record("tea").on_hand, boxed.record("cup").on_hand) == (8, 3)
    assert kept(order) == {"tea": 2, "cup": 1}
    bundle(boxed, tea=5)
    cancel_request(request, True, author="anna", reason="")
    assert kept(order) == {"tea": 5}, "what is open again follows the parts of today"
    assert (boxed.record("tea").on_hand, boxed.record("cup").committed) == (8, 0)
    assert check_ledger(boxed.organization.pk) == []


def test_written_off_are_the_parts_of_the_request(boxed: World) -> None:
    request = requested(boxed, ordered(boxed, 2))
    bundle(boxed, pot=1)
    cancel_request(request, False, author="anna", reason="lost")
    assert (boxed.record("tea").on_hand, boxed.record("cup").on_hand) == (6, 2)
    assert check_ledger(boxed.organization.pk) == []


def test_orders_that_are_not_open_are_left_alone(boxed: World) -> None:
    order = ordered(boxed, 2)
    Order.objects.filter(pk=order.pk).update(standing="canceled")
    assert settle_bundle(Product.objects.get(sku="box"), author="test") == 0
    assert kept(order) == {"tea": 4, "cup": 2}


# -- how many can be packed ------------------------------------------------------------------------------


def test_the_scarcest_part_limits_and_is_named(boxed: World) -> None:
    shown = figure(boxed)
    assert (shown.state, shown.quantity, shown.terms[0]) == ("tracked", 4, ("fromParts", 4))
    assert explain(shown) == [
        "box is a bundle of 2 x tea, 1 x cup",
        "  Main: 4 (tea 10 / 2 = 5, cup 4 / 1 = 4; cup limits)",
        "fromParts       +4",
        "buffer          +0",
        "available        4",
    ]
    ordered(boxed, 1, "cup")
    assert figure(boxed).quantity == 3
    assert boxed.marked() == {"cup", "box"}, "a part's change is the bundle's, too"


def test_bundles_are_not_packed_from_two_places(boxed: World) -> None:
    depot = boxed.location("Depot")
    count(boxed, "cup", 9, depot)
    count(boxed, "tea", 3, depot)
    shown = figure(boxed)
    assert shown.quantity == 5
    assert explain(shown)[1:4] == [
        "  Main: 4 (tea 10 / 2 = 5, cup 4 / 1 = 4; cup limits)",
        "  Depot: 1 (tea 3 / 2 = 1, cup 9 / 1 = 9; tea limits)",
        "  never more than all together: 6 (tea 13 / 2 = 6, cup 13 / 1 = 13; tea limits)",
    ]
    assert shown.bundle is not None
    assert shown.bundle.limited_by == ("cup", "tea")


def test_what_one_place_owes_another_cannot_promise(boxed: World) -> None:
    depot = boxed.location("Depot")
    count(boxed, "cup", 9, depot)
    count(boxed, "tea", 8, depot)
    ordered(boxed, 14, "tea")
    shown = figure(boxed)
    assert shown.bundle is not None
    assert [place.bundles for place in shown.bundle.places] == [0, 4]
    assert (shown.quantity, shown.bundle.limited_by) == (2, ("tea",)), "8 at Depot less the 4 that Main owes"


def test_unknown_and_unlimited_parts(boxed: World) -> None:
    set_state(boxed.organization, "tea", "unlimited", author="anna", reason="")
    assert figure(boxed).quantity == 4
    assert explain(figure(boxed))[1] == "  Main: 4 (tea without limit, cup 4 / 1 = 4; cup limits)"
    set_state(boxed.organization, "cup", "unlimited", author="anna", reason="")
    assert figure(boxed).state == "unlimited"
    set_state(boxed.organization, "cup", "unknown", author="anna", reason="")
    shown = figure(boxed)
    assert (shown.state, shown.quantity) == ("unknown", None)
    assert explain(shown)[-1] == "nobody has counted cup where it feeds this channel: nothing is sent"


def test_where_bundles_are_kept_whole_they_count_as_such(boxed: World) -> None:
    depot = boxed.location("Depot", preserve_bundles=True)
    count(boxed, "box", 7, depot)
    count(boxed, "tea", 100, depot)
    count(boxed, "box", 3)
    ordered(boxed, 1)
    shown = figure(boxed)
    assert shown.terms[:5] == (
        ("onHand", 7), ("committed", 0), ("future", 0), ("committedFuture", 0), ("fromParts", 3),
    )  # fmt: skip
    assert shown.quantity == 10
    assert explain(shown)[-1] == "3 of box at Main do not count: bundles are kept as their parts there"
    whole = boxed.order({"box": 2}, location=depot)
    settle_reservations([whole.pk], author="test", reason="")
    assert (kept(whole), figure(boxed).quantity) == ({"box": 2}, 8)


def test_bundles_kept_whole_need_no_known_parts(boxed: World) -> None:
    depot = boxed.location("Depot", preserve_bundles=True)
    count(boxed, "box", 7, depot)
    bundle(boxed, sugar=1)
    assert (figure(boxed).state, figure(boxed).quantity) == ("tracked", 7)
    set_state(boxed.organization, "box", "unlimited", location=depot, author="anna", reason="")
    assert figure(boxed).state == "unlimited"


def test_a_part_owed_where_bundles_are_whole_counts_against_the_rest() -> None:
    shelves = [Shelf("tea", 1, "Main", 10, True, False), Shelf("tea", 2, "Depot", -4, True, True)]
    assert share_of({"tea": 2}, shelves).bundles == 3


def test_parts_without_limit_at_different_places_make_nothing() -> None:
    shelves = [Shelf("tea", 1, "Main", None, False, False), Shelf("cup", 2, "Depot", None, False, False)]
    assert share_of({"tea": 1, "cup": 1}, shelves).bundles == 0


def test_the_limits_of_a_bundle_are_its_own(boxed: World) -> None:
    boxed.integration.settings = {"buffer": 1, "cap": 2}
    assert figure(boxed).terms == (("fromParts", 4), ("buffer", -1), ("cap", -1))
    assert figure(boxed).quantity == 2
