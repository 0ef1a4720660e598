"""What the store, or somebody pretending to be it, may send: nothing of it loses or doubles anything."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from crossdock.connectors.errors import ConnectorError
from crossdock.flows import connecting
from crossdock.flows.webhooks import receive
from crossdock.hub.models import ExceptionCase, Flow, Mark, Order, WebhookTally

from .conftest import Road


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"body": "{not json", "status": 200}, id="malformed"),
        pytest.param({"truncate": 200}, id="truncated"),
        pytest.param({"status": 502, "html": True, "message": "Bad Gateway"}, id="html error page"),
        pytest.param({"status": 200, "html": True, "message": "Maintenance"}, id="html instead of json"),
        pytest.param({"status": 429, "retryAfter": 1}, id="rate limited"),
        pytest.param({"drop": True}, id="connection dropped"),
        pytest.param({"status": 500}, id="server error"),
    ],
)
def test_a_page_that_fails_is_read_again_and_loses_nothing(road: Road, fault: dict[str, object]) -> None:
    road.flows(orders="pull")
    road.sync()
    road.import_history()
    stored = Order.objects.count()
    placed = [road.control.place_order({"paymentStatus": "PAID"})["id"] for _ in range(3)]
    road.control.settle()
    road.control.fault(method="GET", path=r"/orders(\?|$)", times=1, **fault)
    Flow.objects.filter(entity="orders").update(not_before=None)
    road.sync()
    road.sync()
    assert Order.objects.count() == stored + 3
    assert Order.objects.filter(ext_order_id__in=placed).count() == 3


def test_one_unreadable_order_becomes_an_exception_and_the_others_come_in(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    good = road.control.place_order({"paymentStatus": "PAID"})
    bad = road.control.place_order({"paymentStatus": "PAID"})
    also = road.control.place_order({"paymentStatus": "PAID"})
    road.control.edit_order(
        bad["id"], {"items": [{"id": 1, "sku": "X", "quantity": "three", "price": "a lot"}]}
    )
    road.control.settle()
    road.sync()
    assert set(Order.objects.values_list("ext_order_id", flat=True)) == {good["id"], also["id"]}
    case = ExceptionCase.objects.get(code="unreadable", status="active")
    assert "quantity" in case.field or "price" in case.field
    assert case.subject == f"orders:{bad['internalId']}"

    road.control.edit_order(
        bad["id"], {"items": [{"id": 1, "sku": "X", "name": "X", "quantity": 3, "price": 5}]}
    )
    road.control.settle()
    road.sync()
    assert Order.objects.filter(ext_order_id=bad["id"]).exists()
    case.refresh_from_db()
    assert case.status == "resolved"


def test_a_sum_that_does_not_add_up_comes_in_with_an_exception(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    placed = road.control.place_order({"paymentStatus": "PAID"})
    road.control.edit_order(placed["id"], {"total": 12345.67})
    road.control.settle()
    road.sync()
    assert road.order(placed["id"]).total_price == Decimal("12345.67")
    assert "sumMismatch" in road.open_codes()


def test_an_unknown_status_is_kept_and_never_shipped_unasked(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    placed = road.control.place_order({"paymentStatus": "PAID"})
    road.control.edit_order(placed["id"], {"paymentStatus": "PAID_IN_BEANS"})
    road.control.settle()
    road.sync()
    order = road.order(placed["id"])
    assert not order.paid
    assert not order.shipping_requests.exists()
    assert "unknownStatus" in road.open_codes()


def test_nul_characters_do_not_lose_the_order(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    placed = road.control.place_order({"paymentStatus": "PAID"})
    road.control.edit_order(placed["id"], {"orderComments": "a\x00b"})
    road.control.settle()
    road.sync()
    assert Order.objects.filter(ext_order_id=placed["id"]).exists()


def test_a_wrong_token_is_refused_before_it_is_saved(road: Road) -> None:
    other = connecting.add_integration(road.organization, "ecwid", author="test")
    for token in ("", "abc", "public_" + "x" * 32, "secret_" + "x" * 32):
        with pytest.raises(ConnectorError):
            connecting.connect_with_credentials(
                other, {"store_id": str(road.twin.store_id), "token": token}, author="test"
            )
    other.refresh_from_db()
    assert other.credentials is None
    assert other.state == "notConfigured"


def test_a_revoked_token_parks_the_integration_after_one_call_and_loses_nothing(road: Road) -> None:
    road.flows(orders="pull")
    road.sync()
    placed = road.control.place_order({"paymentStatus": "PAID"})
    road.control.revoke_token(road.twin.token)
    road.control.clear_calls()
    road.sync()
    road.sync()
    assert road.control.call_count() == 1
    assert road.reload().state == "error"
    assert road.open_codes() == {"needsReconnect"}

    fresh = road.control.issue_token()
    connecting.connect_with_credentials(
        road.integration, {"store_id": str(road.twin.store_id), "token": fresh.value}, author="test"
    )
    road.sync()
    assert Order.objects.filter(ext_order_id=placed["id"]).exists()
    assert road.open_codes() == set()


def test_a_store_is_connected_once(road: Road) -> None:
    other = connecting.add_integration(road.organization, "ecwid", author="test")
    with pytest.raises(ConnectorError, match="connected already"):
        connecting.connect_with_credentials(
            other, {"store_id": str(road.twin.store_id), "token": road.twin.token}, author="test"
        )


def test_forged_stale_and_unknown_webhooks_change_nothing(road: Road) -> None:
    road.flows(orders="pull")
    Mark.objects.all().delete()
    body = {
        "eventId": "1",
        "eventCreated": 1,
        "storeId": road.twin.store_id,
        "entityId": 5,
        "eventType": "order.updated",
    }
    assert receive("ecwid", json.dumps(body).encode(), {"X-Ecwid-Webhook-Signature": "x"}).status == 401
    assert receive("ecwid", json.dumps(body).encode(), {}).status == 401
    assert receive("ecwid", b"{", {"X-Ecwid-Webhook-Signature": "x"}).status == 400
    assert receive("nothing", b"{}", {}).status == 404
    assert not Mark.objects.exists()
    assert sum(WebhookTally.objects.values_list("count", flat=True)) == 3
