"""What is free of each SKU at each place, for one order after the other.

Free for an order is what lies there, less what live requests are to ship from there, less what *older* orders
keep committed there until they are routed. So the oldest can always go, and nobody overtakes. An order that
takes something leaves less to those after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from django.db import connection

from crossdock.hub.models import Order
from crossdock.routing.allocation import Allocation, Stock
from crossdock.routing.cases import Case

Spot = tuple[str, int]
"""A SKU at a location."""

_AGE = "extract(epoch FROM o.ext_order_created_at) * 1e26 + o.id"
"""An order's age as one number: the time of purchase in microseconds, then the row number."""


@dataclass(frozen=True)
class _Shelf:
    state: Literal["tracked", "unlimited", "unknown"]
    on_hand: int
    future: int


class Shelves:
    """The shelves that a batch of orders may be shipped from, seen by one order at a time, oldest first."""

    def __init__(self, orders: Sequence[Order], spots: Iterable[Spot]) -> None:
        """Read the shelves at `spots`; what has no record yet was never counted."""
        self._ages = {order.pk: place for place, order in enumerate(sorted(orders, key=_age))}
        self._shelves, records = _read_records(orders[0].organization_id, spots) if orders else ({}, {})
        self._taken: dict[Spot, int] = {}
        self._older: dict[Spot, list[tuple[int, int]]] = {}
        self._own: dict[int, dict[Spot, int]] = {}
        ids = [order.pk for order in orders]
        for record, bucket, quantity in _read_outside(ids, list(records)):
            if bucket < 0:
                self._take(records[record], quantity)
            else:
                self._older.setdefault(records[record], []).append((bucket, quantity))
        for order_id, record, quantity in _read_own(ids, list(records)):
            own = self._own.setdefault(order_id, {})
            own[records[record]] = own.get(records[record], 0) + quantity

    def stock(self, order: Order, location_id: int, sku: str) -> Stock:
        """Return what is free for `order`, once the older ones of the batch have been decided on."""
        spot = (sku, location_id)
        shelf = self._shelves.get(spot)
        if shelf is None or shelf.state != "tracked":
            return Stock(shelf.state if shelf else "unknown")
        age = self._ages[order.pk]
        older = sum(quantity for bucket, quantity in self._older.get(spot, ()) if bucket <= age)
        return Stock("tracked", shelf.on_hand - self._taken.get(spot, 0) - older, shelf.future)

    def decided(self, case: Case, allocations: Sequence[Allocation], whole_bundles: set[int]) -> None:
        """Note what `case` takes; without allocations it goes on keeping what it kept."""
        if not allocations:
            for spot, quantity in self._own.get(case.order.pk, {}).items():
                self._take(spot, quantity)
            return
        needs = {need.line_id: need for need in case.needs}
        for allocation in allocations:
            for line_id, quantity in allocation.lines:
                need = needs[line_id]
                whole = not need.parts or allocation.location_id in whole_bundles
                for sku, each in ((need.sku, 1),) if whole else need.parts:
                    self._take((sku, allocation.location_id), quantity * each)

    def _take(self, spot: Spot, quantity: int) -> None:
        self._taken[spot] = self._taken.get(spot, 0) + quantity


def _age(order: Order) -> tuple[object, int]:
    return order.ext_order_created_at, order.pk


def _read_records(organization_id: int, spots: Iterable[Spot]) -> tuple[dict[Spot, _Shelf], dict[int, Spot]]:
    wanted = sorted(set(spots))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT record.id, record.sku, record.location_id, record.state, record.on_hand, record.future
              FROM unnest(%s::text[], %s::bigint[]) AS spot(sku, location_id)
              JOIN hub_inventoryrecord record
                ON record.organization_id = %s AND record.sku = spot.sku AND record.location_id = spot.location_id
            """,
            [[sku for sku, _ in wanted], [location for _, location in wanted], organization_id],
        )
        rows = cursor.fetchall()
    shelves = {(row[1], row[2]): _Shelf(row[3], row[4], row[5]) for row in rows}
    return shelves, {row[0]: (row[1], row[2]) for row in rows}


def _read_outside(order_ids: list[int], records: list[int]) -> list[tuple[int, int, int]]:
    """Return, by record, what requests take (-1), and what orders outside of the batch keep until routed.

    Those orders are told apart by how many of the batch are older: an order of the batch, as the n-th by
    age from 0, must leave alone what orders keep that have at most n older ones in the batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH batch AS MATERIALIZED (
                SELECT array_agg({_AGE} ORDER BY {_AGE}) AS ages FROM hub_order o WHERE o.id = ANY(%(orders)s)
            )
            SELECT v.record_id, CASE WHEN v.request_line_id IS NULL THEN width_bucket({_AGE}, batch.ages) ELSE -1 END,
                   sum(v.quantity)::bigint
              FROM batch, hub_reservation v
              JOIN hub_orderline l ON l.id = v.line_id
              JOIN hub_order o ON o.id = l.order_id
             WHERE v.record_id = ANY(%(records)s) AND (v.request_line_id IS NOT NULL OR o.id <> ALL(%(orders)s))
             GROUP BY 1, 2
            """,  # noqa: S608 - the only part put in is a constant
            {"orders": order_ids, "records": records},
        )
        return cast("list[tuple[int, int, int]]", cursor.fetchall())


def _read_own(order_ids: list[int], records: list[int]) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.order_id, v.record_id, v.quantity
              FROM hub_orderline l JOIN hub_reservation v ON v.line_id = l.id
             WHERE l.order_id = ANY(%s) AND v.request_line_id IS NULL AND v.record_id = ANY(%s)
            """,
            [order_ids, records],
        )
        return cast("list[tuple[int, int, int]]", cursor.fetchall())
