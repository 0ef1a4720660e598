"""Records as data: names, exact amounts, times, ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from crossdock.hub import documents
from crossdock.hub.models import ExceptionCase, Link, Order, Product, Published, Run
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.hub.vault import seal
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _only(records: object) -> dict[str, object]:
    """The one record of a list."""
    assert isinstance(records, list)
    (record,) = records
    assert isinstance(record, dict)
    return record


def test_amounts_are_json_numbers_digit_for_digit() -> None:
    text = documents.to_json(
        {"a": documents.amount(Decimal("1234567890123.4500")), "b": Decimal("0.1")}, indent=0
    )
    assert text == '{"a":1234567890123.45,"b":0.1}'


@pytest.mark.parametrize(
    ("stored", "shown"), [("68.0000", "68"), ("100", "100"), ("0.0000", "0"), ("1.50", "1.5")]
)
def test_amounts_lose_only_the_zeros_of_their_column(stored: str, shown: str) -> None:
    assert str(documents.amount(Decimal(stored))) == shown


def test_times_are_utc_with_milliseconds() -> None:
    moment = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    assert documents.moment(moment) == "2026-01-01T10:00:00.123Z"
    assert documents.moment(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"
    assert documents.moment(None) is None


CANONICAL = {
    "extOrderId": "1001", "extOrderApiId": "api-1", "extOrderCreatedAt": "2026-03-02T09:01:00Z",
    "extOrderUpdatedAt": "2026-03-02T09:01:00Z", "orderSource": "Ecwid", "standing": "open", "paid": True,
    "paymentStatus": "PAID", "fulfillmentStatus": "AWAITING_PROCESSING", "currency": "EUR",
    "totalPrice": "10.10", "subTotalPrice": "10.10",
    "payments": [{"method": "card", "amount": "10.10", "currency": "EUR"}],
    "shippingAddress": {"address1": "1 Main St", "zipCodeOrPostalCode": "62701"},
    "refunds": [{"amount": "0.30", "at": "2026-03-03T00:00:00Z"}],
}  # fmt: skip


def test_an_order_has_the_names_of_the_vocabulary(world: World) -> None:
    order = world.order({"tea": 2, "cup": 1}, total_price=Decimal("10.10"), canonical=CANONICAL)
    short, full = documents.order_document(order), documents.order_document(order, full=True)

    assert short["orderId"] == f"{order.pk:016x}"
    assert (short["extOrderId"], short["extOrderApiId"]) == ("1001", order.ext_order_api_id)
    assert short["integration"] == world.integration.key
    assert short["orgKey"] == world.organization.org_key
    assert short["totalPrice"] == Decimal("10.1")
    assert short["extOrderCreatedAt"] == "2026-03-02T09:01:00.000Z"
    lines = short["lineItems"]
    assert isinstance(lines, list)
    assert [(line["sku"], line["quantity"], line["fulfillable"]) for line in lines] == [
        ("tea", 2, 2),
        ("cup", 1, 1),
    ]
    assert "payments" not in short
    assert full["payments"] == [{"method": "card", "amount": Decimal("10.1"), "currency": "EUR"}]
    assert full["refunds"] == [{"amount": Decimal("0.3"), "at": "2026-03-03T00:00:00.000Z"}]
    assert full["shippingAddress"] == {"address1": "1 Main St", "zipCodeOrPostalCode": "62701"}
    assert json.loads(documents.to_json(full))["payments"][0]["amount"] == 10.1


def test_an_order_of_an_older_shape_is_still_shown(world: World) -> None:
    order = world.order(canonical={"orderNote": "ring twice", "unknown": 1})
    assert documents.order_document(order, full=True)["orderNote"] == "ring twice"


def test_a_shipped_order_has_its_requests_its_parcels_and_its_story(world: World) -> None:
    set_on_hand(world.organization, "tea", 5, author="test", reason="count")
    order = world.order({"tea": 2})
    route_pending(world.organization.pk)
    request = order.shipping_requests.get()
    parcel = fulfill(request, None, tracking_number="T1", carrier="DHL", shipped_at=MONDAY, author="test")
    ExceptionCase.objects.create(
        organization=world.organization, code="sumMismatch", entity="orders", subject="orders:1",
        record_id=order.pk, message="1 cent",
    )  # fmt: skip
    order = Order.objects.get(pk=order.pk)
    document = documents.order_document(order, full=True)

    assert document["exceptions"] == ["sumMismatch"]
    shipment = _only(document["shipments"])
    assert (shipment["shipmentId"], shipment["extOrderId"], shipment["status"]) == (
        request.key,
        "1001",
        "fulfilled",
    )
    assert _only(shipment["lineItems"]) == {
        "uniqueId": "1", "sku": "tea", "name": "tea", "quantity": 2, "fulfilled": 2, "rejected": 0,
        "open": 0, "parts": [],
    }  # fmt: skip
    fulfillment = _only(document["fulfillments"])
    assert (fulfillment["fulfillmentId"], fulfillment["trackingNumber"]) == (parcel.key, ["T1"])
    assert fulfillment["extOrderApiId"] == order.ext_order_api_id

    story = documents.timeline(order)
    assert [entry["at"] for entry in story] == sorted(str(entry["at"]) for entry in story)
    kinds = {entry["kind"] for entry in story}
    assert kinds == {"purchase", "event", "ledger", "shipment", "fulfillment", "exception"}
    assert any("DHL T1" in str(entry["what"]) for entry in story)


def test_a_product_names_every_listing(world: World) -> None:
    parent = Product.objects.create(
        organization=world.organization, owner=world.integration, kind="parent", sku="TEE", name="Tee",
        price=Decimal("9.9000"), currency="EUR",
    )  # fmt: skip
    child = Product.objects.create(
        organization=world.organization,
        parent=parent,
        kind="child",
        sku="TEE-M",
        name="Tee",
        owner=world.integration,
    )
    Published.objects.create(product=parent, integration=world.integration, buffer_inventory=2)
    for remote_id, row in (("77", parent), ("77:1", child), ("78", parent)):
        Link.objects.create(
            integration=world.integration, entity="products", remote_id=remote_id, record_id=row.pk
        )
    document = documents.product_document(parent)

    assert (document["price"], document["extProductId"]) == (Decimal("9.9"), "77")
    published = document["published"]
    assert isinstance(published, list)
    assert [(row["extProductId"], row["bufferInventory"]) for row in published] == [("77", 2), ("78", 2)]
    variant = _only(document["variants"])
    assert (variant["sku"], variant["extProductId"], variant["parentProductId"]) == (
        "TEE-M",
        "77:1",
        parent.key,
    )


def test_an_integration_never_shows_its_credentials(world: World) -> None:
    world.integration.credentials = seal({"token": "secret_abcdefghijkl"})
    world.integration.save()
    text = documents.to_json(documents.integration_document(world.integration))
    assert "secret_" not in text
    assert "credentials" not in text
    assert json.loads(text)["flows"][0]["entity"] == "inventory"


def test_figures_locations_and_runs(world: World) -> None:
    record = set_on_hand(world.organization, "tea", 5, author="ann", reason="count")
    record.refresh_from_db()
    assert documents.inventory_document(record)["available"] == 5
    entry = documents.ledger_document(record.ledger.get())
    assert (entry["figure"], entry["before"], entry["after"], entry["user"]) == ("onHand", 0, 5, "ann")
    Link.objects.create(
        integration=world.integration, entity="locations", remote_id="L1", record_id=world.main.pk
    )
    assert documents.location_document(world.main)["externalSystems"] == [
        {"integrationId": world.integration.key, "extLocationId": "L1"}
    ]
    run = Run.objects.create(flow=world.inventory_flow, trigger="test", written=3)
    assert documents.run_document(run)["written"] == 3
