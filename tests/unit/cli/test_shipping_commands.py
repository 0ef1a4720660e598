"""Requests and parcels by command: made, sent, cancelled, answered, rejected, and foretold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from crossdock.cli.codes import Exit
from crossdock.hub import vault
from crossdock.hub.models import Flow, Integration, Link, Order, RemoteCall, SourceDocument
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World


@pytest.fixture
def order(world: World) -> Order:
    """An order of two tea and one cup, not routed yet."""
    for sku in ("tea", "cup"):
        set_on_hand(world.organization, sku, 10, author="test", reason="count")
    return world.order({"tea": 2, "cup": 1})


def test_a_request_by_hand_is_made_sent_and_answered(
    run: RunCommand, run_json: RunJson, world: World, order: Order
) -> None:
    world.location("Shop")
    made = run_json("requests", "create", "1001", "--location", "Shop", "--sku", "tea=1")
    assert (made["extShipmentId"], made["version"], made["currency"]) == ("#1001", 1, "EUR")
    assert [(line["sku"], line["quantity"]) for line in made["lineItems"]] == [("tea", 1)]
    rest = run_json("requests", "create", "1001", "--location", "Main")
    assert [(line["sku"], line["quantity"]) for line in rest["lineItems"]] == [("tea", 1), ("cup", 1)]
    for arguments in (("--sku", "tea=1"), ("--sku", "milk=1"), ()):
        assert run("requests", "create", "1001", "--location", "Main", *arguments).exit_code == Exit.USAGE
    sent = run_json("requests", "send", "#1001", "--reference", "W-9")
    assert (sent["status"], sent["extReferenceId"]) == ("sentToFulfillment", "W-9")
    assert run("requests", "answer", "#1001", "--stopped").exit_code == Exit.USAGE
    canceled = run_json("requests", "cancel", "#1001", "--restock", "--route-again")
    assert (canceled["status"], canceled["cancellationStatus"]) == ("canceledRestock", "requested")
    assert run("requests", "send", "#1001").exit_code == Exit.ATTENTION
    assert run("requests", "answer", "#1001").exit_code == Exit.USAGE
    answered = run_json("requests", "answer", "#1001", "--stopped")
    assert answered["cancellationStatus"] == "confirmed"
    assert [entry["operation"] for entry in answered["timeline"]][-1] == "cancellation"
    assert "cancellation" in run("requests", "show", "#1001").stdout
    document = run_json("orders", "show", "1001")
    assert [row["extShipmentId"] for row in document["shipments"]] == ["#1001", "#1001.2", "#1001.3"]
    assert document["disposition"] == ["routed", "unsent", "unfulfilled"]


def test_a_rejection_by_command_routes_again(
    run: RunCommand, run_json: RunJson, world: World, order: Order
) -> None:
    route_pending(world.organization.pk)
    rejected = run_json("requests", "reject", "#1001", "--reason", "broken", "--sku", "tea=2")
    assert [line["rejected"] for line in rejected["lineItems"]] == [2, 0]
    document = run_json("orders", "show", "1001")
    assert (document["routingStatus"], document["exceptions"]) == ("pending", ["rejectedByWarehouse"])
    assert document["disposition"] == ["partiallyRouted", "unsent", "unfulfilled", "partiallyRejected"]
    (parcel,) = document["fulfillments"]
    assert (parcel["fulfillmentType"], parcel["reason"]) == ("rejected", "broken")
    assert "rejected: broken" in run("orders", "show", "1001").stdout
    order.refresh_from_db()
    routed = run_json("orders", "route", "1001")
    assert (routed["routingStatus"], len(routed["shipments"])) == ("failed", 1), "nowhere else to go"


def test_the_organization_accepts_too_many(
    run: RunCommand, run_json: RunJson, world: World, order: Order
) -> None:
    route_pending(world.organization.pk)
    assert run("ship", "#1001", "--sku", "tea=3").exit_code == Exit.USAGE
    assert run_json("organization", "show")["settings"]["overfulfillPolicy"] == "refuse"
    for wrong in ("overfulfillPolicy=maybe", "colour=red", "overfulfillPolicy"):
        assert run("organization", "set", wrong).exit_code == Exit.USAGE
    assert "accept" in run("organization", "set", "overfulfillPolicy=accept").stdout
    parcel = run_json("ship", "#1001", "--sku", "tea=3")
    assert parcel["lineItems"][0] == {"uniqueId": "1", "sku": "tea", "quantity": 2, "extra": 1}


@pytest.fixture
def at_ecwid(world: World, order: Order) -> Order:
    """The order, as a store told it."""
    integration = world.integration
    integration.connector = "ecwid"
    integration.credentials = vault.seal({"store_id": "1003", "token": "secret_" + "a" * 32})
    integration.save()
    document = {
        "id": "1001", "internalId": 1, "paymentStatus": "PAID", "fulfillmentStatus": "AWAITING_PROCESSING",
        "items": [{"id": 1, "sku": "tea", "quantity": 2}, {"id": 2, "sku": "cup", "quantity": 1}],
        "shippingOption": {"fulfillmentType": "SHIPPING"},
    }  # fmt: skip
    link = Link.objects.create(
        integration=integration, entity="orders", remote_id=order.ext_order_api_id, record_id=order.pk
    )
    SourceDocument.objects.create(link=link, body=json.dumps(document))
    route_pending(world.organization.pk)
    return order


def test_what_the_store_will_be_told_is_shown_before_it_is_sent(
    run: RunCommand, run_json: RunJson, world: World, at_ecwid: Order
) -> None:
    assert "Shop will be told nothing." in run("fulfillments", "preview", "1001").output
    said = run("ship", "#1001", "--sku", "tea=2", "--tracking", "1Z9", "--carrier", "UPS").stdout
    assert (
        "Shop will be told: fulfillmentStatus PROCESSING, trackingNumber 1Z9, "
        "trackingUrl https://www.ups.com/track?tracknum=1Z9. The store may mail the buyer." in said
    )
    assert "1 of 2 lines shipped: Ecwid has no status for a part." in said
    preview = run_json("fulfillments", "preview", "1001")
    assert preview["changes"][0] == {
        "field": "fulfillmentStatus", "before": "AWAITING_PROCESSING", "after": "PROCESSING",
    }  # fmt: skip
    assert (preview["flowOn"], preview["store"]) == (True, "Shop")
    Integration.objects.update(settings={"notifyBuyer": False})
    Flow.objects.update(enabled=False)
    shown = run("fulfillments", "preview", "1001").stdout
    assert "Buyer mails for this order are switched off in the store, and stay off." in shown
    assert "note: The buyer is not mailed." in shown
    assert "is off, so nothing is sent" in shown
    assert not RemoteCall.objects.exists()


def test_what_cannot_be_foretold_says_why(run: RunCommand, world: World, order: Order) -> None:
    route_pending(world.organization.pk)
    unknown = run("fulfillments", "preview", "1001")
    assert (unknown.exit_code, "was not read from a store" in unknown.stderr) == (Exit.ATTENTION, True)
    assert "told" not in run("ship", "#1001").stdout, "the parcel is recorded all the same"


def test_an_exception_is_set_aside_by_command(run: RunCommand, run_json: RunJson, order: Order) -> None:
    run_json("orders", "review", "1001", "--reason", "odd address")
    (case,) = run_json("exceptions", "list")["exceptions"]
    key = case["exceptionId"]
    assert run("exceptions", "dismiss", key).exit_code == Exit.USAGE
    assert run("exceptions", "dismiss", key, "--reason", " ").exit_code == Exit.USAGE
    assert run("exceptions", "dismiss", key, "9999", "--reason", "seen").exit_code == Exit.NOT_FOUND
    (aside,) = run_json("exceptions", "dismiss", key, "--reason", "seen")["exceptions"]
    assert (aside["status"], aside["resolution"]) == ("dismissed", "seen")
    assert run_json("exceptions", "list")["exceptions"] == []
    assert run("exceptions", "dismiss", key, "--reason", "seen").exit_code == Exit.ATTENTION
    (told,) = [row for row in run_json("orders", "show", "1001")["timeline"] if "dismissed" in row["what"]]
    assert (told["reason"], told["author"].partition(":")[0]) == ("seen", "cli")
    run_json("orders", "release", "1001")
    assert run_json("exceptions", "show", key)["status"] == "resolved"
