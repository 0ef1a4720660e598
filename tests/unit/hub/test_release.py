"""A person holds, reviews or releases an order, and no rule overrules that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from tests.unit.conftest import NOON

from crossdock.hub.models import Event, ExceptionCase, Order, ShippingRequest
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.lifecycle import apply_standing
from crossdock.hub.orders.release import ReleaseError, give_back, hold_order, release_order, require_review
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.rejections import reject
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, settle_reservations
from crossdock.routing.advance import advance_orders
from crossdock.routing.rules.book import set_default

if TYPE_CHECKING:
    from tests.unit.conftest import World

LATER = NOON + timedelta(hours=3)


@pytest.fixture
def order(world: World) -> Order:
    """An order of two teas, of five on the shelf, not looked at yet."""
    set_on_hand(world.organization, "tea", 5, author="anna", reason="count")
    order = world.order(release="undecided")
    settle_reservations([order.pk], author="test", reason="taken in")
    return order


def hold(order: Order, until: object = None) -> None:
    hold_order(order, until, author="anna", reason="the buyer called", now=NOON)  # type: ignore[arg-type]  # or a time


def test_a_hold_without_end_lasts_until_a_person_releases_it(world: World, order: Order) -> None:
    hold(order)
    assert (order.release, order.status, order.hold_until) == ("held", "onHold", None)
    assert order.release_note == "held by anna: the buyer called"
    set_default(world.organization, [{"do": "release"}], author="ben")
    apply_standing(order, author="pull", reason="edited")
    advance_orders(world.organization.pk, NOON + timedelta(days=99))
    order.refresh_from_db()
    assert order.status == "onHold"
    release_order(order, author="anna", reason="settled")
    assert (order.release, order.status) == ("released", "readyForFulfillment")
    set_default(world.organization, [{"do": "review"}], author="ben")
    apply_standing(order, author="pull", reason="edited")
    assert advance_orders(world.organization.pk, NOON).routed == 1
    event = Event.objects.filter(record_id=order.pk, operation="release").latest("pk")
    assert (event.author, event.reason) == ("anna", "settled")
    assert event.before == {"release": "held"}
    assert event.after == {"release": "released"}


def test_a_hold_until_a_moment_ends_by_itself_whatever_the_rules_say(world: World, order: Order) -> None:
    set_default(world.organization, [{"do": "review"}], author="ben")
    hold(order, LATER)
    assert advance_orders(world.organization.pk, LATER - timedelta(microseconds=1)).routed == 0
    assert advance_orders(world.organization.pk, LATER).routed == 1
    order.refresh_from_db()
    assert order.release_note.startswith("its hold has ended (held by anna until 2026-03-02 15:00 UTC")
    assert order.decided_by_person


def test_a_hold_calls_back_what_no_warehouse_has_and_keeps_it_committed(world: World, order: Order) -> None:
    advance_orders(world.organization.pk, NOON)
    assert world.reserved(order) == {"tea": (0, 2)}
    hold(order)
    assert (order.status, order.routing_status) == ("onHold", "pending")
    assert ShippingRequest.objects.get().status == "canceledRestock"
    assert world.reserved(order) == {"tea": (2, 0)}
    assert check_ledger(world.organization.pk) == []
    release_order(order, author="anna", reason="")
    assert advance_orders(world.organization.pk, NOON).routed == 1


def test_what_a_warehouse_has_cannot_be_held(world: World, order: Order) -> None:
    advance_orders(world.organization.pk, NOON)
    request = mark_sent(ShippingRequest.objects.get(), author="warehouse")
    with pytest.raises(ReleaseError, match="at a warehouse"):
        hold(order)
    order.refresh_from_db()
    assert (order.release, order.status) == ("released", "sentToFulfillment")
    fulfill(request, None, shipped_at=NOON, author="warehouse")
    with pytest.raises(ReleaseError, match="shipped"):
        require_review(order, author="anna", reason="")


def test_the_rest_of_a_partly_sent_order_can_be_held(world: World, order: Order) -> None:
    advance_orders(world.organization.pk, NOON)
    mark_sent(ShippingRequest.objects.get(), author="warehouse")
    order.lines.update(quantity=3)
    apply_standing(order, author="pull", reason="edited")
    hold(order)
    assert order.status == "onHold"
    assert advance_orders(world.organization.pk, NOON).routed == 0
    assert world.reserved(order) == {"tea": (1, 2)}


def test_a_review_is_an_exception_until_it_is_decided_upon(world: World, order: Order) -> None:
    require_review(order, author="anna", reason="odd address")
    case = ExceptionCase.objects.get(code="reviewRequired")
    assert (order.status, case.status) == ("reviewRequired", "active")
    assert "review required by anna: odd address" in case.message
    hold(order, LATER)
    case.refresh_from_db()
    assert (order.status, case.status) == ("onHold", "resolved")


@pytest.mark.parametrize("end", ["canceled", "gone"])
def test_a_review_closes_when_nothing_is_left_to_look_at(world: World, order: Order, end: str) -> None:
    require_review(order, author="anna", reason="")
    if end == "canceled":
        cancel_order(order, True, author="anna", reason="fraud")
    else:
        Order.objects.filter(pk=order.pk).update(standing="canceled")
        apply_standing(order, author="pull", reason="canceled")
    assert ExceptionCase.objects.get(code="reviewRequired").status == "resolved"
    order.refresh_from_db()
    assert order.status == "canceled"


def test_an_order_given_back_is_decided_by_the_rules(world: World, order: Order) -> None:
    hold(order)
    give_back(order, author="anna", reason="never mind")
    assert (order.release, order.status, order.decided_by_person) == ("undecided", "new", False)
    assert advance_orders(world.organization.pk, NOON).routed == 1


def test_releasing_twice_is_releasing_once(world: World, order: Order) -> None:
    for _ in range(2):
        release_order(order, author="anna", reason="fine")
    assert Event.objects.filter(record_id=order.pk, operation="release").count() == 1


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"standing": "canceled"}, "canceled on the channel"),
        ({"deleted_at": NOON}, "deleted"),
        ({"method": "none"}, "is not to be routed"),
    ],
)
def test_what_is_not_to_be_routed_is_neither_held_nor_released(
    world: World, fields: dict[str, object], part: str
) -> None:
    order = world.order(**fields)  # type: ignore[arg-type]  # by name
    for verb in (release_order, require_review, give_back):
        with pytest.raises(ReleaseError, match=part):
            verb(order, author="anna", reason="")


def test_a_hold_into_the_past_is_refused(world: World, order: Order) -> None:
    with pytest.raises(ReleaseError, match="give a later time") as caught:
        hold(order, NOON)
    assert caught.value.field == "until"


def test_a_person_is_named_without_code_and_the_end_of_a_hold_in_the_zone_it_was_given_in(
    order: Order,
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(ReleaseError, match=r"2020-01-05 08:00 CET has passed"):
        hold_order(order, datetime(2020, 1, 5, 8, tzinfo=berlin), author="anna", reason="", now=NOON)
    hold_order(
        order, datetime(2099, 1, 5, 8, tzinfo=berlin), author="user:anna@shop.test", reason="", now=NOON
    )
    assert order.release_note == "held by anna@shop.test until 2099-01-05 08:00 CET"


def test_an_order_whose_warehouse_rejected_it_can_be_held(world: World, order: Order) -> None:
    release_order(order, author="anna", reason="")
    advance_orders(world.organization.pk, NOON)
    request = ShippingRequest.objects.get()
    reject(request, at=NOON, author="anna", reason="broken")
    hold(order)
    assert order.status == "onHold"
    request.refresh_from_db()
    assert request.status == "failed"
