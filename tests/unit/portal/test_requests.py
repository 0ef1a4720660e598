"""Shipping requests: found, explained, and what their warehouse answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.models import Event, Mark, ShippingRequest
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request


@pytest.fixture
def request_(shop: Any) -> ShippingRequest:
    """One that waits to be shipped."""
    return shop.organization.shipping_requests.filter(status="readyForFulfillment").latest("pk")


def page_of(browser: Client, one: ShippingRequest) -> str:
    """The page of a request."""
    return text_of(browser.get(reverse("portal:requests-one", args=[one.key])))


def rows(browser: Client, **query: str) -> list[ShippingRequest]:
    """What the list shows."""
    return list(browser.get("/requests", query).context["page"].rows)


def test_they_are_found_by_number_order_sku_and_id(browser: Client, request_: ShippingRequest) -> None:
    line = request_.lines.get() if request_.lines.count() == 1 else request_.lines.earliest("pk")
    assert rows(browser, q=request_.ext_shipment_id) == [request_]
    assert rows(browser, q=request_.key) == [request_]
    assert rows(browser, q=request_.order.ext_order_id) == [request_]
    found = rows(browser, q=line.sku)
    assert request_ in found
    assert all(one.lines.filter(sku=line.sku).exists() for one in found)
    ShippingRequest.objects.filter(pk=request_.pk).update(ext_reference_id="WH-77")
    assert rows(browser, q="WH-77") == [request_]
    assert rows(browser, q="no such thing") == []


def test_they_are_narrowed_down(browser: Client, request_: ShippingRequest, shop: Any) -> None:
    ready = rows(browser, status="readyForFulfillment")
    assert {one.status for one in ready} == {"readyForFulfillment"}
    other = shop.organization.locations.exclude(pk=request_.location_id).first()
    assert rows(browser, location=other.key) == []
    assert request_ in rows(browser, location=request_.location.key)
    assert request_ in rows(browser, since="2000-01-01")
    assert rows(browser, until="2000-01-01") == []
    assert request_ in rows(browser, since="nonsense", until="2026-99-99", location="x")


def test_a_longer_list_costs_no_more_queries(browser: Client, shop: Any) -> None:
    with CaptureQueriesContext(connection) as few:
        assert len(rows(browser, status="sentToFulfillment")) < 5
    with CaptureQueriesContext(connection) as many:
        assert len(rows(browser)) > 5
    assert len(many) <= len(few)


def test_a_page_says_what_from_where_and_why(browser: Client, request_: ShippingRequest) -> None:
    request_.explanation = [
        {"card": "Europe", "location": "Depot", "chosen": False, "why": "0 of 2 tea are free"},
        {"card": "Europe", "location": "Warehouse Altona", "chosen": True, "why": "it has all of it"},
    ]
    request_.save()
    text = page_of(browser, request_)
    for piece in (
        "Ready to ship",
        "Warehouse Altona",
        "0 of 2 tea are free",
        "the default location has it",
        "people",
    ):
        assert piece in text, piece
    assert request_.order.ext_order_id in text


def test_it_says_what_waits_for_the_warehouse(browser: Client, request_: ShippingRequest, shop: Any) -> None:
    request_.location.fulfillment_integration = shop.integration
    request_.location.save()
    assert "not yet" in page_of(browser, request_)
    flow = shop.integration.flows.create(entity="shipments", direction="push", enabled=True)
    Mark.objects.create(flow=flow, key=request_.key, reason="routed")
    assert "waits since" in page_of(browser, request_)
    mark_sent(request_, author="test", ext_reference_id="WH-1")
    assert "WH-1" in page_of(browser, request_)


@pytest.mark.parametrize(("said", "status"), [("stopped", "confirmed"), ("tooLate", "refused")])
def test_the_warehouses_answer_is_noted_once(
    browser: Client, request_: ShippingRequest, said: str, status: str
) -> None:
    where = reverse("portal:requests-answer", args=[request_.key])
    assert "nothing to answer" in text_of(browser.post(where, {"answer": said}, follow=True))
    mark_sent(request_, author="test")
    cancel_request(request_, restock=True, author="test", reason="wrong address")
    assert "Did the warehouse stop it?" in page_of(browser, request_)
    assert "say whether the warehouse stopped it" in text_of(
        browser.post(where, {"answer": "?"}, follow=True)
    )
    for _ in range(2):
        browser.post(where, {"answer": said, "reason": "they phoned"})
    request_.refresh_from_db()
    assert request_.cancellation_status == status
    event = Event.objects.get(entity="shippingRequests", record_id=request_.pk, operation="cancellation")
    assert event.author == "user:ann@kaffewerk.test"
    assert event.reason == "they phoned"
    assert "Did the warehouse stop it?" not in page_of(browser, request_)
