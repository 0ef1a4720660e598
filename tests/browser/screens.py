"""Every screen of the portal, each with the records that show most of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Model, QuerySet
from django.urls import NoReverseMatch, reverse

from crossdock.hub import models as hub
from crossdock.hub.stock.availability import channel_figures


@dataclass(frozen=True)
class Screen:
    """One picture: its name, where the page is, what to press before (a selector), and what to wait for then."""

    name: str
    path: str
    press: str = ""
    awaits: str = ""


PLAIN = (
    "home", "exceptions", "orders", "requests", "fulfillments", "products", "products-new", "inventory", "locations",
    "rules", "rules-new", "cards", "cards-new", "integrations", "connect-catalogue",
    "runs", "events", "settings", "settings-members", "settings-keys", "settings-key-new",
    "settings-webhooks", "settings-webhooks-new", "settings-notifications", "settings-notifications-new",
    "settings-audit", "account", "account-sessions", "account-two-factor-set-up",
)  # fmt: skip
"""Pages whose address names no record."""


def screens(integration: hub.Integration, fresh: hub.Integration, begun: hub.Integration) -> list[Screen]:
    """Return them all, as the portal has them.

    `integration` is in full use, `fresh` has just been connected, and `begun` is not connected yet.
    """
    picked = list(_picked(integration.organization, integration, fresh, begun))
    wanted = [Screen(name, _address(name)) for name in PLAIN] + picked
    return [one for one in wanted if one.path]


def _picked(
    organization: hub.Organization,
    integration: hub.Integration,
    fresh: hub.Integration,
    begun: hub.Integration,
) -> Iterator[Screen]:
    yield Screen("connect-flows", _address("connect-flows", "ecwid", of=begun.key))
    yield Screen("connect-account", _address("connect-account", begun))
    yield Screen("connect-next", _address("connect-next", fresh))
    plan = _address("integrations-switch", fresh, entity="products", choice="pull")
    yield Screen("integrations-switch", plan, awaits="#plan .card-footer")
    for name in (
        "integrations-one",
        "integrations-settings",
        "integrations-mappings",
        "integrations-activity",
    ):
        yield Screen(name, _address(name, integration))
    yield Screen(
        "integrations-remove", _address("integrations-one", integration), press="[data-opens^=remove]"
    )
    orders = hub.Order.objects.filter(organization=organization)
    split = orders.annotate(parcels=Count("fulfillments", distinct=True)).order_by("-parcels", "-pk").first()
    waiting = orders.filter(shipping_requests__canceled_at=None, standing="open").order_by("-pk").first()
    yield Screen("orders-one", _address("orders-one", split))
    yield Screen("orders-one-to-ship", _address("orders-one", waiting))
    yield Screen(
        "orders-one-ship", _address("orders-one", waiting), press=".cd-request [data-opens^=fulfill]"
    )
    yield Screen("orders-one-acts", _address("orders-one", waiting), press="summary:has-text('Actions')")
    rows: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("requests-one", hub.ShippingRequest.objects.filter(order__organization=organization)),
        ("fulfillments-one", hub.Fulfillment.objects.filter(order__organization=organization)),
        ("products-one", hub.Product.objects.filter(organization=organization, kind="parent")),
        ("inventory-one", hub.InventoryRecord.objects.filter(organization=organization, committed__gt=0)),
        ("locations-one", hub.Location.objects.filter(organization=organization, is_default=True)),
        ("events-one", hub.Event.objects.filter(organization=organization, entity="orders")),
        ("exceptions-one", hub.ExceptionCase.objects.filter(organization=organization, status="active")),
        ("rules-one", hub.OrderRule.objects.filter(organization=organization)),
        ("runs-one", hub.Run.objects.filter(flow__integration=integration, remote_calls__gt=1)),
        ("runs-import", hub.Import.objects.filter(flow__integration=integration)),
    )
    for name, found in rows:
        yield Screen(name, _address(name, found.order_by("-pk").first()))
    pushed = hub.Link.objects.filter(integration=integration, entity="products", sent__quantity__isnull=False)
    told = dict(pushed.values_list("record_id", "sent__quantity"))
    sent = {one.sku: told[one.pk] for one in hub.Product.objects.filter(pk__in=told)}
    shown = {sku: figure.quantity for sku, figure in channel_figures(integration, sent).items()}
    kept = hub.InventoryRecord.objects.filter(organization=organization, committed__gt=0, state="tracked")
    equal = [sku for sku, quantity in shown.items() if quantity == sent[sku] and sku.isascii()]
    record = kept.filter(sku__in=equal).order_by("-committed").first() or kept.order_by("-committed").first()
    if record is not None:
        for name in ("inventory-sku", "inventory-why", "inventory-count"):
            more = {"location": record.location.key} if name == "inventory-count" else {}
            yield Screen(name, _address(name, sku=record.sku, **more))
    if split is not None:
        yield Screen("search", _address("search", q=split.ext_order_id))


def _address(name: str, record: Model | str | None = "", **asked: str) -> str:
    """The page's address, empty where there is no such page or nothing to show on it."""
    if record is None:
        return ""
    arguments = (
        [record] if isinstance(record, str) and record else [record.pk] if isinstance(record, Model) else []
    )
    try:
        where = reverse(f"portal:{name}", args=arguments)
    except NoReverseMatch:
        return ""
    return f"{where}?{urlencode(asked)}" if asked else where
