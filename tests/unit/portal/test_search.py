"""The search box: what it lists, and where Enter leads."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

HTMX = {"HX-Request": "true"}


def test_the_box_lists_what_it_finds_while_somebody_types(browser: Client, shop: Any) -> None:
    order = shop.orders[4]
    text = browser.get("/search", {"q": order.ext_order_id}, headers=HTMX).content.decode()
    assert reverse("portal:orders-one", args=[order.pk]) in text
    assert "<html" not in text
    parcel = order.fulfillments.first()
    text = browser.get("/search", {"q": parcel.tracking_number[:8]}, headers=HTMX).content.decode()
    assert parcel.tracking_number in text
    assert "Nothing is called" in browser.get("/search", {"q": "<b>zz"}, headers=HTMX).content.decode()
    assert "<b>zz" not in browser.get("/search", {"q": "<b>zz"}, headers=HTMX).content.decode()
    assert browser.get("/search", {"q": " "}, headers=HTMX).content.decode().strip() == ""


def test_enter_opens_the_only_thing_found(browser: Client, shop: Any) -> None:
    order = shop.orders[2]
    answer = browser.get("/search", {"q": order.ext_order_id})
    assert answer.headers["Location"] == reverse("portal:orders-one", args=[order.pk])
    answer = browser.get("/search", {"q": "CUP-BLUE"})
    assert answer.headers["Location"] == reverse("portal:products-one", args=[shop.product.pk])


def test_several_are_listed_and_none_teaches(browser: Client, shop: Any) -> None:
    several = browser.get("/search", {"q": "CUP"})
    assert several.status_code == 200
    assert "CUP-BLUE" in several.content.decode()
    for asked in ("", "no such thing", "\x00"):
        answer = browser.get("/search", {"q": asked})
        assert answer.status_code == 200
        assert 'class="cd-empty"' in answer.content.decode()


def test_nothing_of_another_organization_is_found(browser: Client, other_shop: Any) -> None:
    order = other_shop.orders[0]
    for headers in ({}, HTMX):
        text = browser.get("/search", {"q": other_shop.user.email}, headers=headers).content.decode()
        assert order.key not in text
        assert "Rival" not in text
