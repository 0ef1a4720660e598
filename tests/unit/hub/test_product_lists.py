"""Products are found by the words of their names through an index, with 100,000 of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.unit.hub.test_order_lists import MOST_ROWS, rows_read

from crossdock.hub import listing
from crossdock.hub.listing.search import search
from crossdock.hub.models import Organization

if TYPE_CHECKING:
    from tests.unit.conftest import World

MANY = 100_000
FILL = """
INSERT INTO hub_product (organization_id, sku, name, upc, kind, status, currency, inventory_not_tracked, canonical,
       updated_at)
SELECT %(organization)s, 'SKU-' || n,
       CASE WHEN n %% 10000 = 1 THEN 'Rare Teapot ' ELSE 'Plain Mug ' END || 'No' || n || ' Größe L',
       CASE WHEN n %% 2 = 0 THEN 'U' || n ELSE '' END, 'simple', 'active', 'EUR', false, '{}', now()
  FROM generate_series(1, %(many)s) AS n
"""
SEARCHES = {
    "plain": 50, "Mug pla": 50, "mug": 50, "teapot": 10, "RARE tea": 10, "größe": 50, "No777": 50, "SKU-77": 1,
    "U78": 1, "Teapots": 0, "eapot": 0, "nobody has this": 0, "&!": 0,
}  # fmt: skip
"""What is searched for, and how many a page of 50 finds."""


COMMON = {"plain": MANY, "Mug pla": 2 * MANY, "mug": MANY, "größe": MANY}
"""Words that nearly every name has: all their row numbers are read, which takes a fifth of a second at most."""
STEPS = 8
"""How many steps of a plan handle each row number at most."""


def walked(node: dict[str, Any]) -> bool:
    """Whether a plan goes through the products one by one: from end to end, or along their numbers."""
    scan = node.get("Relation Name") == "hub_product" and node.get("Rows Removed by Filter", 0) > MOST_ROWS
    return scan or any(walked(child) for child in node.get("Plans", []))


@pytest.fixture
def full(world: World) -> Organization:
    """An organization with very many products."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"organization": world.organization.pk, "many": MANY})
        cursor.execute("ANALYZE hub_product")
    return world.organization


def test_names_are_found_by_the_beginnings_of_their_words_from_an_index(full: Organization) -> None:
    faults = []
    for text, number in SEARCHES.items():
        with CaptureQueriesContext(connection) as captured:
            assert len(listing.products(full, search=text, limit=50).rows) == min(number, 50), text
            assert bool(search(full, text).products) == bool(number) or text == "U78"
        for query in captured:
            if "hub_product" not in query["sql"] or query["sql"].startswith("EXPLAIN"):
                continue
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"].replace("%", "%%"))
                plan = cursor.fetchone()[0][0]
            read, _ = rows_read(plan["Plan"])
            if read > MOST_ROWS + STEPS * COMMON.get(text, 0) or walked(plan["Plan"]):
                faults.append((text, read, plan["Execution Time"], query["sql"][-300:]))
    assert faults == [], "\n".join(map(str, faults))
