"""Units that a warehouse says it lacks: unavailable at their place until somebody counts them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from crossdock.hub.models import ExceptionCase, LedgerEntry, Order
from crossdock.hub.orders import attention
from crossdock.hub.stock.ledger import Cause, Changes, Move, Place, apply_moves

REJECT = "reject"
"""The ledger event of units that a warehouse will not ship."""
RECOUNT = "recount"
"""The ledger event that ends this: the shelf was counted since."""


def clear_rejected(counted: Mapping[int, datetime | None], cause: Cause, changes: Changes) -> None:
    """Take off `unavailable` what warehouses had rejected by the time it was counted.

    `counted` are the locked records, by row number, with the time of the count; None means now. The count says
    what is there, so the doubt is over; the exceptions about it close. Other reasons for units to be
    unavailable stay.
    """
    moves = [
        Move(place, "unavailable", -quantity, RECOUNT, counted_only=False)
        for place, quantity in _doubted(counted)
    ]
    if not moves:
        return
    apply_moves(moves, cause, changes)
    doubted = LedgerEntry.objects.filter(record__in=counted, event=REJECT).values("order_id")
    cases = ExceptionCase.objects.filter(
        code=attention.REJECTED_BY_WAREHOUSE,
        status__in=(ExceptionCase.Status.ACTIVE, ExceptionCase.Status.DISMISSED),
        record_id__in=doubted,
    )
    orders = Order.objects.filter(pk__in=cases.values("record_id")).select_related("integration")
    attention.review(list(orders.order_by("pk")))


def doubted_units(record_id: int) -> int:
    """Return how many of a record's unavailable units are there only because a warehouse rejected them."""
    return sum(quantity for _, quantity in _doubted({record_id: None}))


def _doubted(counted: Mapping[int, datetime | None]) -> list[tuple[Place, int]]:
    """Return the places with the units rejected by the time of their count and not counted before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT record.organization_id, record.sku, record.location_id,
                   (sum(entry.quantity) FILTER (
                       WHERE entry.event = 'recount' OR parcel.actual_ship_date <= moment))::int
              FROM unnest(%s::bigint[], %s::timestamptz[]) AS counted(id, at)
             CROSS JOIN LATERAL (SELECT coalesce(counted.at, 'infinity') AS moment) counted_at
              JOIN hub_inventoryrecord record ON record.id = counted.id
              JOIN hub_ledgerentry entry ON entry.record_id = record.id AND entry.figure = 'unavailable'
               AND entry.event IN ('reject', 'recount')
              LEFT JOIN hub_fulfillment parcel ON parcel.id = entry.entity_id AND entry.event = 'reject'
             GROUP BY record.id
            HAVING sum(entry.quantity) FILTER (WHERE entry.event = 'recount' OR parcel.actual_ship_date <= moment) > 0
             ORDER BY record.organization_id, record.sku, record.location_id
            """,
            [list(counted), list(counted.values())],
        )
        return [(Place(*row[:3]), row[3]) for row in cursor.fetchall()]
