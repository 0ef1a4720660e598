"""Turning a flow on shows beforehand what it would do, and writes nothing for that; what was missed is asked about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crossdock.flows import importing, switches
from crossdock.flows.rehearsing import Rehearsal, rehearse, rehearse_next
from crossdock.flows.starting import CATCH_UP, START_NOW, gap_of
from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    Attempt,
    Event,
    ExceptionCase,
    Flow,
    Import,
    InventoryRecord,
    Link,
    Mark,
    Order,
    Product,
    Run,
    ShippingRequest,
)
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock import inventory

if TYPE_CHECKING:
    from conftest import Road

LONG_AGO_YEARS = 11


def one(road: Road, entity: str, choice: str, **how: object) -> Rehearsal:
    """The single rehearsal of a choice."""
    (found,) = rehearse(road.integration, entity, choice, now=system_clock(), **how)  # type: ignore[arg-type]
    return found


def kept() -> dict[str, object]:
    """Everything that a rehearsal must leave as it is."""
    return {
        "orders": Order.objects.count(),
        "products": Product.objects.count(),
        "marks": sorted(Mark.objects.values_list("flow_id", "key", "version")),
        "flows": list(Flow.objects.order_by("pk").values()),
        "links": list(Link.objects.order_by("pk").values("pk", "known", "sent", "tombstoned_at")),
        "exceptions": ExceptionCase.objects.count(),
        "events": Event.objects.count(),
        "attempts": Attempt.objects.count(),
        "imports": Import.objects.count(),
        "ledger": inventory.check_ledger(
            Order.objects.values_list("organization_id", flat=True).first() or 0
        ),
    }


def test_orders_from_now_bring_nothing_yet_and_history_says_how_many(road: Road) -> None:
    before = kept()
    now = one(road, "orders", "pull")
    assert (now.in_all, now.line_count, now.failure) == (0, 0, "")
    history = one(road, "orders", "pull", since=system_clock() - timedelta(days=365 * LONG_AGO_YEARS))
    finished = len([row for row in road.control.orders() if row.get("paymentStatus") != "INCOMPLETE"])
    assert history.in_all == finished
    assert history.new == history.looked_at == min(100, finished)
    assert history.line_count == history.new
    assert "placed" in history.lines[0].after
    assert kept() == before
    assert set(Run.objects.values_list("trigger", "outcome")) == {("preview", "completed")}


def test_the_catalogue_is_shown_before_it_comes(road: Road) -> None:
    before = kept()
    found = one(road, "products", "pull")
    assert found.in_all
    assert found.new == found.looked_at > 0
    assert all(line.before == "" for line in found.lines)
    assert kept() == before


def test_stock_shows_each_difference_and_what_is_left_alone(road: Road) -> None:
    road.open_for_business()
    road.flows(inventory="disabled")
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand - 4, author="test", reason="count")
    stock, before = road.remote_stock(), kept()
    found = one(road, "inventory", "push")
    assert [(x.field, x.before, x.after) for x in found.lines] == [
        (f"stock of {sku}", str(stock[sku]), str(stock[sku] - 4))
    ]
    assert found.in_all == found.looked_at
    assert found.same > 0
    assert road.remote_stock() == stock
    assert kept() == before


def test_figures_that_would_rise_are_shown_although_the_push_waits_with_them(road: Road) -> None:
    road.flows(orders="pull", products="pull")
    road.sync()
    sku = road.tracked()
    inventory.set_on_hand(
        road.organization, sku, road.remote_stock()[sku] + 5, author="test", reason="first count"
    )
    found = one(road, "inventory", "push")
    assert found.line_count == 1
    assert "stood still" in " ".join(found.remarks)
    assert "nobody has counted this SKU" in " ".join(found.remarks)


def test_a_store_that_cannot_be_reached_is_said_in_words_and_harms_nothing(road: Road) -> None:
    road.control.fault(path="/", times=50, status=503)
    before = kept()
    found = one(road, "products", "pull")
    assert found.failure
    assert kept() == before


def test_orders_that_the_token_may_not_read_are_not_promised(road: Road) -> None:
    road.control.set_scopes(road.twin.token, ("read_store_profile", "read_catalog"))
    before = kept()
    found = one(road, "orders", "pull")
    assert "read_orders" in found.failure
    assert "Add it" in found.failure, "it says what mends it"
    assert kept() == before


def test_a_plan_that_stopped_is_shown_with_its_figures(road: Road) -> None:
    road.open_for_business()
    switches.set_settings(road.integration, {"guardLeast": 1, "guardShare": 0.0}, author="test")
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand - 1, author="test", reason="count")
    road.sync("inventory")
    assert "blastRadius" in road.open_codes()
    flow = Flow.objects.get(integration=road.integration, entity="inventory")
    found = rehearse_next(flow)
    assert found.line_count == 1
    assert "stops and asks" in " ".join(found.remarks).lower()


@pytest.mark.parametrize("gap", [CATCH_UP, START_NOW])
def test_orders_of_the_gap_come_or_stay_out_as_asked(road: Road, gap: str) -> None:
    road.open_for_business()
    here = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.sync()
    road.flows(orders="disabled")
    flow = Flow.objects.get(integration=road.integration, entity="orders")
    missed_since = gap_of(flow)
    assert missed_since is not None
    assert missed_since.since is not None
    gone = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.control.cancel_order(here["id"])
    road.control.settle()
    later = system_clock() + timedelta(minutes=5)  # beyond the minute by which two clocks may differ
    shown = rehearse(road.integration, "orders", "pull", now=later, gap=gap)
    assert [row.failure for row in shown] == [""]
    assert shown[0].new == (1 if gap == CATCH_UP else 0)
    switches.set_flows(road.integration, {"orders": "pull"}, author="test", now=later, gap=gap)
    road.sync()
    assert Order.objects.filter(ext_order_id=gone["id"]).exists() is (gap == CATCH_UP)
    assert road.order(here["id"]).status == "canceled"  # what is here is never left out of date
    event = Event.objects.filter(operation="flowEnabled").latest("pk")
    assert event.after == {"flow": "pull orders", "gap": gap}


@pytest.mark.parametrize("gap", [CATCH_UP, START_NOW])
def test_shipments_of_the_gap_are_reported_or_not_as_asked(road: Road, gap: str) -> None:
    road.open_for_business()
    placed = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.sync()
    road.flows(fulfillments="disabled")
    request = ShippingRequest.objects.get(order=road.order(placed["id"]))
    fulfill(request, None, tracking_number="T-9", shipped_at=system_clock(), author="test")
    found = one(road, "fulfillments", "push", gap=gap)
    assert (found.line_count > 0) is (gap == CATCH_UP)
    switches.set_flows(road.integration, {"fulfillments": "push"}, author="test", now=system_clock(), gap=gap)
    road.sync()
    assert road.control.order(placed["id"]).get("trackingNumber") == ("T-9" if gap == CATCH_UP else None)


def test_the_first_time_nothing_is_asked_about_a_gap(road: Road) -> None:
    for flow in Flow.objects.filter(integration=road.integration):
        assert gap_of(flow) is None
    with pytest.raises(switches.SwitchError, match="catchUp, startNow"):
        switches.set_flows(road.integration, {}, author="test", now=system_clock(), gap="maybe")


def test_an_import_is_paused_and_resumed_by_a_person_and_tells_its_pace(road: Road) -> None:
    road.flows(orders="pull")
    road.sync("locations")
    since = system_clock() - timedelta(days=365 * LONG_AGO_YEARS)
    backfill = importing.start_import(road.integration, "orders", since=since, author="test")
    assert importing.progress_of(backfill, system_clock()) == importing.Progress(0, None, None, None, None)
    assert importing.pause_import(backfill, author="user:ann")
    assert not importing.pause_import(backfill, author="user:ann")
    assert importing.resume_import(backfill, author="user:ann")
    assert not importing.resume_import(backfill, author="user:ann")
    told = Event.objects.filter(author="user:ann").order_by("pk").values_list("operation", flat=True)
    assert list(told) == ["importPaused", "importResumed"]
    done = importing.run_import(backfill)
    assert done.stint_began is not None
    assert importing.progress_of(done, system_clock()).part == 1000
    done.state, done.read, done.total, done.stint_read = Import.State.RUNNING, 300, 500, 100
    done.stint_began = system_clock()
    halfway = importing.progress_of(done, done.stint_began + timedelta(seconds=10))
    assert halfway == importing.Progress(300, 500, 20.0, 10.0, 600)
