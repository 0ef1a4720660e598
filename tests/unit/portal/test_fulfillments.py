"""Fulfillments: found, and whether their store was told of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.models import Event, ExceptionCase, Flow, Fulfillment, Mark
from crossdock.hub.shipping.telling import State, telling_of


@pytest.fixture
def parcel(shop: Any) -> Fulfillment:
    """The newest one."""
    return shop.organization.fulfillments.latest("pk")


def rows(browser: Client, **query: str) -> list[Fulfillment]:
    """What the list shows."""
    return list(browser.get("/fulfillments", query).context["page"].rows)


def page_of(browser: Client, parcel: Fulfillment) -> str:
    """The page of a fulfillment."""
    return text_of(browser.get(reverse("portal:fulfillments-one", args=[parcel.key])))


def state(parcel: Fulfillment) -> State:
    """Whether its store was told."""
    return telling_of([parcel])[parcel.pk].state


def pushed(parcel: Fulfillment, **more: Any) -> Event:
    """The event of a write that told the store."""
    return Event.objects.create(
        organization=parcel.organization, entity="orders", record_id=parcel.order_id, operation="fulfillmentPushed",
        author=f"integration:{parcel.order.integration.key}", before={"fulfillmentStatus": "AWAITING_PROCESSING"},
        after={"fulfillmentStatus": "SHIPPED"}, **more,
    )  # fmt: skip


def test_they_are_found(browser: Client, parcel: Fulfillment) -> None:
    for text in (
        parcel.tracking_number, parcel.ext_fulfillment_id, parcel.key, parcel.order.ext_order_id,
        parcel.request.ext_shipment_id,
    ):  # fmt: skip
        assert rows(browser, q=text) == [parcel], text
    Fulfillment.objects.filter(pk=parcel.pk).update(tracking_number="abC-1")
    assert rows(browser, q="ABc-1") == [parcel]
    assert rows(browser, q="no such thing") == []


def test_they_are_narrowed_down(browser: Client, parcel: Fulfillment, shop: Any) -> None:
    everything = rows(browser)
    Fulfillment.objects.filter(pk=parcel.pk).update(fulfillment_type="rejected", shipping_carrier="UPS")
    assert rows(browser, kind="rejected") == rows(browser, carrier="UPS") == [parcel]
    assert len(rows(browser, kind="shipped")) == len(everything) - 1
    other = shop.organization.locations.exclude(pk=parcel.location_id).first()
    assert rows(browser, location=other.key) == []
    assert rows(browser, until="2000-01-01") == []
    assert rows(browser, since="2000-01-01", carrier="no such carrier") == everything


def test_a_longer_list_costs_no_more_queries(browser: Client, parcel: Fulfillment) -> None:
    Fulfillment.objects.filter(pk=parcel.pk).update(shipping_carrier="UPS")
    rows(browser)  # what a session's first page costs is not counted
    with CaptureQueriesContext(connection) as few:
        assert len(rows(browser, carrier="UPS")) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(rows(browser)) > 3
    assert len(many) == len(few)


def test_what_the_store_knows_follows_from_what_is_written_down(shop: Any, parcel: Fulfillment) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="fulfillments")
    assert state(parcel) == State.NOTHING
    Flow.objects.filter(pk=flow.pk).update(enabled=False)
    assert state(parcel) == State.OFF
    Flow.objects.filter(pk=flow.pk).update(enabled=True, enabled_at=parcel.created_at + timedelta(hours=1))
    assert state(parcel) == State.MISSED, "turning the flow on later tells nothing of what was before"
    Flow.objects.filter(pk=flow.pk).update(enabled_at=parcel.created_at - timedelta(hours=1))
    mark = Mark.objects.create(flow=flow, key=parcel.order.ext_order_api_id, reason="shipped")
    assert state(parcel) == State.WAITS
    case = ExceptionCase.objects.create(
        organization=shop.organization, integration=shop.integration, code="orderGone", entity="fulfillments",
        subject=f"fulfillments:{parcel.order.ext_order_api_id}", record_id=parcel.order_id, message="It is gone.",
    )  # fmt: skip
    assert state(parcel) == State.REFUSED
    mark.delete()
    case.delete()
    earlier = pushed(parcel, created_at=parcel.created_at - timedelta(minutes=1))
    assert state(parcel) == State.NOTHING, "what was told before the parcel left did not tell of it"
    event = pushed(parcel)
    assert telling_of([parcel])[parcel.pk].event == event != earlier
    Fulfillment.objects.filter(pk=parcel.pk).update(fulfillment_type="rejected")
    parcel.refresh_from_db()
    assert state(parcel) == State.OURS


def test_the_list_of_what_the_store_was_not_told(browser: Client, shop: Any, parcel: Fulfillment) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="fulfillments")
    assert rows(browser, untold="yes") == []
    Mark.objects.create(flow=flow, key=parcel.order.ext_order_api_id, reason="shipped")
    assert rows(browser, untold="yes") == [parcel]
    pushed(parcel)
    assert rows(browser, untold="yes") == []
    Flow.objects.filter(pk=flow.pk).update(enabled_at=parcel.created_at + timedelta(hours=1))
    assert rows(browser, untold="yes") == [one for one in rows(browser) if one != parcel]
    Flow.objects.filter(pk=flow.pk).update(enabled=False)
    assert rows(browser, untold="yes") == [one for one in rows(browser) if one != parcel]


def test_a_page_says_what_was_written_to_the_store(browser: Client, shop: Any, parcel: Fulfillment) -> None:
    pushed(parcel, run=shop.run)
    text = page_of(browser, parcel)
    for piece in (
        "Awaiting processing", "Shipped", "and read back there", reverse("portal:runs-one", args=[shop.run.key]),
        parcel.tracking_number, 'href="https://tracking.test/parcel"', parcel.order.ext_order_id,
        parcel.request.ext_shipment_id, "A fulfillment never changes",
    ):  # fmt: skip
        assert piece in text, piece


def test_a_rejection_says_why_and_leads_nowhere_unsafe(browser: Client, parcel: Fulfillment) -> None:
    Fulfillment.objects.filter(pk=parcel.pk).update(
        fulfillment_type="rejected", reason="Two of them are damaged.", tracking_url="javascript:alert(1)"
    )
    text = page_of(browser, parcel)
    assert "Two of them are damaged." in text
    assert "the store is told nothing" in text
    assert "javascript:" not in text
