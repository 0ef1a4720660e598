"""Taking a store's own figures as the first count of SKUs that nobody has counted here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from crossdock.connectors import connector_for
from crossdock.connectors.contract import StockReading
from crossdock.flows.gate import RequestGate
from crossdock.flows.observer import Observer, Silent
from crossdock.flows.opening import as_store, calls_per_minute, opened
from crossdock.flows.push_inventory import listings_of
from crossdock.hub.models import Integration, InventoryRecord, Link, Product
from crossdock.hub.stock.inventory import adopt_on_hand, set_state


def adopt_stock(
    integration: Integration,
    skus: Sequence[str] | None = None,
    *,
    author: str,
    observer: Observer | None = None,
) -> int:
    """Count every uncounted SKU of `integration` (or those of `skus`) as the store counts it; returns how many.

    The store's figure is what is left after the orders it has taken; what the hub holds committed for
    them is added, also for those that are imported later. SKUs that have been counted or locked here are left alone.
    """
    watcher = observer or Silent()
    wanted = _uncounted(integration, skus)
    listings = {listing.sku: listing for listing in listings_of(integration.pk, wanted)}
    connector = connector_for(integration.connector)
    with (
        RequestGate(integration.pk, calls_per_minute(integration, connector)) as gate,
        opened(integration, gate) as session,
    ):
        store = as_store(session, integration)
        at = store.orders.newest_change()  # before the figures are: they include every order up to it
        answers = store.stock.read([listing.remote_id for listing in listings.values()])
    adopted = 0
    for done, (sku, listing) in enumerate(sorted(listings.items()), start=1):
        answer = answers.get(listing.remote_id)
        if isinstance(answer, StockReading):
            adopted += _adopt(integration, sku, answer, at, author)
        watcher.progress("adopt stock", done, len(listings))
    return adopted


def _uncounted(integration: Integration, skus: Sequence[str] | None) -> list[str]:
    links = Link.objects.filter(integration=integration, entity="products", tombstoned_at=None)
    products = Product.objects.filter(pk__in=links.values("record_id")).exclude(sku="")
    if skus is not None:
        products = products.filter(sku__in=list(skus))
    counted = InventoryRecord.objects.filter(organization=integration.organization).filter(
        ~Q(state=InventoryRecord.State.UNKNOWN) | Q(locked=True)
    )
    return list(products.exclude(sku__in=counted.values("sku")).values_list("sku", flat=True))


def _adopt(
    integration: Integration, sku: str, reading: StockReading, at: datetime | None, author: str
) -> int:
    reason = f"first count, taken from {integration.name}"
    with transaction.atomic():
        if reading.stock.state == "unlimited":
            set_state(
                integration.organization, sku, InventoryRecord.State.UNLIMITED, author=author, reason=reason
            )
            return 1
        if reading.stock.state != "tracked" or reading.stock.quantity is None:
            return 0
        adopt_on_hand(
            integration.organization, sku, reading.stock.quantity, at=at, author=author, reason=reason
        )
        return 1
