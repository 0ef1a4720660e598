"""Taking a store's own figures as the first count, from the page of counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.connectors.errors import Reconnect
from crossdock.flows.adoption import adopt_and_tell
from crossdock.hub.models import Event, Integration, InventoryRecord


def told(browser: Client, shop: Any) -> str:
    """Press the button, and return what the page says then."""
    answer = browser.post(f"/inventory/adopt/{shop.integration.key}", follow=True)
    return " | ".join(str(message) for message in answer.context["messages"])


def test_a_worker_is_asked_and_the_page_says_what_came_of_it(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    InventoryRecord.objects.filter(organization=shop.organization).update(state="unknown")
    page = text_of(browser.get("/inventory/import"))
    assert "Count 2 SKUs as Ecwid: Kaffewerk Roastery counts them?" in page
    assert "2 SKUs are being counted" in told(browser, shop)
    page = text_of(browser.get("/inventory/import"))
    assert "The figures are being read" in page
    assert "Take its figures as the first count" not in page
    monkeypatch.setattr("crossdock.flows.adoption.adopt_stock", lambda *_, **__: 2)
    adopt_and_tell(shop.integration, author="user:ann@kaffewerk.test")
    assert "2 SKUs were counted as" in text_of(browser.get("/inventory/import"))

    def refuse(*_: object, **__: object) -> None:
        raise Reconnect("The token secret_abcdefghijklmnopqrstuvwxyz012345 is dead.")

    monkeypatch.setattr("crossdock.flows.adoption.adopt_stock", refuse)
    adopt_and_tell(shop.integration, author="user:ann@kaffewerk.test")
    page = text_of(browser.get("/inventory/import"))
    assert "did not come to its end" in page
    assert "abcdefghij" not in page


def test_what_cannot_begin_says_why(browser: Client, shop: Any) -> None:
    Integration.objects.filter(pk=shop.integration.pk).update(state="error")
    assert "connect it first" in told(browser, shop)
    Integration.objects.filter(pk=shop.integration.pk).update(state="connected")
    shop.integration.links.filter(entity="products").delete()
    assert "has been counted here" in told(browser, shop)
    assert not Event.objects.filter(operation="adoptionAsked").exists()
