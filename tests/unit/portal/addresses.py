"""Every address of the portal, filled in for one shop: a new page adds what its address needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.urls.resolvers import URLPattern

from crossdock.portal import urls

KEYS: dict[str, Callable[[Any], str]] = {
    "connect": lambda shop: shop.integration.key,
    "integrations": lambda shop: shop.integration.key,
    "fulfillments": lambda shop: shop.organization.fulfillments.latest("pk").key,
    "inventory": lambda shop: shop.record.key,
    "orders": lambda shop: shop.orders[-1].key,
    "products": lambda shop: shop.product.key,
    "requests": lambda shop: shop.organization.shipping_requests.latest("pk").key,
    "runs": lambda shop: shop.run.key,
}
"""The record that ``<key:pk>`` stands for, by the beginning of the page's name (or by its whole name)."""

OTHERS: dict[str, str] = {"connector": "ecwid"}
"""What other parts of an address stand for."""

OPEN = {
    "login": "whoever wants to come in",
    "logout": "ends whatever session there is",
    "welcome": "works only while nobody has an account",
    "organization": "goes by the memberships of whoever asks",
    "connect-callback": "the way back from a consent page; what it carries is bound to the session",
}
"""Pages that are not for members only, each with the reason."""


def patterns() -> list[URLPattern]:
    """All addresses of the portal."""
    return list(urls.urlpatterns)


def address(pattern: URLPattern, shop: Any) -> str:
    """The address of a page for the records of `shop`."""
    name = str(pattern.name)
    arguments = {}
    for part in pattern.pattern.converters:
        if part == "pk":
            key = KEYS.get(name) or KEYS[name.split("-", maxsplit=1)[0]]
            arguments[part] = key(shop)
        else:
            arguments[part] = OTHERS[part]
    return reverse(f"portal:{name}", kwargs=arguments)


def keyed(pattern: URLPattern) -> bool:
    """Whether the address names a record."""
    return "pk" in pattern.pattern.converters
