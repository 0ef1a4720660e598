"""Orders that are here already, read anew from their stored documents because the mapping of fields changed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from crossdock.canon import Order as CanonOrder
from crossdock.hub.exceptions import Noticed, renew_noticed
from crossdock.hub.intake import Incoming, KnownLink, Origin
from crossdock.hub.models import Flow, Integration, Order, OrderLine, ShippingRequest
from crossdock.hub.orders.changes import change_order, tell_of_orders
from crossdock.hub.orders.lifecycle import apply_standings
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.hub.waking import wake_routing

REASON = "the mapping of fields changed"


def untouched_orders(integration: Integration) -> QuerySet[Order]:
    """Return the open orders of which nothing has gone to a warehouse or has left: only they are read anew."""
    live = ShippingRequest.objects.filter(order=OuterRef("pk"), sent_to_fulfillment_at__isnull=False)
    shipped = OrderLine.objects.filter(order=OuterRef("pk"), fulfilled__gt=0)
    statuses = (Order.Status.NEW, Order.Status.ON_HOLD, Order.Status.REVIEW_REQUIRED, Order.Status.READY)
    return Order.objects.filter(
        ~Exists(live.exclude(status__in=CANCELED_REQUESTS)), ~Exists(shipped), integration=integration,
        standing="open", deleted_at=None, status__in=statuses,
    )  # fmt: skip


def lock_untouched(integration: Integration, order_ids: Sequence[int]) -> list[Order]:
    """Lock orders until the transaction ends, and return those of them of which nothing has gone out meanwhile."""
    rows = Order.objects.filter(pk__in=order_ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    locked = [order.pk for order in rows]
    return list(untouched_orders(integration).filter(pk__in=locked).order_by("pk"))


def remap_orders(
    origin: Origin,
    flow: Flow,
    changed: Sequence[tuple[KnownLink, Incoming[CanonOrder]]],
    same: Sequence[Incoming[CanonOrder]] = (),
) -> list[int]:
    """Bring locked orders to what their documents mean now, as if their channel had changed them; returns which.

    In the caller's transaction. Each has its event; requests that no warehouse knows of are made anew where they
    differ, as after any change (`hub/orders/lifecycle.py`). What was noticed is told of them, and of those that stay
    the `same`.
    """
    rows = sorted(changed, key=lambda pair: pair[0].record_id)
    written = [link.record_id for link, _ in rows]
    if rows:
        for link, item in rows:
            change_order(origin, link, item, reason=REASON)
        _keep_fingerprints(rows)
        apply_standings(written, author=origin.author, reason=REASON)
    _tell(origin, flow, [*(item for _, item in rows), *same])
    if rows:
        tell_of_orders(origin.integration, written)
        wake_routing(origin.integration.organization_id)
    return written


def _tell(origin: Origin, flow: Flow, items: Sequence[Incoming[CanonOrder]]) -> None:
    """Open what was noticed in the documents, and close what was noticed before and has gone."""
    noticed = [
        Noticed(
            f"orders:{item.remote_id}",
            one.code,
            one.field,
            f"Order {item.record.ext_order_id}: {one.message}",
        )
        for item in items
        for one in item.notices
    ]
    renew_noticed(origin.integration, flow, "orders", [f"orders:{item.remote_id}" for item in items], noticed)


def _keep_fingerprints(rows: Sequence[tuple[KnownLink, Incoming[CanonOrder]]]) -> None:
    """Remember what the documents mean now; the documents, and when they were read, stay."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE hub_link SET fingerprint = %s WHERE id = %s",
            [(item.fingerprint, link.id) for link, item in rows],
        )
