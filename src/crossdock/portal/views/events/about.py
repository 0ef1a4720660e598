"""What events are about, and where that is looked at: one query for each kind of record on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model

from crossdock.hub.models import (
    Event,
    ExceptionCase,
    Fulfillment,
    InventoryRecord,
    Location,
    Order,
    Organization,
    Product,
    ShippingRequest,
    public_key,
)
from crossdock.portal.views.exceptions.about import page
from crossdock.portal.words.statuses import spaced


@dataclass(frozen=True)
class Record:
    """A record that an event is about: what kind it is, its name, and its page (empty for what has none)."""

    kind: str
    label: str
    address: str = ""


KINDS = {
    "orders": "Order", "shippingRequests": "Shipping request", "fulfillments": "Fulfillment", "products": "Product",
    "inventory": "Stock", "locations": "Location", "exceptions": "Exception",
}  # fmt: skip

_NAMED: dict[str, tuple[type[Model], str, str]] = {
    "orders": (Order, "ext_order_id", "orders-one"),
    "shippingRequests": (ShippingRequest, "ext_shipment_id", "requests-one"),
    "fulfillments": (Fulfillment, "ext_fulfillment_id", "fulfillments-one"),
    "locations": (Location, "name", "locations-one"),
}
"""Records with a name of their own: where it stands, and the page that shows one."""


def entity_of(event: Event) -> str:
    """Return what an event is an event of; what was told to a channel about stock is kept by its product."""
    return "products" if (event.entity, event.operation) == ("inventory", "pushed") else event.entity


def records_of(organization: Organization, events: Iterable[Event]) -> dict[int, Record]:
    """Return what each event is about, by the event's row number."""
    events = list(events)
    wanted: dict[str, set[int]] = {}
    for event in events:
        wanted.setdefault(entity_of(event), set()).add(event.record_id)
    names = {entity: _names(organization, entity, ids) for entity, ids in wanted.items()}
    return {event.pk: _record(event, names[entity_of(event)]) for event in events}


def _record(event: Event, names: dict[int, tuple[str, str]]) -> Record:
    kind = KINDS.get(event.entity, spaced(event.entity))
    label, where = names.get(event.record_id, ("", ""))
    if not label:
        return Record(kind, f"{public_key(event.record_id)} (gone)" if event.entity in KINDS else "")
    return Record(kind, label, page(where, public_key(event.record_id)))


def _names(organization: Organization, entity: str, ids: set[int]) -> dict[int, tuple[str, str]]:
    """The names of some records of one kind, and the page that shows one."""
    if entity in _NAMED:
        model, column, where = _NAMED[entity]
        rows = model._default_manager.filter(  # noqa: SLF001 - Django's public name for it
            organization=organization, pk__in=ids
        )
        return {pk: (str(name), where) for pk, name in rows.values_list("pk", column)}
    match entity:
        case "products":
            found = Product.objects.filter(organization=organization, pk__in=ids)
            return {one.pk: (one.sku or one.name, "products-one") for one in found}
        case "inventory":
            stock = InventoryRecord.objects.filter(organization=organization, pk__in=ids).select_related(
                "location"
            )
            return {one.pk: (f"{one.sku} at {one.location.name}", "inventory-one") for one in stock}
        case "exceptions":
            cases = ExceptionCase.objects.filter(organization=organization, pk__in=ids)
            return {one.pk: (spaced(one.code), "exceptions-one") for one in cases}
    return {}
