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

OWNER, CLERK, NEWCOMER, HALFWAY, CAREFUL, NOBODY = (
    "owner",
    "clerk",
    "newcomer",
    "halfway",
    "careful",
    "nobody",
)
"""Who looks: the administrator, a user, the administrator of an empty hub, somebody whose password was right and
whose second factor is asked for, somebody with a second factor, and whoever comes by."""


@dataclass(frozen=True)
class Screen:
    """One picture: its name, where the page is, and who looks.

    `press` names what is pressed before, one after the other (selectors), `awaits` what to wait for then; `status` is
    what the address answers with. `page` is the page itself, where no address of the demo shows it.
    """

    name: str
    path: str
    press: tuple[str, ...] = ()
    awaits: str = ""
    who: str = OWNER
    status: int = 200
    page: str = ""


PLAIN = (
    "home", "exceptions", "orders", "requests", "fulfillments", "products", "products-new", "inventory",
    "inventory-import", "locations", "rules", "rules-new", "cards", "cards-new", "cards-trial",
    "integrations", "connect-catalogue", "runs", "events", "settings", "settings-members", "settings-keys",
    "settings-webhooks", "settings-webhooks-new", "settings-notifications", "settings-notifications-new",
    "settings-audit", "account", "account-email", "account-password", "account-sessions", "account-two-factor",
    "account-confirm", "orders-all", "search",
)  # fmt: skip
"""Pages whose address names no record."""
PRESSED = (
    ("orders-filters", "orders", ("summary:has-text('More filters')",)),
    ("orders-columns", "orders", ("[data-opens=columns]",)),
    ("orders-save-view", "orders", ("summary:has-text('View')", "[data-opens=save-view]")),
    ("orders-chosen", "orders", ("#all",)),
    ("orders-chosen-cancel", "orders", ("#all", "[data-opens=bulk-cancel]")),
    ("locations-new", "locations", ("[data-opens=new]",)),
    ("settings-invite", "settings-members", ("[data-opens=invite]",)),
    ("settings-member", "settings-members", ("[data-opens^=m] >> nth=-1",)),
    ("settings-key-revoke", "settings-keys", ("[data-opens^=k]",)),
)
"""What such a page shows once something is pressed."""


def screens(integration: hub.Integration, fresh: hub.Integration, begun: hub.Integration) -> list[Screen]:
    """Return them all, as the portal has them.

    `integration` is in full use, `fresh` has just been connected, and `begun` is not connected yet.
    """
    organization = integration.organization
    wanted = [Screen(name, _address(name)) for name in PLAIN]
    wanted += [Screen(name, _address(page), press) for name, page, press in PRESSED]
    wanted += [*_connecting(integration, fresh, begun), *_orders(organization), *_records(integration)]
    wanted += _stock(integration)
    return [one for one in wanted if one.path]


def _connecting(
    integration: hub.Integration, fresh: hub.Integration, begun: hub.Integration
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
        "integrations-stopped",
        "integrations-mapping-new",
        "integrations-mapping-plan",
    ):
        yield Screen(name, _address(name, integration))
    one = _address("integrations-one", integration)
    yield Screen("integrations-disable", one, press=("[data-opens^=disable]",))
    yield Screen("integrations-remove", one, press=("[data-opens^=remove]",))
    trial = ("button:has-text('Try it')",)
    yield Screen("mappings-trial", _address("mappings-one", integration.mapping_rules.first()), press=trial)


def _orders(organization: hub.Organization) -> Iterator[Screen]:
    orders = hub.Order.objects.filter(organization=organization)
    split = orders.annotate(parcels=Count("fulfillments", distinct=True)).order_by("-parcels", "-pk").first()
    sent = hub.ShippingRequest.objects.filter(order__in=orders, order__standing="open", canceled_at=None)
    newest = sent.exclude(fulfillments__isnull=False).order_by("-order_id").first()
    waiting = newest.order if newest is not None else None
    yield Screen("orders-none", _address("orders", q="nothing-like-it"))
    yield Screen("orders-one", _address("orders-one", split))
    one = _address("orders-one", waiting)
    actions = "summary:has-text('Actions')"
    yield Screen("orders-one-to-ship", one)
    yield Screen("orders-one-ship", one, press=(".cd-request [data-opens^=fulfill]",))
    yield Screen("orders-one-acts", one, press=(actions,))
    for act in ("hold", "cancel", "cancel-units"):
        yield Screen(f"orders-one-{act}", one, press=(actions, f"[data-opens={act}]"))
    line = waiting.lines.first() if waiting is not None else None
    if waiting is not None and line is not None:
        asked = {f"units-{line.pk}": "1", "restock": "yes"}
        yield Screen("orders-cancel-units", _address("orders-cancel-units", waiting, **asked))
    yield Screen("orders-act", _address("orders-act", organization.order_acts.first()))
    if split is not None:
        yield Screen("search-found", _address("search", q="buyer"))


def _records(integration: hub.Integration) -> Iterator[Screen]:
    organization = integration.organization
    active = hub.ExceptionCase.objects.filter(organization=organization, status="active")
    rows: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("requests-one", hub.ShippingRequest.objects.filter(order__organization=organization)),
        ("fulfillments-one", hub.Fulfillment.objects.filter(order__organization=organization)),
        ("products-one", hub.Product.objects.filter(organization=organization, kind="parent")),
        ("inventory-one", hub.InventoryRecord.objects.filter(organization=organization, committed__gt=0)),
        ("inventory-sheet", hub.StockSheet.objects.filter(organization=organization)),
        ("locations-one", hub.Location.objects.filter(organization=organization, is_default=True)),
        ("events-one", hub.Event.objects.filter(organization=organization, entity="orders")),
        ("exceptions-one", active),
        ("rules-one", hub.OrderRule.objects.filter(organization=organization)),
        ("cards-one", hub.RoutingCard.objects.filter(organization=organization)),
        ("mappings-one", integration.mapping_rules.all()),
        ("settings-webhooks-one", hub.Webhook.objects.filter(organization=organization)),
        ("settings-webhooks-edit", hub.Webhook.objects.filter(organization=organization)),
        ("settings-notifications-edit", hub.NotificationRule.objects.filter(organization=organization)),
        ("runs-one", hub.Run.objects.filter(flow__integration=integration, remote_calls__gt=1)),
        ("runs-import", hub.Import.objects.filter(flow__integration=integration)),
    )
    for name, found in rows:
        yield Screen(name, _address(name, found.order_by("-pk").first()))
    sold = hub.Product.objects.filter(organization=organization).exclude(kind="parent")
    product = _address("products-one", sold.order_by("pk").first())
    yield Screen("products-one-sold", product)
    yield Screen("products-one-channel", product, press=("[data-opens^=channel]",))
    yield Screen("products-one-bundle", product, press=("[data-opens=bundle]",))
    if (case := active.order_by("-pk").first()) is not None:
        yield Screen("exceptions-cause", _address("exceptions", code=case.code))
        yield Screen("exceptions-dismiss", _address("exceptions-one", case), press=("[data-opens=dismiss]",))


def _stock(integration: hub.Integration) -> Iterator[Screen]:
    organization = integration.organization
    pushed = hub.Link.objects.filter(integration=integration, entity="products", sent__quantity__isnull=False)
    told = dict(pushed.values_list("record_id", "sent__quantity"))
    sent = {one.sku: told[one.pk] for one in hub.Product.objects.filter(pk__in=told)}
    shown = {sku: figure.quantity for sku, figure in channel_figures(integration, sent).items()}
    kept = hub.InventoryRecord.objects.filter(organization=organization, committed__gt=0, state="tracked")
    equal = [sku for sku, quantity in shown.items() if quantity == sent[sku] and sku.isascii()]
    record = kept.filter(sku__in=equal).order_by("-committed").first() or kept.order_by("-committed").first()
    if record is None:
        return
    for name in ("inventory-sku", "inventory-why", "inventory-count", "inventory-figure"):
        more = {"inventory-count": {"location": record.location.key}}
        more["inventory-figure"] = {**more["inventory-count"], "figure": "future"}
        yield Screen(name, _address(name, sku=record.sku, **more.get(name, {})))
    one, change = _address("inventory-sku", sku=record.sku), "summary:has-text('Change stock')"
    yield Screen("inventory-acts", one, press=(change,))
    for act in ("receive", "write-off"):
        yield Screen(f"inventory-{act}", one, press=(change, f"[data-opens={act}]"))
    yield Screen("inventory-edit", _address("inventory"), press=(".cd-edit",), awaits="form.cd-count")


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
