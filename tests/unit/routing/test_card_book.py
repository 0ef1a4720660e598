"""Storing routing cards: what is refused with its remedy, their order, and what is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.hub.documents import card_document
from crossdock.hub.models import Event, Location, RoutingCard, RoutingRetry
from crossdock.routing.card_book import CardError, enable_card, move_card, put_card, remove_card

if TYPE_CHECKING:
    from tests.unit.conftest import World


def put(world: World, name: str, **fields: object) -> RoutingCard:
    return put_card(world.organization, {"name": name, "locations": ["Main"], **fields}, author="anna")


def names(world: World) -> list[str]:
    rows = RoutingCard.objects.filter(organization=world.organization).order_by("position")
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    return [row.name for row in rows]


def test_a_card_is_what_its_document_says(world: World) -> None:
    depot = world.location("Depot")
    card = put(
        world, "Germany", regions=[{"country": "de", "postalRanges": ["10000-19999"]}], match="any",
        filters=[{"field": "totalPrice", "operator": "atLeast", "value": 50}], allowSplit=True, sendFuture=True,
        locations=[depot.key, "Main"],
    )  # fmt: skip
    document = card_document(card)
    assert document["regions"] == [
        {
            "country": "DE",
            "states": [],
            "postalRanges": [{"from": "10000", "to": "19999"}],
            "postalPrefixes": [],
        }
    ]
    assert document["locations"] == [
        {"locationId": depot.key, "name": "Depot"},
        {"locationId": world.main.key, "name": "Main"},
    ]
    assert (document["checkStock"], document["allowSplit"], document["sendFuture"]) == (True, True, True)
    again = put_card(world.organization, document, author="anna")
    assert card_document(again) | {"updatedAt": None} == document | {"updatedAt": None}, (
        "it takes what it gives"
    )
    assert Event.objects.filter(entity="routingCards").count() == 1, "and then nothing has changed"


def test_a_name_is_one_card_and_keeps_its_place(world: World) -> None:
    put(world, "A")
    put(world, "B")
    put(world, "A", checkStock=False)
    assert names(world) == ["A", "B"]
    event = Event.objects.filter(entity="routingCards").latest("pk")
    assert (event.operation, event.reason, event.before, event.after) == (
        "replaced", "A", {"checkStock": True}, {"checkStock": False},
    )  # fmt: skip


def test_the_order_of_cards(world: World) -> None:
    first, second, third = (put(world, name) for name in "ABC")
    move_card(third, 1, author="anna")
    assert names(world) == ["C", "A", "B"]
    move_card(third, 99, author="anna")
    assert names(world) == ["A", "B", "C"]
    put(world, "D", position=2)
    assert names(world) == ["A", "D", "B", "C"]
    put(world, "A", position=3)
    assert names(world) == ["D", "B", "A", "C"]
    remove_card(second, author="anna")
    assert names(world) == ["D", "A", "C"]
    with pytest.raises(CardError, match="the first is 1"):
        move_card(first, 0, author="anna")


def test_on_and_off_and_every_change_has_orders_tried_again(world: World) -> None:
    card = put(world, "A")
    RoutingRetry.objects.all().delete()
    assert not enable_card(card, False, author="anna").enabled
    assert RoutingRetry.objects.count() == 1
    enable_card(card, False, author="anna")
    assert RoutingRetry.objects.count() == 1, "twice is once"
    enable_card(card, True, author="anna")
    remove_card(card, author="anna")
    operations = (
        Event.objects.filter(entity="routingCards").order_by("pk").values_list("operation", flat=True)
    )
    assert list(operations) == ["created", "disabled", "enabled", "removed"]
    assert RoutingRetry.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "field", "part"),
    [
        ({"name": " "}, "name", "needs a name"),
        ({"name": "x" * 121}, "name", "1 to 120"),
        ({"locations": []}, "locations", "at least one"),
        ({"locations": "Main"}, "locations", "at least one"),
        ({"locations": ["Nowhere"]}, "locations[0]", "no location 'Nowhere'"),
        ({"locations": ["Main", "Main"]}, "locations[1]", "named twice"),
        ({"locations": ["Kiosk"]}, "locations[0]", "pick-up point"),
        ({"locations": [7]}, "locations[0]", "id or name"),
        ({"position": 0}, "position", "first is 1"),
        ({"position": True}, "position", "first is 1"),
        ({"match": "some"}, "match", "neither all nor any"),
        ({"enabled": "yes"}, "enabled", "neither true nor false"),
        ({"filters": [{"field": "colour", "operator": "equals", "value": "x"}]}, "filters[0].field", "no order has"),
        ({"regions": [{"country": "Germany"}]}, "regions[0].country", "two letters"),
        ({"checkStock": False, "allowSplit": True}, "allowSplit", "checkStock"),
        ({"checkStock": False, "sendFuture": True}, "sendFuture", "checkStock"),
        ({"colour": "red"}, "colour", "no such field"),
    ],
)  # fmt: skip
def test_what_is_no_card(world: World, fields: dict[str, object], field: str, part: str) -> None:
    world.location("Kiosk", kind="pickup")
    with pytest.raises(CardError) as caught:
        put_card(world.organization, {"name": "A", "locations": ["Main"], **fields}, author="anna")
    assert caught.value.field == field
    assert part in caught.value.message
    assert not RoutingCard.objects.exists()


def test_a_merged_location_stands_for_the_one_it_became(world: World) -> None:
    old = world.location("Old", status=Location.Status.MERGED, merged_into=world.main)
    card = put(world, "A", locations=[old.key])
    assert [place.location for place in card.places.all()] == [world.main]
