"""Every order, product and webhook sample goes from the wire to a stored record and, where it applies, back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import httpx2
import pytest
import time_machine
from django.conf import LazySettings

from crossdock.canon import FulfillmentState, Parcel
from crossdock.connectors import connector_for
from crossdock.connectors.contract import Account, RemoteCall, RemoteRecord, Services, Store, Window
from crossdock.flows.switches import create_flows
from crossdock.flows.webhooks import receive
from crossdock.hub.intake import Finding, Incoming, Origin, canonical_json, document_hash, known_links
from crossdock.hub.models import (
    Flow,
    Integration,
    Mark,
    Order,
    Organization,
    Product,
    SourceDocument,
    WebhookDelivery,
)
from crossdock.hub.orders.intake import ingest_orders
from crossdock.hub.products import canonical_product, ingest_products

SAMPLES = Path(__file__).parents[1] / "fixtures" / "ecwid_api"
ACCOUNT = Account(
    account_id="1003", name="Shop", currency="USD", weight_unit="KILOGRAM", dimensions_unit="CM"
)
EVERYTHING = Window(field="updated")


def _documents(kind: str, essential: str) -> list[tuple[str, dict[str, object]]]:
    """Every whole document of a kind among the samples, by file and position; requests and stubs are none."""
    found = []
    for path in sorted([*SAMPLES.glob(f"{kind}/*.json"), *SAMPLES.glob(f"composed/{kind}/*.json")]):
        if "request" in path.stem and "response_fields" not in path.stem:
            continue
        body = json.loads(path.read_text())
        page = isinstance(body, dict) and "count" in body
        rows = body["items"] if page else [body] if isinstance(body, dict) else body
        for position, row in enumerate(rows):
            if isinstance(row, dict) and essential in row and ("id" in row or "orderNumber" in row):
                found.append((f"{path.stem}-{position}", row))
    return found


ORDERS = [row for row in _documents("orders", "paymentStatus") if "createTimestamp" in row[1]]
PRODUCTS = [row for row in _documents("products", "name") if "price" in row[1] and "enabled" in row[1]]
WEBHOOKS = sorted(SAMPLES.glob("webhooks/*.json"))


def test_the_samples_are_there() -> None:
    assert len(ORDERS) >= 7
    assert len(PRODUCTS) >= 6
    assert len(WEBHOOKS) >= 20


class _OpenGate:
    def enter(self, calls: int = 1) -> None:
        """Let everything pass."""

    def block(self, seconds: float) -> None:
        """Nothing blocks."""

    def record(self, call: RemoteCall) -> None:
        """Keep nothing."""


@contextmanager
def _session(document: dict[str, object]) -> Iterator[Store]:
    """A session with a store that answers every list with this one document."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200, json={"total": 1, "count": 1, "offset": 0, "limit": 100, "items": [document]}
        )

    services = Services(
        gate=_OpenGate(),
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        random=Random(1),
        sleep=lambda _: None,
        config={"api_url": "http://store.test/api/v3", "oauth_url": "http://store.test/oauth"},
        transport=httpx2.MockTransport(answer),
    )
    session = connector_for("ecwid").open(
        {"store_id": "1003", "token": "secret_" + "a" * 32}, {}, None, services
    )
    assert isinstance(session, Store)
    try:
        yield session
    finally:
        session.close()


@pytest.fixture
def integration(db: None) -> Integration:
    organization = Organization.objects.create(name="Shop")
    integration = Integration.objects.create(
        organization=organization, connector="ecwid", name="Shop", state="connected", account_id="1003"
    )
    create_flows(integration)
    return integration


@pytest.mark.parametrize("document", [pytest.param(row, id=name) for name, row in ORDERS])
def test_an_order_sample_is_stored_and_can_be_told_that_it_shipped(
    integration: Integration, document: dict[str, object]
) -> None:
    with _session(document) as session:
        page = session.orders.page(EVERYTHING, 0)
        assert not page.unreadable
        (record,) = page.records
        translated = session.orders.translate(record, ACCOUNT)
        if translated.record.standing == "incomplete":
            return
        incoming = Incoming(
            remote_id=record.remote_id,
            updated_at=record.updated_at,
            document=record.document,
            hash=document_hash(record.document),
            record=translated.record,
            canonical=canonical_json(translated.record),
            notices=tuple(
                Finding(row.code, row.field, row.message) for row in translated.notices if row.attention
            ),
        )
        origin = Origin(integration=integration, run=None, author="test")
        ingest_orders(origin, [incoming], known_links(integration, "orders", [record.remote_id]))
        order = Order.objects.get(integration=integration)
        assert order.total_price == Decimal(str(document["total"])).quantize(Decimal("0.01"))
        assert order.ext_order_id in {str(document.get("id")), str(document.get("vendorOrderNumber"))}
        items = document["items"]
        assert isinstance(items, list)
        assert [(line.sku, line.quantity) for line in order.lines.order_by("position")] == [
            (str(item.get("sku", "")), item["quantity"]) for item in items
        ]
        assert json.loads(SourceDocument.objects.get().body) == document

        again = ingest_orders(origin, [incoming], known_links(integration, "orders", [record.remote_id]))
        assert (again.created, again.changed) == (0, 0)

        shipped = FulfillmentState(
            ext_order_api_id=record.remote_id,
            complete=True,
            parcels=(Parcel(shipped_at=datetime(2026, 1, 2, tzinfo=UTC), tracking_number="T1"),),
        )
        write = session.fulfillments.plan(record, shipped, {})
        if order.standing == "open":
            told = {**document, **write.request["calls"][0]["body"]}  # type: ignore[index]  # the connector's own shape
            settled = RemoteRecord(
                remote_id=record.remote_id, updated_at=record.updated_at, document=json.dumps(told).encode()
            )
            assert session.fulfillments.plan(settled, shipped, {}).kind == "none"


@pytest.mark.parametrize("document", [pytest.param(row, id=name) for name, row in PRODUCTS])
def test_a_product_sample_is_stored_and_plans_to_nothing(
    integration: Integration, document: dict[str, object]
) -> None:
    with _session(document) as session:
        (record,) = session.products.page(EVERYTHING, 0).records
        translated = session.products.translate(record, ACCOUNT)
        incoming = Incoming(
            remote_id=record.remote_id,
            updated_at=record.updated_at,
            document=record.document,
            hash=document_hash(record.document),
            record=translated.record,
            canonical=canonical_json(translated.record),
        )
        origin = Origin(integration=integration, run=None, author="test")
        ingest_products(origin, [incoming], {})
        product = Product.objects.get(parent=None)
        variations = document.get("combinations") or []
        assert isinstance(variations, list)
        assert product.name == document["name"]
        assert Product.objects.filter(parent=product).count() == len(variations)
        again = ingest_products(origin, [incoming], known_links(integration, "products", [record.remote_id]))
        assert (again.created, again.changed) == (0, 0)
        write = session.product_target.plan(record, canonical_product(product), ACCOUNT)
        assert write.kind == "none", write.changes


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in WEBHOOKS])
def test_a_webhook_sample_is_taken_once(integration: Integration, settings: LazySettings, path: Path) -> None:
    settings.CROSSDOCK_CONNECTORS = {"ecwid": {"client_secret": "s3cret"}}
    Flow.objects.filter(entity__in=["orders", "products"], direction="pull").update(enabled=True)
    body = json.loads(path.read_text())
    Integration.objects.update(account_id=str(body["storeId"]))
    text = json.dumps(body).encode()
    message = f"{body['eventCreated']}.{body['eventId']}".encode()
    signature = base64.b64encode(hmac.new(b"s3cret", message, hashlib.sha256).digest()).decode()
    with time_machine.travel(datetime.fromtimestamp(body["eventCreated"] + 5, tz=UTC), tick=False):
        receipts = [receive("ecwid", text, {"X-Ecwid-Webhook-Signature": signature}) for _ in range(2)]
    assert [receipt.status for receipt in receipts] == [200, 200]
    assert list(WebhookDelivery.objects.values_list("event_id", "repeats")) == [(body["eventId"], 1)]
    entity = body["eventType"].split(".")[0]
    looked_for = {"order": "orders", "product": "products", "profile": "locations"}.get(entity)
    if looked_for and body["eventType"] != "profile.subscriptionStatusChanged":
        assert Mark.objects.filter(flow__entity=looked_for).count() == 1
    elif looked_for is None:
        assert not Mark.objects.exists()
