"""Lists of orders answer at once with 100,000 of them: each filter and search is served by an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.hub import listing
from crossdock.hub.models import Integration, Location, Organization
from crossdock.hub.stock.inventory import known_skus

if TYPE_CHECKING:
    from tests.unit.conftest import World

MANY = 100_000
NOW = datetime(2026, 11, 20, tzinfo=UTC)
MOST_ROWS = 10_000
"""The most rows that one page may read in all, counting each index entry and each row of a join."""
GLANCE = 1_000
"""A look whether there is anything at all may begin with the table itself, and end after so many rows."""

FILL = """
WITH numbers AS (
    SELECT n, CASE WHEN n %% 1000 = 0 THEN 'onHold' WHEN n %% 500 = 1 THEN 'reviewRequired'
                   WHEN n %% 50 = 2 THEN 'readyForFulfillment' WHEN n %% 40 = 3 THEN 'canceled'
                   ELSE 'fulfilled' END AS status
      FROM generate_series(1, %(many)s) AS n
), placed AS (
    INSERT INTO hub_order (organization_id, integration_id, ext_order_id, ext_order_api_id, status, routing_status,
           standing, paid, payment_status, fulfillment_status, method, order_source, email, customer_name, currency,
           sub_total_price, order_discount, order_tax, shipping_price, total_price, ext_order_created_at,
           ext_order_updated_at, canonical, tags)
    SELECT %(organization)s, CASE WHEN n %% 400 = 0 THEN %(rare)s::bigint ELSE %(usual)s::bigint END, 'N' || n,
           'A' || n, status,
           CASE n %% 1500 WHEN 4 THEN 'failed' WHEN 5 THEN 'ready' ELSE 'acknowledged' END,
           'open', true, 'PAID', 'SHIPPED', 'shipping', 'ecwid',
           'buyer' || n %% 40000 || '@shop.test', 'Anna Number' || n %% 9000, 'EUR', 0, 0, 0, 0,
           (n * 7919 %% 100000) / 100.0, %(now)s::timestamptz - n * interval '5 minutes', %(now)s, '{}',
           CASE WHEN n %% 2000 = 0 THEN '["rush"]' WHEN n %% 3 = 0 THEN '["retail"]' ELSE '[]' END::jsonb
      FROM numbers
 RETURNING id, ext_order_api_id, substr(ext_order_id, 2)::int AS n
), lines AS (
    INSERT INTO hub_orderline (order_id, position, unique_id, sku, name, quantity, item_price, item_discount,
           item_tax, requires_shipping, taxable, ext_product_id)
    SELECT id, 0, '0', CASE WHEN n %% 4 = 0 THEN 'TEA' ELSE 'SKU-' || n %% 5000 END, 'x', 1, 1, 0, 0, true, true, ''
      FROM placed
), asked AS (
    INSERT INTO hub_shippingrequest (organization_id, order_id, location_id, ext_shipment_id, version, status,
           shipping_carrier, shipping_class, routing_reason, canceled_by, updated_at)
    SELECT %(organization)s, id, CASE WHEN n %% 900 = 0 THEN %(barn)s::bigint ELSE %(depot)s::bigint END, '#' || n, 1,
           'fulfilled', '', '', '', '', now()
      FROM placed
 RETURNING id, order_id, location_id, substr(ext_shipment_id, 2)::int AS n
), parcels AS (
    INSERT INTO hub_fulfillment (organization_id, request_id, order_id, location_id, ext_fulfillment_id,
           actual_ship_date, tracking_number, tracking_url, shipping_carrier, shipping_class, author)
    SELECT %(organization)s, id, order_id, location_id, 'P' || n, now(), 'TRACK' || n, '', '', '', 'test'
      FROM asked WHERE n %% 13 = 0
)
INSERT INTO hub_exceptioncase (organization_id, integration_id, code, entity, subject, record_id, field, message,
       status, count, noticed, resolution)
SELECT %(organization)s, %(usual)s::bigint, 'sumMismatch', 'orders', 'orders:' || ext_order_api_id, id, '', 'x',
       'active', 1, false, ''
  FROM placed WHERE n %% 250 = 7
"""


def _fill(organization: Organization, usual: Integration) -> dict[str, Any]:
    rare = Integration.objects.create(organization=organization, connector="ecwid", name="Rare")
    depot = Location.objects.create(organization=organization, name="Depot")
    barn = Location.objects.create(organization=organization, name="Barn")
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "many": MANY, "organization": organization.pk, "usual": usual.pk, "rare": rare.pk, "now": NOW,
                "depot": depot.pk, "barn": barn.pk,
            },
        )  # fmt: skip
        for table in ("order", "orderline", "shippingrequest", "fulfillment", "exceptioncase"):
            cursor.execute(f"ANALYZE hub_{table}")
    return {"usual": usual, "rare": rare, "depot": depot, "barn": barn}


def _asked(made: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """What a list may be asked for, and whether anything is to be found."""
    week = {"since": NOW - timedelta(days=300), "until": NOW - timedelta(days=293)}
    alone: list[dict[str, Any]] = [
        {}, {"status": ["fulfilled"]}, {"status": ["onHold"]}, {"status": ["onHold", "reviewRequired"]},
        {"status": ["readyForFulfillment", "fulfilled"]}, {"integration": made["usual"]},
        {"integration": made["rare"]}, {"location": made["depot"]}, {"location": made["barn"]}, {"tag": "retail"},
        {"tag": "rush"}, week, {"since": NOW - timedelta(days=1)}, {"until": NOW - timedelta(days=340)},
        {"total_from": Decimal(999)}, {"total_to": Decimal("0.5")},
        {"total_from": Decimal(5), "total_to": Decimal(900)}, {"troubled": True}, {"troubled": False},
        {"routing_status": ["failed"]}, {"routing_status": ["ready"]},
    ]  # fmt: skip
    searches = [
        "N77", "#N77", "A77", "BUYER77@shop.test", "track78", "SKU-77", "TEA", "anna", "number77", "Anna Num",
        "numb", "number7",
    ]  # fmt: skip
    for filters in alone:
        for sort in ("newest", "oldest"):
            yield filters | {"sort": sort}, True
    for sort in ("largest", "smallest"):
        yield {"sort": sort}, True
        yield {"sort": sort, "status": ["onHold"]}, True
        yield {"sort": sort, "status": ["fulfilled"], "integration": made["usual"]}, True
    for text in searches:
        yield {"search": text}, True
    pairs: list[dict[str, Any]] = [
        {"status": ["fulfilled"], **week}, {"status": ["onHold"], "location": made["depot"]},
        {"status": ["canceled"], "tag": "retail"}, {"integration": made["rare"], "status": ["fulfilled"]},
        {"integration": made["usual"], **week}, {"location": made["depot"], **week}, {"tag": "rush", **week},
        {"troubled": True, "status": ["fulfilled"]}, {"total_from": Decimal(900), "status": ["fulfilled"]},
        {"search": "anna", "status": ["onHold"]}, {"search": "TEA", **week},
        {"search": "SKU-77", "status": ["fulfilled"]},
    ]  # fmt: skip
    for filters in pairs:
        yield filters, True
    yield {"search": "nobody has this"}, False
    yield {"search": "nobody"}, False
    yield {"tag": "no such tag"}, False
    yield {"total_from": Decimal(5000)}, False


def rows_read(node: dict[str, Any]) -> tuple[int, list[str]]:
    """How many rows a plan read in all, and which tables of orders it walked from end to end."""
    rows = sum(
        node.get(name, 0)
        for name in (
            "Actual Rows",
            "Rows Removed by Filter",
            "Rows Removed by Index Recheck",
            "Rows Removed by Join Filter",
        )
    )
    total = int(rows * node.get("Actual Loops", 1))
    walked = [node["Relation Name"]] if node["Node Type"] == "Seq Scan" and total > GLANCE else []
    for child in node.get("Plans", []):
        more, also = rows_read(child)
        total, walked = total + more, walked + also
    return total, walked


def _read_by(captured: CaptureQueriesContext) -> Iterator[tuple[int, list[str], float]]:
    """What each query about orders read, as `rows_read` says, and how long it took."""
    for query in captured:
        if "hub_order" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"].replace("%", "%%"))
                plan = cursor.fetchone()[0][0]
            yield (*rows_read(plan["Plan"]), plan["Execution Time"])


def test_every_filter_and_search_is_served_by_an_index(world: World) -> None:
    made = _fill(world.organization, world.integration)
    faults: list[object] = []
    for filters, finds in _asked(made):
        with CaptureQueriesContext(connection) as captured:
            page = listing.orders(world.organization, limit=50, **filters)
        assert bool(page.rows) == finds, filters
        for read, walked, took in _read_by(captured):
            if read > MOST_ROWS or "hub_order" in walked:
                faults.append((filters, read, walked, took))
    # A best seller is on as many lines as there are orders: one of them tells that it is known.
    with CaptureQueriesContext(connection) as captured:
        assert known_skus(world.organization.pk, ["TEA", "SKU-77", "unheard of"]) == {"TEA", "SKU-77"}
    faults += [("known SKUs", *found) for found in _read_by(captured) if found[0] > GLANCE or found[1]]
    assert faults == [], "\n".join(map(str, faults))
