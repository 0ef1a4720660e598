"""The reader's locale: how numbers and dates are written for whoever looks. The words stay English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, get_currency_precision, parse_pattern
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation.trans_real import parse_accept_lang_header

MINUS = "\N{MINUS SIGN}"
USUAL = Locale("en", "GB")
"""For a browser that names no language that is known: day before month, 24 hours."""

_current: ContextVar[Locale] = ContextVar("locale", default=USUAL)


def current() -> Locale:
    """Return the locale of whoever the page is made for."""
    return _current.get()


@contextmanager
def reading_in(locale: Locale) -> Iterator[None]:
    """Write numbers and dates for `locale` within the block."""
    token = _current.set(locale)
    try:
        yield
    finally:
        _current.reset(token)


@lru_cache(maxsize=256)
def locale_of(header: str) -> Locale:
    """Return the first known locale of an ``Accept-Language`` header, `USUAL` for none."""
    for tag, _weight in parse_accept_lang_header(header):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return USUAL


class ReaderLocale:
    """Django middleware: pages are written for the languages that the browser names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with reading_in(locale_of(request.headers.get("Accept-Language", ""))):
            return self.get_response(request)


def date_and_time(value: datetime) -> str:
    """Return a moment as the reader writes it, in the zone that `value` has, to the minute."""
    locale = current()
    return f"{format_date(value.date(), 'medium', locale)}, {format_time(value, 'short', locale=locale)}"


def decimals(currency: str) -> int:
    """Return how many decimals amounts of a currency have (ISO 4217's minor units; two where it is unknown)."""
    return get_currency_precision(currency)


def number_text(value: Decimal | int, places: int = 0) -> str:
    """Return a number with its groups apart and `places` decimals."""
    locale = current()
    return str(_pattern(locale, places).apply(value, locale, decimal_quantization=False))


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount, without its sign, with its currency's decimals; more only where the amount has more."""
    places = max(decimals(currency), -int(amount.normalize().as_tuple().exponent))
    return number_text(abs(amount), places)


@lru_cache(maxsize=256)
def _pattern(locale: Locale, places: int) -> NumberPattern:
    """The locale's own grouping (which is not by thousands everywhere) with a number of decimals."""
    whole = locale.decimal_formats[None].pattern.partition(".")[0]
    return parse_pattern(f"{whole}.{'0' * places}" if places else whole)
