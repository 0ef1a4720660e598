"""The page that explains a number, and asking for it to be pushed again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.hub.models import Flow, InventoryRecord, Link, Mark, Product

AT = "2026-11-20T09:00:00+00:00"


@pytest.fixture
def listed(shop: Any) -> Link:
    """The kettle is listed in the store, which shows 17 of it."""
    InventoryRecord.objects.filter(pk=shop.record.pk).update(on_hand=20, committed=3)
    product = Product.objects.get(organization=shop.organization, sku="KETTLE-17")
    return Link.objects.create(
        integration=shop.integration, entity="products", remote_id="4711", record_id=product.pk,
        known={"quantity": 17, "at": AT, "readBack": AT},
        sent={"quantity": 17, "delta": -3, "before": 20, "at": AT, "run": shop.run.key, "warning": ""},
    )  # fmt: skip


def why(browser: Client) -> str:
    return text_of(browser.get("/inventory/why?sku=KETTLE-17"))


def test_it_reads_like_a_sum(browser: Client, shop: Any, listed: Link) -> None:
    text = why(browser)
    places = [
        text.index(part) for part in ("+20", "\N{MINUS SIGN}3", "is to show 17", "Last push", "Read back")
    ]
    assert places[0] < places[1] < places[3] < places[4]
    assert "Both sides agree" in text
    assert f"/runs/{shop.run.key}" in text
    for order in shop.orders:
        if order.lines.filter(fulfilled=0, sku="KETTLE-17", reservations__isnull=False).exists():
            assert f"/orders/{order.key}" in text


def test_a_number_is_pushed_again(browser: Client, shop: Any, listed: Link) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="inventory", direction="push")
    answer = browser.post(f"/inventory/push/{flow.key}", {"sku": "KETTLE-17"}, follow=True)
    assert "looked at again" in text_of(answer)
    assert Mark.objects.get(flow=flow, key="KETTLE-17").reason == "asked for by user:ann@kaffewerk.test"
    assert "A push is queued" in why(browser)


def test_what_cannot_be_pushed_is_said(browser: Client, shop: Any, listed: Link) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="inventory", direction="push")
    answer = browser.post(f"/inventory/push/{flow.key}", {"sku": "nothing"}).headers["Location"]
    assert text_of(browser.get("/inventory")).count("nothing here has the SKU")
    assert answer.endswith("sku=nothing")
    Flow.objects.filter(pk=flow.pk).update(enabled=False)
    answer_page = browser.post(f"/inventory/push/{flow.key}", {"sku": "KETTLE-17"}, follow=True)
    assert "switch it on first" in text_of(answer_page)
    assert not Mark.objects.filter(flow=flow, key="KETTLE-17").exists()


def test_a_sku_that_nothing_has_is_not_found(browser: Client) -> None:
    assert browser.get("/inventory/why?sku=nothing").status_code == 404
    assert browser.get("/inventory/why").status_code == 404


def test_the_page_says_what_is_missing(browser: Client, shop: Any) -> None:
    assert "No store lists this SKU" in why(browser)
