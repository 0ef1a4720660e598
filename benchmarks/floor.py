"""The floor: the least a script can do to bring the same pages into the same database.

No translation, no links, no events, no unchanged records: pages are fetched one ahead, decoded, and copied
into two tables, one transaction for each page.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx2
import msgspec
import psycopg

from benchmarks.shop import Shop

PAGE = 100

TABLES = """
DROP TABLE IF EXISTS floor_line, floor_order;
CREATE TABLE floor_order (id text PRIMARY KEY, body jsonb NOT NULL);
CREATE TABLE floor_line (order_id text NOT NULL, position int, sku text, name text, quantity int, price numeric);
"""


class _Line(msgspec.Struct):
    sku: str = ""
    name: str = ""
    quantity: int = 0
    price: Decimal = Decimal(0)


class _Order(msgspec.Struct):
    orderNumber: int = 0  # noqa: N815 - as the store spells it
    internalId: int = 0  # noqa: N815 - old orders have the one, new ones both
    items: list[_Line] = []


class _Page(msgspec.Struct):
    total: int
    items: list[msgspec.Raw]


_page = msgspec.json.Decoder(_Page).decode
_order = msgspec.json.Decoder(_Order).decode


def run(shop: Shop, database: str) -> int:
    """Copy every order of `shop` into two tables of `database`; returns how many."""
    headers = {"Authorization": f"Bearer {shop.token}", "Accept-Encoding": "gzip"}
    address = f"{shop.api}/{shop.store_id}/orders"
    with (
        httpx2.Client(headers=headers, timeout=60) as http,
        ThreadPoolExecutor(max_workers=1) as ahead,
        psycopg.connect(database) as connection,
    ):
        connection.execute(TABLES)
        connection.commit()

        def fetch(offset: int) -> _Page:
            query = {"offset": str(offset), "limit": str(PAGE), "createdFrom": "0"}
            return _page(http.get(address, params=query).raise_for_status().content)

        offset, stored = 0, 0
        following = ahead.submit(fetch, 0)
        while True:
            page = following.result()
            offset += PAGE
            if offset < page.total:
                following = ahead.submit(fetch, offset)
            _store(connection, page)
            stored += len(page.items)
            if offset >= page.total:
                return stored


def _store(connection: psycopg.Connection, page: _Page) -> None:
    read = [(_order(raw), bytes(raw)) for raw in page.items]
    orders = [(str(order.internalId or order.orderNumber), order, body) for order, body in read]
    with connection.cursor() as cursor:
        with cursor.copy("COPY floor_order (id, body) FROM STDIN") as copy:
            for number, _, body in orders:
                copy.write_row((number, body.decode()))
        with cursor.copy(
            "COPY floor_line (order_id, position, sku, name, quantity, price) FROM STDIN"
        ) as copy:
            for number, order, _ in orders:
                for position, line in enumerate(order.items):
                    copy.write_row((number, position, line.sku, line.name, line.quantity, line.price))
    connection.commit()
