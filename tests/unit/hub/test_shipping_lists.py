"""Lists of shipping requests and fulfilments at many of them: what is rare or long ago is found from an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.hub import listing
from crossdock.hub.models import Fulfillment, Order

if TYPE_CHECKING:
    from tests.unit.conftest import World

MANY = 20_000
MOST_THROWN_AWAY = 500
"""Rows that one page may read and leave out: a few for the ties, never those of the whole list."""
BEGAN = datetime(2025, 3, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)
"""From one to the next."""

FILL = """
WITH asked AS (
    INSERT INTO hub_shippingrequest (organization_id, order_id, location_id, ext_shipment_id, version, status,
           shipping_carrier, shipping_class, routing_reason, canceled_by, created_at, updated_at)
    SELECT %(organization)s, %(order)s, %(location)s, 'R' || n, 1000 + n, 'fulfilled', '', '', '', '',
           %(began)s::timestamptz + n * interval '30 minutes', now()
      FROM generate_series(1, %(many)s) AS n
 RETURNING id, organization_id, order_id, location_id, created_at, version - 1000 AS n
)
INSERT INTO hub_fulfillment (organization_id, request_id, order_id, location_id, ext_fulfillment_id, fulfillment_type,
       actual_ship_date, tracking_number, tracking_url, shipping_carrier, shipping_class, author, created_at)
SELECT organization_id, id, order_id, location_id, 'P' || n, CASE WHEN n = 77 THEN 'rejected' ELSE 'shipped' END,
       created_at, 'T' || n, '', CASE WHEN n = 78 THEN 'Rare' ELSE 'DHL' END, '', 'test', created_at
  FROM asked
"""


def _fill(world: World, order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "organization": world.organization.pk, "order": order.pk, "location": world.main.pk,
                "began": BEGAN, "many": MANY,
            },
        )  # fmt: skip
        for table in ("shippingrequest", "fulfillment"):
            cursor.execute(f"ANALYZE hub_{table}")


def _asked(table: str, ask: Callable[[], listing.Page[Any]]) -> tuple[int, int, str]:
    """How many rows a page shows, how many of its table it read in vain, and the plans of its queries."""
    with CaptureQueriesContext(connection) as captured:
        rows = len(ask().rows)
    plans = []
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if f'FROM "{table}"' in query["sql"]:
                cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) " + query["sql"])
                plans += [row[0] for row in cursor.fetchall()]
    plan = "\n".join(plans)
    number = sum(int(found) for found in re.findall(r"Rows Removed by Filter: (\d+)", plan))
    return rows, (MANY if f"Seq Scan on {table}" in plan else number), plan


@pytest.mark.django_db
def test_what_is_rare_or_long_ago_is_found_from_an_index(world: World) -> None:
    _fill(world, world.order({"tea": 1}))
    organization, day = world.organization, BEGAN + timedelta(days=10)
    spans: dict[str, dict[str, Any]] = {
        "a day": {"since": day, "until": day + timedelta(days=1)}, "until": {"until": BEGAN + 20 * STEP},
        "since": {"since": BEGAN + (MANY - 20) * STEP}, "never": {"since": BEGAN - STEP, "until": BEGAN},
    }  # fmt: skip
    numbers = {"a day": 48, "until": 19, "since": 21, "never": 0}
    for name, span in spans.items():
        for ask, table in (
            (listing.shipping_requests, "hub_shippingrequest"), (listing.fulfillments, "hub_fulfillment"),
        ):  # fmt: skip
            rows, number, plan = _asked(table, partial(ask, organization, **span))
            assert number < MOST_THROWN_AWAY, f"{name}: {plan}"
            assert rows == numbers[name], f"{name} {table}"
    rare: dict[str, dict[str, Any]] = {
        "rejected": {"kind": "rejected"}, "carrier": {"carrier": "Rare"}, "no carrier": {"carrier": "Unheard of"},
    }  # fmt: skip
    for name, filters in rare.items():
        _, number, plan = _asked("hub_fulfillment", partial(listing.fulfillments, organization, **filters))
        assert number < MOST_THROWN_AWAY, f"{name}: {plan}"


@pytest.mark.django_db
def test_a_span_is_paged_by_time_without_leaving_anything_out(world: World) -> None:
    _fill(world, world.order({"tea": 1}))
    since, until = BEGAN + 100 * STEP, BEGAN + 110 * STEP
    # Row numbers need not go up with time: this one was recorded long after.
    late = Fulfillment.objects.order_by("-id")[0]
    Fulfillment.objects.filter(pk=late.pk).update(created_at=BEGAN + 105 * STEP)
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = listing.fulfillments(world.organization, since=since, until=until, limit=3, cursor=cursor)
        found += [row.pk for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    wanted = Fulfillment.objects.filter(created_at__gte=since, created_at__lt=until)
    assert found == list(wanted.order_by("-created_at", "-id").values_list("pk", flat=True))
    assert len(found) == 11
