"""One box that finds anything, in its organization only, and from indexes only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.hub.listing.search import MOST, Hits, search
from crossdock.hub.models import Integration, Location, Order, Organization, Product

MANY = """
INSERT INTO hub_order (
    organization_id, integration_id, ext_order_id, ext_order_api_id, status, routing_status, standing, paid,
    payment_status, fulfillment_status, method, order_source, email, customer_name, currency, sub_total_price,
    order_discount, order_tax, shipping_price, total_price, ext_order_created_at, ext_order_updated_at, canonical)
SELECT %(organization)s, %(integration)s, 'KW' || n, n, 'new', 'pending', 'open', true,
       'paid', 'new', 'shipping', 'Shop', 'buyer' || n || '@Example.test', 'Buyer', 'EUR', 1,
       0, 0, 0, 1, now() - n * interval '1 minute', now(), '{}'
  FROM generate_series(1, 20000) AS n
"""
PRODUCTS = """
INSERT INTO hub_product (
    organization_id, sku, name, upc, kind, status, currency, inventory_not_tracked, canonical, updated_at)
SELECT %(organization)s, 'SKU-' || n, 'Thing', '', 'simple', 'active', 'EUR', false, '{}', now()
  FROM generate_series(1, 20000) AS n
"""


@pytest.fixture
def shop(db: None) -> Organization:
    """An organization with an integration and a location."""
    organization = Organization.objects.create(name="Kaffewerk")
    Integration.objects.create(organization=organization, connector="ecwid", name="Kaffewerk online")
    Location.objects.create(organization=organization, name="Warehouse Altona")
    return organization


def fill(organization: Organization) -> None:
    """Give the organization 20,000 orders and products, and tell the planner."""
    values = {"organization": organization.pk, "integration": organization.integrations.get().pk}
    with connection.cursor() as cursor:
        cursor.execute(MANY, values)
        cursor.execute(PRODUCTS, values)
        cursor.execute("ANALYZE hub_order, hub_product")


def test_nothing_is_found_for_nothing(shop: Organization) -> None:
    assert search(shop, "  ") == Hits()
    assert search(shop, "KW1").number == 0


def test_whole_numbers_and_beginnings_in_any_case(shop: Organization) -> None:
    fill(shop)
    assert [order.ext_order_id for order in search(shop, "KW17").orders] == ["KW17"]
    assert [order.ext_order_id for order in search(shop, "#KW17").orders] == ["KW17"]
    order = Order.objects.get(ext_order_id="KW17")
    assert search(shop, order.key).orders == [order]
    assert [one.email for one in search(shop, "BUYER17@ex").orders] == ["buyer17@Example.test"]
    assert search(shop, "sku-1999").products[0].sku == "SKU-1999"
    assert len(search(shop, "buyer").orders) == MOST
    assert search(shop, "sk").products == []
    assert [one.name for one in search(shop, "altona").locations] == ["Warehouse Altona"]
    assert [one.name for one in search(shop, "kaffe").integrations] == ["Kaffewerk online"]
    assert search(shop, "100%").number == search(shop, "SKU_1").number == 0


def test_nothing_of_another_organization_is_found(shop: Organization) -> None:
    fill(shop)
    other = Organization.objects.create(name="Rival")
    for asked in ("KW17", "buyer17@example.test", "SKU-17", "Altona", "Kaffewerk"):
        assert search(shop, asked).number > 0
        assert search(other, asked).number == 0


def test_every_question_is_answered_from_an_index(shop: Organization) -> None:
    fill(shop)
    with CaptureQueriesContext(connection) as captured:
        search(shop, "buyer17@example.test")
    plans: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"])
            plans[query["sql"]] = "\n".join(row[0] for row in cursor.fetchall())
    big = {
        sql: plan for sql, plan in plans.items() if 'FROM "hub_order"' in sql or 'FROM "hub_product"' in sql
    }
    assert len(big) >= 3
    for sql, plan in big.items():
        assert "Seq Scan on hub_order" not in plan, (sql, plan)
        assert "Seq Scan on hub_product" not in plan, (sql, plan)
    assert any("order_by_email" in plan for plan in big.values())
    assert any("product_by_sku" in plan for plan in big.values())
    assert Product.objects.filter(organization=shop).count() == 20000
