"""Events: found, narrowed down, read side by side, and their record looked at again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.models import Event, Flow, Mark, Product, Run
from crossdock.portal.views.events.difference import differences


@pytest.fixture
def event(shop: Any) -> Event:
    """Something that an integration brought, with both sides."""
    order = shop.orders[4]
    return Event.objects.create(
        organization=shop.organization, entity="orders", record_id=order.pk, operation="updated",
        author=f"integration:{shop.integration.key}", reason="the store changed it", run=shop.run,
        before={"status": "new", "address": {"city": "Cork", "zip": "T12 AB34"}},
        after={"status": "onHold", "address": {"city": "Dublin", "zip": "T12 AB34"}},
    )  # fmt: skip


def rows(browser: Client, **query: str) -> list[Event]:
    """What the list shows."""
    return [event for event, _ in browser.get("/events", query).context["rows"]]


def page_of(browser: Client, event: Event) -> str:
    """The page of an event."""
    return text_of(browser.get(reverse("portal:events-one", args=[event.key])))


def test_only_what_differs_is_set_side_by_side() -> None:
    found = differences(
        {"a": 1, "b": {"c": 2, "d": 3}, "gone": "x"}, {"a": 1, "b": {"c": 9, "d": 3}, "new": [1]}
    )
    assert [(row.name, row.before, row.after) for row in found] == [
        ("b.c", 2, 9), ("gone", "x", None), ("new", None, [1]),
    ]  # fmt: skip
    assert differences(None, {"a": 1})[0].changed is False
    assert differences(None, None) == differences({"a": {}}, {"a": {}}) == differences("text", [1]) == []


def test_they_are_found_by_order_sku_and_id(browser: Client, event: Event, shop: Any) -> None:
    order = shop.orders[4]
    found = rows(browser, q=order.ext_order_id)
    assert event in found
    parcels, requests = order.fulfillments.values_list("pk"), order.shipping_requests.values_list("pk")
    assert {one.entity for one in found} == {"orders", "shippingRequests", "fulfillments"}
    assert parcels.exists()
    assert requests.exists()
    assert set(rows(browser, q=order.ext_order_api_id)) == set(found)
    assert event in rows(browser, q=order.key)
    told = Event.objects.create(
        organization=shop.organization, entity="inventory", operation="pushed", author="x",
        record_id=Product.objects.get(sku="KETTLE-17").pk,
    )  # fmt: skip
    counted = Event.objects.create(
        organization=shop.organization,
        entity="inventory",
        record_id=shop.record.pk,
        operation="adjust",
        author="x",
    )
    assert rows(browser, q="KETTLE-17") == [counted, told]
    assert rows(browser, q="no such thing") == []


def test_they_are_narrowed_down(browser: Client, event: Event, shop: Any) -> None:
    Event.objects.filter(pk=event.pk).update(created_at="2020-02-02T12:00Z")
    by_hand = rows(browser, direction="people")
    assert {one.author for one in by_hand} == {"user:ann@kaffewerk.test"}
    assert rows(browser, author="user:ann@kaffewerk.test") == by_hand
    assert rows(browser, direction="in") == rows(browser, integration=shop.integration.key) == [event]
    assert rows(browser, since="2020-02-02", until="2020-02-02") == [event]
    assert rows(browser, direction="out") == []
    Event.objects.filter(pk=event.pk).update(operation="fulfillmentPushed")
    assert rows(browser, direction="out") == rows(browser, operation="fulfillmentPushed") == [event]
    assert rows(browser, direction="in") == []
    assert event not in rows(browser, direction="hub")
    assert {one.entity for one in rows(browser, entity="products")} == {"products"}
    everything = rows(browser)
    assert (
        rows(browser, direction="x", author="x", run="x", since="x", operation="%", integration="x")
        == everything
    )


def test_a_run_shows_what_it_did(browser: Client, event: Event, shop: Any) -> None:
    found = rows(browser, run=shop.run.key)
    assert event in found
    assert {one.run_id for one in found} == {shop.run.pk}


def test_what_only_the_audit_log_tells_is_not_shown(browser: Client, shop: Any) -> None:
    secret = Event.objects.create(
        organization=shop.organization,
        entity="users",
        record_id=shop.user.pk,
        operation="invited",
        author="x",
    )
    assert secret not in rows(browser)
    assert browser.get(reverse("portal:events-one", args=[secret.key])).status_code == 404


def test_a_longer_list_costs_no_more_queries(browser: Client, event: Event) -> None:
    rows(browser)
    with CaptureQueriesContext(connection) as few:
        assert len(rows(browser, entity="shippingRequests")) > 3
    with CaptureQueriesContext(connection) as more:
        assert len(rows(browser, entity="shippingRequests", since="2000-01-01")) > 3
    assert len(more) == len(few)
    with CaptureQueriesContext(connection) as many:
        assert len(rows(browser)) > 30
    kinds = 7
    assert len(many) <= len(few) + kinds


def test_a_page_shows_both_sides_the_reason_and_the_run(browser: Client, event: Event, shop: Any) -> None:
    text = page_of(browser, event)
    for piece in (
        "Address, city", "Cork", "Dublin", "On hold", "the store changed it", shop.integration.name,
        reverse("portal:runs-one", args=[shop.run.key]), "/orders?limit=100", shop.orders[4].ext_order_id,
    ):  # fmt: skip
        assert piece in text, piece
    assert "T12 AB34" not in text, "what did not change is left out"


def test_what_changed_is_named_and_told_as_on_the_page_of_the_order(browser: Client, shop: Any) -> None:
    order = shop.orders[4]
    told = Event.objects.create(
        organization=shop.organization, entity="orders", record_id=order.pk, operation="updated", author="x",
        reason="held until 2026-07-01 10:00 UTC", before={"totalPrice": "9", "shippingAddress": {"city": "Cork"}},
        after={
            "extOrderUpdatedAt": "2026-07-01T10:00:00Z", "totalPrice": "1012.5", "shippingAddress": {"city": "Trim"},
            "lineItems": [{"uniqueId": "7", "sku": "TEA", "quantity": 2, "itemPrice": "6.5"}],
            "fulfillmentIntegrationId": shop.integration.key,
        },
    )  # fmt: skip
    code = order.currency
    pieces = (
        "1 Jul 2026, 12:00",
        f"1,012.50 {code}",
        f"2 x TEA at 6.50 {code}",
        shop.integration.name,
        "Trim",
    )
    for text in (
        page_of(browser, told),
        text_of(browser.get(reverse("portal:orders-one", args=[order.key]))),
    ):
        for piece in (
            *pieces,
            "Changed in the store",
            "Total",
            "Lines",
            "Warehouse",
            "held until 1 Jul 2026, 12:00",
        ):
            assert piece in text, piece
        for raw in ("Ext order", "extOrderUpdatedAt", "2026-07-01T10", "Unique id"):
            assert raw not in text, raw


def test_looking_again_says_what_it_will_do_and_leaves_marks(
    browser: Client, event: Event, shop: Any
) -> None:
    order = shop.orders[4]
    text = page_of(browser, event)
    assert f"Reads order {order.ext_order_id} anew" in text
    assert f"Compares the parcels of {order.ext_order_id}" in text
    Mark.objects.all().delete()
    answer = browser.post(
        reverse("portal:events-again", args=[event.key]), {"reason": "the buyer asked"}, follow=True
    )
    assert "2 flows look at it again" in text_of(answer)
    assert "Waits for a worker" in text_of(answer)
    marks = Mark.objects.values_list("flow__entity", "key")
    assert sorted(marks) == [("fulfillments", order.ext_order_api_id), ("orders", order.ext_order_api_id)]
    written = Event.objects.get(operation="lookAgain")
    assert (written.entity, written.record_id, written.reason) == ("orders", order.pk, "the buyer asked")
    assert written.author == "user:ann@kaffewerk.test"
    flow = Flow.objects.get(integration=shop.integration, entity="orders")
    run = Run.objects.create(flow=flow, trigger="mark", outcome="completed")
    where = answer.request["PATH_INFO"] + "?" + answer.request["QUERY_STRING"]
    assert reverse("portal:runs-one", args=[run.key]) in text_of(browser.get(where))


def test_what_no_flow_can_look_at_says_why(browser: Client, event: Event, shop: Any) -> None:
    Flow.objects.filter(integration=shop.integration).update(enabled=False)
    assert "No flow that is on" in page_of(browser, event)
    answer = browser.post(reverse("portal:events-again", args=[event.key]), follow=True)
    assert "nothing can look at it again" in text_of(answer)
    assert not Event.objects.filter(operation="lookAgain").exists()
