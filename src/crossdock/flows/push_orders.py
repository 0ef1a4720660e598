"""Pushing orders to a warehouse that wants to know them: open ones, and later changes of those it has."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db.models import Q, QuerySet

from crossdock.canon import Order as CanonOrder
from crossdock.connectors.contract import Change, Entity
from crossdock.connectors.errors import Refused
from crossdock.flows.context import RunContext
from crossdock.flows.handing_over import Entry, Handing, Item, hand_over
from crossdock.hub.events import record_event
from crossdock.hub.intake import canonical_json, document_hash
from crossdock.hub.models import Integration, Link, Order, pk_of

ENTITY = Entity.ORDERS.value


def push_orders(ctx: RunContext) -> None:
    """Hand every marked order to the warehouse that is news to it. Raises `Refused` where it takes none."""
    outbox = ctx.warehouse.order_outbox
    if outbox is None:
        raise Refused(f"{ctx.integration.name} takes no orders.", code="unknownFlow")
    hand_over(ctx, Handing(outbox, _desired, _recorded))


def waiting_orders(integration: Integration) -> QuerySet[Order]:
    """Return the orders that `integration` is to know: those that are open, and those it was told of before.

    Not those that came from it.
    """
    told = Link.objects.filter(integration=integration, entity=ENTITY).values("record_id")
    rows = Order.objects.filter(organization_id=integration.organization_id).exclude(integration=integration)
    return rows.filter(Q(standing="open", deleted_at=None) | Q(pk__in=told))


def _desired(ctx: RunContext, keys: Sequence[str]) -> list[Item[CanonOrder]]:
    rows = waiting_orders(ctx.integration).filter(pk__in=[pk_of(key) for key in keys]).order_by("pk")
    orders = list(rows)
    known = {
        link.record_id: bytes(link.fingerprint or b"")
        for link in Link.objects.filter(
            integration=ctx.integration, entity=ENTITY, record_id__in=[order.pk for order in orders]
        )
    }
    items = []
    for order in orders:
        record = _record(order)
        digest = document_hash(canonical_json(record))
        if known.get(order.pk) != digest:
            items.append(_item(order, record, digest, told=order.pk in known))
    return items


def _record(order: Order) -> CanonOrder:
    """Return the order as its channel last gave it; one that was deleted there is called off."""
    record = msgspec.convert(order.canonical, CanonOrder, strict=False)
    return msgspec.structs.replace(record, standing="canceled") if order.deleted_at else record


def _item(order: Order, record: CanonOrder, digest: bytes, *, told: bool) -> Item[CanonOrder]:
    lines = ", ".join(f"{line.quantity} of {line.sku or line.name}" for line in record.line_items)
    change = Change(
        order.ext_order_id, "order", "as it was told" if told else "", f"{record.standing}: {lines}"
    )
    return Item(
        key=order.key, title=f"Order {order.ext_order_id}", record=record, changes=(change,),
        entry={"key": order.key, "fingerprint": digest.hex(), "standing": record.standing},
        record_id=order.pk,
    )  # fmt: skip


def _recorded(ctx: RunContext, entries: Sequence[Entry], key: str) -> None:
    for entry in entries:
        pk = pk_of(str(entry["key"]))
        Link.objects.update_or_create(
            integration=ctx.integration, entity=ENTITY, remote_id=str(entry["key"]),
            defaults={
                "record_id": pk, "fingerprint": bytes.fromhex(str(entry["fingerprint"])),
                "sent": {"key": key, "at": ctx.now.isoformat(), "run": ctx.run.key},
            },
        )  # fmt: skip
        record_event(
            ctx.integration.organization_id, ENTITY, pk, "orderSent", author=ctx.author, run=ctx.run,
            reason=f"handed to {ctx.integration.name}", after={"key": key, "standing": entry["standing"]},
        )  # fmt: skip
