"""Counts that arrive later than they were taken are brought up to date, and say how."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from crossdock.hub.models import Event, InventoryRecord, LedgerEntry, Order, ShippingRequest
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.counts import Count, CountResult, Means, take_count, take_counts
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state, settle_reservations

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.conftest import World


@pytest.fixture
def now() -> datetime:
    """The present: what is sent, cancelled and written here gets its time from the database."""
    return timezone.now()


def take(
    world: World,
    quantity: int,
    at: datetime,
    *,
    sku: str = "tea",
    means: Means = "onHand",
    by_person: bool = False,
) -> CountResult:
    result = take_count(
        world.organization, world.main, sku, quantity, at=at, means=means, author="warehouse",
        reason="count", by_person=by_person,
    )  # fmt: skip
    assert check_ledger(world.organization.pk) == []
    return result


def requested(
    world: World, quantity: int, *, sku: str = "tea", sent_at: datetime | None = None
) -> ShippingRequest:
    order: Order = world.order({sku: quantity})
    settle_reservations([order.pk], author="test", reason="")
    request = create_request(
        order, world.main, [(line, line.quantity) for line in order.lines.all()], reason="", author="test"
    )
    if sent_at is not None:
        request = mark_sent(request, author="test")
        ShippingRequest.objects.filter(pk=request.pk).update(sent_to_fulfillment_at=sent_at)
    return request


def ship(request: ShippingRequest, at: datetime, quantity: int | None = None) -> None:
    lines: dict[int | str, int] | None = None if quantity is None else {request.lines.get().sku: quantity}
    fulfill(request, lines, shipped_at=at, author="warehouse")


def figures(world: World, sku: str = "tea") -> tuple[int, int, int]:
    record = world.record(sku)
    return record.on_hand, record.committed, record.available


def test_the_first_count_makes_the_sku_tracked_and_marks_it(world: World, now: datetime) -> None:
    result = take(world, 12, now)
    assert (result.outcome, result.before, result.on_hand, result.known) == ("taken", 0, 12, False)
    record = world.record("tea")
    assert (record.state, record.counted_at, record.count_means) == ("tracked", now, "onHand")
    assert world.ledger("tea") == [("ingest", "on_hand", 12, 0, 12)]
    assert "nothing else has the SKU tea yet" in Event.objects.get(operation="ingest").reason
    assert world.marked() == {"tea"}


def test_counting_what_stands_changes_the_time_only(world: World, now: datetime) -> None:
    take(world, 12, now - timedelta(hours=1))
    world.marked()
    result = take(world, 12, now)
    assert (result.outcome, result.known) == ("unchanged", True)
    assert world.record("tea").counted_at == now
    assert (len(world.ledger("tea")), world.marked()) == (1, set())


def test_a_count_of_zero_marks_what_was_unknown(world: World, now: datetime) -> None:
    assert take(world, 0, now).outcome == "taken"
    assert (world.record("tea").state, world.marked()) == ("tracked", {"tea"})


def test_parcels_that_left_after_the_count_are_taken_off_again(world: World, now: datetime) -> None:
    set_on_hand(world.organization, "tea", 20, author="anna", reason="")
    LedgerEntry.objects.update(created_at=now - timedelta(days=1))
    request = requested(world, 5)
    ship(request, now - timedelta(minutes=90), 2)
    ship(request, now - timedelta(minutes=10), 1)
    result = take(world, 18, now - timedelta(hours=1))
    assert result.on_hand == 17
    assert result.message.endswith("UTC, -1 that left since")
    assert figures(world) == (17, 2, 15)


def test_a_parcel_reported_after_the_count_that_lacks_it_lowers_nothing_twice(
    world: World, now: datetime
) -> None:
    take(world, 10, now - timedelta(days=2))
    request = requested(world, 5)
    take(world, 7, now - timedelta(hours=1))
    world.marked()
    ship(request, now - timedelta(hours=2), 3)
    assert figures(world) == (7, 2, 5)
    assert world.marked() == {"tea"}, "what is available has risen"
    entry = LedgerEntry.objects.get(event="fulfill", figure="on_hand")
    assert (entry.quantity, entry.before, entry.after, entry.entity) == (0, 7, 7, "fulfillments")
    assert "left before the count of" in entry.reason
    ship(request, now, 2)
    assert figures(world) == (5, 0, 5)
    assert check_ledger(world.organization.pk) == []


def test_the_order_of_arrival_does_not_matter(world: World, now: datetime) -> None:
    """Parcels before and after a count, reported before and after it: four ways to one figure."""
    for number, reported_first in enumerate(([], [0], [1], [0, 1])):
        sku = f"tea-{number}"
        take(world, 10, now - timedelta(days=2), sku=sku)
        request = requested(world, 5, sku=sku)
        parcels = [(now - timedelta(hours=2), 2), (now - timedelta(minutes=1), 3)]
        for index in reported_first:
            ship(request, *parcels[index])
        take(world, 8, now - timedelta(hours=1), sku=sku)
        for index in {0, 1} - set(reported_first):
            ship(request, *parcels[index])
        assert figures(world, sku) == (5, 0, 5), reported_first


@pytest.mark.parametrize("reported_first", [True, False])
def test_what_a_warehouse_calls_available_lacks_what_it_was_sent(
    world: World, now: datetime, *, reported_first: bool
) -> None:
    take(world, 10, now - timedelta(days=2))
    sent = requested(world, 4, sent_at=now - timedelta(hours=5))
    requested(world, 1)  # nobody has told the warehouse
    requested(world, 2, sent_at=now - timedelta(minutes=5))  # after the count
    if reported_first:
        ship(sent, now - timedelta(hours=2), 1)
    result = take(world, 6, now - timedelta(hours=1), means="available")
    if not reported_first:
        ship(sent, now - timedelta(hours=2), 1)
    assert figures(world) == (9, 6, 3)
    assert ("in requests the warehouse had then" in result.message) is True
    ship(sent, now, 3)
    assert figures(world) == (6, 3, 3)


def test_a_request_cancelled_since_was_still_open_at_the_warehouse(world: World, now: datetime) -> None:
    take(world, 10, now - timedelta(days=2))
    sent = requested(world, 4, sent_at=now - timedelta(hours=5))
    cancel_request(sent, True, author="anna", reason="")
    take(world, 6, now - timedelta(hours=1), means="available")
    assert figures(world) == (10, 4, 6)
    gone = requested(world, 3, sent_at=now - timedelta(hours=5), sku="cup")
    take(world, 5, now - timedelta(days=2), sku="cup")
    cancel_request(gone, False, author="anna", reason="")
    take(world, 2, now - timedelta(hours=1), sku="cup", means="available")
    assert world.record("cup").on_hand == 2, "five less the three that were written off since"


def test_bundles_left_as_their_parts(world: World, now: datetime) -> None:
    request = requested(world, 2, sku="box")
    request.lines.update(components=[{"sku": "tea", "quantity": 3}])
    settle_reservations([request.order_id], author="test", reason="")
    ship(request, now)
    assert take(world, 20, now - timedelta(hours=1)).on_hand == 14


def test_an_older_count_is_refused(world: World, now: datetime) -> None:
    take(world, 10, now)
    result = take(world, 3, now - timedelta(hours=1))
    assert (result.outcome, result.field, result.on_hand) == ("refused", "at", 10)
    assert "is older: the count of" in result.message
    assert figures(world)[0] == 10


def test_what_a_person_set_since_stands(world: World, now: datetime) -> None:
    set_on_hand(world.organization, "tea", 10, author="anna", reason="")
    result = take(world, 3, now - timedelta(hours=1))
    assert (result.outcome, result.field) == ("refused", "at")
    assert take(world, 3, timezone.now()).outcome == "taken"


def test_a_locked_figure_is_left_alone_but_by_people(world: World, now: datetime) -> None:
    take(world, 10, now - timedelta(hours=2))
    InventoryRecord.objects.update(locked=True)
    result = take(world, 3, now - timedelta(hours=1))
    assert (result.outcome, result.field, figures(world)[0]) == ("refused", "locked", 10)
    assert take(world, 3, now - timedelta(hours=1), by_person=True).outcome == "taken"
    assert world.ledger("tea")[-1] == ("adjust", "on_hand", -7, 10, 3)


def test_a_count_does_not_turn_the_unlimited_into_a_number(world: World, now: datetime) -> None:
    set_state(world.organization, "tea", "unlimited", author="anna", reason="")
    result = take(world, 3, now)
    assert (result.outcome, result.field, world.record("tea").state) == ("refused", "state", "unlimited")
    assert take(world, 3, now, by_person=True).on_hand == 3


def test_many_counts_each_with_its_result(world: World, now: datetime) -> None:
    kiosk = world.location("Kiosk", kind="pickup")
    hour = timedelta(hours=1)
    rows = [
        Count("tea", world.main, 5, now),
        Count("cup", world.main, 5, now - hour),
        Count("cup", world.main, 4, now),
        Count("pot", world.main, 1, now),
        Count("pot", world.main, 2, now),
        Count("tea", kiosk, 1, now),
        Count("  ", world.main, 1, now),
        Count("jar", world.main, -1, now),
        Count("jar", world.main, 1, now + hour),
        Count("tea", world.main, 5, now),
        Count("jar", world.main, 1, now.replace(tzinfo=None)),
    ]
    results = take_counts(world.organization, rows, author="warehouse", reason="count")
    assert [result.count for result in results] == rows
    assert [result.outcome for result in results] == [
        "taken", "taken", "taken", "refused", "refused", "refused", "refused", "refused", "refused", "unchanged",
        "refused",
    ]  # fmt: skip
    assert [result.field for result in results if result.outcome == "refused"] == [
        "quantity", "quantity", "location", "sku", "quantity", "at", "at",
    ]  # fmt: skip
    assert (world.record("cup").on_hand, world.record("tea").on_hand) == (4, 5)
    assert check_ledger(world.organization.pk) == []


def test_a_late_older_row_of_one_file_comes_before_the_newer(world: World, now: datetime) -> None:
    rows = [Count("cup", world.main, 4, now), Count("cup", world.main, 5, now - timedelta(hours=1))]
    results = take_counts(world.organization, rows, author="warehouse", reason="count")
    assert [result.outcome for result in results] == ["taken", "taken"]
    assert world.record("cup").on_hand == 4


def test_thousands_of_counts_take_few_statements(world: World, now: datetime) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    rows = [Count(f"sku-{number}", world.main, number, now) for number in range(2000)]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        results = take_counts(world.organization, rows, author="warehouse", reason="count")
    assert {result.outcome for result in results} == {"taken"}
    assert len(captured) < 40
    assert take_counts(world.organization, [], author="warehouse", reason="count") == []


def test_without_a_location_the_default_one_is_meant(world: World, now: datetime) -> None:
    result = take_count(world.organization, None, "tea", 4, at=now, author="anna", reason="")
    assert (result.count.location, result.on_hand) == (world.main, 4)
