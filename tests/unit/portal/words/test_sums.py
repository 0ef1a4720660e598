"""Money on the pages: sums that add up, and amounts as a reader expects them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template

from crossdock.hub.models import Order
from crossdock.portal.templatetags import portal
from crossdock.portal.words.locale import amount_text
from crossdock.portal.words.sums import sum_of


def order(**given: Any) -> Order:
    """An order that is not stored; amounts are given as texts."""
    amounts = {
        "sub_total_price": "100",
        "order_discount": "0",
        "order_tax": "0",
        "shipping_price": "0",
        "total_price": "100",
    }
    money = {name: Decimal(given.pop(name, default)) for name, default in amounts.items()}
    return Order(currency="EUR", canonical=given, **money)


@pytest.mark.parametrize(
    ("given", "terms", "difference", "included"),
    [
        ({}, [("Items", "100")], "0", "0"),
        (
            {"order_discount": "15", "shipping_price": "5", "order_tax": "19", "total_price": "109"},
            [("Items", "100"), ("Discount", "-15"), ("Shipping", "5"), ("Tax", "19")],
            "0",
            "0",
        ),
        ({"order_tax": "15.97"}, [("Items", "100")], "0", "15.97"),
        (
            {
                "order_discount": "15",
                "total_price": "85",
                "discounts": [
                    {"name": "Coupon", "amount": "10", "code": "TEN"},
                    {"name": "Sale", "amount": "5"},
                ],
            },
            [("Items", "100"), ("Coupon", "-10"), ("Sale", "-5")],
            "0",
            "0",
        ),
        (
            {"order_discount": "15", "total_price": "85", "discounts": [{"name": "Coupon", "amount": "10"}]},
            [("Items", "100"), ("Discount", "-15")],
            "0",
            "0",
        ),
        (
            {"total_price": "107.50", "additionalCharges": [{"name": "Gift wrap", "amount": "7.50"}]},
            [("Items", "100"), ("Gift wrap", "7.50")],
            "0",
            "0",
        ),
        ({"total_price": "90"}, [("Items", "100")], "-10", "0"),
        (
            {"total_price": "100", "discounts": "odd", "additionalCharges": [1, {"amount": "x"}]},
            [("Items", "100"), ("Charge", "0")],
            "0",
            "0",
        ),
    ],
)
def test_the_terms_and_the_difference_make_the_total(
    given: dict[str, Any], terms: list[tuple[str, str]], difference: str, included: str
) -> None:
    one = order(**given)
    result = sum_of(one)
    assert [(term.label, term.amount) for term in result.terms] == [
        (label, Decimal(text)) for label, text in terms
    ]
    assert result.difference == Decimal(difference)
    assert result.tax_included == Decimal(included)
    assert sum((term.amount for term in result.terms), result.difference) == result.total == one.total_price


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "EUR", "1,234.50"),
        ("1234.0000", "JPY", "1,234"),
        ("0.3333", "USD", "0.3333"),
        ("5", "KWD", "5.000"),
        ("-5", "EUR", "5.00"),
        ("0", "EUR", "0.00"),
    ],
)
def test_amounts_have_their_currencys_decimals(amount: str, currency: str, text: str) -> None:
    assert amount_text(Decimal(amount), currency) == text


def test_money_says_its_currency_and_its_sign() -> None:
    shown = portal.money(Decimal("-12.5"), "EUR")
    assert "\N{MINUS SIGN}12.50" in shown
    assert "EUR" in shown
    assert "\N{EN DASH}" in portal.money(None, "EUR")
    assert "&lt;" in portal.money("<b>", "EUR")


def test_source_documents_keep_the_spelling_of_their_numbers() -> None:
    assert portal.pretty('{"total":10.10,"big":1e400}') == '{\n  "total": 10.10,\n  "big": 1e400\n}'
    assert portal.pretty("<html>") == "<html>"


def test_statuses_nobody_has_words_for_are_shown_as_they_are() -> None:
    text = Template('{% load portal %}{% status "order" value %}').render(Context({"value": "<new>"}))
    assert "&lt;new&gt;" in text
