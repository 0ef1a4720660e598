"""Saying what a bundle consists of, and letting what orders keep committed follow.

What a shipping request was made with stays as it was: it says what a warehouse was told to take off the shelf.
Only what orders keep by themselves, until they are routed, follows the new parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from crossdock.hub.events import record_event
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import BundleItem, Order, Organization, Product
from crossdock.hub.orders.retries import retry_skus
from crossdock.hub.queueing import queue_once
from crossdock.hub.stock.bundles import BundleError, bundle_parts, bundles_of, check_items
from crossdock.hub.stock.inventory import known_skus
from crossdock.hub.stock.ledger import Cause, settle
from crossdock.hub.stock.ledger_sql import HOLD_BUNDLES

SETTLE_BUNDLE = "crossdock.bundles.settle"
BATCH = 500
HOLD_TIMEOUT, PATIENCE = "200ms", 100
"""How long to wait for the definitions at a time, in which nobody can settle an order, and how often."""


@dataclass(frozen=True)
class BundleChange:
    """What a bundle consisted of and consists of; `unknown` are parts that nothing here knows yet."""

    product: Product
    before: Mapping[str, int]
    after: Mapping[str, int]
    unknown: tuple[str, ...] = ()


def set_bundle_items(
    organization: Organization, sku: str, items: Mapping[str, object], *, author: str, reason: str = ""
) -> BundleChange:
    """Make the product `sku` a bundle of `items` (units by SKU); none make it a plain product again.

    A part may be unknown so far: then the bundle's figure is unknown, too, until somebody counts the part.
    Call it outside of a transaction: the definition is one, and open orders follow in batches of their own,
    by a job should this process die in between. Raises `BundleError`.
    """
    sku = sku.strip()
    with transaction.atomic():
        _hold_bundles(organization.pk)
        product = Product.objects.filter(organization=organization, sku=sku).first() if sku else None
        if product is None:
            raise BundleError("sku", f"no product has the SKU {sku!r}; store the product first")
        after = check_items(sku, items)
        _refuse_nesting(organization.pk, sku, after)
        before = {
            str(part["sku"]): int(part["quantity"])
            for part in bundle_parts(organization.pk, [sku]).get(sku, [])
        }
        unknown = tuple(sorted(set(after) - known_skus(organization.pk, list(after))))
        change = BundleChange(product, before, after, unknown)
        if before == after:
            return change
        _store(change, author, reason)
        _queue(product)
        retry_skus(organization.pk, [product.sku])
    settle_bundle(product, author=author)
    return change


def settle_bundle(product: Product, *, author: str) -> int:
    """Let what open orders keep of a bundle follow its parts as they are now; returns how many were looked at.

    Level-triggered and idempotent, batch by batch; what is right already is left alone.
    """
    orders = Order.objects.filter(
        organization_id=product.organization_id, standing="open", deleted_at=None, lines__sku=product.sku
    )
    ids = list(orders.order_by("pk").values_list("pk", flat=True).distinct()) if product.sku else []
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            settle(ids[start : start + BATCH], Cause(author, f"what {product.sku} consists of was changed"))
    return len(ids)


def _hold_bundles(organization_id: int) -> None:
    """Wait until no order is being settled, and keep the others waiting until this transaction ends.

    Never for long at a time: whoever settles may have to wait for an order of somebody who waits behind us.
    """
    for _ in range(PATIENCE):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [HOLD_TIMEOUT])
                cursor.execute(HOLD_BUNDLES, [organization_id])
                cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
        else:
            return
    raise BundleError("bundleItems", "orders are being taken in without a pause; try again in a while")


def _refuse_nesting(organization_id: int, sku: str, items: Mapping[str, int]) -> None:
    nested = sorted(bundle_parts(organization_id, items))
    if nested:
        raise BundleError("bundleItems", f"{nested[0]} is a bundle itself; name its parts instead")
    if items:
        holders = sorted(bundles_of(organization_id, [sku]))
        if holders:
            raise BundleError("sku", f"{sku} is a part of {holders[0]}; a part cannot be a bundle itself")


def _store(change: BundleChange, author: str, reason: str) -> None:
    product = change.product
    BundleItem.objects.filter(bundle=product).delete()
    BundleItem.objects.bulk_create(
        BundleItem(bundle=product, sku=sku, quantity=quantity, updated_by=author[:80])
        for sku, quantity in change.after.items()
    )
    record_event(
        product.organization_id, "products", product.pk, "bundleChanged", author=author, reason=reason,
        before={"bundleItems": dict(change.before)}, after={"bundleItems": dict(change.after)},
    )  # fmt: skip
    mark_flows(
        product.organization_id,
        "inventory",
        "push",
        [product.sku],
        f"what {product.sku} consists of was changed",
    )


def _queue(product: Product) -> None:
    """Have a worker settle the bundle's orders, should this process not live to do it."""
    name = f"bundle:{product.pk}"
    queue_once(SETTLE_BUNDLE, name, lock=name, product_id=product.pk)
