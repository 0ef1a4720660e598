"""Deciding about a product from its page: what a channel is shown, whether it is published, what a bundle holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.hub.models import BundleItem, Event, Product, Published


@pytest.fixture
def ours(shop: Any) -> Product:
    """A product that people own."""
    return Product.objects.create(
        organization=shop.organization, sku="SET", name="Coffee set", currency="EUR",
        canonical={"imageUrls": ["javascript:alert(1)"]},
    )  # fmt: skip


def change(browser: Client, product: Product, shop: Any, **values: str) -> str:
    """Send the channel's form; returns what the page says afterwards."""
    where = reverse("portal:products-channel", args=[product.pk])
    given = {"integration": shop.integration.key, **values}
    page = reverse("portal:products-one", args=[product.pk])
    return text_of(browser.post(where, as_shown(browser, page, given), follow=True))


def test_limits_of_a_channel_are_changed_with_a_reason(browser: Client, shop: Any, ours: Product) -> None:
    text = change(browser, ours, shop, buffer="3", cap="", floor=" 1 ", hold="on", reason="fair on Sunday")
    entry = Published.objects.get(product=ours)
    assert (entry.buffer_inventory, entry.floor, entry.cap, entry.hold_inventory) == (3, 1, None, True)
    for said in ("3 held back", "at least 1 shown", "no figure is pushed", "fair on Sunday"):
        assert said in text
    change(browser, ours, shop, buffer="")
    entry.refresh_from_db()
    assert (entry.buffer_inventory, entry.floor, entry.hold_inventory) == (None, None, False)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"buffer": "-1"}, "buffer: &#x27;-1&#x27; is not a whole number"),
        ({"floor": "1.5"}, "floor: "),
        ({"cap": "\u0663"}, "cap: "),
        ({"cap": "9" * 40}, "cap: "),
        ({"integration": "0" * 16}, "choose one of this organization"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    browser: Client, shop: Any, ours: Product, values: dict[str, str], said: str
) -> None:
    assert said in change(browser, ours, shop, **values)
    assert not Published.objects.filter(product=ours, buffer_inventory__isnull=False).exists()
    assert not Event.objects.filter(entity="products", record_id=ours.pk).exists()


def test_another_organizations_channel_is_none(
    browser: Client, shop: Any, other_shop: Any, ours: Product
) -> None:
    change(browser, ours, shop, integration=other_shop.integration.key, buffer="5")
    assert not Published.objects.filter(product=ours).exists()


def test_a_product_is_kept_out_of_a_channel_and_let_in_again(
    browser: Client, shop: Any, ours: Product
) -> None:
    assert "Kept out by a person" in change(browser, ours, shop, publish="no", reason="wholesale only")
    assert Published.objects.get(product=ours).status == "disabled"
    change(browser, ours, shop, publish="no")
    assert Event.objects.filter(operation="publishingChanged").count() == 1
    assert "Kept out by a person" not in change(browser, ours, shop, publish="yes")
    assert Published.objects.get(product=ours).status == "tobepublished"


def test_the_owner_decides_about_its_own(browser: Client, shop: Any) -> None:
    text = change(browser, shop.product, shop, publish="no")
    assert "owns CUP" in text
    assert "the channel owns it" in text


def test_a_bundle_is_made_changed_and_taken_back(browser: Client, shop: Any, ours: Product) -> None:
    where = reverse("portal:products-bundle", args=[ours.pk])
    page = reverse("portal:products-one", args=[ours.pk])
    parts = {"part": ["CUP-BLUE", "NEW-1", ""], "quantity": ["2", "1", ""]}
    answer = browser.post(where, as_shown(browser, page, parts), follow=True)
    text = text_of(answer)
    assert "2 of CUP-BLUE" in text
    assert "Nothing here has the SKU NEW-1 yet" in text
    assert dict(BundleItem.objects.filter(bundle=ours).values_list("sku", "quantity")) == {
        "CUP-BLUE": 2,
        "NEW-1": 1,
    }
    for rows, said in (
        ({"part": ["", "X"], "quantity": ["2", "1"]}, "without a SKU"),
        ({"part": ["X", "X"], "quantity": ["2", "1"]}, "stands there twice"),
        ({"part": ["X"], "quantity": ["0"]}, "whole number from 1"),
        ({"part": ["SET"], "quantity": ["1"]}, "part of itself"),
    ):
        assert said in text_of(browser.post(where, as_shown(browser, page, rows), follow=True))
        assert BundleItem.objects.filter(bundle=ours).count() == 2
    assert "plain product again" in text_of(browser.post(where, as_shown(browser, page, {}), follow=True))
    assert not BundleItem.objects.filter(bundle=ours).exists()


def test_products_are_found_by_their_channel_and_pictures_are_safe(
    browser: Client, shop: Any, ours: Product
) -> None:
    assert ours not in browser.get("/products", {"channel": shop.integration.key}).context["page"].rows
    assert ours in browser.get("/products", {"channel": "nonsense"}).context["page"].rows
    assert "javascript:" not in text_of(browser.get("/products"))


def test_only_those_who_may_are_offered_the_forms(shop: Any, sample: Any, ours: Product) -> None:
    for role in ("administrator", "user", "developer"):
        client = Client()
        client.force_login(sample.member(shop.organization, f"{role}@shop.test", role))
        assert "Make it a bundle" in text_of(client.get(reverse("portal:products-one", args=[ours.pk])))
