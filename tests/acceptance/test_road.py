"""The whole road: orders in, routed, shipped, told back; stock and products out; nothing twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from crossdock.canon import Price, Product, Stock
from crossdock.flows import switches
from crossdock.flows.adoption import adopt_stock
from crossdock.flows.sync import sync
from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, Link, Order, OrderLine, RemoteCall, Run, ShippingRequest
from crossdock.hub.models import Product as StoredProduct
from crossdock.hub.own_products import put_product
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock import inventory

from .conftest import Road


def test_every_order_of_the_store_is_in_the_hub_exactly_once(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    backfill = road.import_history()
    road.sync()
    finished = {
        str(row["internalId"] if "internalId" in row else row["orderNumber"])
        for row in road.control.orders()
        if row.get("paymentStatus") != "INCOMPLETE"
    }
    assert backfill.state == "completed"
    assert Counter(Order.objects.values_list("ext_order_api_id", flat=True)) == Counter(finished)
    assert finished


def test_importing_again_changes_nothing(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    first = road.import_history()
    before = list(Order.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    again = road.import_history()
    assert (again.pk, again.created, again.changed) != (first.pk, first.created, first.changed)
    assert (again.created, again.changed, again.failed) == (0, 0, 0)
    assert list(Order.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before


def test_a_paid_order_is_routed_shipped_and_told_back_once(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    placed = road.control.place_order({"items": [{"sku": sku, "quantity": 2}], "paymentStatus": "PAID"})
    mails = len(road.control.mails())
    road.sync()
    order = road.order(placed["id"])
    request = ShippingRequest.objects.get(order=order)
    assert (order.status, order.routing_status) == ("readyForFulfillment", "acknowledged")
    assert InventoryRecord.objects.get(sku=sku).committed >= 2

    fulfill(request, None, tracking_number="1Z999", carrier="UPS", shipped_at=system_clock(), author="test")
    road.sync()
    road.sync()
    remote = road.control.order(placed["id"])
    assert (remote["trackingNumber"], remote["fulfillmentStatus"]) == ("1Z999", "SHIPPED")
    assert len([mail for mail in road.control.mails()[mails:] if "hipped" in str(mail)]) == 1
    order.refresh_from_db()
    assert order.status == "fulfilled"
    assert inventory.check_ledger(road.organization.pk) == []


def test_every_pushed_figure_equals_the_stores(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand + 5, author="test", reason="count")
    before = road.remote_stock()
    report = road.sync()
    after = road.remote_stock()
    assert report.complete
    assert after[sku] == before[sku] + 5
    figures = {row.sku: max(row.available, 0) for row in InventoryRecord.objects.filter(state="tracked")}
    assert {name: after[name] for name in figures if name in after} == {
        name: value for name, value in figures.items() if name in after
    }


def test_a_sale_between_reading_and_writing_is_kept(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand - 3, author="test", reason="breakage")
    before = road.remote_stock()[sku]
    road.control.place_order({"items": [{"sku": sku, "quantity": 1}], "paymentStatus": "PAID"})
    road.sync()
    assert road.remote_stock()[sku] == before - 3 - 1
    record.refresh_from_db()
    assert record.available == before - 4


def test_a_product_put_in_the_hub_is_made_once_in_the_store(road: Road) -> None:
    road.open_for_business()
    product = Product(
        ext_product_id="",
        sku="NEW-1",
        name="A new thing",
        stock=Stock(state="unknown"),
        prices=(Price(name="base", value=Decimal("12.50"), currency="EUR"),),
    )
    stored = put_product(road.organization, product, author="test")
    road.sync()
    road.sync()
    made = [row for row in road.control.products() if row.get("sku") == "NEW-1"]
    assert len(made) == 1
    assert Link.objects.get(entity="products", record_id=stored.pk).remote_id == str(made[0]["id"])
    assert StoredProduct.objects.filter(sku="NEW-1").count() == 1


def test_a_lost_answer_to_a_create_makes_no_second_product(road: Road) -> None:
    road.open_for_business()
    road.control.fault(method="POST", path="/products", times=1, apply=True, drop=True)
    put_product(
        road.organization,
        Product(ext_product_id="", sku="LOST-1", name="Lost answer", stock=Stock(state="unknown")),
        author="test",
    )
    road.sync()
    road.sync()
    assert len([row for row in road.control.products() if row.get("sku") == "LOST-1"]) == 1
    assert (
        Link.objects.filter(entity="products", record_id=StoredProduct.objects.get(sku="LOST-1").pk).count()
        == 1
    )


def test_a_lost_answer_to_a_stock_write_moves_nothing_twice(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand - 4, author="test", reason="count")
    before = road.remote_stock()[sku]
    road.control.fault(method="PUT", path="/inventory", times=1, apply=True, drop=True)
    road.sync()
    assert road.remote_stock()[sku] == before - 4


def test_a_lost_answer_to_a_shipment_mails_the_buyer_once(road: Road) -> None:
    road.open_for_business()
    placed = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.sync()
    request = ShippingRequest.objects.get(order=road.order(placed["id"]))
    fulfill(request, None, tracking_number="T-1", shipped_at=system_clock(), author="test")
    mails = len(road.control.mails())
    road.control.fault(method="PUT", path="/orders/", times=1, apply=True, drop=True)
    road.sync()
    assert road.control.order(placed["id"])["trackingNumber"] == "T-1"
    assert len([mail for mail in road.control.mails()[mails:] if "hipped" in str(mail)]) == 1


def test_a_cancellation_before_shipping_releases_and_meets_the_stores_own_restock(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    before = road.remote_stock()[sku]
    placed = road.control.place_order({"items": [{"sku": sku, "quantity": 3}], "paymentStatus": "PAID"})
    road.sync()
    assert road.remote_stock()[sku] == before - 3
    road.control.cancel_order(placed["id"])
    road.sync()
    order = road.order(placed["id"])
    assert order.status == "canceled"
    assert OrderLine.objects.get(order=order).canceled == 3
    assert road.remote_stock()[sku] == before
    assert InventoryRecord.objects.get(sku=sku).available == before
    assert not ShippingRequest.objects.filter(order=order).exclude(status__startswith="canceled").exists()


def test_an_order_deleted_in_the_store_keeps_its_history_and_lets_go_of_stock(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    placed = road.control.place_order({"items": [{"sku": sku, "quantity": 1}], "paymentStatus": "PAID"})
    road.sync()
    committed = InventoryRecord.objects.get(sku=sku).committed
    road.control.delete_order(placed["id"])
    road.sync()
    order = road.order(placed["id"])
    assert order.deleted_at is not None
    assert InventoryRecord.objects.get(sku=sku).committed == committed - 1


def test_an_edit_is_seen_and_told_in_the_timeline(road: Road) -> None:
    road.open_for_business()
    placed = road.control.place_order(
        {"items": [{"sku": road.tracked(), "quantity": 1}], "paymentStatus": "PAID"}
    )
    road.sync()
    road.control.edit_order(placed["id"], {"orderComments": "Leave it at the door"})
    road.sync()
    order = road.order(placed["id"])
    assert order.canonical["orderNote"] == "Leave it at the door"
    assert order.version == 2


def test_a_dry_run_writes_nothing_anywhere(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand - 2, author="test", reason="count")
    before = road.remote_stock()
    report = sync(road.integration, ["inventory"], trigger="test", dry_run=True)
    assert road.remote_stock() == before
    assert [(row.before, row.after) for run in report.runs for row in run.plan] == [
        (str(before[sku]), str(before[sku] - 2))
    ]


def test_calls_are_counted_and_carry_no_secret(road: Road) -> None:
    road.open_for_business()
    calls = list(RemoteCall.objects.values_list("path", "note"))
    assert calls
    assert not [row for row in calls if road.twin.token in "".join(row)]
    assert sum(Run.objects.values_list("remote_calls", flat=True)) == len(calls)


def test_adopting_stock_before_importing_history_takes_nothing_off_twice(road: Road) -> None:
    road.flows(orders="pull", products="pull")
    road.sync()
    adopt_stock(road.integration, author="test")
    before = road.remote_stock()
    road.import_history()
    road.flows(inventory="push")
    road.sync()
    assert road.remote_stock() == before
    assert inventory.check_ledger(road.organization.pk) == []


def test_a_new_buffer_reaches_every_listing(road: Road) -> None:
    road.open_for_business()
    before = road.remote_stock()
    switches.set_settings(road.integration, {"buffer": 2}, author="test")
    road.sync()
    after = road.remote_stock()
    counted = set(InventoryRecord.objects.filter(state="tracked").values_list("sku", flat=True))
    assert {sku: after[sku] for sku in counted if sku in after} == {
        sku: max(before[sku] - 2, 0) for sku in counted if sku in after
    }


def test_a_figure_changed_by_hand_in_the_store_is_noticed_and_put_right(road: Road) -> None:
    road.open_for_business()
    sku = road.tracked()
    record = InventoryRecord.objects.get(sku=sku)
    inventory.set_on_hand(road.organization, sku, record.on_hand - 1, author="test", reason="count")
    road.sync()
    right = road.remote_stock()[sku]
    road.control.set_stock(sku, right + 50)
    road.control.settle()
    road.sync()
    assert road.remote_stock()[sku] == right
