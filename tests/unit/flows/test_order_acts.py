"""Acting on many orders: no more statements than for a few, each with its own event, and one bad one stays one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.flows.order_acts import UNFORESEEN, Wish, act_on, begin_act, run_act
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, Order, OrderAct, ShippingRequest
from crossdock.hub.orders import release
from crossdock.hub.stock.inventory import check_ledger, set_on_hand
from crossdock.routing.router import route_pending

pytestmark = pytest.mark.django_db


def statements(world: Any, ids: list[int], wish: Wish) -> int:
    """How many statements an act takes."""
    with CaptureQueriesContext(connection) as captured:
        assert act_on(world.organization, ids, wish, now=system_clock()) == {}
    return len(captured)


def test_many_take_no_more_statements_than_a_few(world: Any) -> None:
    set_on_hand(world.organization, "tea", 500, author="test", reason="count")
    counts: dict[str, list[int]] = {}
    for number in (2, 8):
        ids = [world.order({"tea": 2, "cup": 1}).pk for _ in range(number)]
        route_pending(world.organization.pk)
        for act in ("hold", "release", "route", "cancel"):
            wish = Wish(act, "user:ann", "stocktaking", restock=False)
            counts.setdefault(act, []).append(statements(world, ids, wish))
            route_pending(world.organization.pk)
        operations = Event.objects.filter(entity="orders", author="user:ann", record_id__in=ids)
        for operation, times in (("release", 2), ("routeAgain", 1), ("cancel", 1)):
            events = operations.filter(operation=operation)
            assert events.count() == times * number, operation
            assert all("stocktaking" in event.reason for event in events)
        assert set(Order.objects.filter(pk__in=ids).values_list("status", flat=True)) == {"canceled"}
        requests = ShippingRequest.objects.filter(order_id__in=ids)
        # Those of the hold, and those that were made after the release.
        assert (
            sorted(requests.values_list("status", flat=True))
            == ["canceled"] * number + ["canceledRestock"] * number
        )
        called_off = Event.objects.filter(entity="shippingRequests", operation="cancel")
        assert called_off.filter(record_id__in=requests).count() == 2 * number
    assert check_ledger(world.organization.pk) == []
    assert world.record("tea").on_hand == 500 - 10 * 2
    for act, (few, many) in counts.items():
        assert many <= few + 2, act


def test_one_that_breaks_is_left_out_and_the_others_are_done(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [world.order() for _ in range(3)]
    world.order(digital=True)
    bad = orders[1].pk
    whole = release.hold_orders

    def broken(order_ids: Any, *given: Any, **named: Any) -> Any:
        found = whole(order_ids, *given, **named)
        if bad in order_ids:
            raise RuntimeError("boom")
        return found

    monkeypatch.setattr("crossdock.flows.order_acts.hold_orders", broken)
    ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))

    why = act_on(world.organization, ids, Wish("hold", "user:ann"), now=system_clock())

    assert why.pop(bad) == UNFORESEEN
    assert "nothing of it is shipped" in why.pop(ids[-1])
    assert why == {}
    held = Order.objects.filter(release="held")
    assert {order.pk for order in held} == {orders[0].pk, orders[2].pk}


def test_what_has_nothing_open_is_not_routed_again(world: Any) -> None:
    still, gone = world.order(), world.order()
    act_on(world.organization, [gone.pk], Wish("cancel", "user:ann"), now=system_clock())
    told = act_on(world.organization, [still.pk, gone.pk], Wish("route", "user:ann"), now=system_clock())
    assert told == {gone.pk: "nothing of it is left to ship; it is canceled"}
    routed = Event.objects.filter(entity="orders", operation="routeAgain")
    assert [event.record_id for event in routed] == [still.pk]


def test_what_a_dead_worker_left_goes_on(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossdock.flows.order_acts.STEP", 2)
    ids = [world.order().pk for _ in range(5)]
    act = begin_act(world.organization, ids, Wish("cancel", "user:ann"))
    calls = 0

    def dies(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return act_on(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr("crossdock.flows.order_acts.act_on", dies)
        with pytest.raises(KeyboardInterrupt):
            run_act(act.pk, now=system_clock())
    act.refresh_from_db()
    assert (act.state, act.done) == ("running", 2)

    act = run_act(act.pk, now=system_clock())

    assert (act.state, act.done, act.failed) == (OrderAct.State.FINISHED, 5, [])
    assert Event.objects.filter(entity="orders", operation="cancel").count() == 5
