"""Counting what a page showed: nothing that has changed since is overwritten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crossdock.hub.clock import system_clock
from crossdock.hub.models import LedgerEntry
from crossdock.hub.stock.figures import write_off_units
from crossdock.hub.stock.inventory import InventoryError, set_on_hand
from crossdock.hub.stock.recount import MovedError, Recounted, Seen, Value, read_value, recount

if TYPE_CHECKING:
    from tests.unit.conftest import World


def count(
    world: World, value: Value, seen: str, *, author: str = "anna", ago: timedelta = timedelta()
) -> Recounted:
    now = system_clock()
    return recount(
        world.organization, "tea", world.main, value, seen=Seen.from_text(seen), at=now - ago, now=now, author=author,
        reason="stocktaking",
    )  # fmt: skip


def test_a_first_count_and_a_second(world: World) -> None:
    assert count(world, 12, "unknown") == Recounted(Seen("unknown"), Seen("tracked", 12))
    assert count(world, 15, "12") == Recounted(Seen("tracked", 12), Seen("tracked", 15))
    newest = LedgerEntry.objects.order_by("-pk")[0]
    assert (newest.before, newest.after, newest.author, newest.reason) == (12, 15, "anna", "stocktaking")


def test_of_two_people_the_second_is_told_what_the_first_did(world: World) -> None:
    count(world, 12, "unknown")
    count(world, 11, "12", author="bert")
    with pytest.raises(MovedError) as told:
        count(world, 14, "12")
    assert (str(told.value.seen), str(told.value.now)) == ("12", "11")
    assert told.value.entry is not None
    assert told.value.entry.author == "bert"
    assert world.record("tea").on_hand == 11
    assert count(world, 14, "11").after == Seen("tracked", 14)


def test_a_state_is_not_a_number(world: World) -> None:
    count(world, 0, "unknown")
    with pytest.raises(MovedError):
        count(world, 5, "unknown")
    assert count(world, "unlimited", "0").after == Seen("unlimited")
    with pytest.raises(MovedError):
        count(world, 5, "0")
    assert count(world, "unknown", "unlimited").after == Seen("unknown")
    assert world.record("tea").state == "unknown"


def test_what_cannot_be_kept_changes_nothing(world: World) -> None:
    set_on_hand(world.organization, "tea", 3, author="anna", reason="")
    with pytest.raises(InventoryError):
        count(world, -1, "3")
    with pytest.raises(InventoryError):
        count(world, 3_000_000_000, "3")
    assert world.record("tea").on_hand == 3


@pytest.mark.parametrize(
    ("text", "value"), [(" 12 ", 12), ("-3", -3), ("Unlimited", "unlimited"), ("unknown", "unknown")]
)
def test_what_a_person_may_type(text: str, value: Value) -> None:
    assert read_value(text) == value


@pytest.mark.parametrize("text", ["", "1.5", "1,200", "twelve", "tracked", "٣", "--3", "9" * 13])
def test_what_is_no_figure(text: str) -> None:
    with pytest.raises(InventoryError):
        read_value(text)


def test_what_happened_since_an_earlier_count_is_allowed_for(world: World) -> None:
    set_on_hand(world.organization, "tea", 9, author="anna", reason="")
    write_off_units(world.organization, "tea", 2, author="anna", reason="broken")
    done = count(world, 12, "7", ago=timedelta(hours=1))
    assert done.after == Seen("tracked", 10)
    assert "-2 received, moved or written off since" in done.note
    with pytest.raises(InventoryError, match="is older"):
        count(world, 12, "10", ago=timedelta(hours=2))
