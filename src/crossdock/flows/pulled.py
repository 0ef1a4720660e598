"""How each entity of a store meets the hub: what `pull.py` needs to know of orders and of products; and the locations.

From here on it is the hub's: orders go on in `hub/orders/intake.py`, products in `hub/products.py`. What warehouses
deliver meets the hub in `delivered.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from crossdock.canon import Location, Order, Product
from crossdock.flows.beginning import began_before
from crossdock.flows.context import RunContext
from crossdock.flows.pull import Pulled, as_translated
from crossdock.hub.intake import (
    Incoming,
    KnownLink,
    Origin,
    Tally,
    canonical_json,
    document_hash,
    known_links,
)
from crossdock.hub.mappings.book import active_rules
from crossdock.hub.mappings.own import applied
from crossdock.hub.marks import leave_marks, mark_flows, settle_marks
from crossdock.hub.models import Flow, Link
from crossdock.hub.models import Product as StoredProduct
from crossdock.hub.orders.changes import delete_order
from crossdock.hub.orders.intake import ingest_orders
from crossdock.hub.places.locations import ingest_locations
from crossdock.hub.products import delete_products, ingest_products
from crossdock.hub.waking import wake_routing


def pulled_orders(ctx: RunContext) -> Pulled[Order]:
    """Orders created since the flow was enabled, or all of them in a back-fill."""

    def admit(order: Order) -> bool:
        return ctx.backfill is not None or began_before(ctx.flow, order.ext_order_created_at)

    def after(tally: Tally) -> None:
        if tally.touched:
            wake_routing(ctx.integration.organization_id)

    return Pulled(
        "orders", ctx.store.orders, ingest_orders, _delete_orders, admit, after, lambda: _mapped(ctx)
    )


def _mapped(ctx: RunContext) -> Callable[[Incoming[Order]], Incoming[Order]]:
    """Return what applies the rules that the integration has at this moment."""
    rules = active_rules(ctx.integration.pk, "orders")
    return (lambda item: applied(rules, item)) if rules else as_translated


def _delete_orders(origin: Origin, deletions: Iterable[tuple[str, datetime | None]]) -> int:
    rows = dict(deletions)
    known = known_links(origin.integration, "orders", list(rows))
    return sum(delete_order(origin, link, rows[remote_id]) for remote_id, link in known.items())


def pulled_products(ctx: RunContext) -> Pulled[Product]:
    """The whole catalogue, then its changes; a location met in a stock figure is looked up."""

    def ingest(
        origin: Origin, incoming: Sequence[Incoming[Product]], known: Mapping[str, KnownLink]
    ) -> Tally:
        records = [item.record for item in incoming]
        _remember_locations(ctx, records)
        _mark_drifted(ctx, records)
        return ingest_products(origin, incoming, known)

    return Pulled("products", ctx.store.products, ingest, delete_products, lambda _: True, lambda _: None)


def _mark_drifted(ctx: RunContext, products: Sequence[Product]) -> None:
    """Have the stock push look at every unit whose figure is not what was last left there.

    Somebody may have changed it by hand in the store. A sale shows here, too; looking costs little.
    """
    figures = {
        unit.ext_product_id: unit.stock.quantity
        for product in products
        for unit in (product, *product.variants)
        if unit.stock.quantity is not None
    }
    links = Link.objects.filter(
        integration=ctx.integration, entity="products", remote_id__in=figures, known__isnull=False
    )
    drifted = [
        link.record_id for link in links if (link.known or {}).get("quantity") != figures[link.remote_id]
    ]
    skus = StoredProduct.objects.filter(pk__in=drifted).exclude(sku="").values_list("sku", flat=True)
    mark_flows(
        ctx.integration.organization_id, "inventory", "push", list(skus), "the store shows another figure"
    )


def _remember_locations(ctx: RunContext, products: Sequence[Product]) -> None:
    met = {
        location
        for product in products
        for unit in (product, *product.variants)
        for location in unit.stock.by_location or {}
    }
    flow = Flow.objects.filter(integration=ctx.integration, entity="locations", direction="pull").first()
    if flow is None or not met - set(flow.progress.get("seen", [])):
        return
    flow.progress = {**flow.progress, "seen": sorted(met | set(flow.progress.get("seen", [])))}
    flow.save(update_fields=["progress"])
    leave_marks(flow, ["seen"], "a stock figure names a location")


def pull_locations(ctx: RunContext) -> None:
    """Read the locations, which are few, as a whole."""
    taken = ctx.taken()
    seen = frozenset(ctx.flow.progress.get("seen", []))
    translated = ctx.store.locations(seen)
    ctx.least_calls += 1
    incoming: list[Incoming[Location]] = []
    for item in translated:
        canonical = canonical_json(item.record)
        incoming.append(
            Incoming(
                remote_id=item.record.ext_location_id,
                updated_at=None,
                document=canonical,
                hash=document_hash(canonical),
                record=item.record,
                canonical=canonical,
            )
        )
    if ctx.dry_run:
        known = known_links(ctx.integration, "locations", [item.remote_id for item in incoming])
        ctx.tally.add(Tally(read=len(incoming), created=len(incoming) - len(known)))
        return
    with transaction.atomic():
        ctx.tally.add(ingest_locations(ctx.origin, incoming))
        ctx.tally.read += len(incoming)
        settle_marks(ctx.flow, taken)
        wake_routing(ctx.integration.organization_id)
    ctx.progress(len(incoming), len(incoming))
