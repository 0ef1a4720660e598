"""Merging a channel's place with the warehouse that really holds its goods."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.conftest import World

from crossdock.canon import Location as CanonLocation
from crossdock.hub.intake import Incoming, Origin, canonical_json, document_hash
from crossdock.hub.models import Event, Link, Location, RoutingCard, RoutingCardLocation
from crossdock.hub.places.locations import ingest_locations
from crossdock.hub.places.merging import merge_location
from crossdock.hub.places.settings import LocationError, change_location
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock.availability import channel_figures
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def count(world: World, sku: str, quantity: int, location: Location | None = None) -> None:
    set_on_hand(world.organization, sku, quantity, location=location, author="test", reason="counted")


def figures(world: World, sku: str, location: Location) -> tuple[str, int, int]:
    record = world.record(sku, location)
    return record.state, record.on_hand, record.committed


def test_one_shelf_is_not_counted_twice(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 10)
    count(world, "tea", 8, depot)
    count(world, "cup", 5)
    set_state(world.organization, "air", "unlimited", author="test", reason="")
    world.placed({"tea": 2})
    world.marked()
    merge_location(world.main, depot, author="anna", reason="the same house")
    assert figures(world, "tea", depot) == ("tracked", 8, 2)
    assert figures(world, "cup", depot) == ("tracked", 5, 0)
    assert figures(world, "air", depot)[0] == "unlimited"
    assert figures(world, "tea", world.main) == ("unknown", 0, 0)
    assert check_ledger(world.organization.pk) == []
    assert channel_figures(world.integration, ["tea"])["tea"].quantity == 6
    assert world.marked() == {"tea", "cup", "air"}
    events = [entry[:3] for entry in world.ledger("cup")]
    assert events[-2:] == [("xferout", "on_hand", -5), ("xferin", "on_hand", 5)]
    world.main.refresh_from_db()
    depot.refresh_from_db()
    assert (world.main.status, world.main.merged_into, world.main.is_default) == ("merged", depot, False)
    assert depot.is_default


def test_a_store_that_was_fed_from_it_is_fed_from_the_one_that_stays(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 10)
    world.integration.settings = {"feedFrom": [world.main.key], "buffer": 1}
    world.integration.save()
    merge_location(world.main, depot, author="anna", reason="the same house")
    world.integration.refresh_from_db()
    assert world.integration.settings == {"feedFrom": [depot.key], "buffer": 1}
    assert channel_figures(world.integration, ["tea"])["tea"].quantity == 9
    event = Event.objects.get(operation="settingsChanged")
    assert (event.author, event.after) == ("anna", {"feedFrom": [depot.key]})


def test_two_rooms_become_one(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 10)
    count(world, "tea", 8, depot)
    merge_location(world.main, depot, author="anna", add_stock=True)
    assert figures(world, "tea", depot) == ("tracked", 18, 0)
    assert check_ledger(world.organization.pk) == []


def test_the_outside_ids_lead_to_the_one_that_stays(world: World) -> None:
    depot = world.location("Depot")
    Link.objects.create(
        integration=world.integration, entity="locations", remote_id="default", record_id=world.main.pk
    )
    order = world.order(location=world.main)
    merge_location(world.main, depot, author="anna")
    order.refresh_from_db()
    assert order.location == depot
    record = CanonLocation(ext_location_id="default", name="The store's own name", is_default=True)
    canonical = canonical_json(record)
    item = Incoming(
        remote_id="default", updated_at=None, document=canonical, hash=document_hash(canonical),
        record=record, canonical=canonical,
    )  # fmt: skip
    origin = Origin(world.integration, None, "pull")
    ingest_locations(origin, [item])
    depot.refresh_from_db()
    assert depot.name == "Depot", "a pull does not undo it"
    ingest_locations(origin, [])
    depot.refresh_from_db()
    assert depot.status == "active", "a channel that goes away does not close the warehouse"


def test_cards_follow(world: World) -> None:
    depot = world.location("Depot")
    both = RoutingCard.objects.create(organization=world.organization, position=1, name="Both")
    one = RoutingCard.objects.create(organization=world.organization, position=2, name="One")
    cellar = world.location("Cellar")
    for card, location, position in (
        (both, world.main, 1),
        (both, cellar, 2),
        (both, depot, 3),
        (one, world.main, 1),
    ):
        RoutingCardLocation.objects.create(card=card, location=location, position=position)
    merge_location(world.main, depot, author="anna")
    assert [place.location for place in both.places.all()] == [depot, cellar], "the better place is kept"
    assert [place.location for place in one.places.all()] == [depot]


def test_a_pickup_point_becomes_part_of_the_place_that_serves_it(world: World) -> None:
    window = world.location("Shop window", kind="pickup")
    merge_location(window, world.main, author="anna")
    window.refresh_from_db()
    assert window.merged_into == world.main


def test_what_is_still_to_ship_comes_first(world: World) -> None:
    depot = world.location("Depot")
    order = world.order({"tea": 1})
    request = create_request(order, world.main, [(order.lines.get(), 1)], reason="test", author="test")
    with pytest.raises(LocationError, match="1 open shipping requests"):
        merge_location(world.main, depot, author="anna")
    fulfill(request, shipped_at=NOON, author="test")
    merge_location(world.main, depot, author="anna")


def test_what_cannot_be_merged(world: World) -> None:
    depot, window = world.location("Depot"), world.location("Window", kind="pickup")
    for source, target, says in (
        (world.main, world.main, "into itself"),
        (world.main, window, "no active stock location"),
        (world.main, World("Other").main, "another organization"),
    ):
        with pytest.raises(LocationError, match=says):
            merge_location(source, target, author="anna")
    merge_location(world.main, depot, author="anna")
    with pytest.raises(LocationError, match="merged before"):
        merge_location(world.main, depot, author="anna")
    with pytest.raises(LocationError, match="was merged into Depot"):
        change_location(world.main, {"name": "Again"}, author="anna")


def test_a_merged_location_s_own_signposts_are_shortened(world: World) -> None:
    second, third = world.location("Second"), world.location("Third")
    merge_location(world.main, second, author="anna")
    merge_location(second, third, author="anna")
    world.main.refresh_from_db()
    assert world.main.merged_into == third


def test_a_channel_is_fed_by_the_location_that_stays(world: World) -> None:
    depot, annex = world.location("Depot"), world.location("Annex")
    count(world, "tea", 10, depot)
    count(world, "tea", 4, annex)
    world.integration.settings = {"buffer": 1, "feedFrom": [annex.key, depot.key]}
    world.integration.save()
    merge_location(annex, depot, author="anna", reason="the same house")
    world.integration.refresh_from_db()
    assert world.integration.settings == {"buffer": 1, "feedFrom": [depot.key]}
    event = Event.objects.get(entity="integrations", operation="settingsChanged")
    assert (event.author, event.reason) == ("anna", "the same house")
    assert event.before == {"feedFrom": [annex.key, depot.key]}
