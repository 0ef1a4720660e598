"""Adding a product of people's own and changing it, in the portal's form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.hub.models import Event, ExceptionCase, Flow, Mark, Product, Published

NEW = "/products/new"
TEE: dict[str, Any] = {
    "name": "Tee", "sku": "TEE", "price": "19,90", "currency": "eur", "weight": "0.2", "weight_unit": "kg",
    "description": "<p>Soft</p>", "active": "on", "option": ["Size", "", ""],
    "variant": ["", "", ""], "value": ["M", "", "", "L", "", "", "", "", ""],
    "variant_sku": ["TEE-M", "TEE-L", ""], "variant_price": ["", "21.90", ""],
}  # fmt: skip


@pytest.fixture
def tee(browser: Client, shop: Any) -> Product:
    """A product with two variants, added in the portal and published in the shop's store."""
    Flow.objects.filter(entity="products", direction="push").update(enabled=True)
    answer = browser.post(NEW, {**TEE, "publish": shop.integration.key}, follow=True)
    assert "Tee was added. It is written to Ecwid: Kaffewerk Roastery in a moment" in text_of(answer)
    return Product.objects.get(sku="TEE")


def edit_page(product: Product) -> str:
    return reverse("portal:products-edit", args=[product.key])


def form_of(product: Product, **values: Any) -> dict[str, Any]:
    """What the form of the tee sends when somebody changes some of it."""
    keys = [one.key for one in product.variants.order_by("pk")]
    return {**TEE, "variant": [*keys, ""], **values}


def save(browser: Client, product: Product, **values: Any) -> Any:
    """Save the form as a browser does that has just loaded it."""
    page = edit_page(product)
    return browser.post(page, as_shown(browser, page, form_of(product, **values)), follow=True)


def test_a_product_is_added_as_it_was_typed(browser: Client, shop: Any, tee: Product) -> None:
    assert (tee.owner, tee.kind, tee.price, tee.currency) == (None, "parent", Decimal("19.90"), "EUR")
    assert (tee.canonical["weight"], tee.canonical["description"]) == ("0.2", "<p>Soft</p>")
    assert [(one.sku, one.name, one.price) for one in tee.variants.order_by("pk")] == [
        ("TEE-M", "Tee - M", None), ("TEE-L", "Tee - L", Decimal("21.90")),
    ]  # fmt: skip
    assert Mark.objects.filter(flow__entity="products", flow__direction="push", key=tee.key).exists()
    assert Event.objects.get(entity="products", record_id=tee.pk).author == f"user:{shop.user.username}"
    assert not Published.objects.filter(product=tee).exists(), "what it says of channels is the usual"


def test_the_form_says_where_it_writes_before_it_does(browser: Client, shop: Any) -> None:
    text = text_of(browser.get(NEW))
    assert "Push products of Ecwid: Kaffewerk Roastery is off: nothing is written there" in text
    assert 'name="currency" value="EUR"' in text
    Flow.objects.filter(entity="products", direction="push").update(enabled=True)
    assert "It is made in Ecwid: Kaffewerk Roastery in a moment" in text_of(browser.get(NEW))
    kept = browser.post(NEW, TEE, follow=True)
    assert "It is kept here only" in text_of(kept)
    assert Published.objects.get(product__sku="TEE").status == "disabled"


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"name": " "}, "name", "required"),
        ({"sku": ""}, "sku", "required"),
        ({"sku": "CUP"}, "sku", "which Ecwid: Kaffewerk Roastery owns, has it"),
        ({"price": "cheap"}, "price", "is no amount"),
        ({"price": "1.234"}, "price", "may be two amounts: write 1234, or 1.2340"),
        ({"price": ""}, "price", "required"),
        ({"currency": "EURO"}, "currency", "3 characters"),
        ({"currency": "USD"}, "currency", "sells in EUR"),
        ({"weight": "-1"}, "weight", "is no amount"),
        ({"option": ["", "", ""]}, "option-1", "Name this option"),
        ({"option": ["Size", "Size", ""]}, "option-2", "twice"),
        ({"variant_sku": ["TEE-M", "TEE-M", ""]}, "row-2-sku", "too"),
        ({"variant_sku": ["TEE-M", "CUP-BLUE", ""]}, "row-2-sku", "a variant of “Stoneware cup”"),
        ({"variant_price": ["x", "", ""]}, "row-1-price", "is no amount"),
        ({"value": ["M", "", "", "M", "", "", "", "", ""]}, "row-2-options", "same options"),
        ({"value": ["M", "", "", "", "", "", "", "", ""]}, "row-2-options", "what makes this variant"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    browser: Client, shop: Any, values: dict[str, Any], field: str, said: str
) -> None:
    given = {**TEE, "publish": shop.integration.key, **values}
    answer = browser.post(NEW, given)
    text = text_of(answer)
    assert answer.status_code == 400
    form = answer.context["form"]
    if field.startswith(("row-", "option-")):
        assert f'id="{field}"' in text
        assert said in text[text.index("Option 1") :]
    else:
        assert any(said in error for error in form.errors[field]), form.errors
    assert not Product.objects.filter(sku="TEE").exists()
    shown = form.rows.shown()
    assert [row.sku for row in shown[:2]] == given["variant_sku"][:2]
    assert 'value="21.90"' in text or values.get("variant_price")
    assert "&lt;p&gt;Soft&lt;/p&gt;" in text


def test_a_product_is_changed_and_its_stores_are_told(browser: Client, shop: Any, tee: Product) -> None:
    shown = text_of(browser.get(edit_page(tee)))
    for value in ("TEE-M", "21.90", "19.90", "Size", 'value="L"'):
        assert value in shown
    keys = [one.key for one in tee.variants.order_by("pk")]
    Mark.objects.all().delete()
    answer = save(
        browser, tee, name="Shirt", price="18", publish=shop.integration.key, variant=[*keys, ""],
        value=["M", "", "", "L", "", "", "XL", "", ""], variant_sku=["TEE-M", "TEE-L", "TEE-XL"],
        variant_price=["", "23", ""],
    )  # fmt: skip
    assert "Shirt was saved" in text_of(answer)
    tee.refresh_from_db()
    assert (tee.name, tee.price, tee.canonical["weight"]) == ("Shirt", Decimal(18), "0.2")
    assert [(one.key in keys, one.sku, one.name, one.price) for one in tee.variants.order_by("pk")] == [
        (True, "TEE-M", "Shirt - M", None), (True, "TEE-L", "Shirt - L", Decimal(23)),
        (False, "TEE-XL", "Shirt - XL", None),
    ]  # fmt: skip
    assert Mark.objects.filter(key=tee.key).exists()


def test_a_variant_is_taken_away_only_when_that_is_said_twice(browser: Client, tee: Product) -> None:
    large = tee.variants.get(sku="TEE-L")
    asked = save(browser, tee, remove=[large.key])
    assert "Take L (TEE-L) away?" in text_of(asked)
    large.refresh_from_db()
    assert large.status == "active"
    assert "Tee was saved" in text_of(save(browser, tee, remove=[large.key], going=asked.context["going"]))
    large.refresh_from_db()
    assert large.status == "archived"


def test_what_somebody_else_changed_meanwhile_is_not_undone(browser: Client, tee: Product) -> None:
    """Also where that was a variant only, which is a record of its own."""
    page = edit_page(tee)
    mine = as_shown(browser, page, form_of(tee, name="Mine"))
    save(browser, tee, variant_price=["", "25", ""])
    answer = browser.post(page, mine)
    assert answer.status_code == 400
    assert "You changed this in another window" in text_of(answer)
    tee.refresh_from_db()
    assert (tee.name, tee.variants.get(sku="TEE-L").price) == ("Tee", Decimal(25))


def test_what_a_store_owns_says_why_it_is_not_changed_here(browser: Client, shop: Any) -> None:
    page = edit_page(shop.product)
    for answer in (browser.get(page), browser.post(page, TEE)):
        assert "Ecwid: Kaffewerk Roastery owns it" in text_of(answer)
    variant = shop.product.variants.first()
    assert browser.get(edit_page(variant)).headers["Location"] == page
    one = text_of(browser.get(reverse("portal:products-one", args=[variant.pk])))
    assert "Its name, price and variants are changed there only" in one
    assert page not in one
    shop.product.refresh_from_db()
    assert shop.product.name == "Stoneware cup"


def test_what_the_form_does_not_show_stays(browser: Client, tee: Product) -> None:
    prices = [*tee.canonical["prices"], {"name": "compareTo", "value": "30", "currency": "EUR"}]
    options = [{"name": "Size", "choices": ["M", "L"]}]
    tee.canonical |= {"vendor": "Nord", "prices": prices, "options": options}
    tee.save()
    value = ["M", "", "", "XL", "", "", "", "", ""]
    assert "Tee was saved" in text_of(save(browser, tee, price="15", value=value))
    tee.refresh_from_db()
    assert tee.canonical["vendor"] == "Nord"
    assert [(one["name"], one["value"]) for one in tee.canonical["prices"]] == [
        ("base", "15"), ("compareTo", "30"),
    ]  # fmt: skip
    assert tee.canonical["options"] == [{"name": "Size", "choices": ["M", "L", "XL"]}]
    refused = save(browser, tee, currency="USD")
    assert "Its other prices are in EUR" in text_of(refused)


def test_a_product_that_does_not_fit_the_form_is_not_cut_to_it(browser: Client, tee: Product) -> None:
    tee.canonical |= {"prices": [{"name": "wholesale", "value": "9", "currency": "USD"}]}
    tee.save()
    assert "Its prices are in several currencies (EUR, USD)" in text_of(browser.get(edit_page(tee)))


def test_a_product_without_a_name_is_mended_from_its_exception(
    browser: Client, shop: Any, tee: Product
) -> None:
    case = ExceptionCase.objects.create(
        organization=shop.organization, integration=shop.integration, code="blankName", entity="products",
        subject=f"products:{tee.key}", record_id=tee.pk, message="It has no name.",
    )  # fmt: skip
    text = text_of(browser.get(reverse("portal:exceptions-one", args=[case.key])))
    assert f'href="{edit_page(tee)}"' in text


def test_an_empty_list_leads_to_the_form(db: None, sample: Any) -> None:
    from crossdock.hub.models import Organization

    client = Client()
    client.force_login(sample.member(Organization.objects.create(name="Nothing yet"), "first@shop.test"))
    text = text_of(client.get("/products"))
    assert "Add the first product" in text
    assert "crossdock " not in text
