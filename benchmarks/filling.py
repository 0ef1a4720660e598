"""An organization with many orders and all that comes with them, made by the database itself within a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from crossdock.hub.models import Integration, Location, Order, Organization

BETWEEN = timedelta(minutes=20)
"""From one order to the next: 2,000 of them are a month, 100,000 are four years."""
MANY_LINES = 300
LEAST_PRODUCTS = 240
"""So many that a page of them is full."""


@dataclass(frozen=True)
class Filled:
    """What the pages are asked about."""

    organization: Organization
    user: User
    shop: Integration
    rare: Integration
    warehouse: Integration
    depot: Location
    barn: Location
    long_order: Order


def fill(orders: int, now: datetime) -> Filled:
    """Make an organization with `orders` orders up to `now`."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from crossdock.hub.models import Flow, Integration, Location, Membership, Order, Organization

    organization = Organization.objects.create(name="Benchmark", timezone="Europe/Berlin")
    user = get_user_model().objects.create_user(username="ann@bench.test", email="ann@bench.test")
    Membership.objects.create(organization=organization, user=user, role=Membership.Role.ADMINISTRATOR)
    shop, rare = (
        Integration.objects.create(
            organization=organization, connector="ecwid", name=name, state="connected", account_id=name,
            connected_at=now, account={"accountId": name, "name": name, "currency": "EUR"},
        )
        for name in ("Usual shop", "Rare shop")
    )  # fmt: skip
    warehouse = Integration.objects.create(
        organization=organization,
        connector="mockwarehouse",
        name="Warehouse",
        state="connected",
        account_id="W",
    )
    depot, barn, *_ = (
        Location.objects.create(organization=organization, name=name, is_default=name == "Depot")
        for name in ("Depot", "Barn", "Shop", "Loft")
    )
    flow = {
        name: Flow.objects.create(
            integration=shop, entity=name, direction=direction, enabled=True, enabled_at=now - 2 * orders * BETWEEN,
            last_success_at=now,
        )
        for name, direction in (("orders", "pull"), ("inventory", "push"), ("fulfillments", "push"))
    }  # fmt: skip
    values = {
        "orders": orders, "products": max(orders // 20, LEAST_PRODUCTS), "organization": organization.pk,
        "shop": shop.pk, "rare": rare.pk, "warehouse": warehouse.pk, "depot": depot.pk, "barn": barn.pk, "now": now,
        "step": BETWEEN,
        "orders_flow": flow["orders"].pk, "stock_flow": flow["inventory"].pk, "parcel_flow": flow["fulfillments"].pk,
        "shop_author": f"integration:{shop.key}", "user_author": f"user:{user.username}", "many": MANY_LINES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
    long_order = Order.objects.filter(organization=organization).order_by("-id")[orders // 3]
    with connection.cursor() as cursor:
        cursor.execute(LONG_ORDER, values | {"order": long_order.pk})
    return Filled(organization, user, shop, rare, warehouse, depot, barn, long_order)


_ORDERS = """
INSERT INTO hub_order (organization_id, integration_id, ext_order_id, ext_order_api_id, status, routing_status,
       release, standing, paid, payment_status, fulfillment_status, method, order_source, email, customer_name,
       currency, sub_total_price, order_discount, order_tax, shipping_price, total_price, ext_order_created_at,
       ext_order_updated_at, canonical, tags, created_at, updated_at, released_at)
SELECT %(organization)s, CASE WHEN n %% 400 = 0 THEN %(rare)s::bigint ELSE %(shop)s::bigint END, 'N' || n, 'A' || n,
       CASE WHEN n %% 1000 = 0 THEN 'onHold' WHEN n %% 500 = 1 THEN 'reviewRequired'
            WHEN n %% 50 = 2 THEN 'readyForFulfillment' WHEN n %% 40 = 3 THEN 'canceled' ELSE 'fulfilled' END,
       'acknowledged',
       CASE WHEN n %% 1000 = 0 THEN 'held' WHEN n %% 500 = 1 THEN 'review' ELSE 'released' END,
       CASE WHEN n %% 40 = 3 THEN 'canceled' ELSE 'open' END, true, 'PAID', 'SHIPPED', 'shipping', 'ecwid',
       'buyer' || n %% (%(orders)s / 2) || '@shop.test',
       (ARRAY['Anna', 'Bela', 'Chiara', 'Dmitri', 'Émile'])[1 + n %% 5] || ' Number' || n %% (%(orders)s / 10),
       'EUR', total, 0, 0, 0, total, placed, placed,
       jsonb_build_object('shippingAddress', jsonb_build_object('firstName', 'Anna', 'city', 'Hamburg', 'country',
                          'DE', 'address1', 'Elbstrasse ' || n, 'zipCodeOrPostalCode', '20095')),
       CASE WHEN n %% 2000 = 0 THEN '["rush"]' WHEN n %% 3 = 0 THEN '["retail"]' ELSE '[]' END::jsonb,
       placed, placed, placed
  FROM generate_series(1, %(orders)s) AS n,
       LATERAL (SELECT %(now)s::timestamptz - (%(orders)s - n) * %(step)s::interval AS placed,
                       (n::bigint * 7919 %% 100000) / 100.0 AS total) AS made
"""

_LINES = """
INSERT INTO hub_orderline (order_id, position, unique_id, sku, name, quantity, fulfilled, item_price, item_discount,
       item_tax, requires_shipping, taxable, ext_product_id)
SELECT o.id, part, part::text,
       CASE WHEN part = 0 AND o.id %% 4 = 0 THEN 'SKU-1' ELSE 'SKU-' || 1 + (o.id * 31 + part * 7) %% %(products)s END,
       'Some thing that is sold', 1 + part, CASE WHEN o.status = 'fulfilled' THEN 1 + part ELSE 0 END, 10, 0, 0,
       true, true, ''
  FROM hub_order o, generate_series(0, 1) AS part
"""

_REQUESTS = """
INSERT INTO hub_shippingrequest (organization_id, order_id, location_id, ext_shipment_id, version, status,
       shipping_carrier, shipping_class, routing_reason, canceled_by, created_at, updated_at,
       fulfillment_integration_id)
SELECT organization_id, id, CASE WHEN id %% 900 = 0 THEN %(barn)s::bigint ELSE %(depot)s::bigint END,
       ext_order_id || '-1', 1, CASE WHEN status = 'fulfilled' THEN 'fulfilled' ELSE 'readyForFulfillment' END,
       'DHL', '', 'The default location has it.', '', created_at, created_at,
       CASE WHEN id %% 900 = 0 THEN %(warehouse)s::bigint END
  FROM hub_order WHERE status IN ('fulfilled', 'readyForFulfillment') ORDER BY id
"""

_REQUEST_LINES = """
INSERT INTO hub_shippingrequestline (request_id, line_id, sku, quantity, fulfilled)
SELECT r.id, l.id, l.sku, l.quantity, l.fulfilled
  FROM hub_shippingrequest r JOIN hub_orderline l ON l.order_id = r.order_id ORDER BY r.id
"""

_PARCELS = """
INSERT INTO hub_fulfillment (organization_id, request_id, order_id, location_id, ext_fulfillment_id,
       actual_ship_date, tracking_number, tracking_url, shipping_carrier, shipping_class, author, created_at)
SELECT organization_id, id, order_id, location_id, 'P' || id, created_at, 'TRACK' || id, '',
       CASE WHEN id %% 200 = 0 THEN 'UPS' ELSE 'DHL' END, '', %(user_author)s, created_at
  FROM hub_shippingrequest WHERE status = 'fulfilled' ORDER BY id
"""

_PARCEL_LINES = """
INSERT INTO hub_fulfillmentline (fulfillment_id, request_line_id, sku, quantity)
SELECT p.id, l.id, l.sku, l.quantity
  FROM hub_fulfillment p JOIN hub_shippingrequestline l ON l.request_id = p.request_id ORDER BY p.id
"""

_RUNS = """
INSERT INTO hub_run (flow_id, trigger, outcome, message, finished_at, read, created, changed, unchanged, deleted,
       written, skipped, failed, remote_calls, least_calls, created_at)
SELECT CASE n %% 3 WHEN 0 THEN %(orders_flow)s WHEN 1 THEN %(stock_flow)s ELSE %(parcel_flow)s END::bigint, 'schedule',
       CASE WHEN n %% 300 = 7 THEN 'failed' ELSE 'completed' END, '', moment, 9, 1, 1, 7, 0, 2, 0, 0, 2, 1, moment
  FROM generate_series(1, %(orders)s) AS n,
       LATERAL (SELECT %(now)s::timestamptz - (%(orders)s - n) * %(step)s::interval AS moment) AS made
"""

_CALLS = """
INSERT INTO hub_remotecall (run_id, integration_id, method, path, status, milliseconds, note, created_at)
SELECT id, %(shop)s, 'GET', '/orders', 200, 120, '', created_at FROM hub_run ORDER BY id
"""

_EVENTS = """
INSERT INTO hub_event (organization_id, entity, record_id, operation, author, reason, run_id, before, after, created_at)
SELECT * FROM (
    SELECT organization_id, 'orders', id, 'ingested', %(shop_author)s, '', (SELECT min(id) FROM hub_run), NULL::jsonb,
           '{"status": "new"}'::jsonb, created_at AS moment FROM hub_order
     UNION ALL
    SELECT organization_id, 'orders', id, 'routed', 'routing', 'paid', NULL, '{"status": "new"}',
           '{"status": "readyForFulfillment"}', created_at FROM hub_order
     UNION ALL
    SELECT organization_id, 'shippingRequests', id, 'created', 'routing', '', NULL, NULL, '{}', created_at
      FROM hub_shippingrequest
     UNION ALL
    SELECT organization_id, 'fulfillments', id, 'shipped', %(user_author)s, '', NULL, NULL, '{}', created_at
      FROM hub_fulfillment
     UNION ALL
    SELECT organization_id, 'orders', order_id, 'fulfillmentPushed', %(shop_author)s, '', NULL, NULL, '{}', created_at
      FROM hub_fulfillment) AS happened ORDER BY moment
"""

_EXCEPTIONS = """
INSERT INTO hub_exceptioncase (organization_id, integration_id, flow_id, code, entity, subject, record_id, field,
       message, status, count, noticed, resolution, created_at, last_seen_at)
SELECT organization_id, %(shop)s, %(orders_flow)s, CASE WHEN id %% 3 = 0 THEN 'blankSku' ELSE 'sumMismatch' END,
       'orders', 'orders:' || ext_order_api_id, id, '', 'The terms of the order do not add up.',
       CASE WHEN id %% 250 = 7 THEN 'active' ELSE 'resolved' END, 1, false, '', created_at, created_at
  FROM hub_order WHERE id %% 25 = 7 ORDER BY id
"""

_PRODUCTS = """
INSERT INTO hub_product (organization_id, owner_id, kind, sku, name, status, upc, price, currency,
       inventory_not_tracked, canonical, updated_at)
SELECT %(organization)s, %(shop)s, CASE WHEN n %% 4 = 1 THEN 'parent' ELSE 'child' END, 'SKU-' || n,
       (ARRAY['Kettle', 'Grinder', 'Beans', 'Cup'])[1 + n / 4 %% 4] || ' model ' || n / 4, 'active',
       (4000000000000 + n)::text, 10, 'EUR', false, '{}', now()
  FROM generate_series(1, %(products)s) AS n
"""

_VARIANTS = """
UPDATE hub_product child SET parent_id = parent.id
  FROM hub_product parent
 WHERE child.kind = 'child' AND parent.kind = 'parent'
   AND parent.sku = 'SKU-' || (substr(child.sku, 5)::int - 1) / 4 * 4 + 1
"""

_PUBLISHED = """
INSERT INTO hub_published (product_id, integration_id, status, sku, hold_inventory, updated_at)
SELECT id, %(shop)s, 'published', '', false, now() FROM hub_product
"""

_LINKS = """
INSERT INTO hub_link (integration_id, entity, remote_id, record_id)
SELECT %(shop)s, 'orders', ext_order_api_id, id FROM hub_order
 UNION ALL
SELECT %(shop)s, 'products', sku, id FROM hub_product
"""

_STOCK = """
INSERT INTO hub_inventoryrecord (organization_id, location_id, sku, state, on_hand, committed, future,
       committed_future, incoming, unavailable, hold, damaged, updated_at)
SELECT %(organization)s, l.id, p.sku, CASE WHEN p.id %% 20 = 0 THEN 'unknown' ELSE 'tracked' END,
       p.id %% 90, p.id %% 7, 0, 0, 0, 0, 0, 0, now()
  FROM hub_product p, hub_location l ORDER BY p.sku, l.id
"""

_RESERVATIONS = """
INSERT INTO hub_reservation (record_id, line_id, request_line_id, quantity)
SELECT s.id, l.line_id, l.id, l.quantity
  FROM hub_shippingrequestline l JOIN hub_shippingrequest r ON r.id = l.request_id
  JOIN hub_inventoryrecord s ON s.sku = l.sku AND s.location_id = r.location_id
 WHERE r.status = 'readyForFulfillment'
"""

_LEDGER = """
INSERT INTO hub_ledgerentry (record_id, event, figure, quantity, before, after, author, reason, order_id, entity,
       created_at)
SELECT s.id, 'ship', figure, -l.quantity, 50, 50 - l.quantity, 'routing', '', r.order_id, '', r.created_at
  FROM hub_shippingrequestline l JOIN hub_shippingrequest r ON r.id = l.request_id
  JOIN hub_inventoryrecord s ON s.sku = l.sku AND s.location_id = r.location_id,
       unnest(ARRAY['on_hand', 'committed']) AS figure ORDER BY r.id
"""

_MARKS = """
INSERT INTO hub_mark (flow_id, key, reason, version, attempts)
SELECT %(stock_flow)s, 'SKU-' || n, 'order taken in', 1, 0 FROM generate_series(1, 20) AS n
"""

STATEMENTS = (
    _ORDERS, _LINES, _REQUESTS, _REQUEST_LINES, _PARCELS, _PARCEL_LINES, _RUNS, _CALLS, _EVENTS, _EXCEPTIONS,
    _PRODUCTS, _VARIANTS, _PUBLISHED, _LINKS, _STOCK, _RESERVATIONS, _LEDGER, _MARKS,
)  # fmt: skip

LONG_ORDER = """
INSERT INTO hub_orderline (order_id, position, unique_id, sku, name, quantity, item_price, item_discount, item_tax,
       requires_shipping, taxable, ext_product_id)
SELECT %(order)s, n, 'long' || n, 'SKU-' || n, 'One of many things', 1, 1, 0, 0, true, true, ''
  FROM generate_series(3, %(many)s) AS n
"""
