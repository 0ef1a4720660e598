"""One box that finds anything: an order by its number or buyer, a SKU, a parcel, a place, a connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from crossdock.hub.listing.name_words import among, named
from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.models import (
    Fulfillment,
    Integration,
    InventoryRecord,
    Location,
    Order,
    Organization,
    Product,
    ShippingRequest,
)

M = TypeVar("M", bound=Model)
MOST = 6
SHORTEST_PREFIX = 3


@dataclass(frozen=True)
class Hits:
    """What a search found, at most `MOST` of each kind. `skus` are those with stock but without a product."""

    orders: list[Order] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    skus: list[str] = field(default_factory=list)
    requests: list[ShippingRequest] = field(default_factory=list)
    parcels: list[Fulfillment] = field(default_factory=list)
    integrations: list[Integration] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many were found in all."""
        return sum(len(found) for found in vars(self).values())


def search(organization: Organization, text: str) -> Hits:
    """Find records of an organization by what people have at hand, in any case of letters.

    Whole order numbers, shipping request numbers and ids; the beginning of an e-mail address, SKU or tracking
    number (`SHORTEST_PREFIX` characters or more; shorter ones must be whole); the beginnings of words of a
    product's name; part of the name of an integration or location.
    Every question is answered from an index, so it answers at once however many records there are.
    """
    text = text.strip()
    if not text:
        return Hits()
    match = "istartswith" if len(text) >= SHORTEST_PREFIX else "iexact"
    products = _products(organization, text, match)
    records = InventoryRecord.objects.filter(organization=organization, sku=text)
    known = {product.sku for product in products}
    return Hits(
        orders=_orders(organization, text),
        products=products,
        skus=sorted({record.sku for record in records[:MOST]} - known),
        requests=_first(
            ShippingRequest.objects.filter(organization=organization, ext_shipment_id=text)
            .select_related("order", "location")
        ),
        parcels=_first(
            Fulfillment.objects.filter(organization=organization, **{f"tracking_number__{match}": text})
            .select_related("order")
        ),
        integrations=_first(
            Integration.objects.filter(organization=organization, name__icontains=text)
            .exclude(state=Integration.State.REMOVED)
        ),
        locations=_first(Location.objects.filter(organization=organization, name__icontains=text)),
    )  # fmt: skip


def _orders(organization: Organization, text: str) -> list[Order]:
    """Orders by number, else by the beginning of the buyer's address: one index each, never both in one query."""
    query = Order.objects.filter(organization=organization).select_related("integration")
    number = row_number(text)
    exact = Q(ext_order_id=text) | Q(ext_order_id=text.lstrip("#"))
    found = _first(query.filter(exact if number is None else exact | Q(pk=number)))
    if found or len(text) < SHORTEST_PREFIX:
        return found
    return _first(query.filter(email__istartswith=text), "-ext_order_created_at")


def _products(organization: Organization, text: str, match: str) -> list[Product]:
    """Products by SKU first, then by the words of their names: one index each, never both in one query."""
    query = Product.objects.filter(organization=organization)
    found = _first(query.filter(**{f"sku__{match}": text}), "sku")
    by_name = named("name", text) if len(text) >= SHORTEST_PREFIX else None
    if by_name is None or len(found) == MOST:
        return found
    known = {product.pk for product in found}
    more = [
        product for product in _first(query.filter(among([query.filter(by_name)]))) if product.pk not in known
    ]
    return [*found, *more][:MOST]


def _first(query: QuerySet[M], *order: str) -> list[M]:
    return list(_ordered(query, order)[:MOST])


def _ordered(query: QuerySet[M], order: Iterable[str]) -> QuerySet[M]:
    return query.order_by(*order, "-pk")
