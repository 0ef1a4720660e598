"""The recorded sample payloads as the contents of a store.

Two of them describe the same order and product as another sample: `order_get_2018_partial_refund`
and `product_get_2020` got ids and SKUs of their own here so that all can live in one store.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from ecwid_twin.orders.entry import entry_of
from ecwid_twin.wire.message import JSON, Doc, decode

if TYPE_CHECKING:
    from ecwid_twin.store import Store

_ORDERS = (
    "order_search_page_api_created_coupon",
    "order_get_digital_gross_tax_invoice",
    "order_search_page_2018_partial_refund",
    "order_get_2018_partial_refund",
    "order_local_delivery",
    "order_pickup",
    "order_refunded_full",
    "order_shipped_with_tracking_and_label",
)
_PRODUCTS = (
    "product_search_page",
    "product_search_page_2020",
    "product_get_2020",
    "product_location_inventory",
    "product_unlimited",
)
CURRENCIES = {
    "EUR": ("€", "", 2, 1.06),
    "USD": ("$", "", 2, 1.0),
    "GBP": ("£", "", 2, 1.27),
    "JPY": ("¥", "", 0, 0.0066),
    "HUF": ("", " Ft", 0, 0.0027),
    "KWD": ("KD ", "", 3, 3.25),
    "UAH": ("", " ₴", 2, 0.024),
}
"""Prefix, suffix, decimals and rate to the US dollar."""


def read(name: str) -> JSON:
    """A sample by file name without ending."""
    return decode(files(__package__).joinpath("samples", f"{name}.json").read_bytes())


def profile() -> Doc:
    """The full sample profile."""
    doc: Doc = read("profile")
    return doc


def set_currency(doc: Doc, currency: str) -> None:
    """Make a profile's money formats those of `currency` (ISO 4217)."""
    prefix, suffix, precision, rate = CURRENCIES.get(currency, (f"{currency} ", "", 2, 1.0))
    doc["formatsAndUnits"].update(
        currency=currency,
        currencyPrefix=prefix,
        currencySuffix=suffix,
        currencyPrecision=precision,
        currencyRate=rate,
        currencyGroupSeparator=",",
        currencyDecimalSeparator=".",
    )


def _each(name: str) -> list[Doc]:
    value = read(name)
    return list(value["items"]) if "items" in value and "total" in value and "count" in value else [value]


def orders() -> list[Doc]:
    """Every sample order, old shapes included."""
    return [doc for name in _ORDERS for doc in _each(name)]


def products() -> list[Doc]:
    """Every sample product."""
    return [doc for name in _PRODUCTS for doc in _each(name)]


def categories() -> list[Doc]:
    """The sample categories."""
    return _each("category_search_page")


def customers() -> list[Doc]:
    """The sample customers."""
    return _each("customer_search_page")


def load(store: Store) -> None:
    """Put all samples into a store, as they are."""
    store.categories.load(categories())
    store.customers.load(customers())
    store.catalogue.load(products())
    store.orders.load(entry_of(doc) for doc in orders())
