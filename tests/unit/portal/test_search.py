"""The search box: what it lists, and where Enter leads."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

HTMX = {"HX-Request": "true"}


def test_the_box_lists_what_it_finds_while_somebody_types(browser: Client, shop: Any) -> None:
    order = shop.orders[4]
    text = text_of(browser.get("/search", {"q": order.ext_order_id}, headers=HTMX))
    assert reverse("portal:orders-one", args=[order.pk]) in text
    assert "<html" not in text
    parcel = order.fulfillments.first()
    text = text_of(browser.get("/search", {"q": parcel.tracking_number[:8]}, headers=HTMX))
    assert parcel.tracking_number in text
    assert "Nothing is called" in text_of(browser.get("/search", {"q": "<b>zz"}, headers=HTMX))
    assert "<b>zz" not in text_of(browser.get("/search", {"q": "<b>zz"}, headers=HTMX))
    assert text_of(browser.get("/search", {"q": " "}, headers=HTMX)).strip() == ""


def test_enter_opens_the_only_thing_found(browser: Client, shop: Any) -> None:
    order = shop.orders[2]
    answer = browser.get("/search", {"q": order.ext_order_id})
    assert answer.headers["Location"] == reverse("portal:orders-one", args=[order.pk])
    answer = browser.get("/search", {"q": "CUP-BLUE"})
    assert answer.headers["Location"] == reverse("portal:products-one", args=[shop.product.pk])


def test_several_are_listed_and_none_teaches(browser: Client, shop: Any) -> None:
    several = browser.get("/search", {"q": "CUP"})
    assert several.status_code == 200
    assert "CUP-BLUE" in text_of(several)
    for asked in ("", "no such thing", "\x00"):
        answer = browser.get("/search", {"q": asked})
        assert answer.status_code == 200
        assert 'class="cd-empty"' in text_of(answer)


def test_nothing_of_another_organization_is_found(browser: Client, other_shop: Any) -> None:
    order = other_shop.orders[0]
    for headers in ({}, HTMX):
        text = text_of(browser.get("/search", {"q": other_shop.user.email}, headers=headers))
        assert order.key not in text
        assert "Rival" not in text
