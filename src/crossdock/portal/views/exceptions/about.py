"""What exceptions are about, and where that is looked at: a few queries for any number of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from crossdock.hub.models import (
    ExceptionCase,
    InventoryRecord,
    Link,
    NotificationRule,
    Order,
    Organization,
    Product,
    ShippingRequest,
    Webhook,
    pk_of,
    public_key,
)
from crossdock.portal.views.exceptions.remedies import Place
from crossdock.portal.words.flows import noun


@dataclass(frozen=True)
class About:
    """What an exception is about: its name, its page (empty for what has none), the `order` or `product` behind it."""

    label: str
    address: str = ""
    order: Order | None = None
    sku: str = ""
    product: Product | None = None


def page(name: str, *arguments: object) -> str:
    """Return the address of a page of the portal; empty where this portal has no such page."""
    try:
        return reverse(f"portal:{name}", args=arguments)
    except NoReverseMatch:
        return ""


_NAMED: dict[str, tuple[type[Webhook] | type[NotificationRule], str]] = {
    "webhooks": (Webhook, "Webhook"),
    "notifications": (NotificationRule, "Notification"),
}
"""What has a name of its own, by which it is called here: few of each, all read together."""

_SINGULAR = {
    "orders": "Order", "products": "Product", "shipments": "Shipping request", "fulfillments": "Shipment of order",
}  # fmt: skip
"""What is called by its number in the store, because it is not here."""


class Subjects:
    """The records that some exceptions of one organization are about, looked up together."""

    def __init__(self, organization: Organization, cases: Iterable[ExceptionCase]) -> None:
        self._cases = list(cases)
        self._organization = organization
        self._orders = self._find_orders()
        self._order_ids = {order.pk: order for order in self._orders}
        self._order_keys = {(order.integration_id, order.ext_order_api_id): order for order in self._orders}
        self._products = self._find_products()
        skus = [
            case.subject.partition(":")[2] for case in self._cases if case.subject.startswith("inventory:")
        ]
        records = InventoryRecord.objects.filter(organization=organization, sku__in=skus) if skus else ()
        self._records: dict[str, list[InventoryRecord]] = {}
        for record in records:
            self._records.setdefault(record.sku, []).append(record)
        keys = [key for key in map(_request_key, self._cases) if key is not None]
        found = ShippingRequest.objects.filter(organization=organization, pk__in=keys).select_related("order")
        self._requests = {one.pk: one for one in found} if keys else {}
        self._names = {kind: self._named(kind) for kind in _NAMED}

    def of(self, case: ExceptionCase) -> About:
        """Return what `case` is about."""
        kind, _, key = case.subject.partition(":")
        order = self._order(case)
        if order is not None:
            return About(f"Order {order.ext_order_id}", page("orders-one", order.key), order)
        request = self._requests.get(_request_key(case) or 0)
        if request is not None:
            label = f"Shipping request {request.ext_shipment_id}"
            return About(label, page("requests-one", request.key), request.order)
        if kind == "inventory":
            return self._stock(key)
        product = self._products.get((case.integration_id, key)) or self._products.get((None, key))
        product = product or self._products.get((None, str(case.record_id)))
        if kind == "products" and product is not None:
            return About(
                product.sku or product.name, page("products-one", product.key), None, product.sku, product
            )
        return self._other(case, kind, key)

    def _named(self, kind: str) -> dict[str, str]:
        """The names of webhooks or notifications that some cases are about, by their keys."""
        if not any(case.subject.startswith(f"{kind}:") for case in self._cases):
            return {}
        rows = _NAMED[kind][0]._default_manager.filter(  # noqa: SLF001 - Django's public name for it
            organization=self._organization
        )
        return {public_key(pk): name for pk, name in rows.values_list("pk", "name")}

    def _other(self, case: ExceptionCase, kind: str, key: str) -> About:
        if kind in _NAMED:
            return About(f"{_NAMED[kind][1]} {self._names[kind].get(key, key)}".strip())
        name = case.integration.name if case.integration is not None else ""
        if kind in ("flow", "integration") and case.integration_id is not None:
            label = (
                f"{case.flow.direction.capitalize()} {noun(case.flow.entity)}"
                if case.flow is not None
                else name
            )
            return About(label, page("integrations-one", case.integration.key if case.integration else ""))
        if kind == "import":
            return About(f"Import of {noun(case.entity)}", page("runs-import", key))
        if case.entity == "locations":
            return About("Locations", page("locations"))
        if kind in ("deliveries", "errand"):
            return About(key.rpartition(":")[2], page("runs"))
        return About(f"{_SINGULAR.get(kind, kind.capitalize())} {key}".strip())

    def _stock(self, sku: str) -> About:
        records = self._records.get(sku, [])
        if len(records) == 1:
            return About(sku, page("inventory-one", records[0].key), sku=sku)
        return About(sku, f"{page('inventory')}?{urlencode({'q': sku})}", sku=sku)

    def _order(self, case: ExceptionCase) -> Order | None:
        if case.entity in ("orders", "fulfillments") and case.record_id in self._order_ids:
            return self._order_ids[case.record_id]
        kind, _, key = case.subject.partition(":")
        return (
            self._order_keys.get((case.integration_id or 0, key))
            if kind in ("orders", "fulfillments")
            else None
        )

    def _find_orders(self) -> Sequence[Order]:
        ids = {
            case.record_id
            for case in self._cases
            if case.entity in ("orders", "fulfillments") and case.record_id
        }
        named = {
            (case.integration_id, case.subject.partition(":")[2])
            for case in self._cases
            if case.subject.startswith(("orders:", "fulfillments:"))
        }
        if not ids and not named:
            return []
        mine = Order.objects.filter(organization=self._organization)
        by_id = list(mine.filter(pk__in=ids)) if ids else []
        # By their links, which are indexed by the store's ids.
        links = Link.objects.filter(
            entity="orders",
            integration_id__in={one for one, _ in named},
            remote_id__in={key for _, key in named},
        )
        linked = list(links.values_list("record_id", flat=True)) if named else []
        return [*by_id, *mine.filter(pk__in=[pk for pk in linked if pk not in ids])]

    def _find_products(self) -> dict[tuple[int | None, str], Product]:
        cases = [case for case in self._cases if case.subject.startswith("products:")]
        if not cases:
            return {}
        keys = {case.subject.partition(":")[2] for case in cases}
        links = Link.objects.filter(
            entity="products", integration_id__in={case.integration_id for case in cases}, remote_id__in=keys
        )
        linked = {(link.integration_id, link.remote_id): link.record_id for link in links}
        ids = {case.record_id for case in cases if case.record_id} | set(linked.values())
        products = Product.objects.filter(organization=self._organization, pk__in=ids).in_bulk()
        found: dict[tuple[int | None, str], Product] = {
            key: products[pk] for key, pk in linked.items() if pk in products
        }
        found |= {(None, str(pk)): product for pk, product in products.items()}
        return found | {(None, product.key): product for product in products.values()}


def _request_key(case: ExceptionCase) -> int | None:
    kind, _, key = case.subject.partition(":")
    if kind != "shipments":
        return None
    try:
        return pk_of(key)
    except ValueError:
        return None


def place_of(place: Place, case: ExceptionCase, about: About) -> str:
    """Return the address where something is mended; empty where there is nothing to open."""
    integration = case.integration.key if case.integration is not None else ""
    connection = page("integrations-one", integration) if integration else page("integrations")
    order = about.order
    match place:
        case Place.RECORD:
            return about.address
        case Place.EDIT:
            return page("products-edit", about.product.key) if about.product is not None else ""
        case Place.ORDER:
            return page("orders-one", order.key) if order is not None else ""
        case Place.REQUESTS:
            return _asking("requests", q=order.ext_order_id) if order is not None else ""
        case Place.STOCK:
            return _stock_of(about)
        case Place.CONNECTION:
            return connection
        case Place.SETTINGS:
            return (page("integrations-settings", integration) if integration else "") or connection
        case Place.MAPPINGS:
            return (page("integrations-mappings", integration) if integration else "") or connection
        case Place.RUNS:
            return _asking("runs", entity=case.flow.entity) if case.flow is not None else page("runs")
    return _FIXED[place]()


_FIXED: dict[Place, Callable[[], str]] = {
    Place.LOCATIONS: lambda: page("locations"),
    Place.WEBHOOKS: lambda: page("settings-webhooks") or page("settings"),
    Place.NOTIFICATIONS: lambda: page("settings-notifications") or page("settings"),
}


def _asking(name: str, **query: str) -> str:
    return f"{page(name)}?{urlencode(query)}"


def _stock_of(about: About) -> str:
    if about.sku:
        return (
            about.address
            if "/inventory" in about.address
            else f"{page('inventory')}?{urlencode({'q': about.sku})}"
        )
    return page("inventory")
