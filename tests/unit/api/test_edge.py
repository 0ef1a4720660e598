"""What programs see: webhooks, health and metrics."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from crossdock.api import health as health_module
from crossdock.api import webhooks as webhooks_module
from crossdock.flows import webhooks
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Flow, Integration, Mark, Order, Organization

ADDRESS = "/webhooks/ecwid"


def post(client: Client, body: bytes | str, **headers: str) -> Any:
    """Send a webhook."""
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


@pytest.fixture
def strict() -> Client:
    """A client that would be refused for want of a CSRF token."""
    return Client(enforce_csrf_checks=True)


def signed(event: dict[str, Any], secret: str = "test-client-secret") -> tuple[str, str]:
    """A body and its signature (ecwid-api/webhooks.md §4)."""
    message = f"{event['eventCreated']}.{event['eventId']}".encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return json.dumps(event), base64.b64encode(digest).decode()


def test_a_genuine_webhook_leaves_a_mark_and_is_answered_at_once(strict: Client, db: None) -> None:
    organization = Organization.objects.create(name="Shop")
    integration = Integration.objects.create(
        organization=organization, connector="ecwid", name="Store", state="connected", account_id="1003"
    )
    flow = Flow.objects.create(integration=integration, entity="orders", direction="pull", enabled=True)
    event = {
        "eventId": "78d4",
        "eventCreated": int(system_clock().timestamp()),
        "storeId": 1003,
        "entityId": 7,
        "eventType": "order.updated",
        "data": {"orderId": "XJ12H"},
    }
    body, signature = signed(event)
    answer = post(strict, body, **{"X-Ecwid-Webhook-Signature": signature})
    assert answer.status_code == 200
    assert Mark.objects.filter(flow=flow).count() == 1
    forged = post(strict, body, **{"X-Ecwid-Webhook-Signature": signed(event, "guess")[1]})
    assert forged.status_code == 401
    assert forged.content == b"not verified\n"
    assert not forged.cookies


def test_what_is_no_webhook_is_refused_without_telling_why(strict: Client, db: None) -> None:
    for body in (b"", b"{", b"[]", b"\xff\xfe", b"<html></html>"):
        answer = post(strict, body)
        assert answer.status_code in (400, 401)
        assert len(answer.content) < 30
    assert strict.post("/webhooks/unknown", b"{}", content_type="application/json").status_code == 404
    assert strict.get(ADDRESS).status_code == 405
    assert strict.put(ADDRESS).status_code == 405


def test_a_large_body_is_not_read(strict: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def note(_key: str, body: bytes, _headers: object) -> webhooks.Receipt:
        seen.append(len(body))
        return webhooks.Receipt(200, "")

    monkeypatch.setattr(webhooks, "receive", note)
    limit = webhooks_module.LARGEST_BODY
    assert post(strict, b" " * limit).status_code == 200
    assert post(strict, b" " * (limit + 1)).status_code == 413
    assert seen == [limit]


def test_a_database_that_does_not_answer_asks_for_another_try(
    strict: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> webhooks.Receipt:
        raise DatabaseError("connection to server at 10.0.0.5 failed")

    monkeypatch.setattr(webhooks, "receive", fail)
    answer = post(strict, b"{}")
    assert answer.status_code == 503
    assert b"10.0.0.5" not in answer.content


def beat(seconds: int) -> None:
    """Let a worker have reported so many seconds ago."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [system_clock() - timedelta(seconds=seconds)],
        )


def test_health_is_about_database_and_worker(db: None, client: Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "crossdock worker" in answer.json()["worker"]
    beat(5)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "worker": "ok"}
    beat(300)
    assert client.get("/health").status_code == 503
    assert client.get("/health/web").status_code == 200
    assert client.get("/health/web").json() == {"status": "ok", "database": "ok"}
    assert "probe" in client.get("/health/web", HTTP_X_CROSSDOCK_PROBE="1").json()


def test_health_without_database(client: Client, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def fail() -> None:
        raise DatabaseError("password authentication failed for user crossdock")

    monkeypatch.setattr(health_module, "newest_heartbeat", fail)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "password" not in answer.content.decode()


def test_metrics_count_the_hub(db: None, client: Client) -> None:
    organization = Organization.objects.create(name="Shop")
    integration = Integration.objects.create(
        organization=organization, connector="ecwid", name="Store", state="connected", account_id="1003"
    )
    now = system_clock()
    flow = Flow.objects.create(
        integration=integration,
        entity="orders",
        direction="pull",
        enabled=True,
        last_success_at=now - timedelta(minutes=5),
    )
    Mark.objects.create(flow=flow, key="XJ12H", reason="test")
    Flow.objects.create(
        integration=integration,
        entity="inventory",
        direction="push",
        enabled=True,
        last_success_at=now - timedelta(days=4),
    )
    Order.objects.create(
        organization=organization,
        integration=integration,
        ext_order_id="1",
        ext_order_api_id="1",
        standing="open",
        paid=True,
        payment_status="PAID",
        fulfillment_status="SHIPPED",
        method="shipping",
        order_source="ecwid",
        currency="EUR",
        sub_total_price=1,
        order_discount=0,
        order_tax=0,
        shipping_price=0,
        total_price=1,
        ext_order_created_at=now,
        ext_order_updated_at=now,
    )
    beat(1)
    text = client.get("/metrics").content.decode()
    assert 'crossdock_orders{status="new"} 1.0' in text
    assert f'crossdock_flow_backlog{{flow="pull orders",integration="{integration.key}"}} 1.0' in text
    assert "crossdock_worker_heartbeat_age_seconds" in text
    lags = [line for line in text.splitlines() if line.startswith("crossdock_flow_lag_seconds{")]
    pull = next(line for line in lags if "pull orders" in line)
    assert 300 <= float(pull.rsplit(" ", 1)[1]) < 400
    push = next(line for line in lags if "push inventory" in line)
    assert float(push.rsplit(" ", 1)[1]) == 0, "a push that has nothing to carry is not late"
    assert "Store" not in text


@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"HTTP_FORWARDED": "for=192.0.2.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_metrics_are_for_this_machine_only(asked: dict[str, str], client: Client) -> None:
    answer = client.get("/metrics", **asked)  # type: ignore[arg-type]  # WSGI environment by name
    assert answer.status_code == 404
    assert b"crossdock_" not in answer.content


def test_metrics_are_not_given_under_the_public_name(client: Client, db: None, settings: Any) -> None:
    """A proxy on this machine that adds no header at all is told by the address that it was asked for."""
    settings.CROSSDOCK = replace(settings.CROSSDOCK, public_url="https://hub.example.com")
    settings.ALLOWED_HOSTS = ["hub.example.com", "localhost"]
    assert client.get("/metrics", headers={"host": "hub.example.com:443"}).status_code == 404
    assert client.get("/metrics", headers={"host": "localhost:8017"}).status_code == 200
