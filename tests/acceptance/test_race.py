"""Two writers who meet at one record: neither fails, nothing is there twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.db import connection

from crossdock.canon import Product as CanonProduct
from crossdock.canon import Stock
from crossdock.flows import runs
from crossdock.flows.runs import run_flow
from crossdock.hub import products
from crossdock.hub.intake import new_link
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import ExceptionCase, Flow, Integration, Link, Mark, Product, Run
from crossdock.hub.own_products import put_product

from .conftest import LAG, Road


def test_a_product_that_a_push_links_while_a_pull_stores_it_is_there_once(road: Road) -> None:
    road.flows(products="pull")
    road.sync("locations")
    made = road.control.create_product({"name": "Met twice", "sku": "MEET-1", "price": 5})
    road.control.settle()
    ours = put_product(
        road.organization,
        CanonProduct(ext_product_id="", sku="MEET-1", name="Met twice", stock=Stock(state="unknown")),
        author="test",
    )
    raced: list[str] = []

    def push(integration: Integration) -> None:
        """What a push does at the end of its write: it links the remote id."""
        Link.objects.create(
            integration=integration, entity="products", remote_id=str(made["id"]), record_id=ours.pk
        )
        connection.close()

    def slow_link(*args: object, **kwargs: object) -> Link:
        if not raced and str(args[3]) == str(made["id"]):
            raced.append("met")
            thread = threading.Thread(target=push, args=(road.integration,))
            thread.start()
            thread.join(timeout=10)
        return new_link(*args, **kwargs)  # type: ignore[arg-type]  # handed through

    with patch.object(products, "new_link", slow_link):
        road.sync("products")
    road.sync("products")
    assert raced == ["met"]
    assert Product.objects.filter(sku="MEET-1").count() == 1
    assert Link.objects.filter(remote_id=str(made["id"])).count() == 1
    assert not Run.objects.filter(outcome="failed").exists()
    assert not ExceptionCase.objects.filter(status="active").exists()


def still(road: Road) -> None:
    """Stop the store's clock, and let its search trail until it is told to catch up."""
    clock = road.twin.twin.clock
    moment = clock.now()
    clock._source, clock.offset = (lambda: moment), 0.0
    road.control.set(lag=30.0)


def place(road: Road) -> str:
    """A shopper's paid order; returns its number."""
    wanted = {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    return str(road.control.place_order(wanted)["id"])


def test_a_search_that_trails_does_not_undo_what_was_read_by_id(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    still(road)
    number = place(road)
    road.control.settle()
    road.sync()
    flow = Flow.objects.get(integration=road.integration, entity="orders")
    for later in (0.0, 1.0):  # the store counts in seconds: the change may bear the time of the one before
        road.control.advance(later)
        road.control.edit_order(number, {"fulfillmentStatus": "PROCESSING" if later else "SHIPPED"})
        leave_marks(flow, [road.order(number).ext_order_api_id], "test")
        run_flow(flow, trigger="mark")
        wanted = "processing" if later else "shipped"
        assert road.order(number).fulfillment_status == wanted

        Flow.objects.filter(pk=flow.pk).update(progress={})
        run_flow(flow, trigger="test")
        run_flow(flow, trigger="test")
        assert road.order(number).fulfillment_status == wanted
    road.control.settle()
    road.sync("orders")
    assert road.order(number).fulfillment_status == "processing"
    assert not Mark.objects.filter(flow=flow).exists()


def test_a_change_in_the_second_of_the_newest_one_is_found(road: Road) -> None:
    """The first is seen at once; the other one shows in the search when that has been read for good."""
    road.flows(orders="pull")
    road.sync()
    still(road)
    first = place(road)
    road.control.settle()
    flow = Flow.objects.get(integration=road.integration, entity="orders")
    run_flow(flow, trigger="test")
    assert road.order(first).ext_order_id == first
    second = place(road)
    seen = datetime.fromisoformat(Flow.objects.get(pk=flow.pk).progress["firstSeen"])
    with patch.object(runs, "system_clock", lambda: seen + timedelta(seconds=LAG + 0.3)):
        run_flow(flow, trigger="test")
    road.control.settle()
    road.sync("orders")
    assert road.order(second).ext_order_id == second


def test_a_hint_of_a_change_that_the_search_does_not_show_yet_is_followed(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    still(road)
    number = place(road)
    road.control.settle()
    road.sync()
    road.control.advance(2.0)
    road.control.cancel_order(number)
    flow = Flow.objects.get(integration=road.integration, entity="orders")
    when = datetime.fromtimestamp(road.twin.twin.clock.seconds(), UTC)
    leave_marks(flow, [road.order(number).ext_order_api_id], "test", since=when)
    run_flow(flow, trigger="drain")
    assert road.order(number).status == "canceled"
