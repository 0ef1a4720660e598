"""Numbers and dates as the reader writes them, on every page, whatever somebody else reads at the same time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from babel import Locale
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.portal.templatetags.portal import money, number
from crossdock.portal.words.locale import USUAL, amount_text, current, locale_of, reading_in


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", USUAL),
        ("de-DE,de;q=0.9,en;q=0.8", Locale("de", "DE")),
        ("xx-YY, fr;q=0.5", Locale("fr")),
        ("en-US", Locale("en", "US")),
        ("zh-Hant-TW", Locale("zh", "TW", "Hant")),
        ("*", USUAL),
        ("../../etc/passwd", USUAL),
        ("de_DE\x00;q=zz", USUAL),
        ("a" * 5000, USUAL),
    ],
)
def test_the_first_known_language_counts(header: str, expected: Locale) -> None:
    assert locale_of(header) == expected


@pytest.mark.parametrize(
    ("tag", "amount", "currency", "text"),
    [
        ("en-GB", "1234567.5", "EUR", "1,234,567.50"),
        ("de-DE", "1234567.5", "EUR", "1.234.567,50"),
        ("fr-FR", "1234.5", "EUR", "1\u202f234,50"),
        ("en-IN", "1234567", "INR", "12,34,567.00"),
        ("en-GB", "1500", "JPY", "1,500"),
        ("en-GB", "1.2345", "KWD", "1.2345"),
        ("en-GB", "1.2", "KWD", "1.200"),
        ("en-GB", "9.995", "EUR", "9.995"),
        ("en-GB", "9.9", "???", "9.90"),
        ("en-GB", "123456789012345678.99", "EUR", "123,456,789,012,345,678.99"),
    ],
)
def test_amounts_lose_nothing(tag: str, amount: str, currency: str, text: str) -> None:
    with reading_in(locale_of(tag)):
        assert amount_text(Decimal(amount), currency) == text


def test_a_minus_is_a_minus_in_every_locale() -> None:
    for tag in ("en-GB", "de-DE", "sv-SE", "fa-IR"):
        with reading_in(locale_of(tag)):
            assert number(-7).startswith("\N{MINUS SIGN}") or "\N{MINUS SIGN}" in number(-7), tag
            assert "\N{MINUS SIGN}" in money(Decimal(-7), "EUR"), tag


def test_pages_are_written_for_whoever_reads(browser: Client, shop: Any) -> None:
    where = reverse("portal:orders-one", args=[shop.orders[0].key])
    # 12:00 UTC in November is 13:00 in Berlin.
    for header, text in (
        ("", "20 Nov 2026, 13:00"),
        ("de-DE", "20.11.2026, 13:00"),
        ("en-US", "Nov 20, 2026, 1:00\u202fPM"),
    ):
        assert text in text_of(browser.get(where, headers={"Accept-Language": header}))
    assert current() == USUAL
