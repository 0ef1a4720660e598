"""Every address of the portal, filled in for one shop: a new page adds what its address needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.urls import reverse
from django.urls.resolvers import URLPattern

from crossdock.flows.order_acts import Wish, begin_act
from crossdock.hub.api_keys import create_key
from crossdock.hub.clock import system_clock
from crossdock.hub.invitations import invite
from crossdock.hub.models import (
    ApiKey,
    Invitation,
    MappingRule,
    Membership,
    NotificationRule,
    Product,
    Webhook,
    public_key,
)
from crossdock.hub.stock.sheets import preview_sheet
from crossdock.hub.vault import seal
from crossdock.portal import urls
from crossdock.portal.models import SavedView
from crossdock.routing.card_book import put_card
from crossdock.routing.rules.book import rules_of

WEBHOOK_ACTS = ("one", "edit", "secret", "test", "pause", "resume", "again", "remove")
NOTIFICATION_ACTS = ("edit", "test", "pause", "resume", "remove")


def member_key(shop: Any) -> str:
    """A member of the shop."""
    return Membership.objects.filter(organization=shop.organization).earliest("pk").key


def device_key(shop: Any) -> str:
    """A session of the shop's administrator, who is logged in somewhere."""
    found, _ = UserSession.objects.get_or_create(
        user=shop.user, ip="192.0.2.1", user_agent="", session_key=f"session-of-{shop.user.pk}"
    )
    return public_key(found.pk)


def passkey(shop: Any) -> str:
    """A passkey of the shop's administrator."""
    data = {"name": "Laptop", "credential": {}}
    found, _ = Authenticator.objects.get_or_create(user=shop.user, type="webauthn", defaults={"data": data})
    return public_key(found.pk)


def invitation_key(shop: Any) -> str:
    """An open invitation to the shop."""
    found = Invitation.objects.filter(organization=shop.organization).last()
    return (found or invite(shop.organization, "guest@shop.test", "user", author="crossdock")[0]).key


def api_key(shop: Any) -> str:
    """A key of the shop's API."""
    found = ApiKey.objects.filter(organization=shop.organization).last()
    return (found or create_key(shop.organization, "WMS", ["shipments.read"], author="crossdock")[0]).key


def webhook(shop: Any) -> str:
    """A webhook of the shop, at an address that is refused without a network."""
    row, _ = Webhook.objects.get_or_create(
        organization=shop.organization, name="Listener",
        defaults={"url": "http://127.0.0.1:1/x", "topics": ["orders"], "secret": seal({"secret": "cdw_x"})},
    )  # fmt: skip
    return row.key


def notification(shop: Any) -> str:
    """A rule of the shop whose webhook is refused without a network."""
    row, _ = NotificationRule.objects.get_or_create(
        organization=shop.organization, name="Chat", channel="webhook",
        defaults={"url": seal({"url": "http://127.0.0.1:1/x"}), "url_host": "127.0.0.1"},
    )  # fmt: skip
    return row.key


def _card(shop: Any) -> str:
    location = shop.organization.locations.filter(kind="stock").order_by("pk").first()
    document = {"name": "All", "locations": [location.key]}
    return put_card(shop.organization, document, author="test").key


def sheet_of(shop: Any) -> str:
    """A file of counts that the shop's administrator has uploaded."""
    sheet = preview_sheet(
        shop.organization, "counts.csv", b"sku,onHand\ntea,5\n", author=f"user:{shop.user.username}",
        now=system_clock(), most_rows=10, setting="",
    )  # fmt: skip
    return str(sheet.key)


def order_act(shop: Any) -> str:
    """An act on an order of the shop that no worker has come to yet."""
    found = shop.organization.order_acts.last()
    wish = Wish("release", f"user:{shop.user.username}")
    return (found or begin_act(shop.organization, [shop.orders[0].pk], wish)).key


def mapping_key(shop: Any) -> str:
    """A mapping of the shop's own."""
    found, _ = MappingRule.objects.get_or_create(
        integration=shop.integration, target="customFields[Paid]", defaults={"source": "paymentStatus"}
    )
    return str(found.key)


def own_product(shop: Any) -> str:
    """A product that people in the shop keep."""
    found, _ = Product.objects.get_or_create(
        organization=shop.organization, sku="OURS", defaults={"name": "Ours", "currency": "EUR"}
    )
    return str(found.key)


def shared_view(shop: Any) -> SavedView:
    """A view of the orders that everybody in the shop sees."""
    found, _ = SavedView.objects.get_or_create(
        membership=shop.organization.memberships.earliest("pk"), page="orders", name="Walked", shared=True
    )
    return found


KEYS: dict[str, Callable[[Any], str]] = {
    "account-passkey-remove": passkey,
    "account-session-end": device_key,
    "settings-invitation-again": invitation_key,
    "settings-invitation-revoke": invitation_key,
    "settings-key-revoke": api_key,
    "settings-member-factor": member_key,
    "settings-member-log-out": member_key,
    "settings-member-password": member_key,
    "settings-member-remove": member_key,
    "settings-member-role": member_key,
    "settings-member-switch": member_key,
    "cards": _card,
    "connect": lambda shop: shop.integration.key,
    "mappings": mapping_key,
    "integrations": lambda shop: shop.integration.key,
    "events": lambda shop: shop.organization.events.filter(entity="orders").latest("pk").key,
    "exceptions": lambda shop: shop.organization.exceptions.earliest("pk").key,
    "fulfillments": lambda shop: shop.organization.fulfillments.latest("pk").key,
    "inventory": lambda shop: shop.record.key,
    "locations": lambda shop: shop.organization.locations.order_by("pk").first().key,
    "inventory-adopt": lambda shop: shop.integration.key,
    "inventory-sheet": sheet_of,
    "inventory-sheet-apply": sheet_of,
    "inventory-sheet-discard": sheet_of,
    "inventory-push": lambda shop: shop.integration.flows.get(entity="inventory", direction="push").key,
    "orders": lambda shop: shop.orders[-1].key,
    "orders-act": order_act,
    "orders-act-stop": order_act,
    "orders-view-delete": lambda shop: shared_view(shop).key,
    "products-edit": own_product,
    "products": lambda shop: shop.product.key,
    "requests": lambda shop: shop.organization.shipping_requests.latest("pk").key,
    "rules": lambda shop: rules_of(shop.organization.pk)[-1].key,
    "runs": lambda shop: shop.run.key,
    **dict.fromkeys((f"settings-webhooks-{act}" for act in WEBHOOK_ACTS), webhook),
    **dict.fromkeys((f"settings-notifications-{act}" for act in NOTIFICATION_ACTS), notification),
    "runs-import": lambda shop: shop.run.backfill.key,
    "runs-import-pause": lambda shop: shop.run.backfill.key,
    "runs-import-resume": lambda shop: shop.run.backfill.key,
}
"""The record that ``<key:pk>`` stands for, by the beginning of the page's name (or by its whole name)."""

OTHERS: dict[str, str] = {"connector": "ecwid", "token": "made-up", "secret": "made-up", "uidb64": "MQ"}
"""What other parts of an address stand for."""

OPEN = {
    "login": "whoever wants to come in",
    "login-code": "the second step of a login; without the first one it leads back to it",
    "sign-on": "whoever wants to come in by single sign-on; there is none unless it is set up",
    "sign-on-back": "the way back from the provider; what it carries is bound to the session",
    "password-forgotten": "whoever forgot their password; it says nothing about who there is",
    "password-new": "whoever has the link of a reset, once",
    "invitation": "whoever has the link of an invitation, once",
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
