"""The API as a warehouse's program uses it: take requests, report parcels, send counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.unit.conftest import World

from crossdock.hub.api_keys import GRANTS, create_key
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, Fulfillment, Integration, Location, ShippingRequest
from crossdock.hub.stock.inventory import check_ledger, set_on_hand
from crossdock.routing.router import route_pending

Call = Callable[..., Any]
SHIPPED = "2026-03-02T12:00:00Z"


def calling(world: World, grants: Sequence[str] = GRANTS, warehouse: Integration | None = None) -> Call:
    """Return a client that calls with a key of its own; gives status and answer."""
    count = Event.objects.filter(entity="apiKeys").count()
    _, secret = create_key(world.organization, f"key {count}", grants, author="test", integration=warehouse)
    client = Client(enforce_csrf_checks=True)

    def call(method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        data = json.dumps(body) if body is not None else (query or None)
        extra = {"content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/v3{path}", data, headers={"X-Crossdock-Key": secret}, **extra)
        return answer.status_code, json.loads(answer.content)

    return call


@pytest.fixture
def warehouse(world: World) -> Integration:
    """A warehouse that ships for the default location."""
    made = Integration.objects.create(
        organization=world.organization, connector="test", name="WMS", state="connected", account_id="wms"
    )
    Location.objects.filter(pk=world.main.pk).update(fulfillment_integration=made)
    return made


def routed(world: World, **lines: int) -> ShippingRequest:
    """An order's shipping request."""
    for sku in lines:
        set_on_hand(world.organization, sku, 10, author="test", reason="count")
    order = world.order(lines)
    route_pending(world.organization.pk)
    return order.shipping_requests.get()


def test_a_warehouse_s_day(world: World, warehouse: Integration) -> None:
    request = routed(world, tea=2, cup=1)
    call = calling(world, warehouse=warehouse)
    status, answer = call("get", "/shipments", status="readyForFulfillment")
    assert status == 200
    assert [row["extShipmentId"] for row in answer["shipments"]] == [request.ext_shipment_id]
    assert answer["pagination"] == {"last": True, "pageSize": 100, "nextCursor": ""}
    status, answer = call(
        "put", f"/shipments/{request.key}", {"status": "sentToFulfillment", "extReferenceId": "W-77"}
    )
    assert (status, answer["shipment"]["status"]) == (200, "sentToFulfillment")
    assert answer["shipment"]["extReferenceId"] == "W-77"
    report = {
        "extShipmentId": request.ext_shipment_id, "extFulfillmentId": "P-1", "actualShipDate": SHIPPED,
        "trackingNumber": "1Z999AA10123456784", "shippingCarrier": "UPS",
        "lineItems": [{"sku": "tea", "quantity": 2}],
    }  # fmt: skip
    for _ in range(2):
        status, answer = call("post", "/fulfillments", report)
        assert (status, answer["fulfillment"]["extFulfillmentId"]) == (200, "P-1")
    assert Fulfillment.objects.count() == 1
    assert Fulfillment.objects.get().author == "apikey:key 0"
    assert (
        call("get", f"/shipments/ext:{request.ext_shipment_id}".replace("#", "%23"))[1]["shipment"]["status"]
        == "partialFulfillment"
    )
    counted = (system_clock() + timedelta(minutes=1)).isoformat()  # after the count that stands
    status, answer = call(
        "post", "/inventory",
        {"inventory": [
            {"sku": "tea", "quantity": 5, "at": counted},
            {"sku": "cup", "quantity": 4, "at": counted, "locationId": "Moon"},
        ]},
    )  # fmt: skip
    assert (status, answer["taken"], answer["refused"]) == (200, 1, 1)
    assert (answer["results"][0]["success"], answer["results"][0]["onHand"]) == (True, 5)
    assert answer["results"][1]["field"] == "locationId"
    assert world.record("tea").on_hand == 5
    assert check_ledger(world.organization.pk) == []
    assert call("get", "/inventory", sku="tea")[1]["inventory"][0]["onHand"] == 5
    assert len(call("get", "/fulfillments")[1]["fulfillments"]) == 1


def test_a_warehouse_sees_its_own_only(world: World, warehouse: Integration) -> None:
    other = Integration.objects.create(
        organization=world.organization, connector="test", name="Other", state="connected", account_id="other"
    )
    request = routed(world, tea=1)
    call = calling(world, warehouse=other)
    assert call("get", "/shipments")[1]["shipments"] == []
    assert call("get", f"/shipments/{request.key}")[0] == 404
    report = {"shipmentId": request.key, "extFulfillmentId": "P-1", "actualShipDate": SHIPPED}
    assert call("post", "/fulfillments", report)[0] == 404
    assert not Fulfillment.objects.exists()
    count = {"sku": "tea", "quantity": 5, "at": SHIPPED, "locationId": world.main.key}
    answer = call("post", "/inventory", {"inventory": [count]})[1]
    assert answer["results"][0]["message"] == "this key is of another warehouse"
    stranger = calling(World("Other shop"))
    assert stranger("get", f"/shipments/{request.key}")[0] == 404
    assert stranger("get", "/shipments")[1]["shipments"] == []


@pytest.mark.parametrize(
    ("grants", "method", "path", "body"),
    [
        (["shipments.read"], "put", "/shipments/x", {"status": "sentToFulfillment"}),
        (["shipments.read"], "get", "/fulfillments", None),
        (["fulfillments.read"], "post", "/fulfillments",
         {"shipmentId": "x", "extFulfillmentId": "P", "actualShipDate": SHIPPED}),
        (["inventory.read"], "post", "/inventory",
         {"inventory": [{"sku": "a", "quantity": 1, "at": SHIPPED}]}),
        (["inventory.write"], "get", "/inventory", None),
        (["shipments.write"], "get", "/shipments", None),
    ],
)  # fmt: skip
def test_a_key_may_do_what_it_was_granted(
    world: World, grants: list[str], method: str, path: str, body: object
) -> None:
    status, answer = calling(world, grants)(method, path, body)
    assert status == 403
    assert answer["errors"][0]["field"] == "grant"


def test_without_a_key_nothing_is_told(world: World) -> None:
    for headers in ({}, {"X-Crossdock-Key": "cdk_nothing"}):
        answer = Client().get("/api/v3/shipments", headers=headers)
        assert answer.status_code == 401
        assert json.loads(answer.content)["errors"][0]["field"] == "X-Crossdock-Key"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/fulfillments", {"extFulfillmentId": "P", "actualShipDate": SHIPPED}, "shipmentId"),
        ("/fulfillments", {"shipmentId": "x", "actualShipDate": SHIPPED}, "extFulfillmentId"),
        ("/fulfillments", {"shipmentId": "x", "extFulfillmentId": "P", "actualShipDate": "2026-03-02T12:00:00"},
         "actualShipDate"),
        ("/fulfillments", {"shipmentId": "x", "extFulfillmentId": "P", "actualShipDate": SHIPPED, "trackin": 1},
         "trackin"),
        ("/inventory", {"inventory": []}, "inventory"),
        ("/inventory", {"inventory": [{"sku": "a", "quantity": "many", "at": SHIPPED}]}, "quantity"),
    ],
)  # fmt: skip
def test_a_malformed_request_names_the_field(
    world: World, path: str, body: dict[str, object], field: str
) -> None:
    status, answer = calling(world)("post", path, body)
    assert status == 422
    assert field in answer["errors"][0]["field"]
    assert answer["success"] is False


def test_what_is_not_json_is_said_in_the_same_form(world: World) -> None:
    _, secret = create_key(world.organization, "edge", ["inventory.write"], author="test")
    answer = Client().post(
        "/api/v3/inventory", "{bad", content_type="application/json", headers={"X-Crossdock-Key": secret}
    )
    assert answer.status_code == 422
    body = answer.json()
    assert (body["success"], body["code"], body["errors"][0]["field"]) == (False, 422, "body")


def test_what_the_hub_refuses_is_said(world: World) -> None:
    request = routed(world, tea=2)
    call = calling(world)
    report = {
        "shipmentId": request.key, "extFulfillmentId": "P-1", "actualShipDate": SHIPPED,
        "lineItems": [{"sku": "tea", "quantity": 3}],
    }  # fmt: skip
    status, answer = call("post", "/fulfillments", report)
    assert (status, answer["errors"][0]["field"]) == (422, "quantity")
    assert call("get", "/shipments", status="lost")[0] == 422
    assert call("get", "/shipments", count="0")[0] == 422
    assert call("get", "/shipments/0000000000000000")[0] == 404
    assert not Fulfillment.objects.exists()


def test_it_describes_itself(world: World) -> None:
    document = json.loads(Client().get("/api/v3/openapi.json").content)
    assert set(document["paths"]) == {
        "/api/v3/shipments", "/api/v3/shipments/{shipment_id}", "/api/v3/fulfillments", "/api/v3/inventory",
    }  # fmt: skip
