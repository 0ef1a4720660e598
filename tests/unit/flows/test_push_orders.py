"""Handing orders to a warehouse that wants to know them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from scripted_warehouse import ScriptedWarehouse

from crossdock.canon import Order as CanonOrder
from crossdock.canon import OrderLine
from crossdock.hub.intake import Incoming, Origin, Tally, canonical_json, document_hash, known_links
from crossdock.hub.models import Order
from crossdock.hub.orders.changes import delete_order
from crossdock.hub.orders.intake import ingest_orders

House = Any  # the fixture of conftest.py beside this file
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def placed(house: House, number: str, **fields: Any) -> Tally:
    """Take an order in as the store's pull does."""
    values: dict[str, Any] = {
        "ext_order_id": number, "ext_order_api_id": number, "ext_order_created_at": MONDAY,
        "ext_order_updated_at": MONDAY, "order_source": "test", "standing": "open", "paid": True,
        "payment_status": "PAID", "fulfillment_status": "", "currency": "EUR",
        "total_price": Decimal(10), "sub_total_price": Decimal(10),
        "line_items": (OrderLine(unique_id="1", sku="tea", name="Tea", quantity=2, item_price=Decimal(5)),),
    }  # fmt: skip
    record = CanonOrder(**(values | fields))
    canonical = canonical_json(record)
    incoming = Incoming(
        number, record.ext_order_updated_at, canonical, document_hash(canonical), record, canonical
    )
    origin = Origin(house.world.integration, None, "test")
    with transaction.atomic():
        return ingest_orders(origin, [incoming], known_links(house.world.integration, "orders", [number]))


def test_turning_it_on_tells_what_is_open(house: House, outside: ScriptedWarehouse) -> None:
    placed(house, "1")
    placed(house, "2", standing="fulfilled")

    house.turn(orders="push")
    report = house.run("orders")

    assert (report.outcome, report.written) == ("completed", 1)
    assert outside.order_outbox.numbers == ["1"]


def test_new_orders_and_changes_are_told_once(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(orders="push")
    placed(house, "1")
    house.run("orders")
    placed(house, "1")
    assert house.marks("orders") == set()

    placed(house, "1", standing="canceled", order_note="never mind")
    house.run("orders")

    assert outside.order_outbox.numbers == ["1", "1"]
    *_, (last,) = outside.order_outbox.gone.values()
    assert last.standing == "canceled"


def test_an_order_that_never_was_open_is_not_told(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(orders="push")
    placed(house, "1", standing="canceled")

    house.run("orders")

    assert outside.order_outbox.numbers == []


def test_a_deleted_order_is_called_off(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(orders="push")
    placed(house, "1")
    house.run("orders")
    (link,) = known_links(house.world.integration, "orders", ["1"]).values()
    with transaction.atomic():
        delete_order(Origin(house.world.integration, None, "test"), link, None)

    house.run("orders")

    *_, (last,) = outside.order_outbox.gone.values()
    assert last.standing == "canceled"


def test_it_does_not_wait_for_locations(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(orders="push")

    assert house.run("orders").outcome == "completed"


def test_a_dry_run_prints_it(house: House, outside: ScriptedWarehouse) -> None:
    house.turn(orders="push")
    placed(house, "1")

    report = house.run("orders", dry_run=True)

    assert [change.after for change in report.plan] == ["open: 2 of tea"]
    assert outside.order_outbox.gone == {}
    assert house.marks("orders") == {Order.objects.get().key}
