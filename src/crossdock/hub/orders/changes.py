"""What a change on the selling channel does to an order that is already here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

import msgspec
from django.db.models.functions import Now

from crossdock.canon import Order as CanonOrder
from crossdock.canon import OrderLine as CanonLine
from crossdock.hub.events import record_event
from crossdock.hub.intake import Incoming, KnownLink, Origin
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import Integration, Link, Order, OrderLine, public_key
from crossdock.hub.orders import lifecycle
from crossdock.hub.orders.places import set_places


def change_order(
    origin: Origin, link: KnownLink, incoming: Incoming[CanonOrder], *, reason: str = "changed on the channel"
) -> Order:
    """Bring an order's channel fields and lines to what the channel now says; write down what differs, and why.

    What is ours (status, routing, counters, requests, stock) follows through `lifecycle.apply_standings`,
    which the caller calls once for all orders it changed, in the same transaction.
    """
    order = Order.objects.select_for_update().get(pk=link.record_id)
    before = msgspec.json.decode(msgspec.json.encode(order.canonical))
    after = msgspec.json.decode(incoming.canonical)
    lines_differ = before.get("lineItems") != after.get("lineItems")
    _write_columns(order, incoming.record, after)
    if lines_differ:
        _write_lines(order, incoming.record, _line_ids(before))
    if before.get("extLocationId") != after.get("extLocationId"):
        set_places([order.pk])
    was, now = _differences(before, after)
    record_event(
        order.organization_id,
        "orders",
        order.pk,
        "restored" if link.tombstoned else "updated",
        author=origin.author,
        run=origin.run,
        before=was,
        after=now,
        reason=reason if not link.tombstoned else "back on the channel after a deletion",
    )
    return order


def delete_order(origin: Origin, link: KnownLink, at: datetime | None) -> bool:
    """Mark an order as deleted on the channel and call off what has not shipped; keeps everything.

    Returns False where it was known already. In the caller's transaction.
    """
    if link.tombstoned:
        return False
    order = Order.objects.select_for_update().get(pk=link.record_id)
    Link.objects.filter(pk=link.id).update(tombstoned_at=at or Now())
    order.deleted_at = at or order.ext_order_updated_at
    order.save(update_fields=["deleted_at"])
    record_event(
        order.organization_id,
        "orders",
        order.pk,
        "deleted",
        author=origin.author,
        run=origin.run,
        reason="deleted on the channel",
        after={"deletedAt": order.deleted_at.isoformat()},
    )
    lifecycle.apply_standing(
        order, author=origin.author, reason="the order was deleted on the channel", run=origin.run
    )
    tell_of_orders(origin.integration, [order.pk])
    return True


def tell_of_orders(integration: Integration, order_ids: Sequence[int]) -> None:
    """Mark orders, by their keys, for every flow that pushes orders on; last in the caller's transaction.

    One small statement where there is no such flow.
    """
    if not order_ids:
        return
    mark_flows(
        integration.organization_id,
        "orders",
        "push",
        lambda: [public_key(pk) for pk in order_ids],
        "the order changed",
    )


def _write_columns(order: Order, record: CanonOrder, canonical: Mapping[str, object]) -> None:
    """Write the channel's own columns, and those only; tags that were given here stay."""
    customer = record.customer
    order.ext_order_id = record.ext_order_id
    order.standing, order.paid = record.standing, record.paid
    order.payment_status, order.fulfillment_status = record.payment_status, record.fulfillment_status
    order.method, order.order_source, order.currency = record.method, record.order_source, record.currency
    order.email = customer.email if customer else ""
    order.customer_name = f"{customer.first_name} {customer.last_name}".strip() if customer else ""
    order.sub_total_price, order.order_discount = record.sub_total_price, record.order_discount
    order.order_tax, order.shipping_price = record.order_tax, record.shipping_price
    order.total_price = record.total_price
    order.ext_order_created_at = record.ext_order_created_at
    order.ext_order_updated_at = record.ext_order_updated_at
    theirs = order.canonical.get("tags") or []
    ours = [tag for tag in order.tags if tag not in theirs and tag not in record.tags]
    order.canonical, order.tags = dict(canonical), [*record.tags, *ours]
    order.deleted_at = None
    order.version += 1
    order.updated_at = Now()
    order.save()


def _line_ids(canonical: Mapping[str, object]) -> set[str]:
    """Return the unique ids of the lines that a canonical order has."""
    lines = canonical.get("lineItems")
    rows = lines if isinstance(lines, list) else []
    return {str(row.get("uniqueId")) for row in rows if isinstance(row, dict)}


def _write_lines(order: Order, record: CanonOrder, before: Set[str]) -> None:
    """Add, change and call off lines, by their unique ids; a line is never removed.

    `before` are the lines the channel had until now: one that was gone and is there again is open as if it
    were new. What was cancelled here stays cancelled when more is ordered; less ordered takes up first what
    was cancelled here, since that is how a cancellation here is repeated on the channel.
    """
    stored = {line.unique_id: line for line in OrderLine.objects.filter(order=order)}
    for position, wanted in enumerate(record.line_items, start=1):
        line = stored.pop(wanted.unique_id, None)
        if line is None:
            OrderLine.objects.create(
                order=order, position=position, **_line_columns(wanted), unique_id=wanted.unique_id
            )
            continue
        struck = still_struck(line, wanted.quantity) if wanted.unique_id in before else 0
        for name, value in _line_columns(wanted).items():
            setattr(line, name, value)
        line.position = position
        line.canceled = line.struck = struck
        line.save()
    for line in stored.values():
        line.canceled = line.struck = max(line.quantity - line.fulfilled, 0)
        line.save(update_fields=["canceled", "struck"])


def still_struck(line: OrderLine, quantity: int) -> int:
    """Return how many units of `line` stay cancelled here when `quantity` are ordered from now on."""
    wanted = max(line.quantity - line.fulfilled - line.struck, 0)
    left = max(quantity - line.fulfilled, 0)
    return min(line.struck, left) if quantity >= line.quantity else min(line.struck, max(left - wanted, 0))


def _line_columns(line: CanonLine) -> dict[str, object]:
    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "item_price": line.item_price,
        "item_discount": line.item_discount,
        "item_tax": line.item_tax,
        "requires_shipping": line.requires_shipping,
        "taxable": line.taxable,
        "ext_product_id": line.ext_product_id,
        "options": [{"name": option.name, "value": option.value} for option in line.options] or None,
    }


def _differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the fields that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
