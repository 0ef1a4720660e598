"""Finding one record by whatever a person has at hand: its id, its number, its SKU."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.models import (
    ApiKey,
    Delivery,
    ExceptionCase,
    Fulfillment,
    Integration,
    Location,
    MappingRule,
    Order,
    OrderRule,
    Organization,
    Product,
    RoutingCard,
    Run,
    ShippingRequest,
    Webhook,
)

M = TypeVar("M", bound=Model)


class NotFoundError(Exception):
    """There is no such record in this organization."""


class AmbiguousError(Exception):
    """More than one record answers to what was given; the message lists their ids."""


def find_order(organization: Organization, text: str) -> Order:
    """Return the order with this id, number or API id. Raises `NotFoundError` or `AmbiguousError`."""
    query = Order.objects.filter(organization=organization).select_related("organization", "integration")
    return _only(
        "order", text, query.prefetch_related("lines"), Q(ext_order_id=text) | Q(ext_order_api_id=text)
    )


def find_product(organization: Organization, text: str) -> Product:
    """Return the product or variant with this id or SKU."""
    query = Product.objects.filter(organization=organization).select_related("organization", "owner")
    return _only("product", text, query, Q(sku=text))


def find_request(organization: Organization, text: str) -> ShippingRequest:
    """Return the shipping request with this id or external id."""
    query = ShippingRequest.objects.filter(organization=organization)
    related = query.select_related("organization", "order", "location")
    return _only("shipping request", text, related, Q(ext_shipment_id=text))


def find_fulfillment(organization: Organization, text: str) -> Fulfillment:
    """Return the fulfillment with this id, external id or tracking number."""
    query = Fulfillment.objects.filter(organization=organization).select_related("organization", "order")
    return _only("fulfillment", text, query, Q(ext_fulfillment_id=text) | Q(tracking_number=text))


def find_integration(organization: Organization, text: str) -> Integration:
    """Return the integration with this id, account id or name, or the only one of this connector.

    A removed one is found by its id only; an id, account or name goes before the connector.
    """
    query = Integration.objects.filter(organization=organization).select_related("organization")
    living = ~Q(state=Integration.State.REMOVED)
    named = living & ((Q(account_id=text) & ~Q(account_id="")) | Q(name=text))
    if not query.filter(named).exists():
        named = living & Q(connector=text)
    return _only("integration", text, query.prefetch_related("flows"), named)


def find_location(organization: Organization, text: str) -> Location:
    """Return the location with this id or name."""
    query = Location.objects.filter(organization=organization).select_related("organization")
    return _only("location", text, query, Q(name=text))


def find_card(organization: Organization, text: str) -> RoutingCard:
    """Return the routing card with this id or name."""
    query = RoutingCard.objects.filter(organization=organization).select_related("organization")
    return _only("routing card", text, query.prefetch_related("places__location"), Q(name=text))


def find_api_key(organization: Organization, text: str) -> ApiKey:
    """Return the live key with this id or name."""
    query = ApiKey.objects.filter(organization=organization).select_related("organization")
    return _only("API key", text, query, Q(name=text, revoked_at=None))


def find_webhook(organization: Organization, text: str) -> Webhook:
    """Return the webhook with this id or name."""
    query = Webhook.objects.filter(organization=organization).select_related("organization")
    return _only("webhook", text, query, Q(name=text))


def find_run(organization: Organization, text: str) -> Run:
    """Return the run with this id."""
    query = Run.objects.filter(flow__integration__organization=organization)
    return _only("run", text, query.select_related("flow__integration"), Q(pk__in=()))


def find_delivery(organization: Organization, text: str) -> Delivery:
    """Return the delivery with this id or name."""
    query = Delivery.objects.filter(integration__organization=organization)
    return _only("delivery", text, query.select_related("integration"), Q(name=text))


def find_exception(organization: Organization, text: str) -> ExceptionCase:
    """Return the exception with this id."""
    query = ExceptionCase.objects.filter(organization=organization).select_related("integration")
    return _only("exception", text, query, Q(pk__in=()))


def find_rule(organization: Organization, text: str) -> OrderRule:
    """Return the rule with this id or name."""
    query = OrderRule.objects.filter(organization=organization).select_related("organization", "integration")
    return _only("rule", text, query, Q(name__iexact=text))


def find_mapping(integration: Integration, text: str) -> MappingRule:
    """Return the integration's own mapping with this id or target."""
    query = MappingRule.objects.filter(integration=integration).select_related("integration")
    return _only("mapping", text, query, Q(target=text))


def _only(noun: str, text: str, query: QuerySet[M], names: Q) -> M:
    """Return the one row called `text`; its id goes before any other name."""
    number = row_number(text)
    if number is not None:
        row = query.filter(pk=number).first()
        if row is not None:
            return row
    rows = list(query.filter(names).order_by("pk")[:5]) if text else []
    if not rows:
        raise NotFoundError(f"There is no {noun} {text!r}. `crossdock {PLACES[noun]}` shows those there are.")
    if len(rows) > 1:
        ids = ", ".join(f"{row.pk:016x}" for row in rows)
        raise AmbiguousError(f"More than one {noun} is called {text!r}: name it by its id ({ids}).")
    return rows[0]


PLACES = {
    "order": "orders list",
    "product": "products list",
    "shipping request": "requests list",
    "fulfillment": "fulfillments list",
    "integration": "integrations list",
    "location": "locations list",
    "routing card": "routing list",
    "API key": "keys list",
    "webhook": "webhooks list",
    "run": "runs list",
    "rule": "rules list",
    "mapping": "mappings list",
    "delivery": "deliveries list",
    "exception": "exceptions list",
}
