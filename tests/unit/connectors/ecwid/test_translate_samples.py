"""Every order and product sample, from the wire to the canonical record, against what was reviewed once.

To write the expectations anew after a change that is meant: `GOLDEN_WRITE=1 pytest <this file>`, then read
the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from crossdock.canon import Order, Product
from crossdock.connectors.contract import Account, RemoteRecord, Translated
from crossdock.connectors.ecwid import plan, translate, wire
from crossdock.connectors.errors import Unreadable

SAMPLES = Path(__file__).parents[3] / "fixtures" / "ecwid_api"
GOLDEN = Path(__file__).parent / "golden"
PAGED = frozenset({"total", "count"})


def _documents(*folders: str) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in sorted((SAMPLES / folder).glob("*.json")):
            body = path.read_bytes()
            value = json.loads(body)
            name = f"{folder}/{path.name}"
            if isinstance(value, list) or (
                isinstance(value, dict) and value.keys() >= PAGED and "items" in value
            ):
                for n, item in enumerate(wire.decode_page(body).items):
                    yield f"{name}#{n}", bytes(item)
            else:
                yield name, body


ORDERS = dict(_documents("orders", "composed/orders"))
PRODUCTS = dict(_documents("products", "composed/products"))


def _outcome(
    identity: Callable[[bytes], tuple[object, ...]],
    translated: Callable[[RemoteRecord, Account], Translated[Order] | Translated[Product]],
    document: bytes,
    account: Account,
) -> object:
    """Return what comes of a document: its record and notices, or the error with its field."""
    try:
        remote_id, updated_at = identity(document)[:2]
        record = msgspec.convert(
            {"remote_id": remote_id, "updated_at": updated_at, "document": document}, RemoteRecord
        )
        found = translated(record, account)
    except Unreadable as error:
        return {"unreadable": error.reason, "field": error.field}
    return json.loads(msgspec.json.encode({"record": found.record, "notices": found.notices}))


def _expected(kind: str, found: dict[str, object]) -> object:
    path = GOLDEN / f"{kind}.json"
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(
            json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_order_sample_becomes_what_was_reviewed(account: Account) -> None:
    found = {
        name: _outcome(wire.order_identity, translate.order, raw, account) for name, raw in ORDERS.items()
    }
    assert found == _expected("orders", found)


def test_every_product_sample_becomes_what_was_reviewed(account: Account) -> None:
    found = {
        name: _outcome(wire.product_identity, translate.product, raw, account)
        for name, raw in PRODUCTS.items()
    }
    assert found == _expected("products", found)


def test_the_samples_hold_whole_orders_and_products() -> None:
    assert len(ORDERS) > 30
    assert len(PRODUCTS) > 30


WHOLE_ORDERS = [
    "composed/orders/order_local_delivery.json",
    "composed/orders/order_pickup.json",
    "composed/orders/order_refunded_full.json",
    "composed/orders/order_shipped_with_tracking_and_label.json",
    "orders/order_get_2018_partial_refund.json",
    "orders/order_get_digital_gross_tax_invoice.json",
    "orders/order_search_page_2018_partial_refund.json#0",
    "orders/order_search_page_api_created_coupon.json#0",
]


@pytest.mark.parametrize("name", WHOLE_ORDERS)
def test_a_whole_order_sample_is_read_strictly_and_knows_all_its_fields(name: str) -> None:
    _, odd = wire.read_order(ORDERS[name])
    assert odd == []
    assert wire.unknown_fields(ORDERS[name]) == ()


@pytest.mark.parametrize("name", sorted(PRODUCTS))
def test_a_product_sample_that_is_read_plans_to_nothing_on_itself(name: str, account: Account) -> None:
    try:
        remote_id, _ = wire.product_identity(PRODUCTS[name])
    except Unreadable:
        return
    record = RemoteRecord(remote_id=remote_id, updated_at=None, document=PRODUCTS[name])
    write = plan.product(record, translate.product(record, account).record, account)
    assert (write.kind, write.changes, write.request) == ("none", (), {})
