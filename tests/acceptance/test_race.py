"""Two writers who meet at one record: neither fails, nothing is there twice."""

from __future__ import annotations

import threading
import time
from unittest.mock import patch

from django.db import connection

from crossdock.canon import Product as CanonProduct
from crossdock.canon import Stock
from crossdock.flows.runs import run_flow
from crossdock.hub import products
from crossdock.hub.intake import new_link
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import ExceptionCase, Flow, Integration, Link, Product, Run
from crossdock.hub.products import put_product

from .conftest import Road


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


def test_a_search_that_trails_does_not_undo_what_was_read_by_id(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    placed = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.sync()
    key = road.order(placed["id"]).ext_order_api_id
    road.control.set(lag=30.0)
    time.sleep(1.1)  # the store counts in seconds: the cancellation must be a later one
    road.control.cancel_order(placed["id"])
    flow = Flow.objects.get(integration=road.integration, entity="orders")
    leave_marks(flow, [key], "test")
    run_flow(flow, trigger="mark")
    assert road.order(placed["id"]).status == "canceled"

    Flow.objects.filter(pk=flow.pk).update(progress={})
    run_flow(flow, trigger="test")
    assert road.order(placed["id"]).status == "canceled"
