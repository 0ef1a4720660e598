"""Exceptions: by cause, with what they are about, and set aside with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, ExceptionCase, NotificationRule


@pytest.fixture
def case(shop: Any) -> ExceptionCase:
    """One about an order."""
    return shop.organization.exceptions.filter(code="sumMismatch").earliest("pk")


def page_of(browser: Client, case: ExceptionCase) -> str:
    """The page of an exception."""
    return text_of(browser.get(reverse("portal:exceptions-one", args=[case.key])))


def test_they_are_grouped_by_cause_with_the_most_first(browser: Client, other_shop: Any) -> None:
    answer = browser.get("/exceptions")
    groups = [(group.cause.code, group.cause.cases) for group in answer.context["groups"]]
    assert groups == [("sumMismatch", 2), ("blankSku", 1)]
    text = text_of(answer)
    assert "An order&#x27;s sum does not add up." in text, "the line is the runbook's"
    assert "Ecwid: Kaffewerk Roastery" in text
    assert "Rival" not in text


def test_they_are_narrowed_down(browser: Client, case: ExceptionCase, shop: Any) -> None:
    def codes(**query: str) -> list[str]:
        return [group.cause.code for group in browser.get("/exceptions", query).context["groups"]]

    assert codes(status="resolved") == ["needsReconnect"]
    assert codes(entity="products") == []
    assert codes(integration=shop.integration.key) == ["sumMismatch", "blankSku"]
    ExceptionCase.objects.filter(pk=case.pk).update(created_at=system_clock() - timedelta(days=8))
    assert codes(age="stale") == ["sumMismatch"]
    assert codes(age="day") == ["blankSku", "sumMismatch"]
    assert codes(age="nonsense", integration="x", status="y") == ["sumMismatch", "blankSku"]


def test_a_cause_shows_its_cases_and_what_the_runbook_says(browser: Client, case: ExceptionCase) -> None:
    text = text_of(browser.get("/exceptions", {"code": "sumMismatch"}))
    for piece in (
        "What happened",
        "Why it matters",
        "What to do",
        "When it closes",
        "Compare with the order in Ecwid",
    ):
        assert piece in text, piece
    assert case.message in text
    assert reverse("portal:orders-one", args=[ExceptionCase.objects.get(pk=case.pk).record_id]) in text


def test_more_cases_cost_no_more_queries(browser: Client, case: ExceptionCase, shop: Any) -> None:
    with CaptureQueriesContext(connection) as few:
        browser.get("/exceptions", {"code": "blankSku"})
    for order in shop.orders:
        ExceptionCase.objects.create(
            organization=shop.organization, integration=shop.integration, code="editedAfterShipping", entity="orders",
            subject=f"orders:{order.ext_order_api_id}", message="x",
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        assert len(browser.get("/exceptions", {"code": "editedAfterShipping"}).context["rows"]) == 16
    assert len(many) <= len(few) + 1


def test_an_order_is_found_by_the_subject_where_its_row_was_not_known(
    browser: Client, case: ExceptionCase, shop: Any
) -> None:
    ExceptionCase.objects.filter(pk=case.pk).update(record_id=None)
    order = next(one for one in shop.orders if f"orders:{one.ext_order_api_id}" == case.subject)
    text = page_of(browser, case)
    assert f"Order {order.ext_order_id}" in text
    assert reverse("portal:orders-one", args=[order.key]) in text


@pytest.mark.parametrize(
    ("subject", "entity", "label", "where"),
    [
        ("inventory:KETTLE-17", "inventory", "KETTLE-17", "/inventory/"),
        ("inventory:NOWHERE", "inventory", "NOWHERE", "/inventory?q=NOWHERE"),
        ("products:77:CUP-BLUE", "products", "CUP-BLUE", "/products/"),
        ("deliveries:inventory:counts.csv", "inventory", "counts.csv", "/runs"),
        ("notifications:{desk}", "notifications", "Notification Desk", ""),
        ("products:gone", "products", "Product gone", ""),
    ],
)
def test_each_leads_to_what_it_is_about(
    browser: Client, shop: Any, subject: str, entity: str, label: str, where: str
) -> None:
    desk = NotificationRule.objects.create(organization=shop.organization, name="Desk")
    case = ExceptionCase.objects.create(
        organization=shop.organization, integration=shop.integration, code="refused", entity=entity,
        subject=subject.format(desk=desk.key), message="The store said no.",
    )  # fmt: skip
    row = browser.get(reverse("portal:exceptions-one", args=[case.key])).context["row"]
    assert row.about.label == label
    assert row.about.address.startswith(where) if where else row.about.address == ""


def test_one_is_set_aside_with_a_reason(browser: Client, case: ExceptionCase) -> None:
    where = reverse("portal:exceptions-dismiss", args=[case.key])
    assert "say why" in text_of(browser.post(where, {"reason": "  "}, follow=True))
    assert "1 exception is set aside" in text_of(browser.post(where, {"reason": "a rounding"}, follow=True))
    case.refresh_from_db()
    assert (case.status, case.resolution) == ("dismissed", "a rounding")
    event = Event.objects.get(entity="exceptions", record_id=case.pk)
    assert (event.operation, event.author) == ("dismissed", "user:ann@kaffewerk.test")
    assert "a rounding" in page_of(browser, case)
    assert "dismissed already" in text_of(browser.post(where, {"reason": "again"}, follow=True))


def test_several_are_set_aside_together_all_or_none(
    browser: Client, case: ExceptionCase, other_shop: Any
) -> None:
    cases = list(ExceptionCase.objects.filter(organization=case.organization, status="active"))
    foreign = other_shop.organization.exceptions.filter(status="active").first()
    keys = [one.key for one in (*cases, foreign)]
    browser.post("/exceptions/chosen", {"act": "dismiss", "row": keys, "reason": ""})
    assert ExceptionCase.objects.filter(organization=case.organization, status="active").count() == len(cases)
    answer = browser.post(
        "/exceptions/chosen", {"act": "dismiss", "row": [*keys, "x"], "reason": "known"}, follow=True
    )
    assert "3 exceptions are set aside" in text_of(answer)
    foreign.refresh_from_db()
    assert foreign.status == "active", "another organization's stays as it was"
    assert "choose at least one" in text_of(browser.post("/exceptions/chosen", {"act": "again"}, follow=True))


def test_a_closed_one_says_how_it_closed_and_one_that_came_back_says_so(
    browser: Client, case: ExceptionCase
) -> None:
    ExceptionCase.objects.filter(pk=case.pk).update(
        status="resolved", resolution="The document no longer says so."
    )
    newer = ExceptionCase.objects.create(
        organization=case.organization, integration=case.integration, code=case.code, entity=case.entity,
        subject=case.subject, message="It is off by 2.00 now.",
    )  # fmt: skip
    old = page_of(browser, case)
    assert "The document no longer says so." in old
    assert "It came back" in old
    assert "What mends it" not in old
    assert "It was there before" in page_of(browser, newer)
