"""What's next?: each step ticks itself from what is in the database, and says where it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.flows import connecting, integration_state
from crossdock.hub.models import (
    Delivery,
    ExceptionCase,
    Flow,
    Integration,
    InventoryRecord,
    Link,
    Location,
    Order,
    ShippingRequest,
)


def items(browser: Client, integration: Integration) -> dict[str, Any]:
    """The lines of the checklist by name."""
    answer = browser.get(f"/integrations/{integration.key}/next")
    assert answer.status_code == 200
    return {item.name: item for item in answer.context["items"]}


@pytest.fixture
def fresh(shop: Any) -> Integration:
    """The shop's integration as if it had just been connected, with nothing done yet."""
    integration: Integration = shop.integration
    Flow.objects.filter(integration=integration).update(last_success_at=None)
    Flow.objects.filter(integration=integration).exclude(entity="locations").update(enabled=False)
    Link.objects.filter(integration=integration).update(sent=None)
    InventoryRecord.objects.update(state="unknown")
    Integration.objects.filter(pk=integration.pk).update(
        created_at=Order.objects.latest("ext_order_created_at").ext_order_created_at + timedelta(seconds=1)
    )
    ExceptionCase.objects.all().delete()
    integration.refresh_from_db()
    return integration


def test_at_first_only_the_connection_is_done(browser: Client, fresh: Integration) -> None:
    found = items(browser, fresh)
    assert list(found) == [
        "connected", "located", "flowsOn", "orderSeen", "shipmentPushed", "counted", "stockPushed",
    ]  # fmt: skip
    assert [name for name, item in found.items() if item.done] == ["connected"]
    text = text_of(browser.get(f"/integrations/{fresh.key}/next"))
    assert "What&#x27;s next?" in text or "What's next?" in text
    assert "Congrats!" in text
    assert "1 of 7 done" in text


def test_each_step_ticks_itself(browser: Client, fresh: Integration, shop: Any) -> None:
    Flow.objects.filter(integration=fresh, entity="locations").update(last_success_at=fresh.connected_at)
    found = items(browser, fresh)
    assert found["located"].done
    assert "Warehouse Altona" in found["located"].seen

    Flow.objects.filter(integration=fresh, entity="orders").update(enabled=True)
    assert items(browser, fresh)["flowsOn"].seen == "pull orders"

    order = shop.orders[3]
    Order.objects.filter(pk=order.pk).update(ext_order_created_at=fresh.created_at)
    seen = items(browser, fresh)["orderSeen"]
    assert seen.done
    assert seen.address == reverse("portal:orders-one", args=[order.pk])
    assert items(browser, fresh)["shipmentPushed"].address == seen.address

    Link.objects.create(
        integration=fresh, entity="orders", remote_id="api-1", record_id=order.pk, sent={"readBack": True}
    )
    pushed = items(browser, fresh)["shipmentPushed"]
    assert pushed.done
    assert "was written and read back" in pushed.seen
    assert pushed.address == reverse("portal:orders-one", args=[order.pk])

    InventoryRecord.objects.filter(pk=shop.record.pk).update(state="tracked")
    assert items(browser, fresh)["counted"].seen == shop.record.sku

    Link.objects.filter(integration=fresh, entity="products").update(sent={"quantity": 7})
    found = items(browser, fresh)
    assert all(item.done for item in found.values())
    assert "Everything here works" in text_of(browser.get(f"/integrations/{fresh.key}/next"))


def test_an_imported_order_is_no_test_order(browser: Client, fresh: Integration) -> None:
    assert Order.objects.filter(integration=fresh).exists()
    assert not items(browser, fresh)["orderSeen"].done


def test_orders_without_a_place_are_a_step_until_they_have_one(browser: Client, fresh: Integration) -> None:
    case = ExceptionCase.objects.create(
        organization=fresh.organization, integration=fresh, code="noRoute", entity="orders",
        subject="orders:1", message="Order 1042 found no place.",
    )  # fmt: skip
    found = items(browser, fresh)
    assert not found["routed"].done
    assert "Order 1042 found no place." in found["routed"].seen
    assert found["routed"].address == "/exceptions"
    case.delete()
    assert "routed" not in items(browser, fresh)


def test_a_warehouse_that_ships_from_nowhere_is_a_step(browser: Client, fresh: Integration) -> None:
    warehouse = connecting.add_integration(fresh.organization, "mockwarehouse", author="test")
    Integration.objects.filter(pk=warehouse.pk).update(state="connected", account_id="mock")
    assert not items(browser, fresh)["warehouseAssigned"].done
    place = Location.objects.get(organization=fresh.organization, is_default=True)
    Location.objects.filter(pk=place.pk).update(fulfillment_integration=warehouse)
    assert items(browser, fresh)["warehouseAssigned"].done


def test_a_warehouse_has_steps_of_its_own(browser: Client, shop: Any) -> None:
    warehouse = connecting.add_integration(shop.organization, "mockwarehouse", author="test")
    found = items(browser, warehouse)
    assert list(found) == ["connected", "assigned", "flowsOn", "handedOver", "reported"]
    assert not any(item.done for item in found.values())
    assert "is not connected" in text_of(browser.get(f"/integrations/{warehouse.key}/next"))
    Location.objects.filter(organization=shop.organization, is_default=True).update(
        fulfillment_integration=warehouse
    )
    request = ShippingRequest.objects.filter(organization=shop.organization)[0]
    ShippingRequest.objects.filter(pk=request.pk).update(
        fulfillment_integration=warehouse, sent_to_fulfillment_at=shop.integration.connected_at
    )
    Delivery.objects.create(
        integration=warehouse, entity="fulfillments", name="parcels-1", digest=b"1", rows=1, accepted=1
    )
    found = items(browser, warehouse)
    assert {name for name, item in found.items() if item.done} == {"assigned", "handedOver", "reported"}


def test_what_the_account_lacks_is_said(browser: Client, fresh: Integration) -> None:
    fresh.account["notes"] = ["The app lacks read_orders: add it."]
    fresh.save()
    assert "The app lacks read_orders: add it." in text_of(browser.get(f"/integrations/{fresh.key}/next"))


def test_help_names_who_and_what_and_no_secret(browser: Client, fresh: Integration, shop: Any) -> None:
    fresh.credentials = b"sealed-secret_abcdefgh"
    fresh.save()
    text = text_of(browser.get(f"/integrations/{fresh.key}/next"))
    assert shop.user.get_username() in text
    assert fresh.key in text
    assert "crossdock doctor" in text
    assert "secret_abcdefgh" not in text


def test_everybody_may_look_and_removed_ones_are_gone(
    browser: Client, fresh: Integration, sample: Any
) -> None:
    client = Client()
    client.force_login(sample.member(fresh.organization, "helper@shop.test", "user"))
    assert client.get(f"/integrations/{fresh.key}/next").status_code == 200
    integration_state.remove(fresh, "test")
    assert browser.get(f"/integrations/{fresh.key}/next").status_code == 404


def test_the_integrations_page_leads_to_it(browser: Client, fresh: Integration) -> None:
    assert f'href="/integrations/{fresh.key}/next"' in text_of(browser.get(f"/integrations/{fresh.key}"))
    unfinished = connecting.add_integration(fresh.organization, "ecwid", author="test")
    text = text_of(browser.get(f"/integrations/{unfinished.key}"))
    assert f"/integrations/{unfinished.key}/next" not in text
