"""Trying again orders that found no place, as soon as something changes that could give them one.

Who changes stock, cards or locations leaves a retry in the same transaction, and waits for nobody. The next
routing takes what was left and sets the orders concerned back to pending. A routing under way may have seen
things as they were before; so taking retries waits for it to end. Nothing is tried on a clock.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from crossdock.hub.models import BundleItem, RoutingCard, RoutingRetry
from crossdock.hub.stock.bundles import bundles_of
from crossdock.hub.waking import wake_routing


def retry_all(organization_id: int) -> None:
    """Have every order that found no place tried again: a card or a location changed."""
    RoutingRetry.objects.create(organization_id=organization_id)
    wake_routing(organization_id)


def retry_skus(organization_id: int, skus: Iterable[str]) -> None:
    """Have orders tried again that wait for one of `skus`, of which more is free now."""
    wanted = sorted(set(skus))
    if not wanted or not _stock_matters(organization_id):
        return
    RoutingRetry.objects.bulk_create(RoutingRetry(organization_id=organization_id, sku=sku) for sku in wanted)
    wake_routing(organization_id)


def _stock_matters(organization_id: int) -> bool:
    """Whether any card asks for stock. One that is made just now tries all orders again by itself."""
    cards = RoutingCard.objects.filter(organization_id=organization_id, enabled=True, check_stock=True)
    return cards.exists()


def routing_under_way(organization_id: int) -> None:
    """Have whoever takes retries wait until this transaction, which routes orders, has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('routing', %s))", [organization_id]
        )


def retries_wait(organization_id: int) -> bool:
    """Whether retries have been left that no routing has taken yet."""
    return RoutingRetry.objects.filter(organization_id=organization_id).exists()


def take_retries(organization_id: int) -> int:
    """Set orders that are to be tried again back to pending, in a transaction of its own; returns how many."""
    if not retries_wait(organization_id):
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('routing', %s))", [organization_id])
        rows = dict(RoutingRetry.objects.filter(organization_id=organization_id).values_list("pk", "sku"))
        RoutingRetry.objects.filter(pk__in=rows).delete()
        skus = set(rows.values())
        if "" in skus:
            return _set_pending(organization_id, None)
        free = _with_free_units(organization_id, skus | _parts_of(organization_id, skus))
        return _set_pending(organization_id, sorted(free | bundles_of(organization_id, free)))


def _parts_of(organization_id: int, skus: set[str]) -> set[str]:
    items = BundleItem.objects.filter(bundle__organization_id=organization_id, bundle__sku__in=skus)
    return set(items.values_list("sku", flat=True))


def _with_free_units(organization_id: int, skus: set[str]) -> set[str]:
    """Return those of `skus` of which some place has more, or awaits more, than its requests take."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT record.sku FROM hub_inventoryrecord record
             WHERE record.organization_id = %s AND record.sku = ANY(%s)
               AND (record.state = 'unlimited' OR record.on_hand + record.future > coalesce((
                    SELECT sum(v.quantity) FROM hub_reservation v
                     WHERE v.record_id = record.id AND v.request_line_id IS NOT NULL), 0))
            """,
            [organization_id, list(skus)],
        )
        return {row[0] for row in cursor.fetchall()}


def _set_pending(organization_id: int, skus: list[str] | None) -> int:
    """Set failed orders to pending: all of them for None, else those with open units of one of `skus`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_order SET routing_status = 'pending', updated_at = now()
             WHERE id IN (
                   SELECT o.id FROM hub_order o
                    WHERE o.organization_id = %(organization)s AND o.routing_status = 'failed'
                      AND (%(skus)s::text[] IS NULL OR EXISTS (
                          SELECT 1 FROM hub_orderline l
                           WHERE l.order_id = o.id AND l.requires_shipping AND l.sku = ANY(%(skus)s::text[])
                             AND l.quantity > l.fulfilled + l.canceled))
                    ORDER BY o.id FOR NO KEY UPDATE)
            """,
            {"organization": organization_id, "skus": skus},
        )
        return int(cursor.rowcount)
